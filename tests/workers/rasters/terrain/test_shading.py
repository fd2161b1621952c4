import numpy as np
import pytest

from workers.rasters.terrain.derivatives import Floats
from workers.rasters.terrain.shading import hillshade, multidirectional_hillshade

EAST_UP, NORTH_UP = np.tile(np.arange(5) * 5.0, (5, 1)), np.tile(np.arange(5) * -5.0, (5, 1)).T


@pytest.mark.parametrize(
    ("dem", "one", "four"),
    [(EAST_UP, 0.8535534, 0.5700597), (NORTH_UP, 0.1464466, 0.3734182), (np.zeros((5, 5)), 0.7071068, 0.5)],
    ids=["east up", "north up", "level"],
)
def test_planes_of_45_degrees_by_hand(dem: Floats, one: float, four: float) -> None:
    """East up, four sides: (0.5 x 0.7866 + 0 + 0.5 x 0.7866 + 1 x 0.3536) / 2."""
    assert hillshade(dem, 5.0)[2, 2] == pytest.approx(one, abs=1e-6)
    assert multidirectional_hillshade(dem, 5.0)[2, 2] == pytest.approx(four, abs=1e-6)


def test_one_light_is_that_of_gdaldem() -> None:
    """The bytes are those of gdaldem hillshade -alt 45, GDAL 3.6, which is 1 + 254 times the share of light."""
    rows, cols = np.mgrid[0:60, 0:70]
    rough = np.random.default_rng(4).normal(0, 0.5, rows.shape)
    dem = (600 + 40 * np.sin(rows / 9) * np.cos(cols / 12) + rough).astype(np.float32).astype(float)
    assert np.rint(1 + 254 * hillshade(dem, 5.0)[30, 30:34]).tolist() == [226, 230, 224, 226]


def test_ground_that_faces_away_is_dark_and_holes_stay() -> None:
    steep = EAST_UP[:, ::-1] * 20
    steep[0, 0] = np.nan
    found = hillshade(steep, 5.0)
    assert found[2, 2] == 0
    assert np.isnan(found[0, 0])
