import csv
import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from apps.experiments.models import ClassScore, Evaluation, Run
from apps.pages.comparison import MACRO, chart_points, compare_runs, first_comparison
from apps.pages.csv_files import csv_lines, harmless
from tests.apps.worlds import World, make_world


def test_a_cell_is_what_is_stored(world: World) -> None:
    comparison = compare_runs([world.run], AnonymousUser(), metric="f1", sort="name")
    (block,) = comparison.blocks
    assert comparison.keys[:3] == [(MACRO, "in"), (MACRO, "cross"), ("af1", "in")]
    assert block.lines[0].cells[2].value == 2 / 3
    assert block.supports[2] == 1


def test_the_baseline_says_yes_to_every_class(world: World) -> None:
    (block,) = compare_runs([world.run], AnonymousUser(), metric="f1", sort="name").blocks
    assert block.baseline[2].value == 2 / 3  # 1 of 2 tiles: precision 0.5, recall 1
    (block,) = compare_runs([world.run], AnonymousUser(), metric="precision", sort="name").blocks
    assert block.baseline[2].value == 0.5


def test_runs_tested_on_other_tiles_stand_apart(world: World) -> None:
    second = make_world("valley").run
    assert len(compare_runs([world.run, second], AnonymousUser(), metric="f1", sort="name").blocks) == 2


def test_scores_over_pixels_stand_apart_without_a_baseline(client: Client, world: World) -> None:
    copy = _copy(world.run, f1=2 / 3)
    assert len(compare_runs([world.run, copy], AnonymousUser(), metric="f1", sort="name").blocks) == 1
    _make_segmentation(copy)
    comparison = compare_runs([world.run, copy], AnonymousUser(), metric="f1", sort="name")
    tiles, pixels = comparison.blocks
    assert (tiles.over_pixels, pixels.over_pixels) == (False, True)
    assert (len(tiles.baseline), pixels.baseline) == (16, [])
    assert {point["run"] for point in chart_points(comparison)} == {"hills-run", f"pixels: {copy.name}"}
    page = client.get(f"/compare/?runs={world.run.pk},{copy.pk}").content.decode()
    assert page.count("F1 on 2 tiles at home") == page.count("F1 (Dice) over pixels on 2 tiles at home") == 1
    assert page.count("Yes to every class") == 1


def test_the_iou_is_shown_where_there_is_one(client: Client, world: World) -> None:
    _make_segmentation(world.run)
    (block,) = compare_runs([world.run], AnonymousUser(), metric="iou", sort="name").blocks
    assert [cell.value for cell in block.lines[0].cells[:4]] == [0.469, 0.469, 0.5, 0.5]  # the macro is the stated one
    tiles = make_world("valley").run
    (block,) = compare_runs([tiles], AnonymousUser(), metric="iou", sort="name").blocks
    assert {cell.value for cell in (*block.lines[0].cells, *block.baseline)} == {None}
    assert client.get(f"/compare/?metric=iou&runs={world.run.pk},{tiles.pk}").context["metric_name"] == "IoU"


def _make_segmentation(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(task="segmentation")
    run.refresh_from_db()
    run.evaluations.update(scores={"macro_iou": 0.469, "macro_dice": 0.533})
    ClassScore.objects.filter(evaluation__run=run).update(iou=0.5, threshold=None)


def test_the_first_comparison_is_of_runs_that_compare(world: World) -> None:
    copy = _copy(world.run, f1=0.5)
    other = make_world("valley").run
    assert first_comparison(AnonymousUser()) == [copy.pk, world.run.pk]
    copy.specification = {"label_threshold": 0.01}
    copy.save()
    assert first_comparison(AnonymousUser()) == [other.pk, copy.pk]


def test_the_first_comparison_is_of_one_task(world: World) -> None:
    copy = _copy(world.run, f1=0.5)
    other = make_world("valley").run
    Run.objects.filter(pk=copy.pk).update(task="segmentation")
    assert first_comparison(AnonymousUser()) == [other.pk, copy.pk]


def test_lines_are_sorted_by_a_column_with_the_undefined_last(world: World) -> None:
    runs = [world.run, _copy(world.run, f1=0.9), _copy(world.run, f1=None)]
    (block,) = compare_runs(runs, AnonymousUser(), metric="f1", sort="-Qc:in").blocks
    assert [line.run.name for line in block.lines] == ["copy-0.9", "hills-run", "copy-None"]
    (block,) = compare_runs(runs, AnonymousUser(), metric="f1", sort="Qc:in").blocks
    assert [line.run.name for line in block.lines] == ["hills-run", "copy-0.9", "copy-None"]


def _copy(run: Run, *, f1: float | None) -> Run:
    evaluations = list(run.evaluations.prefetch_related("class_scores"))
    copy = Run.objects.create(
        name=f"copy-{f1}", origin="trained", visibility="public", split=run.split, label_revision=run.label_revision
    )
    for evaluation in evaluations:
        scores = list(evaluation.class_scores.all())
        evaluation = Evaluation.objects.create(
            run=copy,
            split=evaluation.split,
            subset=evaluation.subset,
            domain=evaluation.domain,
            label_revision=evaluation.label_revision,
            tile_count=2,
        )
        for score in scores:
            ClassScore.objects.create(
                evaluation=evaluation, map_unit=score.map_unit, support=1, predicted=1, f1=f1, threshold=0.5
            )
    return copy


def test_a_flag_is_shown_with_the_score(client: Client, world: World) -> None:
    ClassScore.objects.filter(map_unit__symbol="Qc").update(flags=["F1 does not follow from precision and recall"])
    page = client.get(f"/compare/?runs={world.run.pk}").content.decode()
    assert page.count("F1 does not follow from precision and recall") == 2


def test_the_file_has_the_scores_unrounded(client: Client, world: World) -> None:
    answer = client.get(f"/compare/scores.csv?runs={world.run.name}")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="scores.csv"'
    assert len(rows) == 2 * 7 * 2
    assert float(rows[0]["f1"]) == 2 / 3
    assert rows[0]["iou"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_text_that_would_start_a_formula_is_guarded(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_a_negative_number_stays_a_number() -> None:
    assert list(csv_lines(["a"], [[-0.5], ["=A1"]])) == ["a\r\n", "-0.5\r\n", "'=A1\r\n"]


def test_an_unknown_run_is_left_out(client: Client, world: World) -> None:
    answer = client.get(f"/compare/?runs={world.run.pk},999999,nobody")
    assert answer.status_code == 200
    assert [run.name for run in answer.context["chosen"]] == ["hills-run"]
