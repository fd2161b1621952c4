from typing import Any

import pytest

from workers.errors import InvalidInput
from workers.rasters.specification import check_region
from workers.records.codec import from_data
from workers.records.regions import RegionSpec

DEM = {"paths": ["dem.tif"], "bands": ["dem"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dem": None}, "no source at all"),
        ({"dem": {"paths": ["a.tif"], "bands": ["height"]}}, r"dem\.bands: must be the one band dem"),
        ({"imagery": {"paths": ["a.tif"], "bands": ["../x"]}}, r"imagery\.bands: \.\./x; each of aerialr, aerialg"),
        ({"imagery": {"paths": ["a.tif"], "bands": ["aerialr", "aerialr"]}}, "at most once"),
        ({"map_units": {"paths": ["a.geojson"]}}, r"map_units\.attribute: name the attribute"),
        ({"terrain": {"windows": [4]}}, r"terrain\.windows: 4 is not an odd number"),
        ({"terrain": {"resolutions": [-10]}}, r"terrain\.resolutions: -10\.0 is not a size"),
        ({"terrain": {"dem_sigma": 900}}, "sigma 900.0 is not between"),
        ({"buffer": -1}, r"buffer: -1\.0 is not a distance"),
        ({"tiles": {"prefix": "=cmd()"}}, r"tiles\.prefix: up to 40 letters"),
    ],
)
def test_what_cannot_be_carried_out_is_named(changes: dict[str, Any], message: str) -> None:
    data = {"slug": "a", "name": "A", "area": "A", "grid": {"crs": "EPSG:3089", "pixel_size": 5}, "dem": DEM} | changes
    with pytest.raises(InvalidInput, match=message):
        check_region(from_data(RegionSpec, data))
