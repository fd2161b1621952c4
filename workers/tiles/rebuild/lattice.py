"""The grid that the tile files of a region lie on, from their own transforms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.errors import BrokenFile, InvalidInput
from workers.records.grids import Grid, Window
from workers.tiles.importing.footprints import Bounds
from workers.tiles.rebuild.files import Expected, TileHeader, read_header
from workers.tiles.rebuild.listing import TileFiles

MOST_PIXELS = 1 << 28  # as of a processed region
_ON_IT = 0.01  # of a pixel


@dataclass(frozen=True)
class Lattice:
    """A region's grid, just holding all of its tiles, and the window of each tile by its patch id."""

    grid: Grid
    windows: Mapping[str, Window]

    def check(self, path: Path, patch: str, header: TileHeader) -> None:
        """Check that a file of a tile lies where the tile's first file does.

        Raises:
            BrokenFile: saying by how much not.
        """
        window, grid = self.windows[patch], self.grid
        across = (header.left - grid.origin_x) / grid.pixel_size - window.col
        down = (grid.origin_y - header.top) / grid.pixel_size - window.row
        if not max(abs(across), abs(down)) <= _ON_IT:
            raise BrokenFile(path, f"lies {across:g} pixels right of and {down:g} below the tile's other files")


def lattice_of(
    files: TileFiles, expected: Expected, bounds: Mapping[str, Bounds | None], tick: Callable[[], None]
) -> Lattice:
    """Return the grid and the windows, from one file of each tile.

    Raises:
        BrokenFile: a file whose corner is not a whole number of pixels away from the first one's.
        InvalidInput: a grid of more pixels than a region may have.
    """
    corners: dict[str, tuple[float, float]] = {}
    size = expected.region.pixel_size
    for patch in files.patches:
        path = next((found[patch] for found in files.channels.values() if patch in found), None)
        if path is None:
            continue
        tick()
        header = read_header(path, expected, bounds.get(patch))
        corners[patch] = (header.left, header.top)
        _check_on(path, corners, patch, size)
    grid = _grid(corners, expected)
    side = expected.region.tile_px
    windows = {
        patch: Window(round((left - grid.origin_x) / size), round((grid.origin_y - top) / size), side, side)
        for patch, (left, top) in corners.items()
    }
    return Lattice(grid, windows)


def _check_on(path: Path, corners: Mapping[str, tuple[float, float]], patch: str, size: float) -> None:
    first, (left, top) = next(iter(corners.items()))
    across, down = (corners[patch][0] - left) / size, (top - corners[patch][1]) / size
    beside, below = across - round(across), down - round(down)
    if max(abs(beside), abs(below)) > _ON_IT:
        reason = f"lies {beside:.6g} pixels right of and {below:.6g} below the lattice of {first}"
        raise BrokenFile(path, reason)


def _grid(corners: Mapping[str, tuple[float, float]], expected: Expected) -> Grid:
    region = expected.region
    lefts, tops = zip(*corners.values(), strict=True)
    left, top = min(lefts), max(tops)
    width = round((max(lefts) - left) / region.pixel_size) + region.tile_px
    height = round((top - min(tops)) / region.pixel_size) + region.tile_px
    if width * height > MOST_PIXELS:
        raise InvalidInput(f"{region.slug}: {width} x {height} pixels are more than {MOST_PIXELS:,}")
    return Grid(region.crs, left, top, region.pixel_size, width, height)
