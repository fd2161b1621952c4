"""Which vector files are opened at all, and what is told of those that cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import ProjError
from shapely.errors import GEOSException

from workers.errors import InvalidInput, UnsafeInput
from workers.records.nearest import did_you_mean

_STARTS = {
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".fgb": b"fgb\x03",
    ".geojson": b"{",
    ".json": b"{",
}
_DRIVERS = ("GPKG", "ESRI Shapefile", "FlatGeobuf", "GeoJSON", "OpenFileGDB")


def check_vector_file(path: Path) -> None:
    """Check that a file is what its name says, before anything opens it.

    Raises:
        UnsafeInput: it is not, or its ending is not one of those accepted.
        InvalidInput: there is none.
    """
    if path.suffix == ".gdb" and path.is_dir():
        return
    if not path.is_file():
        raise InvalidInput(f"{path.name}: no such file")
    start = _STARTS.get(path.suffix.lower())
    if start is None:
        raise UnsafeInput(
            f"{path.name}: {path.suffix or 'a file without ending'} is not accepted; "
            f"known are {', '.join(_STARTS)} and .gdb"
        )
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(start):
        raise UnsafeInput(f"{path.name}: is not a {path.suffix} file")
    if start == b"{" and (
        b'"Feature' not in head or b"gdal_streamed_alg" in head
    ):  # the second would run a GDAL pipeline
        raise UnsafeInput(f"{path.name}: is not GeoJSON")


def check_vector_driver(path: Path, driver: str) -> None:
    """Refuse a file that GDAL has opened as something else than its name says.

    Raises:
        UnsafeInput: of a kind that is not accepted.
    """
    if driver not in _DRIVERS:
        raise UnsafeInput(f"{path.name}: is of the kind {driver}, which is not accepted")


def check_layer_there(path: Path, layer: str | None) -> None:
    """Check that a file has a layer of a name; None stands for the first.

    Raises:
        InvalidInput: it has not; the message names those that it has.
        pyogrio.errors.DataSourceError: it cannot be read.
    """
    there = [str(name) for name, _ in pyogrio.list_layers(path)]
    if layer is not None and layer not in there:
        raise InvalidInput(
            f"{path.name}: has no layer {layer}; it has {', '.join(there) or 'none'}{did_you_mean(layer, there)}"
        )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Let what the libraries say of a file's content, while the block reads it, name the file.

    Raises:
        InvalidInput: it is broken, or its text, a geometry or its CRS cannot be used.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name}: holds text that is not UTF-8: {error.object[:40]!r}") from error
    except GEOSException as error:
        raise InvalidInput(f"{path.name}: holds a geometry that cannot be read: {error}") from error
    except ProjError as error:
        raise InvalidInput(f"{path.name}: its coordinate reference system cannot be used: {error}") from error
    except (DataSourceError, DataLayerError) as error:
        raise InvalidInput(f"{path.name}: cannot be read: {error}") from error
