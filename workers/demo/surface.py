"""The ground at five feet: channels, the texture of each material, the noise of the survey."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from workers.demo.drainage import Stream
from workers.demo.earthworks import channel_half_width
from workers.demo.lattice import Array, Lattice, refine
from workers.demo.nearness import cells_near
from workers.demo.noise import smooth_noise
from workers.demo.units import VALUES
from workers.demo.valleys import half_width_of

ROUGHNESS = {"Qc": 0.55, "Qca": 0.32, "Qaf": 0.30, "Qal": 0.16, "Qat": 0.10, "Qr": 0.12}
SURVEY_NOISE = 0.04


def meandering(stream: Stream, rng: Generator) -> Stream:
    """Return the stream with its channel swinging across its floor."""
    half = half_width_of(stream.area)
    knots = max(int(stream.x.size * 20.0 / (5.0 * half.mean())), 2) + 3
    swing = ndimage.zoom(rng.standard_normal(knots), stream.x.size / knots, order=3, grid_mode=True, mode="nearest")
    swing = swing[: stream.x.size].clip(-1.6, 1.6) * 0.34 * half
    swing = swing * np.minimum(1.0, np.minimum(np.arange(swing.size), np.arange(swing.size)[::-1]) / 12.0)
    east, north = np.gradient(stream.x), np.gradient(stream.y)
    length = np.maximum(np.hypot(east, north), 1e-6)
    return Stream(
        stream.x - swing * north / length, stream.y + swing * east / length, stream.z, stream.area, trunk=stream.trunk
    )


def joined(tributary: Stream, trunk: Stream) -> Stream:
    """Return the tributary ended where it first comes to the trunk's channel, led there straight if it does not."""
    tree = cKDTree(np.column_stack([trunk.x, trunk.y]))
    distance, index = tree.query(np.column_stack([tributary.x, tributary.y]))
    if distance[-1] > 0.8 * half_width_of(trunk.area).max():
        return tributary
    end = int(np.argmin(distance)) + 1
    x, y, z, area = (values[:end] for values in (tributary.x, tributary.y, tributary.z, tributary.area))
    count = max(int(distance[end - 1] / 20.0), 1)
    share = np.linspace(0.0, 1.0, count + 1)[1:]
    at = index[end - 1]
    x = np.append(x, x[-1] + share * (trunk.x[at] - x[-1]))
    y = np.append(y, y[-1] + share * (trunk.y[at] - y[-1]))
    return Stream(x, y, np.append(z, np.full(count, z[-1])), np.append(area, np.full(count, area[-1])))


def cut_channels(elevation: Array, lattice: Lattice, streams: list[Stream]) -> Array:
    """Return the elevation with a channel along every stream, its bed falling all the way down."""
    cut = elevation.copy()
    for stream in streams:
        half = channel_half_width(stream.area)
        depth = 1.2 + 0.075 * half
        x, y, half, bed = dense(
            stream, half, np.minimum.accumulate(lattice.sample(elevation, stream.x, stream.y)) - depth
        )
        near = cells_near(lattice, x, y, float(2.6 * half.max() + 12.0))
        bank = bed[near.point] + 0.6 * (near.distance - half[near.point]).clip(0.0)
        cut.ravel()[near.cells] = np.minimum(cut.ravel()[near.cells], bank)
    return cut


def dense(stream: Stream, *values: Array) -> tuple[Array, ...]:
    """Return x, y and the values of a stream at points about 5 ft apart."""
    at = np.linspace(0, stream.x.size - 1, 4 * stream.x.size)
    return tuple(np.interp(at, np.arange(stream.x.size), v) for v in (stream.x, stream.y, *values))


def texture(lattice: Lattice, units: NDArray[np.uint8], rng: Generator) -> Array:
    """Return small roughness in feet whose height depends on the map unit; `units` may be on coarser cells."""
    heights = np.zeros(max(VALUES.values()) + 1)
    for symbol, feet in ROUGHNESS.items():
        heights[VALUES[symbol]] = feet
    factor = lattice.height // units.shape[0]
    height = refine(ndimage.gaussian_filter(heights[units], 1.5), factor, order=1)
    long, short = (smooth_noise(rng, lattice.shape, feet / lattice.cell) for feet in (70.0, 26.0))
    rough: Array = height * (long + 0.55 * short)
    return rough
