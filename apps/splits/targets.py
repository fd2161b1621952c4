"""Where a folder of tile files goes: the published regions, or regions and a dataset version of the user's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.regions.recording import check_may_process
from apps.tiles.processed import check_may_extend
from apps.tiles.processing import SLUG
from apps.tiles.roots import checked_path
from workers.errors import InvalidInput
from workers.records.tile_folders import LARGEST_METADATA, METADATA, FolderMetadata, metadata_from, own_regions

LONGEST_NAME = 60
VERSION_NAME = r"^[A-Za-z0-9][-A-Za-z0-9_.]*\Z"  # as `is_version_name` has it


@dataclass(frozen=True)
class Target:
    """Where a folder goes: the published regions, or regions and a dataset version of the user's own."""

    params: Mapping[str, Any]
    metadata: FolderMetadata | None

    @property
    def is_own(self) -> bool:
        named = bool(self.params.get("dataset_version") or self.params.get("rename"))
        return named or not (self.metadata is None or self.metadata.is_published)

    @cached_property
    def slugs(self) -> dict[str, str]:
        """What each region of the folder is stored as."""
        return own_regions(self.metadata, rename=self.params.get("rename") or {})

    def version(self, layout_version: str) -> str:
        said = self.metadata.dataset_version if self.metadata else layout_version
        return self.params.get("dataset_version") or said

    def check(self, user: User) -> None:
        """Refuse, before hours of work, names that belong to others or to published data."""
        if unknown := sorted(set(self.params.get("rename") or {}) - set(self.slugs)):
            raise InvalidInput(f"rename: the folder has no region {unknown[0]}; it has {', '.join(self.slugs)}.")
        if len(set(self.slugs.values())) < len(self.slugs):
            raise InvalidInput("rename: two regions would have one name.")
        _check_name(self.version("earthscape-v1.1"), VERSION_NAME)
        if not self.is_own:
            return
        if self.metadata is None and not self.params.get("dataset_version"):
            raise InvalidInput("dataset_version: name one; that of the folder is the published one.")
        for slug in self.slugs.values() if self.metadata else (self.params.get("rename") or {}).values():
            _check_name(slug, SLUG)
            check_may_process(slug=slug, user=user)
        check_may_extend(slug=self.version(""), user=user)


def _check_name(name: str, pattern: str) -> None:
    if len(name) > LONGEST_NAME or not re.fullmatch(pattern, name):
        raise InvalidInput(f"{name[:80]!r} is no name for a region or dataset version.")


def metadata_in(folder: Path) -> FolderMetadata | None:
    """Return the metadata of an exported folder, small as they are, before the child process reads the folder."""
    path = folder / METADATA
    if not path.is_file():
        return None
    if path.stat().st_size > LARGEST_METADATA:
        raise InvalidInput(f"{METADATA} is larger than {LARGEST_METADATA >> 20} MiB.")
    return metadata_from(checked_path(METADATA, roots=[folder], base=folder).read_text("utf-8", errors="replace"))
