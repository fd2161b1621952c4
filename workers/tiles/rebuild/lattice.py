"""The grid that the tile files of a region lie on, from their own transforms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.errors import BrokenFile, InvalidInput
from workers.records.grids import TOLERANCE_PX, Grid, Window
from workers.tiles.importing.footprints import Bounds
from workers.tiles.rebuild.files import Expected, TileHeader, read_header
from workers.tiles.rebuild.listing import TileFiles

MOST_PIXELS = 1 << 28  # as of a processed region
Corner = tuple[float, float]


@dataclass(frozen=True)
class Lattice:
    """A region's grid, just holding all of its tiles, and the window of each tile by its patch id."""

    grid: Grid
    windows: Mapping[str, Window]

    def check(self, path: Path, patch: str, header: TileHeader) -> None:
        """Check that a file of a tile lies at the tile's window, as the tile's first file does.

        Raises:
            BrokenFile: saying by how much not.
        """
        window, grid = self.windows[patch], self.grid
        across = (header.left - grid.origin_x) / grid.pixel_size - window.col
        down = (grid.origin_y - header.top) / grid.pixel_size - window.row
        if not max(abs(across), abs(down)) <= TOLERANCE_PX:
            raise BrokenFile(path, f"lies {across:g} pixels right of and {down:g} below the tile's place on the grid")


def lattice_of(
    files: TileFiles, expected: Expected, bounds: Mapping[str, Bounds | None], tick: Callable[[], None]
) -> Lattice:
    """Return the grid and the windows, from one file of each tile.

    The lattice is that of the region's grid where the metadata tell it, else that of the first tile.

    Raises:
        BrokenFile: a file whose corner is not a whole number of pixels away from the lattice, to within the tolerance.
        InvalidInput: a grid of more pixels than a region may have.
    """
    places: dict[str, tuple[int, int]] = {}
    anchor, whose = _told_anchor(expected)
    for patch in files.patches:
        path = next((found[patch] for found in files.channels.values() if patch in found), None)
        if path is None:
            continue
        tick()
        header = read_header(path, expected, bounds.get(patch))
        corner = (header.left, header.top)
        if anchor is None:
            anchor, whose = corner, patch
        places[patch] = _place_of(path, corner, anchor, expected.region.pixel_size, whose)
    assert anchor is not None  # a region is listed because it has a file
    return _just_holding(places, anchor, expected)


def _told_anchor(expected: Expected) -> tuple[Corner | None, str]:
    grid = expected.grid
    return (None, "") if grid is None else ((grid.origin_x, grid.origin_y), "the region's grid")


def _place_of(path: Path, corner: Corner, anchor: Corner, size: float, whose: str) -> tuple[int, int]:
    """Return how many pixels right of and below the anchor a corner lies."""
    across, down = (corner[0] - anchor[0]) / size, (anchor[1] - corner[1]) / size
    col, row = round(across), round(down)
    if max(abs(across - col), abs(down - row)) > TOLERANCE_PX:
        reason = f"lies {across - col:.6g} pixels right of and {down - row:.6g} below the lattice of {whose}"
        raise BrokenFile(path, reason)
    return col, row


def _just_holding(places: Mapping[str, tuple[int, int]], anchor: Corner, expected: Expected) -> Lattice:
    region, side = expected.region, expected.region.tile_px
    cols, rows = zip(*places.values(), strict=True)
    first_col, first_row = min(cols), min(rows)
    width, height = max(cols) - first_col + side, max(rows) - first_row + side
    if width * height > MOST_PIXELS:
        raise InvalidInput(f"{region.slug}: {width} x {height} pixels are more than {MOST_PIXELS:,}")
    left, top = anchor[0] + first_col * region.pixel_size, anchor[1] - first_row * region.pixel_size
    grid = Grid(region.crs, left, top, region.pixel_size, width, height)
    windows = {patch: Window(col - first_col, row - first_row, side, side) for patch, (col, row) in places.items()}
    return Lattice(grid, windows)
