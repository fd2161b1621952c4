"""Four-band aerial imagery of the land cover in its season."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.demo.landcover import CODE, COVERS, Cover
from workers.demo.lattice import Array, Lattice, refine
from workers.demo.noise import smooth_noise

BANDS = ("aerialr", "aerialg", "aerialb", "aerialnir")

# Mean digital number of red, green, blue and near infrared for each cover, as such covers look in such a season.
COLOURS: dict[str, dict[str, tuple[int, int, int, int]]] = {
    "early spring": {
        "grass": (122, 132, 88, 150),
        "hay": (108, 134, 80, 172),
        "corn": (142, 124, 102, 112),
        "wheat": (92, 130, 76, 198),
        "fallow": (154, 134, 110, 120),
        "woods": (96, 84, 74, 98),
        "water": (92, 90, 74, 40),
        "road": (150, 148, 146, 128),
        "ballast": (116, 110, 106, 100),
        "roof": (196, 190, 186, 170),
    },
    "late summer": {
        "grass": (140, 146, 88, 168),
        "hay": (172, 164, 104, 150),
        "corn": (88, 120, 68, 200),
        "wheat": (192, 172, 124, 140),
        "fallow": (136, 134, 92, 158),
        "woods": (44, 72, 42, 188),
        "water": (54, 70, 66, 26),
        "road": (172, 170, 168, 140),
        "ballast": (132, 124, 116, 112),
        "roof": (206, 202, 200, 176),
    },
}
SUN = {"early spring": (150.0, 38.0), "late summer": (190.0, 60.0)}  # azimuth and altitude in degrees
CONTRAST = {"woods": 0.30, "water": 0.03, "road": 0.05, "ballast": 0.08, "roof": 0.10}


def render(lattice: Lattice, elevation: Array, cover: Cover, season: str, rng: Generator) -> NDArray[np.uint8]:
    """Return the bands, uint8 of shape (4, rows, columns); `elevation` is on cells of 20 ft over the same extent."""
    shade = refine(_shade(elevation, *SUN[season]), round(lattice.height / elevation.shape[0]), order=1).astype(
        np.float32
    )
    light = shade * (1.0 + _grain(lattice, cover, rng))
    table = np.array([COLOURS[season][name] for name in COVERS], dtype=np.float32)
    vigour = (0.03 * smooth_noise(rng, lattice.shape, 160.0 / lattice.cell)).astype(np.float32)
    bands = np.empty((4, *lattice.shape), dtype=np.uint8)
    for band in range(4):
        greener = 1.0 + vigour * (0.8, 0.1, 0.8, -1.5)[band]
        numbers = table[:, band][cover.code] * light * greener
        numbers += 2.0 * rng.standard_normal(lattice.shape, dtype=np.float32)
        bands[band] = numbers.clip(1.0, 255.0)
    return bands


def _shade(elevation: Array, azimuth: float, altitude: float) -> Array:
    """Return the light on the ground relative to level ground, from the sun and the sky."""
    south, east = np.gradient(elevation, 20.0)
    a, h = np.radians(azimuth), np.radians(altitude)
    normal = np.sqrt(1.0 + south**2 + east**2)
    direct = (np.sin(h) + np.cos(h) * (south * np.cos(a) - east * np.sin(a))) / normal
    light: Array = 0.35 + 0.65 * direct.clip(0.0) / np.sin(h)
    return light


def _grain(lattice: Lattice, cover: Cover, rng: Generator) -> NDArray[np.float32]:
    """Return what makes neighbouring pixels of one cover differ: crowns of trees, rows and tones of fields."""
    contrast = np.array([CONTRAST.get(name, 0.045) for name in COVERS], dtype=np.float32)
    texture = 0.75 * smooth_noise(rng, lattice.shape, 22.0 / lattice.cell) + 0.65 * rng.standard_normal(
        lattice.shape, dtype=np.float32
    )
    grain = contrast[cover.code] * texture.astype(np.float32)
    field = cover.code < CODE["woods"]
    grain += np.where(field, 0.07 * cover.tone + 0.03 * np.sin(cover.row * np.float32(2 * np.pi / 24.0)), 0.0)
    return grain
