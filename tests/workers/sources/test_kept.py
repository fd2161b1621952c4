"""What of earlier downloads counts as here."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.workers.sources.served import Server, allowing, whole
from workers.sources.downloads import download_all
from workers.sources.fetch import Wanted
from workers.sources.kept import Kept, Kind, size_kept

TIFF = b"II*\0" + bytes(1000)


def accept(path: Path) -> None:
    """Any file will do."""


RASTER = Kind("raster", {b"II*\0": ".tif"}, accept)


def keep(server: Server, folder: Path, body: bytes) -> tuple[str, Kept]:
    url = server.serve("/a", whole(body))
    [kept] = download_all([Wanted(url)], RASTER, allowing(server, folder), lambda arrived: None)
    return url, kept


def test_the_bytes_of_a_download_are_those_that_came(server: Server, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.tif", TIFF)
    url, kept = keep(server, tmp_path, packed.getvalue())
    assert kept.paths[0].stat().st_size == 1004
    assert size_kept(Wanted(url), RASTER, tmp_path) == len(packed.getvalue()) < 200


@pytest.mark.parametrize("told", [{"size": 1003}, {"sha256": "0" * 64}])
def test_a_file_of_which_the_index_tells_otherwise_is_not_here(
    server: Server, tmp_path: Path, told: dict[str, int | str]
) -> None:
    url, _ = keep(server, tmp_path, TIFF)
    assert size_kept(Wanted(url, size=1004), RASTER, tmp_path) == 1004
    assert size_kept(Wanted(url, **told), RASTER, tmp_path) is None  # type: ignore[arg-type]  # one of the two


def test_a_file_that_was_removed_or_is_of_another_kind_is_not_here(server: Server, tmp_path: Path) -> None:
    url, kept = keep(server, tmp_path, TIFF)
    assert size_kept(Wanted(f"{url}/b"), RASTER, tmp_path) is None
    assert size_kept(Wanted(url), Kind("vector", {}, accept), tmp_path) is None
    kept.paths[0].write_bytes(TIFF[:-1])
    assert size_kept(Wanted(url), RASTER, tmp_path) is None
    kept.paths[0].unlink()
    assert size_kept(Wanted(url), RASTER, tmp_path) is None
