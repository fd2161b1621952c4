"""What is wrong with a specification is told when the job is asked for, before anything is queued."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_django import Settings

from apps.jobs.kinds import kind_named
from apps.jobs.models import Job
from apps.jobs.parameters import check_parameters
from tests.apps.tiles.processed import specification
from tests.conftest import Person
from workers.errors import EarthScapeError

pytestmark = pytest.mark.django_db


@pytest.fixture
def sources(store: Path, settings: Settings) -> Path:
    settings.EARTHSCAPE_IMPORT_ROOTS = [store.parent / "imports"]
    (store / "sources").mkdir()
    (store / "sources" / "dem.tif").write_bytes(b"raster")
    return store / "sources"


def refusal(person: Person, given: Any) -> str:
    """Return what is told of a specification, as text or as data."""
    with pytest.raises(EarthScapeError) as caught:
        check_parameters(kind=kind_named("process-region"), params={"specification": given}, owner=person.user)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pixel_size: 5", "pixel_size: 5\n  pixel_size: 50", "line 8: pixel_size is given twice"),
        ("area: Hollow County", "area: Hollow County\narea: Else", "line 1: area is given twice"),
        ("area: Hollow County", 'area: "\\ud800"', "line 1: a text holds a NUL or half of a surrogate pair"),
        ("area: Hollow County", 'area: "\\0"', "line 1: a text holds a NUL or half of a surrogate pair"),
        ("pixel_size: 5", f"pixel_size: 0x{'f' * 5000}", "line 9: a whole number does not fit into 64 bits"),
        ("pixel_size: 5", "pixel_size: .nan", "grid.pixel_size: nan is no finite number"),
        ("pixel_size: 5", "pixel_size: 1e400", "grid.pixel_size: inf is no finite number"),
        ("pixel_size: 5", "pixel_size: 5e0", None),
        ("pixel_size: 5", "pixel_size: [5", "not YAML: expected ',' or ']', but got ':'"),
        ("pixel_size: 5", "pixel_size: !!python/name:os.system", "not YAML: could not determine a constructor"),
        ("slug: hollow", "slug: 2024", "slug: expected text, got 2024; put it in quotes"),
        ("slug: hollow", "slug: no", "slug: expected text, got false; put it in quotes"),
        ("slug: hollow", "slug: 2024-01-01", "slug: expected text, got 2024-01-01; put it in quotes"),
        ("slug: hollow", "slug:", "slug: expected text, got nothing"),
        ("slug: hollow", "slug: [hollow]", "slug: expected text, got a list"),
        ("slug: hollow", 'slug: "hollow\\n"', r"specification.slug: 'hollow\n' is not 1 to 60 small letters, digits"),
        ("slug: hollow", 'slug: " hollow"', "specification.slug: ' hollow' is not 1 to 60 small letters, digits"),
        ("slug: hollow", "slug: -hollow", "specification.slug: '-hollow' is not 1 to 60 small letters, digits"),
        ("name: Hollow", "name: '  '", "specification.name: 1 to 120 printable characters are expected"),
        ("name: Hollow", 'name: "a\\tb"', "specification.name: 1 to 120 printable characters are expected"),
        ("name: Hollow", "name: " + "x" * 121, "specification.name: 1 to 120 printable characters are expected"),
        ("area: Hollow County", "area: " + "x" * 61, "specification.area: 1 to 60 printable characters are expected"),
        ("crs: EPSG:3089", "crs: EPSG:4326", "grid.crs: EPSG:4326 measures in degrees"),
        ("size: 256", "size: 1", "tiles.size: 1 is not between 16 and 4096 pixels"),
        (
            "slug: hollow",
            "slug: hollow\nreassign: {Qls: Qc, Qy: longest_border}",
            "reassign.Qy: 'longest_border' is",
        ),
        ("slug: hollow", "slug: hollow\nreassign: {No: Qc}", "reassign: expected text, got false; put it in quotes"),
        ("slug: hollow", "slug: hollow\nterain: {}", "terain: unknown field; known are slug, name, area, grid, dem"),
        (
            "paths:",
            "pathes:",
            "dem.pathes: unknown field; known are paths, bands, unit, index, nodata, range; did you mean paths?",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    sources: Path, researcher: Person, old: str, new: str, told: str | None
) -> None:
    text = yaml.safe_dump(specification(Path("dem.tif"), tiles={"size": 256}))
    assert old in text
    changed = text.replace(old, new)
    if told is None:
        params = {"specification": changed}
        assert check_parameters(kind=kind_named("process-region"), params=params, owner=researcher.user)
    else:
        assert told in refusal(researcher, changed)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "the specification is not a list of `key: value` lines"),
        ("just words", "the specification is not a list of `key: value` lines"),
        ("--- a\n--- b", "line 2: not YAML: but found another document"),
        ("&a [x]: *a", "aliases (*name) are not allowed"),
        ([], "specification: expected `key: value` pairs, got a list"),
        (5, "specification: expected `key: value` pairs, got 5"),
        ({}, "slug: missing"),
    ],
)
def test_what_is_no_specification_at_all_is_told(sources: Path, researcher: Person, given: Any, told: str) -> None:
    assert told in refusal(researcher, given)


def test_a_misspelt_way_of_reassignment_is_answered_with_the_right_one(sources: Path, researcher: Person) -> None:
    given = specification(Path("dem.tif"), reassign={"Qls": "longest_border"})
    params = {"kind": "process-region", "params": {"specification": given}}
    answer = researcher.client.post("/api/v1/jobs/", params, format="json")
    assert answer.status_code == 400
    assert (
        "reassign.Qls: 'longest_border' is no symbol of the catalogue; known are af1, Qal, Qaf, Qat, Qc, Qca, Qr, "
        "and longest-border for that of the neighbour; did you mean longest-border?"
    ) in answer.json()["detail"]
    assert Job.objects.count() == 0


def test_paths_that_lead_nowhere_are_told(sources: Path, researcher: Person) -> None:
    (sources / "loop.tif").symlink_to("loop.tif")
    os.mkfifo(sources / "pipe.tif")
    (sources / ("d" * 200)).mkdir()
    deep = f"{'d' * 200}/{'e' * 200}"
    (sources / deep).mkdir()
    (sources / deep / ("f" * 100)).write_bytes(b"raster")
    for path, told in {
        "loop.tif": "loop.tif' is not a path that can be followed on the server",
        "a" * 5000: "is not a path that can be followed on the server",
        "pipe.tif": "specification.dem.paths: pipe.tif is not a file that can be read",
        " ": "specification.dem.paths: a path is empty",
        f"{deep}/{'f' * 100}": f"specification.dem.paths: {'d' * 60}... has over 500 characters",
        "dem.tif/dem.tif": "specification.dem.paths: there is no file dem.tif/dem.tif in the import roots",
    }.items():
        assert told in refusal(researcher, specification(Path(path)))


def test_a_folder_is_no_vector_source_unless_it_is_a_geodatabase(sources: Path, researcher: Person) -> None:
    (sources / "roads").mkdir()
    given = specification(Path("dem.tif"), roads={"paths": ["roads"]})
    assert refusal(researcher, given) == "specification.roads.paths: roads is a folder; name a file in it, or a .gdb"
