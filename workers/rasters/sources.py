"""The source files of a region: their headers, and checksums that stand for their content."""

import glob
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from workers.errors import InvalidInput
from workers.files import rasters_in, sha256_of
from workers.rasters.brightness import usual_range
from workers.rasters.intake import SourceRaster, describe
from workers.records.regions import RasterSource, RegionSpec, source_roles, with_sources

_IMAGE_TYPES = ("uint8", "uint16")


@dataclass(frozen=True)
class Sources:
    """Headers of the rasters, and the checksums of the files of each source by its name in the specification."""

    dem: tuple[SourceRaster, ...] = ()
    imagery: tuple[SourceRaster, ...] = ()
    checksums: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def with_role(self, role: str, spec: RegionSpec) -> "Sources":
        """Return the same with one source more, which has been downloaded meanwhile."""
        others = {name: None for name in source_roles(spec) if name != role}
        found = read_sources(with_sources(spec, others), lambda name: None)
        return Sources(self.dem + found.dem, self.imagery + found.imagery, {**self.checksums, **found.checksums})


def read_sources(spec: RegionSpec, report: Callable[[str], None]) -> Sources:
    """Return what is known of all source files without reading all their pixels; `report` is told each file's name.

    A source that is still to be downloaded is passed over.

    Raises:
        InvalidInput: a file that is missing, unsafe or of the wrong kind, or imagery of 16 bits without a range.
    """
    paths = {role: source.paths for role, source in source_roles(spec).items() if not source.is_remote}
    checksums = {name: tuple(_checksum(Path(path), report) for path in found) for name, found in paths.items()}
    imagery = _headers(spec.imagery)
    if spec.imagery is not None:
        _check_images(spec.imagery, imagery)
    return Sources(_headers(spec.dem), imagery, checksums)


def _check_images(source: RasterSource, files: tuple[SourceRaster, ...]) -> None:
    for file in files:
        if file.dtype not in _IMAGE_TYPES:
            raise InvalidInput(f"{Path(file.path).name}: imagery must be 8 or 16 bit, unsigned; it is {file.dtype}")
    first = {file.dtype: file for file in reversed(files)}
    if len(first) > 1:
        said = ", ".join(f"{Path(file.path).name} is {dtype}" for dtype, file in sorted(first.items()))
        raise InvalidInput(f"imagery: its files are of different types ({said}); bring all to one first")
    if "uint16" in first and source.range is None:
        found = usual_range(files, band_count=len(source.bands))
        such = f", such as [{found[0]}, {found[1]}] (2 and 98 % of a sample)" if found else ""
        name = Path(files[0].path).name
        raise InvalidInput(f"{name}: holds 16 bits: set imagery.range to the values that become 1 and 255{such}")


def with_rasters_of_folders(spec: RegionSpec) -> RegionSpec:
    """Return the specification with the GeoTIFF files of each folder that a raster source names, in place of the
    folder.

    Raises:
        InvalidInput: a folder without any.
    """
    rasters = {role: source for role, source in source_roles(spec).items() if isinstance(source, RasterSource)}
    return with_sources(
        spec, {role: replace(source, paths=tuple(_each_file(role, source.paths))) for role, source in rasters.items()}
    )


def _each_file(role: str, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if not Path(path).is_dir():
            yield path
        elif found := rasters_in(Path(path)):
            yield from map(str, found)
        else:
            raise InvalidInput(f"{role}.paths: the folder {path} holds no GeoTIFF")


def _headers(source: RasterSource | None) -> tuple[SourceRaster, ...]:
    if source is None:
        return ()
    bands, nodata = len(source.bands), source.nodata
    return tuple(describe(Path(path), band_count=bands, nodata=nodata) for path in source.paths)


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
        files = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
    else:
        return sha256_of(path)
    return " ".join(f"{file.relative_to(path.parent)}:{sha256_of(file)}" for file in files)
