"""What covers the ground: woods, fields, water, roads and roofs."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.demo.character import Land
from workers.demo.drainage import Stream
from workers.demo.earthworks import channel_half_width
from workers.demo.lattice import Array, Lattice, Mask, refine, slope_degrees
from workers.demo.nearness import cells_near
from workers.demo.noise import blur, smooth_noise
from workers.demo.routes import HALF_CREST, Track
from workers.demo.surface import dense

COVERS = ("grass", "hay", "corn", "wheat", "fallow", "woods", "water", "road", "ballast", "roof")
CODE = {name: code for code, name in enumerate(COVERS)}
FIELD_COVERS = np.array([CODE[name] for name in ("grass", "hay", "corn", "wheat", "fallow")], dtype=np.uint8)


@dataclass(frozen=True)
class Cover:
    """Code of the cover of each cell, and the tone (about 0, standard deviation 1) and across-row coordinate in feet
    of the field it lies in.
    """

    code: NDArray[np.uint8]
    tone: NDArray[np.float32]
    row: NDArray[np.float32]


def cover_land(
    lattice: Lattice,
    elevation: Array,
    floor: Mask,
    ponds: Mask,
    lines: tuple[list[Stream], list[Track]],
    land: Land,
    rng: Generator,
) -> Cover:
    """Return the cover on the imagery's lattice; `elevation` and `floor` are on cells of 20 ft, `ponds` on cells of
    5 ft, same extent.
    """
    cover = _fields(lattice, land, rng)
    factor = round(lattice.height / elevation.shape[0])
    wooded = refine(_wooded(elevation, floor, land, rng), factor, order=1)
    cover.code[wooded + 0.25 * smooth_noise(rng, lattice.shape, 40.0 / lattice.cell) > 0.0] = CODE["woods"]
    streams, tracks = lines
    for stream in streams:
        if stream.area[-1] > 3.0e6:
            x, y, half = dense(stream, channel_half_width(stream.area))
            near = cells_near(lattice, x, y, float(half.max()) + 8.0)
            wet = near.distance < 0.95 * half[near.point] + 2.0
            cover.code.ravel()[near.cells[wet]] = CODE["water"]
    _lay_ponds(cover, lattice, ponds)
    for track in tracks:
        near = cells_near(lattice, track.x, track.y, 0.8 * HALF_CREST[track.route.kind])
        cover.code.ravel()[near.cells] = CODE["ballast" if track.route.kind == "railway" else "road"]
    for _ in range(land.houses):
        _build_house(cover, lattice, tracks, rng)
    return cover


def _wooded(elevation: Array, floor: Mask, land: Land, rng: Generator) -> Array:
    """Return a score on cells of 20 ft that is above 0 where woods stand."""
    slope = blur(slope_degrees(blur(elevation, 2.0), 20.0), 3.0)
    lots = 0.75 * smooth_noise(rng, elevation.shape, 60.0) + 0.35 * smooth_noise(rng, elevation.shape, 22.0)
    if land.woods == "slopes":
        return (slope - 8.0) / 4.0 + 0.7 * lots - 0.2
    wet = blur(floor.astype(float), 2.0)
    score: Array = 1.5 * wet + lots - 1.0 - 0.04 * slope
    return score


def _fields(lattice: Lattice, land: Land, rng: Generator) -> Cover:
    """Return strips of fields of random width and length, turned to the region's bearing."""
    angle = np.radians(land.bearing)
    x, y = (axis - axis.mean() for axis in lattice.centres())
    u = (x[None, :] * np.cos(angle) + y[:, None] * np.sin(angle)).astype(np.float32)
    v = (-x[None, :] * np.sin(angle) + y[:, None] * np.cos(angle)).astype(np.float32)
    edges = np.cumsum(land.field_side * rng.uniform(0.6, 1.5, 80)).astype(np.float32)
    strip = np.searchsorted(edges, u + np.float32(edges[-1] / 2)).astype(np.intp)
    length = (land.field_side * rng.uniform(0.5, 1.3, 81)).astype(np.float32)
    number = ((v + np.float32(40_000.0)) / length[strip]).astype(np.intp) % 97
    crops = FIELD_COVERS[rng.choice(5, size=(81, 97), p=(0.30, 0.18, 0.20, 0.17, 0.15))]
    tones = rng.standard_normal((81, 97), dtype=np.float32)
    return Cover(crops[strip, number], tones[strip, number], u)


def _lay_ponds(cover: Cover, lattice: Lattice, ponds: Mask) -> None:
    rows = np.minimum((np.arange(lattice.height) * ponds.shape[0]) // lattice.height, ponds.shape[0] - 1)
    columns = np.minimum((np.arange(lattice.width) * ponds.shape[1]) // lattice.width, ponds.shape[1] - 1)
    cover.code[ponds[np.ix_(rows, columns)]] = CODE["water"]


def _build_house(cover: Cover, lattice: Lattice, tracks: list[Track], rng: Generator) -> None:
    """Put a roof, parallel to the road, 60 to 180 ft beside a road."""
    roads = [track for track in tracks if track.route.kind != "railway"]
    track = roads[int(rng.integers(len(roads)))]
    at = int(rng.integers(5, track.x.size - 5))
    dx, dy = track.x[at + 5] - track.x[at - 5], track.y[at + 5] - track.y[at - 5]
    along = np.array([dx, dy]) / np.hypot(dx, dy)
    offset = rng.choice([-1.0, 1.0]) * rng.uniform(60.0, 180.0)
    place = (track.x[at] - offset * along[1], track.y[at] + offset * along[0])
    row, column = (int(part) for part in lattice.fraction_of(*(np.array(part) for part in place)))
    if not (20 < row < lattice.height - 20 and 20 < column < lattice.width - 20):
        return
    dy, dx = (grid * lattice.cell for grid in np.mgrid[-16:17, -16:17])
    length, depth = rng.uniform(18.0, 38.0), rng.uniform(12.0, 20.0)
    inside = (np.abs(dx * along[0] - dy * along[1]) < length) & (np.abs(dx * along[1] + dy * along[0]) < depth)
    part = cover.code[row - 16 : row + 17, column - 16 : column + 17]
    part[inside & (part != CODE["road"])] = CODE["roof"]
