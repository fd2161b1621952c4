"""What an uploaded file is, by its first bytes: neither its name nor what the browser says of it counts."""

import re

from django.db import models

from workers.errors import InvalidInput

HEAD = 4096
GEOJSON = re.compile(rb'"type"\s*:\s*"(FeatureCollection|Feature)"')


class FileKind(models.TextChoices):
    GEOTIFF = "geotiff", "GeoTIFF"
    GEOPACKAGE = "geopackage", "GeoPackage"
    GEOJSON = "geojson", "GeoJSON"
    FLATGEOBUF = "flatgeobuf", "FlatGeobuf"
    ZIP = "zip", "zip"

    @property
    def suffix(self) -> str:
        return SUFFIXES[self]


SUFFIXES = {
    FileKind.GEOTIFF: ".tif",
    FileKind.GEOPACKAGE: ".gpkg",
    FileKind.GEOJSON: ".geojson",
    FileKind.FLATGEOBUF: ".fgb",
    FileKind.ZIP: ".zip",
}


def kind_of(head: bytes) -> FileKind:
    """Return the kind of a file that begins with these bytes, of which there are `HEAD` unless it is shorter.

    Raises:
        InvalidInput: none of the kinds.
    """
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):  # the latter two: BigTIFF
        return FileKind.GEOTIFF
    if head.startswith(b"SQLite format 3\0") and head[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return FileKind.GEOPACKAGE
    if head.startswith(b"fgb\x03fgb"):
        return FileKind.FLATGEOBUF
    if head.startswith(b"PK\3\4"):  # what is in it is looked at where it is unpacked, in a job's child
        return FileKind.ZIP
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and GEOJSON.search(head):
        return FileKind.GEOJSON
    raise InvalidInput(f"The file is none of {', '.join(FileKind.labels)}, whatever its name says.")
