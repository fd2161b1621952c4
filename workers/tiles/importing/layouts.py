"""Which files of a folder hold what, in each layout that EarthScape was published in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from workers.errors import BrokenFile, InvalidInput
from workers.records.datasets import REGIONS, PublishedRegion

_Finder = Callable[[Path, tuple[PublishedRegion, ...]], "Layout | None"]

SUBSET_FILES = {
    "train": "*train_id.geojson",
    "val": "*val_id.geojson",
    "test_id": "*test_id.geojson",
    "test_cd": "*test_cd.geojson",
}


@dataclass(frozen=True)
class Layout:
    """Files by what they hold. `labels` stand in the order of `areas`; `norms` pairs a region with its statistics."""

    name: str
    version: str
    title: str
    areas: tuple[Path, ...]
    labels: tuple[Path, ...]
    footprints: tuple[Path, ...] = ()
    subsets: tuple[tuple[str, Path], ...] = ()
    norms: tuple[tuple[str, Path], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """Return every file once."""
        paths = [*self.areas, *self.labels, *self.footprints]
        paths += [path for _, path in (*self.subsets, *self.norms)]
        return tuple(dict.fromkeys(paths))

    @property
    def patch_folders(self) -> tuple[Path, ...]:
        """Return the folders of tile files beside the tables of areas; published tables come without any."""
        folders = dict.fromkeys(path.parent / "patches" for path in self.areas)
        return tuple(folder for folder in folders if folder.is_dir())


def find_layout(folder: Path, regions: tuple[PublishedRegion, ...] = REGIONS) -> Layout:
    """Return the layout that a folder is in.

    Raises:
        InvalidInput: the folder is missing or fits none.
        BrokenFile: a table lacks its companion.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder")
    finders: tuple[_Finder, ...] = (_archives, _first_version, _named_by_area)
    for finder in finders:
        if layout := finder(folder, regions):
            return layout
    raise InvalidInput(
        f"{folder} fits none of the published layouts: "
        "v1.0 (AREA/areas.csv and AREA/labels.csv, footprints in splits/), "
        "v1.0.1 (earthscape_AREA_QUADRANGLE/ with areas.csv, labels.csv and locations.geojson), "
        "v1.1 (data/AREA/ with *_areas.csv, *_labels.csv and *_patches.geojson)"
    )


def _first_version(folder: Path, regions: tuple[PublishedRegion, ...]) -> Layout | None:
    areas = tuple(sorted(folder.glob("*/areas.csv")))
    if not areas:
        return None
    norms = [pair for path in areas for pair in _norms(path.parent.glob("image_stats*.csv"), path.parent.name, regions)]
    return Layout(
        name="v1.0",
        version="earthscape-v1.0",
        title="EarthScape v1.0",
        areas=areas,
        labels=_companions(areas, "areas.csv", "labels.csv"),
        subsets=tuple(_subsets_by_area(folder / "splits")),
        norms=tuple(norms),
    )


def _archives(folder: Path, regions: tuple[PublishedRegion, ...]) -> Layout | None:
    places = sorted(
        path.parent for pattern in ("locations.geojson", "*/locations.geojson") for path in folder.glob(pattern)
    )
    if not places:
        return None
    areas = tuple(place / "areas.csv" for place in places)
    for path in areas:
        _need(path)
    return Layout(
        name="v1.0.1",
        version="earthscape-v1.0.1",
        title="EarthScape v1.0.1",
        areas=areas,
        labels=_companions(areas, "areas.csv", "labels.csv"),
        footprints=tuple(place / "locations.geojson" for place in places),
        subsets=tuple(_subsets_by_name(folder)),
        norms=tuple(pair for place in places for pair in _norms(place.glob("image_stats*.csv"), place.name, regions)),
    )


def _named_by_area(folder: Path, regions: tuple[PublishedRegion, ...]) -> Layout | None:
    patterns = ("*_areas.csv", "*/*_areas.csv", "data/*/*_areas.csv")
    areas = tuple(sorted(path for pattern in patterns for path in folder.glob(pattern)))
    if not areas:
        return None
    smoke = all(path.name == "smoke_areas.csv" for path in areas)
    tables = [path.with_name(path.name.replace("_areas.csv", "_stats.csv")) for path in areas]
    found = [path for path in tables if path.is_file()]
    norms = tuple(pair for path in found for pair in _norms([path], path.name.removesuffix("_stats.csv"), regions))
    unread = sorted(set(found) - {path for _, path in norms})
    return Layout(
        name="v1.1-smoke" if smoke else "v1.1",
        version="earthscape-v1.1-smoke" if smoke else "earthscape-v1.1",
        title="EarthScape v1.1, smoke set" if smoke else "EarthScape v1.1",
        areas=areas,
        labels=_companions(areas, "_areas.csv", "_labels.csv"),
        footprints=_companions(areas, "_areas.csv", "_patches.geojson"),
        subsets=tuple(_subsets_by_name(folder)),
        norms=norms,
        notes=tuple(f"{path.name}: statistics over more than one region are not read" for path in unread),
    )


def _companions(paths: Iterable[Path], ending: str, other: str) -> tuple[Path, ...]:
    found = tuple(path.with_name(path.name.removesuffix(ending) + other) for path in paths)
    for path in found:
        _need(path)
    return found


def _need(path: Path) -> None:
    if not path.is_file():
        raise BrokenFile(path, "this file is missing")


def _subsets_by_area(folder: Path) -> Iterable[tuple[str, Path]]:
    """`AREA_patches_test.geojson` is the in-domain test where AREA was trained on, elsewhere the cross-domain test."""
    trained = {path.name.removesuffix("_patches_train.geojson") for path in folder.glob("*_patches_train.geojson")}
    for path in sorted(folder.glob("*_patches_*.geojson")):
        area, _, part = path.name.removesuffix(".geojson").partition("_patches_")
        if part in ("train", "val"):
            yield part, path
        elif part == "test":
            yield ("test_id" if area in trained or area == "warren" else "test_cd"), path


def _subsets_by_name(folder: Path) -> Iterable[tuple[str, Path]]:
    for subset, pattern in SUBSET_FILES.items():
        places = (pattern, f"splits/{pattern}", f"splits/*/{pattern}")
        found = sorted(path for place in places for path in folder.glob(place))
        if len(found) > 1:
            raise InvalidInput(f"{found[0]} and {found[1]} both give the subset {subset}; keep one")
        yield from ((subset, path) for path in found)


def _norms(paths: Iterable[Path], area: str, regions: tuple[PublishedRegion, ...]) -> Iterable[tuple[str, Path]]:
    """`howevalley` in a file's name, or else the name of its folder, tells the region."""
    slugs = {name: region.slug for region in regions for name in (region.slug, region.slug.replace("-", ""))}
    for path in sorted(paths):
        name = path.stem.removeprefix("image_stats").removeprefix("_").removesuffix("_stats") or area
        if name in slugs:
            yield slugs[name], path
