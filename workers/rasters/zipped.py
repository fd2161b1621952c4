"""Sources that lie in a zip on the server: what is wanted of it stands in its place."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from workers.files import StageCache, sha256_of
from workers.records.downloads import Downloads
from workers.records.regions import RasterSource, RegionSpec, VectorSource, source_roles, with_sources
from workers.sources.archives import Taking, unpack

_STAGE = "unzipped"
_RASTERS = (".tif", ".tiff")
_VECTORS = (".shp", ".gpkg", ".fgb", ".geojson")


def with_unzipped(
    spec: RegionSpec, cache: StageCache, report: Callable[[str], None], *, largest: int = Downloads.largest
) -> RegionSpec:
    """Return the specification with the rasters or vectors of each zip that a source names, in place of the zip.

    They are unpacked into the folder of a stage, named by the zip's checksum, so once. `report` is told each zip's name
    and again between pieces; what it raises stops the work. `largest` is the most bytes of a zip's members.

    Raises:
        UnsafeInput: a zip with anything odd in it, see `unpack`.
        BrokenFile: no zip, damaged, or nothing in it that is wanted.
        InvalidInput: several vector files in one zip.
    """
    return with_sources(spec, {role: _unzipped(source, cache, report, largest) for role, source in _named(spec)})


def _named(spec: RegionSpec) -> Iterator[tuple[str, RasterSource | VectorSource]]:
    return ((role, source) for role, source in source_roles(spec).items() if not source.is_remote)


def _unzipped(
    source: RasterSource | VectorSource, cache: StageCache, report: Callable[[str], None], largest: int
) -> RasterSource | VectorSource:
    taking = Taking(_RASTERS, largest) if isinstance(source, RasterSource) else Taking(_VECTORS, largest, alone=True)
    paths = (_members(Path(path), taking, cache, report) for path in source.paths)
    return replace(source, paths=tuple(str(path) for found in paths for path in found))


def _members(path: Path, taking: Taking, cache: StageCache, report: Callable[[str], None]) -> list[Path]:
    if path.suffix.lower() != ".zip" or not path.is_file():
        return [path]
    report(path.name)

    def compute(folder: Path) -> None:
        unpack(path, folder, taking, stem=path.stem, check=lambda: report(""))

    folder = cache.folder(_STAGE, {"sha256": sha256_of(path), "name": path.stem, "of": taking.endings}, compute)
    return sorted((file for file in folder.iterdir() if file.suffix in taking.endings), key=_order)


def _order(file: Path) -> tuple[int, str]:
    """Members are numbered in the order of their names in the zip."""
    return int(file.stem.rpartition("-")[2]), file.suffix
