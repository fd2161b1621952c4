"""From which share of a tile on a class is present, and what `label-tiles` is told and leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.errors import InvalidInput
from workers.records.files import FileRecord


@dataclass(frozen=True)
class LabelTiles:
    """What the child process is told: a table with the columns tile (database id) and `areas`, the shares of the
    classes with spaces between; a class is present where its share is above `threshold`.
    """

    table: str
    threshold: float


@dataclass(frozen=True)
class LabelledTiles:
    """What `label-tiles` leaves: a table with the columns tile and `present`, the positions (from 0) of the present
    classes with spaces between; how many tiles it has; and how many of them have no class at all.
    """

    table: FileRecord
    tiles: int
    without: int


def check_threshold(threshold: float, *, field: str) -> float:
    """Return the threshold.

    Raises:
        InvalidInput: it is not a share of a tile that one can be above: from 0 to below 1.
    """
    if not 0 <= threshold < 1:
        raise InvalidInput(f"{field}: {threshold} is not a share of a tile from 0 to below 1")
    return threshold


def present_classes(areas: Sequence[float], threshold: float) -> tuple[int, ...]:
    """Return the positions (from 0) of the classes whose share of the tile is above the threshold."""
    return tuple(place for place, area in enumerate(areas) if area > threshold)
