"""The raster grid of a region."""

from dataclasses import dataclass

TOLERANCE_PX = 0.1
"""How far off its place on a grid a tile may lie, in pixels, wherever tiles are placed, written or read: published
versions place the same tile up to 0.1 ft apart."""


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid with square pixels.

    `crs` is an authority code (`EPSG:3089`) or WKT; `origin_x`, `origin_y` the upper left corner and `pixel_size` the
    side of a pixel, both in the CRS's unit; `width` and `height` count pixels.
    """

    crs: str
    origin_x: float
    origin_y: float
    pixel_size: float
    width: int
    height: int

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return (left, bottom, right, top) in CRS units."""
        right = self.origin_x + self.width * self.pixel_size
        bottom = self.origin_y - self.height * self.pixel_size
        return (self.origin_x, bottom, right, self.origin_y)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Return the affine coefficients a, b, c, d, e, f as rasterio's `Affine` takes them."""
        return (self.pixel_size, 0.0, self.origin_x, 0.0, -self.pixel_size, self.origin_y)


@dataclass(frozen=True)
class Window:
    """A part of a grid: offset of its upper left pixel and its size, in pixels."""

    col: int
    row: int
    width: int
    height: int
