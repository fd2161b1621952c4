"""The table of tiles that a network is trained or evaluated on."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workers.errors import BrokenFile, InvalidInput
from workers.records.splits import SUBSETS

_PLACE = ("tile", "subset", "region", "col", "row", "size")


@dataclass(frozen=True)
class Tiles:
    """Tiles in file order, N of them: database ids, subset and region of each, window (col, row) in pixels, shape (N,
    2), areas of the classes as proportions, shape (N, classes); `size` is the side in pixels of every tile.
    """

    ids: NDArray[np.int64]
    subsets: NDArray[np.str_]
    regions: NDArray[np.str_]
    windows: NDArray[np.int64]
    areas: NDArray[np.float64]
    size: int

    def __len__(self) -> int:
        return int(self.ids.size)

    def of_subset(self, subset: str) -> "Tiles":
        """Return the tiles of one subset."""
        rows = np.flatnonzero(self.subsets == subset)
        return Tiles(
            self.ids[rows], self.subsets[rows], self.regions[rows], self.windows[rows], self.areas[rows], self.size
        )

    def labels(self, *, threshold: float) -> NDArray[np.bool_]:
        """Return which class is present, shape (N, classes): an area above 0 that is at least `threshold`."""
        return (self.areas > 0) & (self.areas >= threshold)

    def present_subsets(self) -> tuple[str, ...]:
        """Return the subsets that have a tile, in their usual order."""
        return tuple(subset for subset in SUBSETS if np.any(self.subsets == subset))


def read_tiles(path: Path, classes: Sequence[str]) -> Tiles:
    """Return the tiles of a CSV with the columns of `TileTable`.

    Raises:
        BrokenFile: a column is missing or a value is not what it should be.
        InvalidInput: no tile, or tiles of different sizes.
    """
    places, subsets, regions, areas = [], [], [], []
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if missing := [name for name in (*_PLACE, *classes) if name not in (reader.fieldnames or ())]:
            raise BrokenFile(path.name, "the column is missing", column=missing[0])
        for number, row in enumerate(reader, start=2):
            try:
                places.append([int(row[name]) for name in ("tile", "col", "row", "size")])
                areas.append([float(row[name]) for name in classes])
            except (TypeError, ValueError) as error:
                raise BrokenFile(path.name, f"not a tile: {error}", row=number) from error
            subsets.append(_known_subset(row["subset"], path, number))
            regions.append(row["region"])
    if not places:
        raise InvalidInput("the split has no tile with a window on a raster")
    table = np.array(places, dtype=np.int64)
    return Tiles(
        ids=table[:, 0],
        subsets=np.array(subsets),
        regions=np.array(regions),
        windows=table[:, 1:3],
        areas=np.array(areas, dtype=np.float64),
        size=_one_size(table[:, 3]),
    )


def _known_subset(subset: str, path: Path, number: int) -> str:
    if subset not in SUBSETS:
        raise BrokenFile(path.name, f"{subset!r} is not one of {', '.join(SUBSETS)}", row=number, column="subset")
    return subset


def _one_size(sizes: NDArray[np.int64]) -> int:
    found = np.unique(sizes)
    if found.size > 1:
        raise InvalidInput(f"tiles have different sides: {', '.join(map(str, found))} pixels")
    return int(found[0])
