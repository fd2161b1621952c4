import numpy as np
import pytest
from scipy import ndimage

from tests.workers.demo.small import SEED, SMALL
from workers.demo.lattice import Array, coarsen, slope_degrees
from workers.demo.nearness import cells_near
from workers.demo.scene import Scene, frame_of, make_scene
from workers.demo.units import VALUES


@pytest.fixture(scope="module")
def ground(scene: Scene) -> Array:
    """Elevation of the mapped square on the cells of the map units."""
    left, _, _, top = scene.frame.mapped
    pixels, side = scene.frame.pixels, 2 * scene.units_lattice.width
    row, column = round((pixels.top - top) / 5), round((left - pixels.left) / 5)
    return coarsen(scene.elevation[row : row + side, column : column + side].astype(float), 2)


def test_the_same_seed_gives_the_same_arrays(scene):
    again = make_scene(SMALL, seed=SEED)

    assert np.array_equal(again.elevation, scene.elevation)
    assert np.array_equal(again.imagery, scene.imagery)
    assert np.array_equal(again.units, scene.units)


def test_another_seed_gives_another_land(scene):
    other = make_scene(SMALL, seed=SEED + 1)

    assert np.abs(other.elevation - scene.elevation).mean() > 1.0


def test_the_survey_exceeds_the_mapped_square_by_the_buffer():
    frame = frame_of(SMALL)

    left, bottom, right, top = frame.pixels.bounds
    assert frame.mapped == (4_609_000.0, 3_682_000.0, 4_611_560.0, 3_684_560.0)
    assert min(4_609_000.0 - left, 3_682_000.0 - bottom, right - 4_611_560.0, top - 3_684_560.0) == 520.0


def test_slopes_follow_the_process(scene, ground):
    slope = slope_degrees(ndimage.gaussian_filter(ground, 3.0), 10.0)
    median = {symbol: np.median(slope[scene.units == value]) for symbol, value in VALUES.items()}

    assert median["Qc"] > 1.4 * median["Qr"]
    assert median["Qr"] > 1.3 * median["Qal"]
    assert median["Qc"] > median["Qca"] > median["Qal"]


def test_alluvium_lies_below_what_surrounds_it(scene, ground):
    around = ndimage.uniform_filter(ground, 101)

    alluvium = scene.units == VALUES["Qal"]
    assert np.median((ground - around)[alluvium]) < -5.0
    assert np.median((ground - around)[scene.units == VALUES["Qr"]]) > 0.0


def test_fans_are_steeper_than_the_floor_they_lie_on_and_gentler_than_colluvium(scene, ground):
    slope = slope_degrees(ndimage.gaussian_filter(ground, 3.0), 10.0)

    fans = slope[scene.units == VALUES["Qaf"]]
    assert 2.0 < np.median(fans) < 8.0


def test_fill_lies_where_people_built(scene):
    near = np.zeros(scene.units.shape, dtype=bool)
    for track in scene.tracks:
        near.ravel()[cells_near(scene.units_lattice, track.x, track.y, 750.0).cells] = True
    near |= ndimage.binary_dilation(_ponds(scene), iterations=40)

    fill = scene.units == VALUES["af1"]
    assert fill.sum() > 100
    assert not (fill & ~near).any()


def test_the_sea_of_pixels_is_as_it_should_be(scene):
    assert np.isfinite(scene.elevation).all()
    assert scene.imagery.shape == (4, *scene.imagery_lattice.shape)
    assert scene.imagery.min() >= 1
    assert set(np.unique(scene.units)) == {1, 2, 3, 4, 5, 6, 7}


def _ponds(scene: Scene) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    left, _, _, top = scene.frame.mapped
    pixels, side = scene.frame.pixels, 2 * scene.units_lattice.width
    row, column = round((pixels.top - top) / 5), round((left - pixels.left) / 5)
    return coarsen(scene.ponds[row : row + side, column : column + side], 2) > 0.5
