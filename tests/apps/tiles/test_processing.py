import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from apps.accounts.models import User
from apps.annotations.models import MapUnit
from apps.jobs.kinds import kind_named
from apps.jobs.parameters import InvalidParameters, check_parameters
from apps.regions.models import Channel, Region
from apps.regions.recording import settle_on
from apps.tiles.loading import TileRow, load_tiles
from apps.tiles.models import DatasetVersion, LabelRevision, Tile, TileLabels
from apps.tiles.processing import prepare_region, record_region
from tests.apps.tiles.processed import GRID, TILES, make_job, specification, write_result
from tests.conftest import Person
from workers.errors import Conflict, InvalidInput, PermissionDenied, UnsafeInput
from workers.records.codec import from_data
from workers.records.downloads import DownloadedFile, HostRule
from workers.records.regions import ProcessRegion

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(store: Path, settings: Settings) -> Path:
    settings.EARTHSCAPE_IMPORT_ROOTS = [store.parent / "imports"]
    (store / "sources").mkdir()
    (store / "sources" / "dem.tif").write_bytes(b"raster")
    return store / "sources" / "dem.tif"


def check(params: dict[str, Any], owner: User) -> dict[str, Any]:
    return check_parameters(kind=kind_named("process-region"), params=params, owner=owner).params


def process(owner: User, store: Path, params: dict[str, Any], **result: Any) -> dict[str, Any]:
    job = make_job(owner, check(params, owner))
    folder = store / "jobs" / str(job.pk) / "1"
    return record_region(job, folder, write_result(folder, **result))


def test_a_specification_may_be_yaml_and_its_paths_relative(source: Path, researcher: Person) -> None:
    text = yaml.safe_dump(specification(Path("dem.tif")))
    params = check({"specification": text}, researcher.user)
    assert params["specification"]["dem"]["paths"] == [str(source)]
    assert params["dataset_version"] == "hollow"
    assert "visibility" not in params


def test_the_job_says_what_it_will_read(source: Path, researcher: Person) -> None:
    kind, params = kind_named("process-region"), {"specification": specification(source)}
    checked = check_parameters(kind=kind, params=params, owner=researcher.user)
    assert checked.input_manifest == {"files": {str(source): 6}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 3000 + "]" * 3000, "nested too deep"),
        ("slug: " + "1" * 5000, "not YAML"),
        ("slug: a\n" * 40_000, "longer than 262144 characters"),
        ("slug: &a b\nname: *a", "aliases"),
        ("1: a\nslug: b", "1: unknown field"),
    ],
)
def test_yaml_that_no_one_writes_is_refused(source: Path, researcher: Person, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        check({"specification": text}, researcher.user)


def test_mask_values_with_a_gap_are_not_processed(source: Path, tmp_path: Path, researcher: Person) -> None:
    MapUnit.objects.create(symbol="Qt", name="Terrace", mask_value=20, colour="#aabbcc")
    job = make_job(researcher.user, check({"specification": specification(source)}, researcher.user))
    with pytest.raises(Conflict, match="mask values of the map units must be 1 to 8"):
        prepare_region(job, tmp_path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd", "/vsicurl/http://127.0.0.1/a.tif"])
def test_a_source_elsewhere_is_refused(source: Path, researcher: Person, path: str) -> None:
    with pytest.raises(UnsafeInput, match="EARTHSCAPE_IMPORT_ROOTS"):
        check({"specification": specification(Path(path))}, researcher.user)


def test_a_source_that_is_not_there_is_named(source: Path, researcher: Person) -> None:
    with pytest.raises(InvalidInput, match=r"specification.dem.paths: there is no file nothing.tif"):
        check({"specification": specification(Path("nothing.tif"))}, researcher.user)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"slug": "No Slug"}, "specification.slug"),
        ({"slug": ""}, "specification.slug: '' is not 1 to 60 small letters"),
        ({"name": "x" * 121}, "specification.name: 1 to 120"),
        ({"colour": "red"}, "colour: unknown field"),
    ],
)
def test_a_wrong_specification_is_refused(
    source: Path, researcher: Person, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        check({"specification": specification(source, **changed)}, researcher.user)


def test_aliases_in_yaml_are_refused(source: Path, researcher: Person) -> None:
    with pytest.raises(InvalidInput, match=r"aliases \(\*name\) are not allowed"):
        check({"specification": "a: &a [x]\nb: [*a, *a]\n"}, researcher.user)


def test_a_missing_specification_is_refused(researcher: Person) -> None:
    with pytest.raises(InvalidParameters, match="specification"):
        check({}, researcher.user)


def test_preparing_takes_checksums_and_names_the_classes(source: Path, store: Path, researcher: Person) -> None:
    job = make_job(researcher.user, check({"specification": specification(source)}, researcher.user))
    told = from_data(ProcessRegion, prepare_region(job, store))
    assert told.classes == ("af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr")
    assert told.stages == str(store / "stages")
    [row] = json.loads((store / "sources.json").read_text())
    assert row["sha256"] == hashlib.sha256(b"raster").hexdigest()
    assert (row["role"], row["path"], row["bands"], row["size"]) == ("dem", str(source), ["dem"], 6)


def test_preparing_says_which_hosts_may_be_asked(
    source: Path, store: Path, researcher: Person, settings: Settings
) -> None:
    settings.EARTHSCAPE_DOWNLOAD_HOSTS = (HostRule("tiles.example"), HostRule("mirror.local", 8080, private=True))
    job = make_job(researcher.user, check({"specification": specification(source)}, researcher.user))
    told = from_data(ProcessRegion, prepare_region(job, store))
    assert told.downloads is not None
    assert told.downloads.hosts == (HostRule("tiles.example"), HostRule("mirror.local", 8080, private=True))
    assert told.downloads.folder == str(store / "downloads")
    assert told.downloads.slowest == 4096


def test_preparing_says_how_slow_a_server_may_be(
    source: Path, store: Path, researcher: Person, settings: Settings
) -> None:
    settings.EARTHSCAPE_DOWNLOAD_LEAST_KIB = 100
    job = make_job(researcher.user, check({"specification": specification(source)}, researcher.user))
    told = from_data(ProcessRegion, prepare_region(job, store))
    assert told.downloads is not None
    assert told.downloads.slowest == 102_400


def test_files_that_were_downloaded_are_sources_of_the_region(source: Path, store: Path, researcher: Person) -> None:
    file = DownloadedFile("dem", "N1E2", "https://tiles.example/n1e2.zip", 2022, "/x/n1e2-1.tif", "b" * 64, 7)
    process(researcher.user, store, {"specification": specification(source)}, downloads=(file,))
    row = Region.objects.get().sources.get(sha256="b" * 64)
    assert (row.role, row.path, row.size) == ("dem", "https://tiles.example/n1e2.zip#n1e2-1.tif", 7)


def test_long_urls_that_begin_alike_are_sources_of_their_own(source: Path, store: Path, researcher: Person) -> None:
    begin = "https://tiles.example/" + "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1900))
    urls = [f"{begin}?tile=1", f"{begin}?tile=2"]
    files = [DownloadedFile("dem", url[-1], url, 2022, "/x/download-1.tif", "b" * 64, 7) for url in urls]
    process(researcher.user, store, {"specification": specification(source)}, downloads=tuple(files))
    rows = Region.objects.get().sources.filter(sha256="b" * 64)
    assert [row.path for row in rows] == [f"{url}#download-1.tif" for url in urls]


def test_a_region_is_stored_and_private_to_its_owner(source: Path, store: Path, researcher: Person) -> None:
    result = process(researcher.user, store, {"specification": specification(source)})
    region = Region.objects.get()
    assert (region.slug, region.origin, region.visibility, region.owner) == (
        "hollow",
        "processed",
        "private",
        researcher.user,
    )
    assert (region.width, region.origin_x, region.notes) == (512, 4_700_000.0, ["a note"])
    assert region.boundary is not None
    assert (result["channels"], result["tiles"], result["tiles_created"]) == (2, 3, 3)
    assert region.sources.get().sha256 == "a" * 64


def test_rasters_are_stored_with_paths_in_the_store(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    raster = Region.objects.get().rasters.get(channel__name="dem")
    assert (store / raster.path).read_text() == "dem.tif"
    assert (store / raster.display_path).stat().st_size == raster.display_size
    assert raster.statistics["histogram"] == [2, 2]
    assert Channel.objects.get(name="s_7").modality == "s"


def test_tiles_have_windows_footprints_and_labels(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    tile = Tile.objects.get(patch_id="a_256_50_2")
    assert (tile.number, tile.col, tile.row) == (2, 0, 128)
    assert tile.bounds == [4_700_000.0, 3_558_080.0, 4_701_280.0, 3_559_360.0]
    assert tile.footprint is not None
    labels = TileLabels.objects.get(tile=tile)
    assert (labels.present, labels.areas[6], labels.label_revision.slug) == ([0, 6], 0.75, "hollow")


def test_a_region_without_a_map_has_tiles_without_labels(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)}, mapped=False)
    assert (Tile.objects.count(), TileLabels.objects.count(), LabelRevision.objects.count()) == (3, 0, 0)


def test_processing_again_changes_only_what_changed(source: Path, store: Path, researcher: Person) -> None:
    params = {"specification": specification(source)}
    process(researcher.user, store, params)
    again = process(researcher.user, store, params)
    assert (again["tiles_created"], again["tiles_updated"], again["labels_updated"]) == (0, 0, 0)
    assert again["annotations_created"] == again["annotations_deleted"] == 0
    assert Region.objects.get().rasters.count() == 2


def test_the_job_says_how_many_polygons_curators_keep_away(source: Path, store: Path, researcher: Person) -> None:
    params = {"specification": specification(source)}
    assert process(researcher.user, store, params)["notes"] == ["a note"]
    Region.objects.get().annotations.get().delete()
    again = process(researcher.user, store, params)
    assert (again["annotations_created"], again["annotations_left_out"]) == (0, 1)
    assert again["notes"] == [
        "a note",
        "polygons of the map that were left out, since curators have edited or deleted what they were: 1",
    ]


def test_a_tile_that_is_no_more_is_marked_and_comes_back(source: Path, store: Path, researcher: Person) -> None:
    params = {"specification": specification(source)}
    process(researcher.user, store, params)
    assert process(researcher.user, store, params, tiles=TILES[:2])["tiles_left_out"] == 1
    assert Tile.objects.get(patch_id="a_256_50_3").valid is False
    process(researcher.user, store, params)
    assert Tile.objects.get(patch_id="a_256_50_3").valid is True


def test_a_tile_that_is_no_more_keeps_its_place_on_a_grid_that_moved(
    source: Path, store: Path, researcher: Person
) -> None:
    params = {"specification": specification(source)}
    process(researcher.user, store, params)
    process(researcher.user, store, params, tiles=TILES[:2], grid=replace(GRID, origin_x=GRID.origin_x - 128 * 5))
    left_out = Tile.objects.get(patch_id="a_256_50_3")
    assert (left_out.valid, left_out.col, left_out.row) == (False, 128 + 128, 256)


def test_a_made_region_is_public(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source, made=True)})
    assert Region.objects.get().visibility == "public"
    assert DatasetVersion.objects.get().made is True


def test_two_regions_may_share_a_dataset_version(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source), "dataset_version": "both"})
    other = specification(source, slug="ridge")
    tiles = (("b_256_50_1", 0, 0),)
    process(researcher.user, store, {"specification": other, "dataset_version": "both"}, tiles=tiles)
    assert DatasetVersion.objects.get().tiles.count() == 4
    with pytest.raises(Conflict, match="a_256_50_1 is a tile of Hollow"):
        process(researcher.user, store, {"specification": other, "dataset_version": "both"})


def test_anothers_region_is_not_overwritten(source: Path, store: Path, researcher: Person, curator: Person) -> None:
    params = {"specification": specification(source)}
    process(researcher.user, store, params)
    with pytest.raises(Conflict, match="hollow is taken"):
        check(params, curator.user)
    Region.objects.update(visibility="public")
    with pytest.raises(PermissionDenied, match="somebody else's"):
        check(params, curator.user)


def test_names_of_the_published_data_are_kept_for_it(source: Path, researcher: Person, administrator: Person) -> None:
    with pytest.raises(Conflict, match="The name warren is that of a published region"):
        check({"specification": specification(source, slug="warren")}, researcher.user)
    with pytest.raises(Conflict, match=r"The name earthscape-v1\.0 is that of published data"):
        check({"specification": specification(source), "dataset_version": "earthscape-v1.0"}, researcher.user)
    params = check({"specification": specification(source, slug="warren")}, administrator.user)
    assert params["dataset_version"] == "warren"


def test_a_published_dataset_version_is_not_extended(source: Path, researcher: Person) -> None:
    DatasetVersion.objects.create(slug="bulletin", title="x", manifest={"layout": "v1.0"})
    with pytest.raises(Conflict, match="was published"):
        check({"specification": specification(source), "dataset_version": "bulletin"}, researcher.user)


def test_anothers_dataset_version_is_not_extended(
    source: Path, store: Path, researcher: Person, curator: Person
) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    params = {"specification": specification(source, slug="mine"), "dataset_version": "hollow"}
    with pytest.raises(PermissionDenied, match="tiles of other people"):
        check(params, curator.user)


def test_what_quality_control_found_is_kept_with_the_region(source: Path, store: Path, researcher: Person) -> None:
    result = process(researcher.user, store, {"specification": specification(source)})
    assert (result["seams"], result["tiles_with_differing_areas"]) == (2, 3)
    quality = Region.objects.get().quality
    assert quality["warnings"] == ["Nobody says in which unit elevations are."]
    assert quality["map"]["slivers"] == {"count": 2, "area": 12.5, "largest": [[7.0, 8.0]]}
    detail = researcher.client.get("/api/v1/regions/hollow/").json()["properties"]
    assert detail["quality"]["areas"]["largest"] == [
        {"tile": "a_256_50_1", "symbol": "Qr", "polygons": 0.75, "pixels": 0.7}
    ]


def test_areas_by_pixels_stand_beside_those_by_polygons(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    tile = Tile.objects.get(patch_id="a_256_50_1")
    labels = tile.labels.get()
    assert labels.areas == [0.25, 0, 0, 0, 0, 0, 0.75]
    assert labels.mask_areas == [0.3, 0, 0, 0, 0, 0, 0.7]
    (told,) = researcher.client.get(f"/api/v1/tiles/{tile.pk}/").json()["properties"]["labels"]
    assert (told["areas"]["Qr"], told["mask_areas"]["Qr"], told["present"]) == (0.75, 0.7, ["af1", "Qr"])


def test_two_thresholds_are_two_label_revisions(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    before = LabelRevision.objects.get().checksum
    tiles = {"prefix": "a_", "label_threshold": 0.25}
    process(researcher.user, store, {"specification": specification(source, tiles=tiles)})
    rows = TileLabels.objects.filter(tile__number=1).order_by("label_revision__threshold")
    assert [(row.label_revision.slug, row.label_revision.threshold, row.present) for row in rows] == [
        ("hollow", 0.0, [0, 6]),
        ("hollow-over-0.25", 0.25, [6]),  # 0.25 is not more than 0.25
    ]
    assert [row.label_revision.checksum == before for row in rows] == [True, False]


def test_a_name_too_long_for_its_threshold_is_refused(source: Path, store: Path, researcher: Person) -> None:
    params = {"specification": specification(source, tiles={"prefix": "a_", "label_threshold": 0.125})}
    with pytest.raises(Conflict, match="longer than 60 characters: give the dataset version a shorter name"):
        process(researcher.user, store, params | {"dataset_version": "v" * 60})


def test_areas_of_pixels_stay_while_those_of_polygons_do(source: Path, store: Path, researcher: Person) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    region, revision = Region.objects.get(), LabelRevision.objects.get()
    row = TileRow(region, "a_256_50_1", 1, None, None, (0.25, *[0.0] * 5, 0.75), (0,))
    load_tiles([row], version=revision.dataset_version, revision=revision)
    labels = TileLabels.objects.get(tile__number=1)
    assert (labels.present, labels.mask_areas) == ([0], [0.3, 0, 0, 0, 0, 0, 0.7])
    load_tiles([replace(row, areas=(1.0, *[0.0] * 6))], version=revision.dataset_version, revision=revision)
    assert TileLabels.objects.get(tile__number=1).mask_areas is None


def test_what_was_found_in_other_rasters_goes_when_a_region_gets_new_ones(
    source: Path, store: Path, researcher: Person
) -> None:
    process(researcher.user, store, {"specification": specification(source)})
    region = Region.objects.get()
    assert region.job is not None
    assert region.quality["warnings"]
    settle_on(region=region, grid=GRID, job=region.job)
    assert Region.objects.get().quality == {}
