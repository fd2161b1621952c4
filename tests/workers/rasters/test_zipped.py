"""Zips among the sources of a region; each is made here of files that tell where they are from."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import rasterio

from tests.workers.conftest import MadeRegion
from workers.errors import BrokenFile, Cancelled, InvalidInput, UnsafeInput
from workers.files import StageCache
from workers.rasters.build import process_region
from workers.rasters.zipped import with_unzipped
from workers.records.progress import ignore_progress
from workers.records.regions import GridSpec, RasterSource, RegionSpec, VectorSource

Zipped = Callable[..., Path]


@pytest.fixture
def zipped(tmp_path: Path) -> Zipped:
    def make(name: str, *files: Path) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w") as target:
            for file in files:
                target.write(file, f"sub/{file.name}")
        return tmp_path / name

    return make


@pytest.fixture
def unzip(tmp_path: Path) -> Callable[..., RegionSpec]:
    def run(dem: Path | None = None, streams: Path | None = None, largest: int = 1 << 20) -> RegionSpec:
        spec = RegionSpec(
            slug="r",
            name="R",
            area="A",
            grid=GridSpec("EPSG:3089", 5.0),
            dem=RasterSource((str(dem),), ("dem",)) if dem else None,
            streams=VectorSource((str(streams),)) if streams else None,
        )
        return with_unzipped(spec, StageCache(tmp_path / "stages"), lambda name: None, largest=largest)

    return run


def test_a_region_from_zips_has_the_pixels_of_one_from_the_files_in_them(
    made_region: MadeRegion, zipped: Zipped, tmp_path: Path
) -> None:
    dem, streams = made_region.region["dem"], made_region.region["streams"]
    packed = {
        "dem": dem | {"paths": [str(zipped("dem.zip", *map(Path, dem["paths"])))]},
        "streams": streams | {"paths": [str(zipped("streams.zip", *map(Path, streams["paths"])))]},
    }
    process_region(made_region.spec(), tmp_path / "plain", ignore_progress)
    process_region(made_region.spec(**packed), tmp_path / "zipped", ignore_progress)
    for channel in ("dem", "s_10", "nhd"):
        with (
            rasterio.open(tmp_path / f"plain/channels/{channel}.tif") as plain,
            rasterio.open(tmp_path / f"zipped/channels/{channel}.tif") as other,
        ):
            assert plain.checksum(1) == other.checksum(1) != 0


def test_members_come_in_the_order_of_their_names(zipped: Zipped, unzip: Callable[..., RegionSpec], tmp_path: Path):
    files = [tmp_path / f"{number:02}.tif" for number in range(1, 12)]
    for file in files:
        file.write_text(file.name)
    dem = unzip(zipped("dem.zip", *files)).dem
    assert dem is not None
    assert [Path(path).read_text() for path in dem.paths] == [f"{number:02}.tif" for number in range(1, 12)]


def test_a_shapefile_comes_with_its_parts(zipped: Zipped, unzip: Callable[..., RegionSpec], tmp_path: Path) -> None:
    files = [tmp_path / f"lines{ending}" for ending in (".shp", ".shx", ".dbf", ".prj", ".sbn")]
    for file in files:
        file.write_text(file.suffix)
    streams = unzip(streams=zipped("lines.zip", *files)).streams
    assert streams is not None
    (path,) = map(Path, streams.paths)
    assert path.name == "lines-1.shp"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "lines-1.dbf",
        "lines-1.prj",
        "lines-1.shp",
        "lines-1.shx",
    ]


def test_several_vector_files_in_one_zip_are_refused(
    zipped: Zipped, unzip: Callable[..., RegionSpec], tmp_path: Path
) -> None:
    files = [tmp_path / "contacts.shp", tmp_path / "units.shp"]
    for file in files:
        file.write_text("-")
    with pytest.raises(InvalidInput, match=r"map\.zip: holds 2 files \(sub/contacts\.shp, sub/units\.shp\); make"):
        unzip(streams=zipped("map.zip", *files))
    assert not list((tmp_path / "stages").rglob("*.shp"))


def test_a_zip_without_what_is_wanted_is_refused(zipped: Zipped, unzip: Callable[..., RegionSpec], tmp_path: Path):
    (tmp_path / "read.me").write_text("-")
    with pytest.raises(BrokenFile, match=r"dem\.zip: holds no file that ends in \.tif, \.tiff"):
        unzip(zipped("dem.zip", tmp_path / "read.me"))


def test_a_zip_larger_than_allowed_when_unpacked_is_refused(
    zipped: Zipped, unzip: Callable[..., RegionSpec], tmp_path: Path
) -> None:
    (tmp_path / "dem.tif").write_bytes(bytes(2000))
    with pytest.raises(UnsafeInput, match=r"dem\.zip: holds more than 1,999 bytes when unpacked"):
        unzip(zipped("dem.zip", tmp_path / "dem.tif"), largest=1999)


def test_a_cancelled_unpacking_leaves_nothing(made_region: MadeRegion, zipped: Zipped, tmp_path: Path) -> None:
    packed = zipped("dem.zip", *map(Path, made_region.region["dem"]["paths"]))
    said = []

    def stop(stage: str, fraction: float, message: str = "", *, measures: object = None) -> None:
        said.append(message)
        if message == "":
            raise Cancelled("asked to stop")

    spec = made_region.spec(dem={"paths": [str(packed)], "bands": ["dem"]})
    with pytest.raises(Cancelled):
        process_region(spec, tmp_path / "out", stop)
    assert said == ["unpacking dem.zip", ""]
    assert not list((tmp_path / "stages").rglob("*.tif"))
