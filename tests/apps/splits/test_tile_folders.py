"""Tile files out and in through the database: the same region again, and what is refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from apps.accounts.models import Role, User, Visibility
from apps.jobs.kinds import kind_named
from apps.jobs.models import Job, JobState
from apps.jobs.parameters import InvalidParameters, check_parameters
from apps.jobs.running import run_inline
from apps.regions.models import Channel, Region, RegionRaster
from apps.splits.exporting import prepare_export
from apps.splits.models import Split, SplitMember
from apps.tiles.models import ChannelNorm, DatasetVersion, LabelRevision, Tile, TileLabels
from tests.apps.worlds import SOUTH, WEST, make_catalogue, square
from tests.conftest import Person
from tests.workers.tiles.folders import (
    GRID,
    IDS,
    PLACES,
    SUBSETS,
    covered,
    nodata_of,
    pixels_of,
    published_folder,
    write_rasters,
)
from tests.workers.tiles.folders import read as pixels_in
from tests.workers.tiles.test_rebuild import change_pixels
from workers.errors import Conflict, InvalidInput, PermissionDenied
from workers.records.channels import CATALOGUE, CHANNEL_NAMES
from workers.records.map_units import SYMBOLS

FEW = ("mask", "dem", "nhd")
AREAS = [1 / 3, 0, 0, 0, 0, 0, 2 / 3]

pytestmark = pytest.mark.django_db


def make_hill(
    store: Path, owner: User, *, visibility: str = Visibility.PRIVATE, names: tuple[str, ...] = FEW
) -> Region:
    """The made region of eleven tiles with its rasters in the store, as processing would have left it."""
    make_catalogue()
    grid = {name: getattr(GRID, name) for name in ("crs", "origin_x", "origin_y", "pixel_size", "width", "height")}
    about: dict[str, Any] = {"name": "Hill", "area": "Hill County", "origin": "made", "visibility": visibility}
    region = Region.objects.create(slug="hill", owner=owner, **about, **grid)
    for name, path in write_rasters(store / "hill", names).items():
        RegionRaster.objects.create(
            region=region, channel=Channel.objects.get(name=name), path=f"hill/{Path(path).name}", size=1,
            display_size=1, dtype="x", display_low=0, display_high=1, statistics={"mean": 1 / 3, "std": 0.25},
        )  # fmt: skip
    version = DatasetVersion.objects.create(slug="hill", title="Hill", made=True)
    revision = LabelRevision.objects.create(dataset_version=version, slug="hill", classes=list(SYMBOLS))
    split = Split.objects.create(name="hill-split", dataset_version=version, owner=owner, checksum="0" * 64)
    for number, (patch, (col, row), subset) in enumerate(zip(IDS, PLACES, SUBSETS, strict=True), start=1):
        left, top = GRID.origin_x + 5 * col, GRID.origin_y - 5 * row
        bounds = [left, top - 1280, left + 1280, top]
        tile = Tile.objects.create(
            region=region, dataset_version=version, patch_id=patch, number=number, bounds=bounds, col=col, row=row,
            footprint=square(WEST, SOUTH),
        )  # fmt: skip
        TileLabels.objects.create(tile=tile, label_revision=revision, areas=AREAS, present=[0, 6])
        SplitMember.objects.create(split=split, tile=tile, subset=subset)
    split.note_regions()
    return region


def run(kind: str, owner: User, **params: Any) -> Job:
    return run_inline(kind=kind, params=params, owner=owner)


def run_well(kind: str, owner: User, **params: Any) -> dict[str, Any]:
    job = run(kind, owner, **params)
    assert job.state == JobState.SUCCEEDED, job.error
    result: Any = job.result
    found: dict[str, Any] = result
    return found


@pytest.fixture
def open_store(store: Path, settings: Settings) -> Path:
    settings.EARTHSCAPE_IMPORT_ROOTS = [store]
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = 0
    return store


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("layout", ["v1.1", "v1.0.1"])
def test_a_region_goes_out_and_comes_in_as_another_one(open_store: Path, researcher: Person, layout: str) -> None:
    make_hill(open_store, researcher.user, names=CHANNEL_NAMES)
    out = run_well("export-dataset", researcher.user, dataset_version="hill", split="hill-split", layout=layout)
    assert (out["tiles"], out["files"], out["regions"], out["notes"]) == (11, 426, ["hill"], [])
    assert Path(out["folder"]).is_relative_to(open_store / "jobs")
    rename, named = {"hill": "hill-again"}, "hill-v2"
    back = run_well("import-tiles", researcher.user, folder=out["folder"], rename=rename, dataset_version=named)
    assert (back["region"], back["channels"], back["tile_files"]) == ("hill-again", {"hill-again": 38}, 418)
    assert (back["tiles_created"], back["off_the_grid"], back["notes"]) == (11, 0, [])
    again = Region.objects.get(slug="hill-again")
    assert (again.grid, again.owner, again.visibility, again.origin) == (GRID, researcher.user, "private", "made")
    check_pixels(open_store, again)
    check_tiles()
    once_more = run_well("export-dataset", researcher.user, dataset_version="hill-v2", split="hill-v2", layout=layout)
    first, second = (tile_checksums(result) for result in (out, once_more))
    assert len(first) == 418
    assert second == first


def tile_checksums(result: dict[str, Any]) -> list[str]:
    lines = (Path(result["folder"]) / "checksums.sha256").read_text().splitlines()
    return sorted(f"{line[:64]} {line.rpartition('/')[2]}" for line in lines if "/patches/" in line)


def check_pixels(store: Path, region: Region) -> None:
    here = covered()
    for seed, channel in enumerate(CATALOGUE):
        raster = region.rasters.get(channel__name=channel.name)
        before, after = pixels_of(channel, seed), pixels_in(store / raster.path)
        assert (after.dtype, raster.dtype) == (before.dtype, str(before.dtype))
        assert after[here].tobytes() == before[here].tobytes()
        expected = nodata_of(channel)
        assert raster.nodata == (255 if expected is None else None if np.isnan(expected) else expected)
        assert (store / raster.display_path).is_file()


def check_tiles() -> None:
    fields = ("patch_id", "number", "bounds", "col", "row", "size")
    before, after = (
        list(Tile.objects.filter(dataset_version__slug=slug).order_by("number").values_list(*fields))
        for slug in ("hill", "hill-v2")
    )
    assert after == before
    labels = TileLabels.objects.filter(label_revision__slug="hill-v2")
    assert [(row.areas, row.present) for row in labels] == [(AREAS, [0, 6])] * 11
    members = SplitMember.objects.filter(split__name="hill-v2").order_by("tile__number")
    assert list(members.values_list("tile__patch_id", "subset")) == list(zip(IDS, SUBSETS, strict=True))
    norms = ChannelNorm.objects.filter(dataset_version__slug="hill-v2")
    assert norms.count() == 38
    assert set(norms.values_list("mean", "std")) == {(1 / 3, 0.25)}


@pytest.mark.django_db(transaction=True)
def test_a_disagreement_changes_nothing_and_is_told(open_store: Path, researcher: Person) -> None:
    make_hill(open_store, researcher.user)
    folder = Path(run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1")["folder"])
    change_pixels(folder / "data/hill/patches/hill_256_50_2_dem.tif", np.s_[200, 100], by=1)
    (folder / "checksums.sha256").unlink()
    params = {"folder": str(folder), "rename": "hill=other", "dataset_version": "other"}
    job = run("import-tiles", researcher.user, **params)
    assert (job.state, job.error) == (
        JobState.FAILED,
        "dem: tiles differ from the tiles that they overlap: hill_256_50_2 (1 pixel)",
    )
    assert not Region.objects.filter(slug="other").exists()
    result = run_well("import-tiles", researcher.user, on_disagreement="first", **params)
    assert "hill_256_50_2 (1 pixel); those of the first were kept" in result["notes"][-1]


@pytest.mark.django_db(transaction=True)
def test_tiles_a_little_off_the_grid_go_out_and_come_in(open_store: Path, researcher: Person) -> None:
    make_hill(open_store, researcher.user)
    for number, feet in ((1, 0.45), (2, -0.45), (11, -0.45)):  # nearly a tenth of a pixel
        tile = Tile.objects.get(number=number)
        tile.bounds = [place + move for place, move in zip(tile.bounds or (), (feet, -feet, feet, -feet), strict=True)]
        tile.save()
    out = run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1")
    back = run_well("import-tiles", researcher.user, folder=out["folder"], rename="hill=again", dataset_version="again")
    assert (back["tiles_created"], back["off_the_grid"]) == (11, 0)
    assert Region.objects.get(slug="again").grid == GRID
    fields = ("patch_id", "bounds", "col", "row")
    before, after = (
        list(Tile.objects.filter(region__slug=slug).order_by("number").values_list(*fields))
        for slug in ("hill", "again")
    )
    assert after == before
    once_more = run_well("export-dataset", researcher.user, dataset_version="again", layout="v1.1")
    assert tile_checksums(once_more) == tile_checksums(out)


@pytest.mark.django_db(transaction=True)
def test_a_folder_does_not_move_tiles_of_ones_own_region(open_store: Path, researcher: Person) -> None:
    make_hill(open_store, researcher.user)
    folder = run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1")["folder"]
    tile = Tile.objects.get(number=2)
    tile.bounds = [place + move for place, move in zip(tile.bounds or (), (640, 0, 640, 0), strict=True)]
    tile.save()
    job = run("import-tiles", researcher.user, folder=folder)
    assert (job.state, job.error[:73]) == (
        JobState.FAILED,
        "Tiles of Hill in hill would lie elsewhere on the ground: hill_256_50_2. A",
    )
    beside = run_well("import-tiles", researcher.user, folder=folder, rename="hill=dale", dataset_version="dale")
    assert beside["tiles_created"] == 11
    Split.objects.all().delete()
    Tile.history.all().delete()
    assert run_well("import-tiles", researcher.user, folder=folder)["tiles_replaced"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_folder_leaves_out_of_ones_own_region_is_told(open_store: Path, researcher: Person) -> None:
    make_hill(open_store, researcher.user, names=("mask", "dem", "nhd", "osm"))
    Tile.objects.filter(number=4).update(valid=False)
    out = run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1", channels="dem, osm")
    Tile.objects.filter(number=4).update(valid=True)
    back = run_well("import-tiles", researcher.user, folder=out["folder"])
    assert back["notes"][-2:] == [
        "hill: tiles of hill that these files lack stay, as not valid: 1",
        "hill: channels that it had and these files lack are gone: mask, nhd",
    ]
    assert list(Tile.objects.filter(valid=False).values_list("number", flat=True)) == [4]
    again = run_well("import-tiles", researcher.user, folder=out["folder"])
    assert [note for note in again["notes"] if "not valid" in note or "gone" in note] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["export-dataset", "import-tiles"])
def test_some_of_the_disk_is_left_free(open_store: Path, researcher: Person, settings: Settings, kind: str) -> None:
    make_hill(open_store, researcher.user)
    out = run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1")
    settings.EARTHSCAPE_UPLOAD_RESERVE_MIB = shutil.disk_usage(open_store).total >> 20
    params = {"dataset_version": "hill"} if kind == "export-dataset" else {"folder": out["folder"]}
    job = run(kind, researcher.user, **params)
    assert job.state == JobState.FAILED
    assert "the store's disk has room for 0.0 MB beyond the" in job.error


@pytest.mark.django_db(transaction=True)
def test_a_channel_with_a_long_name_is_kept_under_it(open_store: Path, researcher: Person) -> None:
    make_hill(open_store, researcher.user)
    folder = Path(run_well("export-dataset", researcher.user, dataset_version="hill", layout="v1.1")["folder"])
    name = "wetness" * 5
    for path in list(folder.rglob("*_dem.tif")):
        shutil.copy(path, path.with_name(path.name.replace("_dem", f"_{name}")))
    params = {"folder": str(folder), "rename": "hill=other", "dataset_version": "other"}
    assert run_well("import-tiles", researcher.user, **params)["channels"] == {"other": 4}
    assert Channel.objects.get(name=name).modality == name[:20]


def asked(kind: str, owner: User, **params: Any) -> dict[str, Any]:
    return check_parameters(kind=kind_named(kind), params=params, owner=owner).params


def test_an_export_stands_for_what_there_is_when_it_is_asked_for(store: Path, researcher: Person) -> None:
    make_hill(store, researcher.user)
    params = asked("export-dataset", researcher.user, dataset_version="hill", channels="dem, geology")
    assert (params["regions"], params["label_revision"], params["layout"]) == (["hill"], "hill", "v1.1")
    assert params["channels"] == ["dem", "mask"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dataset_version": "x"}, "there is no dataset version x"),
        ({"label_revision": "x"}, "hill has no label revision x"),
        ({"split": "x"}, "hill has no split x"),
        ({"regions": "x"}, "hill has no region x"),
        ({"channels": "s_50"}, "region hill has no channel s_50"),
    ],
)
def test_what_is_not_there_is_named(store: Path, researcher: Person, changed: dict[str, str], told: str) -> None:
    make_hill(store, researcher.user)
    with pytest.raises(InvalidInput, match=told):
        asked("export-dataset", researcher.user, **({"dataset_version": "hill"} | changed))


def test_a_layout_that_is_not_known_is_refused(store: Path, researcher: Person) -> None:
    make_hill(store, researcher.user)
    with pytest.raises(InvalidParameters, match="layout"):
        asked("export-dataset", researcher.user, dataset_version="hill", layout="v2")


def test_what_one_may_not_see_is_not_exported(store: Path, person: Any) -> None:
    owner, other = person(Role.RESEARCHER), person(Role.RESEARCHER)
    make_hill(store, owner.user)
    with pytest.raises(InvalidInput, match="there is no dataset version hill"):
        asked("export-dataset", other.user, dataset_version="hill")


def test_a_region_closed_since_is_not_exported(store: Path, person: Any, tmp_path: Path) -> None:
    owner, other = person(Role.RESEARCHER), person(Role.RESEARCHER)
    region = make_hill(store, owner.user, visibility=Visibility.PUBLIC)
    params = asked("export-dataset", other.user, dataset_version="hill")
    region.visibility = Visibility.PRIVATE
    region.save()
    with pytest.raises(InvalidInput, match="there is no dataset version hill"):
        prepare_export(Job(params=params, owner=other.user), tmp_path)


def test_tiles_that_are_not_valid_are_left_out_and_counted(store: Path, researcher: Person, tmp_path: Path) -> None:
    make_hill(store, researcher.user)
    Tile.objects.filter(number__in=[1, 2]).update(valid=False)
    params = asked("export-dataset", researcher.user, dataset_version="hill", split="hill-split")
    spec = prepare_export(Job(params=params, owner=researcher.user), tmp_path)
    assert list(spec["notes"]) == [
        "hill: 2 tiles left out: not valid, off the grid, or without labels",
        "2 of 11 members of the split hill-split are not among the tiles",
    ]
    assert len((tmp_path / "tiles.csv").read_text().splitlines()) == 10
    assert spec["regions"][0]["statistics"]["dem"] == (1 / 3, 0.25)


def test_a_stored_id_that_would_lead_out_of_the_folder_is_refused(
    store: Path, researcher: Person, tmp_path: Path
) -> None:
    make_hill(store, researcher.user)
    params = asked("export-dataset", researcher.user, dataset_version="hill")
    Tile.objects.filter(patch_id=IDS[0]).update(patch_id=f"../../{IDS[0]}")
    with pytest.raises(InvalidInput, match=r"\.\./\.\./hill_256_50_1: no id such as 256_50_1"):
        prepare_export(Job(params=params, owner=researcher.user), tmp_path)


def write_metadata(folder: Path, **changed: Any) -> Path:
    """Only what the check of the names reads."""
    grid = {name: getattr(GRID, name) for name in ("crs", "origin_x", "origin_y", "pixel_size", "width", "height")}
    region: dict[str, Any] = {
        "slug": "hill",
        "name": "Hill",
        "area": "Hills",
        "made": True,
        "prefix": "hill_",
        "overlap": 50,
    }
    region |= {"tile_px": 256, "grid": grid, "channels": ["dem"], "tiles": 1}
    said: dict[str, Any] = {
        "format": "EarthScape Web tile folder 1",
        "layout": "v1.1",
        "dataset_version": "hill",
        "title": "Hill",
    }
    said |= {"label_revision": "hill", "classes": list(SYMBOLS), "split": None, "subsets": {}, "licence": ""}
    said |= {"citation": "", "credit": "", "regions": [region], "files": 1, "bytes": 1}
    said |= {"checksums": {"path": "checksums.sha256", "sha256": "0" * 64, "size": 1}}
    folder.mkdir(exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps(said | changed))
    return folder


@pytest.mark.parametrize(
    ("params", "error", "told"),
    [
        ({}, PermissionDenied, "hill is somebody else's"),
        ({"rename": "hill=warren"}, Conflict, "warren is that of a published region"),
        ({"rename": "hill=mine"}, PermissionDenied, "hill holds tiles of other people"),
        ({"rename": "hill=mine", "dataset_version": "earthscape-v9"}, Conflict, "that of published data"),
        ({"rename": "hills=mine"}, InvalidInput, "the folder has no region hills; it has hill"),
        ({"rename": "hill=My Hill"}, InvalidParameters, "rename"),
    ],
)
def test_names_of_others_are_refused_before_the_work(
    open_store: Path, person: Any, params: dict[str, str], error: type[Exception], told: str
) -> None:
    make_hill(open_store, person(Role.RESEARCHER).user, visibility=Visibility.PUBLIC)
    folder = write_metadata(open_store / "in")
    with pytest.raises(error, match=told):
        asked("import-tiles", person(Role.RESEARCHER).user, folder=str(folder), **params)


def test_metadata_with_a_name_that_is_none_are_refused(open_store: Path, researcher: Person) -> None:
    folder = write_metadata(open_store / "in", dataset_version="../up")
    with pytest.raises(InvalidInput, match=r"metadata\.json\.dataset_version: 1 to 60 letters"):
        asked("import-tiles", researcher.user, folder=str(folder))
    folder = write_metadata(open_store / "in", dataset_version="earthscape-v/../../evil")
    with pytest.raises(InvalidInput, match=r"metadata\.json\.dataset_version"):
        asked("import-tiles", researcher.user, folder=str(folder))


def test_no_version_is_published_but_those_that_were(open_store: Path, researcher: Person) -> None:
    folder = write_metadata(open_store / "in", dataset_version="earthscape-v9")
    with pytest.raises(Conflict, match="that of published data"):
        asked("import-tiles", researcher.user, folder=str(folder))


def test_a_broken_copy_is_not_taken_for_a_published_folder(open_store: Path, researcher: Person) -> None:
    path = write_metadata(open_store / "in") / "metadata.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InvalidInput, match=r"metadata\.json: not JSON"):
        asked("import-tiles", researcher.user, folder=str(path.parent))


@pytest.mark.django_db(transaction=True)
def test_a_published_folder_becomes_the_published_regions(open_store: Path, researcher: Person) -> None:
    make_catalogue()
    result = run_well("import-tiles", researcher.user, folder=str(published_folder(open_store / "in")))
    assert (result["dataset_version"], result["regions"]) == ("earthscape-v1.0.1", ["howe-valley", "sonora"])
    region = Region.objects.get(slug="howe-valley")
    assert (region.visibility, region.origin, region.owner) == ("public", "published", None)
    assert (region.width, region.height, region.rasters.get().channel.name) == (384, 256, "s_50")
    assert list(Tile.objects.filter(region=region).order_by("number").values_list("col", "row")) == [(0, 0), (128, 0)]
    assert region.boundary is not None
    source = region.sources.get()
    assert (source.role, source.path, len(source.sha256)) == ("tiles", str(open_store / "in"), 64)


@pytest.mark.django_db(transaction=True)
def test_a_part_does_not_replace_the_whole(open_store: Path, researcher: Person) -> None:
    make_catalogue()
    run_well("import-tiles", researcher.user, folder=str(published_folder(open_store / "in")))
    part = published_folder(open_store / "part", ids=["hv_256_50_2"])
    job = run("import-tiles", researcher.user, folder=str(part))
    assert job.state == JobState.FAILED
    assert job.error.startswith("1 tiles of Howe Valley lie outside of these tile files")
    assert Region.objects.get(slug="howe-valley").width == 384
    Tile.objects.filter(region__slug="howe-valley").update(col=None, row=None)
    RegionRaster.objects.filter(region__slug="howe-valley").update(channel=Channel.objects.get(name="dem"))
    job = run("import-tiles", researcher.user, folder=str(part))
    assert job.error == "Howe Valley has channels that these tile files lack, and would lose them: dem."


def test_a_published_folder_needs_a_version_to_become_ones_own(open_store: Path, researcher: Person) -> None:
    (open_store / "in").mkdir()
    with pytest.raises(InvalidInput, match="dataset_version: name one"):
        asked("import-tiles", researcher.user, folder=str(open_store / "in"), rename={"warren": "mine"})


def test_a_folder_outside_the_roots_is_refused(open_store: Path, researcher: Person) -> None:
    with pytest.raises(InvalidInput, match="outside the folders"):
        asked("import-tiles", researcher.user, folder="/etc")
