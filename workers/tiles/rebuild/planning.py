"""What putting the rasters of a region together will need, found out before anything is written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.errors import BrokenFile
from workers.records.datasets import PublishedRegion
from workers.records.grids import Window
from workers.records.tile_folders import OnDisagreement
from workers.tiles.importing.footprints import Bounds
from workers.tiles.importing.manifest import Manifest
from workers.tiles.rebuild.files import Expected, TileHeader, read_header
from workers.tiles.rebuild.lattice import lattice_of
from workers.tiles.rebuild.listing import TileFiles
from workers.tiles.rebuild.mosaic import Rules

_DISPLAY_BYTES = 2  # of a display copy for each pixel of the grid: its overviews and its finer pixels, compressed
_EXACT_BYTES = 4  # whole numbers of more do not all fit into the float that a nodata value is


@dataclass(frozen=True)
class Plan:
    """One region to rebuild: its tile files, what they are read by, and the header of each channel's first file."""

    region: PublishedRegion
    files: TileFiles
    rules: Rules
    headers: Mapping[str, TileHeader]


@dataclass(frozen=True)
class Planning:
    """What holds for all regions of a folder: footprints by patch id, checksums, what to do with disagreements."""

    bounds: Mapping[str, Bounds | None]
    manifest: Manifest
    on_disagreement: OnDisagreement

    def plan(self, expected: Expected, files: TileFiles, tick: Callable[[], None]) -> Plan:
        """Return the plan of a region, from one file of each tile and one of each channel.

        Raises:
            BrokenFile: a file that does not fit the region, or whose type has no value for the ground without tiles.
            InvalidInput: a grid of more pixels than a region may have.
        """
        lattice = lattice_of(files, expected, self.bounds, tick)
        rules = Rules(expected, lattice, self.bounds, self.manifest, self.on_disagreement)
        headers = {}
        for channel, found in files.channels.items():
            patch, path = next(iter(found.items()))
            headers[channel] = read_header(path, expected, self.bounds.get(patch))
            _check_gaps(path, headers[channel], found, rules)
        return Plan(expected.region, files, rules, headers)


def _check_gaps(path: Path, header: TileHeader, found: Iterable[str], rules: Rules) -> None:
    whole = header.dtype.kind in "iu" and header.dtype.itemsize > _EXACT_BYTES
    if whole and header.nodata is None and not _covered(rules, found):
        raise BrokenFile(
            path,
            f"is {header.dtype} without a nodata value, and the channel's tiles leave gaps, for which that type has no "
            "value of its own: give its files a nodata value, or store them as int32 or float32",
        )


def _covered(rules: Rules, patches: Iterable[str]) -> bool:
    """Return whether tiles cover the whole grid."""
    grid = rules.lattice.grid
    covered = np.zeros((grid.height, grid.width), np.bool_)
    for patch in patches:
        covered[_place(rules.lattice.windows[patch])] = True
    return bool(covered.all())


def _place(window: Window) -> tuple[slice, slice]:
    return np.s_[window.row : window.row + window.height, window.col : window.col + window.width]


def bytes_needed(plans: Iterable[Plan]) -> int:
    """Return how many bytes of disk the rasters of regions take at most: all channels uncompressed and their display
    copies, and the files that the largest channel passes through.
    """
    kept, passing = 0, 0
    for plan in plans:
        pixels = plan.rules.lattice.grid.width * plan.rules.lattice.grid.height
        for header in plan.headers.values():
            kept += pixels * (header.dtype.itemsize + _DISPLAY_BYTES)
            passing = max(passing, pixels * (2 * header.dtype.itemsize + 1))
    return kept + passing
