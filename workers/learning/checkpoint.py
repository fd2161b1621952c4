"""Weights on disk: safetensors with a JSON description in the header. A pickle is refused before it is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from workers.errors import BrokenFile, InvalidInput, UnsafeInput
from workers.files import sha256_of, written_whole
from workers.records.codec import from_data, to_data
from workers.records.learning import Normalisation, RunSpec

_KEY = "earthscape"
_HEADER_LIMIT = 100 << 20


@dataclass(frozen=True)
class Description:
    """What is needed to use the weights."""

    run: RunSpec
    classes: tuple[str, ...]
    normalisation: Normalisation
    thresholds: Mapping[str, float]


def save_checkpoint(path: Path, state: Mapping[str, Tensor], description: Description) -> None:
    """Write weights and description, whole or not at all."""
    text = json.dumps(to_data(description), sort_keys=True)
    with written_whole(path) as temporary:
        save_file({name: value.contiguous() for name, value in state.items()}, temporary, metadata={_KEY: text})


def load_checkpoint(path: Path, *, sha256: str | None = None) -> tuple[dict[str, Tensor], Description]:
    """Return weights, in main memory, and description.

    Raises:
        UnsafeInput: not a safetensors file (a pickle, an archive), or not the file that `sha256` names.
        BrokenFile: truncated, or without a description of ours.
    """
    _refuse_other_formats(path)
    if sha256 is not None and sha256_of(path) != sha256:
        raise UnsafeInput(f"{path.name}: the file has changed since it was stored")
    try:
        with safe_open(path, framework="pt", device="cpu") as stream:
            metadata = stream.metadata() or {}
            state = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118  # not a mapping
        described: Any = json.loads(metadata[_KEY])
    except (SafetensorError, KeyError, ValueError) as error:
        raise BrokenFile(path.name, f"not a checkpoint of this site: {error}") from error
    return state, from_data(Description, described)


def _refuse_other_formats(path: Path) -> None:
    """A safetensors file begins with the length of its JSON header, eight bytes little endian, and then `{`."""
    try:
        with path.open("rb") as stream:
            start = stream.read(9)
    except OSError as error:
        raise InvalidInput(f"the checkpoint {path.name} cannot be read: {error.strerror}") from error
    if len(start) < 9 or int.from_bytes(start[:8], "little") > _HEADER_LIMIT or start[8:] != b"{":
        raise UnsafeInput(f"{path.name}: not a safetensors file; checkpoints in other formats are never opened")


def put_into(network: nn.Module, state: Mapping[str, Tensor], *, channels: Sequence[str]) -> None:
    """Load weights into a network.

    Raises:
        InvalidInput: they are not the weights of such a network.
    """
    try:
        network.load_state_dict(dict(state))
    except RuntimeError as error:
        raise InvalidInput(f"the checkpoint does not fit the network with {len(channels)} channels") from error
