"""Tiles as arrays for a network: windows of region rasters, averaged down and normalised."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workers.errors import InvalidInput
from workers.learning.rasters import RegionRasters
from workers.learning.tiles import Tiles
from workers.records.learning import Normalisation
from workers.records.progress import Reporter

Images = NDArray[np.float32]

KEPT_BYTES = 512 << 20


@dataclass(frozen=True)
class TileImages:
    """Reads tiles by their row number. `input_size` is the side that tiles are averaged down to.

    Averaged tiles are kept for the next epoch if all of them fit into `KEPT_BYTES`.
    """

    tiles: Tiles
    rasters: RegionRasters
    input_size: int
    _kept: dict[int, Images] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.input_size < 1 or self.tiles.size % self.input_size:
            raise InvalidInput(
                f"input_size: {self.input_size} does not divide the tiles' side of {self.tiles.size} pixels"
            )

    def full(self, row: int) -> Images:
        """Return one tile as it is, shape (channels, size, size), NaN where there is no data."""
        col, top = self.tiles.windows[row].tolist()
        layers = self.rasters.layers(str(self.tiles.regions[row]))
        return np.stack([layer.window(col, top, self.tiles.size) for layer in layers])

    def batch(self, rows: Sequence[int] | NDArray[np.int64], normalisation: Normalisation) -> Images:
        """Return normalised tiles, shape (len(rows), channels, input_size, input_size); no data becomes the channel's
        mean, which is 0.
        """
        mean = np.array(normalisation.mean, dtype=np.float32)[:, None, None]
        std = np.array(normalisation.std, dtype=np.float32)[:, None, None]
        images = np.stack([(self._averaged(int(row)) - mean) / std for row in rows])
        return np.nan_to_num(images, copy=False, nan=0.0)

    def _averaged(self, row: int) -> Images:
        if row in self._kept:
            return self._kept[row]
        image = average_down(self.full(row), self.input_size)
        if image.nbytes * len(self.tiles) <= KEPT_BYTES:
            self._kept[row] = image
        return image


def average_down(image: Images, side: int) -> Images:
    """Return an image averaged over square blocks to (channels, side, side): the mean of the valid pixels, NaN where a
    block has none.
    """
    channels, size, _ = image.shape
    if size == side:
        return image
    blocks = image.reshape(channels, side, size // side, side, size // side)
    average: Images = blocks.mean(axis=(2, 4), dtype=np.float32)
    if not np.isnan(average).any():
        return average
    valid = ~np.isnan(blocks)
    count = valid.sum(axis=(2, 4), dtype=np.float32)
    total = np.where(valid, blocks, np.float32(0)).sum(axis=(2, 4), dtype=np.float32)
    np.divide(total, count, out=average, where=count > 0)
    return average


def measure_normalisation(images: TileImages, channels: Sequence[str], report: Reporter) -> Normalisation:
    """Return mean and population standard deviation of each channel over all valid pixels of the tiles, reporting
    fractions 0.05 to 0.1.

    A pixel counts once for each tile it is in, as in the published statistics. A constant channel gets the standard
    deviation 1.

    Raises:
        InvalidInput: a channel without a valid pixel.
    """
    count, mean, squares = (np.zeros(len(channels)) for _ in range(3))
    for row in range(len(images.tiles)):
        report("normalise", 0.05 + 0.05 * row / len(images.tiles))
        count, mean, squares = _merge((count, mean, squares), _moments(images.full(row)))
    if empty := [name for name, pixels in zip(channels, count, strict=True) if not pixels]:
        raise InvalidInput(f"channel {empty[0]} has no valid pixel in the training tiles")
    std = np.sqrt(squares / count)
    std[std <= 1e-12 * np.maximum(np.abs(mean), 1)] = 1.0
    return Normalisation(mean=tuple(mean.tolist()), std=tuple(std.tolist()))


Moments = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _moments(image: Images) -> Moments:
    """Return per channel the number of valid pixels, their mean and the sum of squares about it."""
    values = image.reshape(len(image), -1).astype(np.float64)
    valid = ~np.isnan(values)
    count = valid.sum(axis=1).astype(np.float64)
    mean = np.where(valid, values, 0).sum(axis=1) / np.maximum(count, 1)
    squares = (np.where(valid, values - mean[:, None], 0) ** 2).sum(axis=1)
    return count, mean, squares


def _merge(first: Moments, second: Moments) -> Moments:
    """Join two sets of moments (Chan, Golub and LeVeque 1979), which stays exact where sums of squares would cancel."""
    count = first[0] + second[0]
    safe = np.maximum(count, 1)
    shift = second[1] - first[1]
    mean = first[1] + shift * second[0] / safe
    return count, mean, first[2] + second[2] + shift**2 * first[0] * second[0] / safe
