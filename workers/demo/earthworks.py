"""What people moved: embankments and cuts of roads and railways, dams of farm ponds, levelled pads."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from scipy import ndimage

from workers.demo.drainage import Stream
from workers.demo.lattice import Array, Lattice, Mask
from workers.demo.nearness import cells_near
from workers.demo.routes import HALF_CREST, Track

FILL_SLOPE = 0.5
CUT_SLOPE = 0.7
LEAST_FILL = 3.0
REACH = 130.0
BRIDGED_AREA = 4.0e6


@dataclass(frozen=True)
class Earthworks:
    """Elevation in feet after building, where ground was filled by at least 3 ft, and where water stands behind
    dams.
    """

    elevation: Array
    fill: Mask
    ponds: Mask


def build_earthworks(
    elevation: Array,
    lattice: Lattice,
    tracks: list[Track],
    streams: list[Stream],
    rng: Generator,
    *,
    ponds: int,
    pads: int,
) -> Earthworks:
    """Return the ground after embankments, dams and pads are built."""
    works = Earthworks(elevation.copy(), np.zeros(lattice.shape, dtype=bool), np.zeros(lattice.shape, dtype=bool))
    for track in tracks:
        _embank(works, lattice, track, streams)
    for x, y, along in _dam_sites(streams, lattice, rng, ponds):
        _dam(works, lattice, (x, y), along)
    for number in range(pads):
        _pad(works, lattice, tracks[number % len(tracks)], rng)
    fill = ndimage.binary_closing(works.fill, iterations=3)
    return Earthworks(works.elevation, ndimage.binary_opening(fill | works.fill, iterations=2), works.ponds)


def _embank(works: Earthworks, lattice: Lattice, track: Track, streams: list[Stream]) -> None:
    near = cells_near(lattice, track.x, track.y, REACH)
    open_span = _bridges(track, streams)[near.point]
    ground = works.elevation.ravel()[near.cells]
    beyond = (near.distance - HALF_CREST[track.route.kind]).clip(0.0)
    crest = track.crest[near.point]
    built = np.clip(ground, crest - FILL_SLOPE * beyond, crest + CUT_SLOPE * beyond)
    built = np.where(open_span, np.minimum(built, ground), built)
    works.elevation.ravel()[near.cells] = built
    works.fill.ravel()[near.cells] |= built - ground > LEAST_FILL


def _bridges(track: Track, streams: list[Stream]) -> Mask:
    """Return which points of the track stand on a bridge."""
    spans = np.zeros(track.x.size, dtype=bool)
    line = shapely.LineString(np.column_stack([track.x, track.y]))
    for stream in streams:
        if stream.area[-1] < BRIDGED_AREA:
            continue
        reach = 1.8 * float(channel_half_width(stream.area).max()) + 22.0
        for crossing in shapely.get_parts(line.intersection(shapely.LineString(np.column_stack([stream.x, stream.y])))):
            if crossing.is_empty:
                continue
            spans |= np.hypot(track.x - crossing.centroid.x, track.y - crossing.centroid.y) < reach
    return spans


def channel_half_width(area: Array) -> Array:
    """Return half the width in feet of the channel of a stream of this drainage area."""
    width: Array = 4.0 * (area / 1.8e6) ** 0.34
    return width


def _dam_sites(
    streams: list[Stream], lattice: Lattice, rng: Generator, count: int
) -> list[tuple[float, float, tuple[float, float]]]:
    """Return place and downstream direction of dams on small streams."""
    small = [s for s in streams if not s.trunk and s.area[0] < 1.6e6 and s.x.size > 30]
    sites = []
    for index in rng.permutation(len(small))[:count]:
        stream = small[index]
        at = int(rng.integers(10, 20))
        dx, dy = stream.x[at + 4] - stream.x[at - 4], stream.y[at + 4] - stream.y[at - 4]
        length = float(np.hypot(dx, dy))
        sites.append((float(stream.x[at]), float(stream.y[at]), (float(dx) / length, float(dy) / length)))
    return sites


def _dam(works: Earthworks, lattice: Lattice, place: tuple[float, float], along: tuple[float, float]) -> None:
    """Raise a dam 11 ft high across the stream and let the water stand 3 ft below its crest."""
    part, dx, dy = _window(lattice, place, 420.0)
    if dx.size == 0:
        return
    forward = dx * along[0] + dy * along[1]
    across = np.abs(dx * along[1] - dy * along[0])
    ground = works.elevation[part]
    crest = float(ground[np.hypot(dx, dy) < 20.0].min()) + 11.0
    dam = np.where(across < 260.0, crest - 0.4 * (np.abs(forward) - 7.0).clip(0.0), -np.inf)
    raised = np.maximum(ground, dam)
    works.fill[part] |= raised - ground > LEAST_FILL
    labels, _ = ndimage.label((raised < crest - 3.0) & (forward < 0.0) & (across < 300.0) & (forward > -380.0))
    behind = labels[(forward < 0.0) & (forward > -45.0) & (across < 20.0)]
    water = np.isin(labels, np.unique(behind[behind > 0]))
    works.elevation[part] = np.where(water, crest - 3.0, raised)
    works.ponds[part] |= water


def _pad(works: Earthworks, lattice: Lattice, track: Track, rng: Generator) -> None:
    """Level a yard beside the track, partly in cut and partly in fill, at the first of some places that is even
    enough.
    """
    half = rng.uniform(130.0, 260.0), rng.uniform(90.0, 150.0)
    for _ in range(40):
        part, dx, dy, along = _yard(lattice, track, rng)
        if dx.size == 0:
            continue
        beyond = _beyond(dx, dy, along, half)
        ground = works.elevation[part]
        low, level, high = np.percentile(ground[beyond == 0.0], [1, 65, 99])
        if 5.0 < high - low < 20.0 and not works.fill[part][beyond < 30.0].any():
            built = np.clip(ground, level + 1.5 - FILL_SLOPE * beyond, level + 1.5 + CUT_SLOPE * beyond)
            works.fill[part] |= built - ground > LEAST_FILL
            works.elevation[part] = built
            return


def _beyond(dx: Array, dy: Array, along: tuple[float, float], half: tuple[float, float]) -> Array:
    """Return how far, in feet, cells lie outside a turned rectangle; 0 within it."""
    ahead = np.abs(dx * along[0] + dy * along[1]) - half[0]
    aside = np.abs(dx * along[1] - dy * along[0]) - half[1]
    outside: Array = np.maximum(ahead, aside).clip(0.0)
    return outside


def _yard(
    lattice: Lattice, track: Track, rng: Generator
) -> tuple[tuple[slice, slice], Array, Array, tuple[float, float]]:
    """Return a part of the lattice beside the track, the offsets of its cells and the direction of the track."""
    at = int(rng.integers(track.x.size // 6, track.x.size * 5 // 6))
    dx, dy = track.x[at + 5] - track.x[at - 5], track.y[at + 5] - track.y[at - 5]
    length = float(np.hypot(dx, dy))
    along = (float(dx) / length, float(dy) / length)
    side = rng.choice([-1.0, 1.0])
    place = (float(track.x[at] - side * along[1] * 260.0), float(track.y[at] + side * along[0] * 260.0))
    return *_window(lattice, place, 480.0), along


def _window(lattice: Lattice, place: tuple[float, float], reach: float) -> tuple[tuple[slice, slice], Array, Array]:
    """Return the part of the lattice within `reach` of a place, and the offsets east and north of its cells; empty
    at the edge.
    """
    left, bottom, right, top = lattice.bounds
    if not (left + reach < place[0] < right - reach and bottom + reach < place[1] < top - reach):
        return (slice(0), slice(0)), np.empty((0, 0)), np.empty((0, 0))
    x, y = lattice.centres()
    columns, rows = (np.flatnonzero(np.abs(axis - at) < reach) for axis, at in ((x, place[0]), (y, place[1])))
    dx, dy = np.meshgrid(x[columns] - place[0], y[rows] - place[1])
    return (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)), dx, dy
