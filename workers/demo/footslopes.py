"""What comes to rest below steep ground: fans where gullies leave it, aprons along its foot."""

import numpy as np
from numpy.random import Generator
from scipy import ndimage

from workers.demo.drainage import Stream
from workers.demo.lattice import Array, Lattice, Mask, slope_degrees
from workers.demo.noise import blur, smooth_noise
from workers.demo.valleys import Valley

Apex = tuple[float, float, tuple[float, float], float, float]

STEEP = 11.0
FAN_SPACING = 1200.0


def build_fans(
    elevation: Array, lattice: Lattice, streams: list[Stream], valley: Valley, rng: Generator
) -> tuple[Array, Mask]:
    """Return the elevation with cones where small steep streams reach a broad floor or terrace, and where they are."""
    fans = np.zeros(lattice.shape, dtype=bool)
    raised = elevation.copy()
    open_ground = valley.floor | valley.terrace
    for x, y, direction, grade, size in _apexes(lattice, streams, valley):
        radius = rng.uniform(0.75, 1.25) * size
        _add_cone(raised, fans, lattice, open_ground, (x, y, direction, radius), np.clip(0.5 * grade, 0.055, 0.095))
    return raised, fans


def _apexes(lattice: Lattice, streams: list[Stream], valley: Valley) -> list[Apex]:
    """Return place, direction, grade and size of the streams that come out on a floor much broader than their own,
    at least 1200 ft apart.
    """
    broad = ((valley.floor & (valley.distance < valley.half_width)) | valley.terrace) & (valley.half_width > 95.0)
    found: list[Apex] = []
    for stream in streams:
        if stream.trunk or stream.area[-1] > 6e6:
            continue
        row, column = _cells(lattice, stream)
        out = np.flatnonzero(broad[row, column])
        if out.size == 0 or out[0] < 12:
            continue
        at = int(out[0])
        grade = (stream.z[at - 12] - stream.z[at]) / 240.0
        dx, dy = stream.x[at] - stream.x[at - 5], stream.y[at] - stream.y[at - 5]
        length = max(float(np.hypot(dx, dy)), 1.0)
        near = any(np.hypot(stream.x[at] - x, stream.y[at] - y) < FAN_SPACING for x, y, *_ in found)
        size = 190.0 * float(stream.area[at] / 1e6) ** 0.3
        if grade > 0.06 and not near:
            found.append((float(stream.x[at]), float(stream.y[at]), (dx / length, dy / length), float(grade), size))
    return found


def _cells(lattice: Lattice, stream: Stream) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], ...]:
    rows, columns = (np.rint(part).astype(np.intp) for part in lattice.fraction_of(stream.x, stream.y))
    return rows.clip(0, lattice.height - 1), columns.clip(0, lattice.width - 1)


def _add_cone(
    elevation: Array,
    fans: Mask,
    lattice: Lattice,
    ground: Mask,
    fan: tuple[float, float, tuple[float, float], float],
    grade: float,
) -> None:
    x0, y0, (along_x, along_y), radius = fan
    x, y = lattice.centres()
    columns = np.flatnonzero(np.abs(x - x0) < radius + lattice.cell)
    rows = np.flatnonzero(np.abs(y - y0) < radius + lattice.cell)
    if columns.size == 0 or rows.size == 0:
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    dx, dy = np.meshgrid(x[columns] - x0, y[rows] - y0)
    reach = np.hypot(dx, dy)
    forward = dx * along_x + dy * along_y > -0.25 * reach
    cone = np.where(forward & ground[part], grade * (radius - reach).clip(0.0), 0.0)
    cone = blur(cone, 0.8)
    elevation[part] += cone
    fans[part] |= (cone > 0.6) & ground[part]


def build_aprons(elevation: Array, lattice: Lattice, valley: Valley, rng: Generator) -> tuple[Array, Mask]:
    """Return the elevation with concave wedges along the foot of long steep slopes, and where they are.

    A wedge begins where the slope falls below `STEEP` degrees and thins out over about 150 ft on to the floor,
    terrace or gentle ground below.
    """
    smooth = blur(elevation, 1.5)
    steep = slope_degrees(smooth, lattice.cell) > STEEP
    steep = ndimage.binary_opening(steep, iterations=2)
    away, nearest = ndimage.distance_transform_edt(~steep, sampling=lattice.cell, return_indices=True)
    above = smooth[tuple(nearest)] - smooth
    climb = ndimage.maximum_filter(elevation, 2 * round(340.0 / lattice.cell) + 1, mode="nearest") - elevation
    patch = smooth_noise(rng, lattice.shape, 800.0 / lattice.cell)
    reach = 140.0 + 60.0 * smooth_noise(rng, lattice.shape, 450.0 / lattice.cell).clip(-1.8, 2.0)
    foot = ~steep & (away < reach) & (above > -0.5) & (climb > 42.0) & (patch > -0.1)
    foot &= ~(valley.floor & (valley.half_width < 70.0))
    wedge = np.where(foot, 11.0 * (1.0 - away / reach).clip(0.0) ** 2, 0.0)
    raised = elevation + blur(wedge, 1.0)
    eased = blur(foot.astype(float), 2.0)
    return eased * blur(raised, 2.0) + (1.0 - eased) * raised, foot
