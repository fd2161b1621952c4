"""Rows of a raster: large ones are computed a strip at a time, with the rows around that the strip is made from."""

from collections.abc import Iterator
from dataclasses import dataclass

_STRIP_PIXELS = 1 << 24
_STRIP_STEP = 512


@dataclass(frozen=True)
class Rows:
    """The rows from `start` to before `end`."""

    start: int
    end: int

    @property
    def count(self) -> int:
        return self.end - self.start

    def widened(self, halo: int, height: int) -> "Rows":
        """Return these rows and `halo` more on either side, as far as the raster goes."""
        return Rows(max(0, self.start - halo), min(height, self.end + halo))

    def within(self, outer: "Rows") -> "Rows":
        """Return the same rows, counted from the first of `outer`."""
        return Rows(self.start - outer.start, self.end - outer.start)

    def of(self) -> slice:
        return slice(self.start, self.end)


def strips(height: int, width: int, *, pixels: int | None = None) -> Iterator[Rows]:
    """Yield the rows of a raster in strips of about so many pixels, 16 million unless told."""
    step = max(_STRIP_STEP, (pixels or _STRIP_PIXELS) // width // _STRIP_STEP * _STRIP_STEP)
    for start in range(0, height, step):
        yield Rows(start, min(start + step, height))
