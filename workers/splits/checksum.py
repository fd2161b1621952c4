"""The checksum of a split: two splits with the same one have the same tiles in the same subsets."""

import hashlib
from collections.abc import Iterable


def checksum_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the SHA-256 in hex of the sorted lines `patch_id,subset`, each ended by a newline, in UTF-8."""
    digest = hashlib.sha256()
    for patch_id, subset in sorted(pairs):
        digest.update(f"{patch_id},{subset}\n".encode())
    return digest.hexdigest()
