import math
import socket
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS
from rasterio.errors import NotGeoreferencedWarning

from tests.workers.conftest import WriteRaster
from workers.errors import InvalidInput, UnsafeInput
from workers.rasters.intake import describe, opened

FLAT = np.zeros((8, 8), "float32")


def test_a_header_is_read(write_raster: WriteRaster) -> None:
    found = describe(write_raster("a.tif", FLAT, left=100.0, top=200.0), band_count=1)
    assert (found.width, found.height, found.band_count, found.dtype) == (8, 8, 1, "float32")
    assert found.bounds == (100.0, 160.0, 140.0, 200.0)
    assert found.pixel_size == (5.0, 5.0)


def test_a_virtual_raster_named_tif_is_refused_unread(tmp_path: Path, write_raster: WriteRaster) -> None:
    secret = write_raster("secret.tif", FLAT)
    disguised = tmp_path / "innocent.tif"
    disguised.write_text(
        f'<VRTDataset rasterXSize="8" rasterYSize="8"><SourceFilename>{secret}</SourceFilename></VRTDataset>'
    )
    with pytest.raises(UnsafeInput, match=r"innocent\.tif: is not a TIFF file"):
        describe(disguised, band_count=1)


def test_a_virtual_overview_beside_a_genuine_file_is_not_looked_at(tmp_path: Path, write_raster: WriteRaster) -> None:
    path = write_raster("genuine.tif", np.zeros((64, 64), "uint8"))
    write_raster("secret.tif", np.full((32, 32), 77, "uint8"))
    (tmp_path / "genuine.tif.ovr").write_text(
        '<VRTDataset rasterXSize="32" rasterYSize="32"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{tmp_path}/secret.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with rasterio.open(path) as careless:
        assert careless.overviews(1) == [2]
    with opened(path) as dataset:
        assert dataset.overviews(1) == []
        assert dataset.read(1, out_shape=(32, 32)).max() == 0


def test_no_connection_is_made_for_a_web_service_named_tif(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        (tmp_path / "map.tif").write_text(
            f"<GDAL_WMS><Service><ServerUrl>http://127.0.0.1:{port}/</ServerUrl></Service></GDAL_WMS>"
        )
        with pytest.raises(UnsafeInput, match=r"map\.tif: is not a TIFF file"):
            describe(tmp_path / "map.tif", band_count=1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_rotated_raster_is_refused(write_raster: WriteRaster) -> None:
    with pytest.raises(InvalidInput, match=r"turned\.tif: is rotated or flipped; warp it to a north-up raster first"):
        describe(write_raster("turned.tif", FLAT, turn=10), band_count=1)


def test_a_raster_whose_rows_go_north_is_refused(write_raster: WriteRaster) -> None:
    path = write_raster("flipped.tif", FLAT)
    with rasterio.open(path, "r+") as dataset:
        dataset.transform = Affine(5, 0, 0, 0, 5, 0)
    with pytest.raises(InvalidInput, match=r"flipped\.tif: is rotated or flipped; warp it to a north-up raster first"):
        describe(path, band_count=1)


@pytest.mark.filterwarnings("ignore:The given matrix is equal to Affine.identity")  # that is what is tested
@pytest.mark.parametrize(
    "place", [Affine.identity(), Affine(math.nan, 0, 0, 0, -5, 0), Affine(5, 0, math.inf, 0, -5, 0)]
)
def test_a_raster_with_a_crs_and_no_place_is_refused(write_raster: WriteRaster, place: Affine) -> None:
    path = write_raster("lost.tif", FLAT)
    with rasterio.open(path, "r+") as dataset:
        dataset.transform = place
    with pytest.raises(
        InvalidInput, match=r"lost\.tif: does not say where it lies; give it a place \(a geotransform\)"
    ):
        describe(path, band_count=1)


@pytest.mark.parametrize("crs", ['LOCAL_CS["mine",UNIT["metre",1]]', "EPSG:4978"])
def test_a_crs_without_a_place_on_earth_is_refused(write_raster: WriteRaster, crs: str) -> None:
    with pytest.raises(
        InvalidInput, match=r"own\.tif: its coordinate reference system '.*' has no known place on Earth"
    ):
        describe(write_raster("own.tif", FLAT, crs=crs), band_count=1)


def test_numbers_of_colours_are_refused(write_raster: WriteRaster) -> None:
    path = write_raster("map.tif", np.zeros((8, 8), "uint8"), photometric="palette")
    with pytest.raises(InvalidInput, match=r"map\.tif: holds numbers of colours in a table; expand it to bands first"):
        describe(path, band_count=1)


def test_values_that_are_still_to_be_scaled_are_refused(write_raster: WriteRaster) -> None:
    path = write_raster("packed.tif", np.zeros((8, 8), "int16"))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (100.0,)
    with pytest.raises(
        InvalidInput, match=r"packed\.tif: its values are to be multiplied by 0\.1 and 100 added; do so"
    ):
        describe(path, band_count=1)


def test_a_mask_beside_a_raster_is_not_passed_over(write_raster: WriteRaster) -> None:
    path = write_raster("holes.tif", np.zeros((8, 8), "uint8"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(np.eye(8, dtype="uint8") * 255)
    path.with_name("holes.tif.ovr").touch()
    with pytest.raises(
        InvalidInput,
        match=r"holes\.tif: a mask lies beside it, holes\.tif\.msk, and files beside a raster are not opened; put it "
        r"into the raster \(gdal_translate --config GDAL_TIFF_INTERNAL_MASK YES holes\.tif masked\.tif\)",
    ):
        describe(path, band_count=1)
    path.with_name("holes.tif.msk").unlink()
    assert describe(path, band_count=1).width == 8


def test_complex_numbers_are_refused(write_raster: WriteRaster) -> None:
    with pytest.raises(UnsafeInput, match=r"radar\.tif: holds complex numbers"):
        describe(write_raster("radar.tif", FLAT.astype("complex64")), band_count=1)


def test_a_raster_without_crs_is_refused(write_raster: WriteRaster) -> None:
    with pytest.raises(InvalidInput, match=r"bare\.tif: has no coordinate reference system"):
        describe(write_raster("bare.tif", FLAT, crs=None), band_count=1)


def test_fewer_bands_than_named_are_refused(write_raster: WriteRaster) -> None:
    with pytest.raises(InvalidInput, match="has 1 bands, 4 are named"):
        describe(write_raster("grey.tif", FLAT), band_count=4)


def write_sparse(path: Path, *, side: int, **profile: object) -> Path:
    """Write a TIFF that declares a large square of which nothing is stored."""
    place = Affine(5, 0, 0, 0, -5, 0)
    profile |= {"driver": "GTiff", "width": side, "height": side, "count": 1, "crs": "EPSG:3089", "transform": place}
    with rasterio.open(path, "w", sparse_ok=True, tiled=True, bigtiff="YES", **profile):
        return path


def test_a_file_that_declares_more_pixels_than_allowed_is_refused(tmp_path: Path) -> None:
    bomb = write_sparse(tmp_path / "bomb.tif", side=100_000, dtype="uint8")
    with pytest.raises(UnsafeInput, match="declares 100000 x 100000 pixels"):
        describe(bomb, band_count=1)


def test_a_file_with_enormous_blocks_is_refused(tmp_path: Path) -> None:
    bomb = write_sparse(tmp_path / "block.tif", side=9000, dtype="float32", blockxsize=8192, blockysize=8192)
    with pytest.raises(UnsafeInput, match="blocks of 8192 x 8192 pixels, larger than 64 MiB"):
        describe(bomb, band_count=1)


def test_a_file_of_millions_of_tiny_blocks_is_refused(tmp_path: Path) -> None:
    bomb = write_sparse(tmp_path / "blocks.tif", side=24_000, dtype="uint8", blockxsize=16, blockysize=16)
    with pytest.raises(UnsafeInput, match=r"has 2,250,000 blocks of 16 x 16 pixels, more than 2,097,152"):
        describe(bomb, band_count=1)


def test_a_photograph_without_a_place_is_refused(tmp_path: Path) -> None:
    with (
        pytest.warns(NotGeoreferencedWarning),
        rasterio.open(tmp_path / "photo.tif", "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8"),
    ):
        pass
    with pytest.raises(InvalidInput, match=r"photo\.tif: has no coordinate reference system"):
        describe(tmp_path / "photo.tif", band_count=1)


def test_too_many_bands_are_refused(write_raster: WriteRaster) -> None:
    with pytest.raises(UnsafeInput, match="declares 33 bands, more than 32"):
        describe(write_raster("many.tif", np.zeros((33, 4, 4), "uint8")), band_count=1)


def test_a_truncated_file_is_a_known_error(tmp_path: Path) -> None:
    (tmp_path / "cut.tif").write_bytes(b"II*\0" + b"\xff" * 12)
    with pytest.raises(InvalidInput, match=r"cut\.tif: cannot be read as a GeoTIFF"):
        describe(tmp_path / "cut.tif", band_count=1)
    with pytest.raises(InvalidInput, match=r"absent\.tif: no such file"):
        describe(tmp_path / "absent.tif", band_count=1)


def test_heights_of_a_compound_crs_have_its_unit(write_raster: WriteRaster) -> None:
    found = describe(write_raster("a.tif", np.ones((4, 4), "float32"), crs="EPSG:3089+6360"), band_count=1)
    assert found.unit == "US survey foot"
    assert CRS.from_wkt(found.crs) == CRS.from_epsg(3089)
