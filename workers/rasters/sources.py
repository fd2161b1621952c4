"""The source files of a region: their headers, and checksums that stand for their content."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workers.errors import InvalidInput
from workers.files import sha256_of
from workers.rasters.intake import SourceRaster, describe
from workers.records.regions import RasterSource, RegionSpec

_IMAGE_TYPES = ("uint8", "uint16")


@dataclass(frozen=True)
class Sources:
    """Headers of the rasters, and the checksums of the files of each source by its name in the specification."""

    dem: tuple[SourceRaster, ...] = ()
    imagery: tuple[SourceRaster, ...] = ()
    checksums: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_sources(spec: RegionSpec, report: Callable[[str], None]) -> Sources:
    """Return what is known of all source files without reading their pixels; `report` is told each file's name.

    Raises:
        InvalidInput: a file that is missing, unsafe or of the wrong kind.
    """
    paths = {
        name: source.paths
        for name in ("dem", "imagery", "map_units", "streams", "roads")
        if (source := getattr(spec, name)) is not None
    }
    checksums = {name: tuple(_checksum(Path(path), report) for path in found) for name, found in paths.items()}
    imagery = _headers(spec.imagery)
    for raster in imagery:
        if raster.dtype not in _IMAGE_TYPES:
            raise InvalidInput(f"{Path(raster.path).name}: imagery must be 8 or 16 bit, unsigned; it is {raster.dtype}")
    return Sources(_headers(spec.dem), imagery, checksums)


def _headers(source: RasterSource | None) -> tuple[SourceRaster, ...]:
    return () if source is None else tuple(describe(Path(path), band_count=len(source.bands)) for path in source.paths)


def _checksum(path: Path, report: Callable[[str], None]) -> str:
    report(path.name)
    if not path.exists():
        raise InvalidInput(f"{path.name}: no such file")
    return source_checksum(path)


def source_checksum(path: Path) -> str:
    """Return a checksum of a source: of a file, or of the files that make up a shapefile or a file geodatabase."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    elif path.suffix.lower() == ".shp":
        files = sorted(path.parent.glob(f"{path.stem}.*"))
    else:
        return sha256_of(path)
    return " ".join(f"{file.relative_to(path.parent)}:{sha256_of(file)}" for file in files)
