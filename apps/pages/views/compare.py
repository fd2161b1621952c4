from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.experiments.models import Run
from apps.pages.choices import listed, words_in
from apps.pages.comparison import METRICS, chart_points, compare_runs
from apps.pages.csv_files import csv_lines
from apps.pages.score_file import HEAD, score_lines

MOST_OFFERED = 200


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    metric = request.GET.get("metric", "f1")
    metric = metric if metric in METRICS else "f1"
    chosen = chosen_runs(request)
    sort = request.GET.get("sort", "-macro:in")
    comparison = compare_runs(chosen, request.user, metric=metric, sort=sort)
    context: dict[str, Any] = {
        "comparison": comparison,
        "chosen": chosen,
        "offered": Run.objects.visible_to(request.user).only("pk", "name", "made", "origin")[:MOST_OFFERED],
        "metrics": METRICS,
        "metric": metric,
        "metric_name": METRICS[metric],
        "sort": sort,
        "text": words_in(request.GET, "q"),
        "chart": chart_points(comparison),
    }
    return render(request, "pages/compare.html", context)


@require_safe
def compare_csv(request: HttpRequest) -> StreamingHttpResponse:
    lines: Iterator[str] = csv_lines(HEAD, score_lines(chosen_runs(request), request.user))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="scores.csv"'
    return response


def chosen_runs(request: HttpRequest) -> list[Run]:
    """Visible runs by number or name, in the order asked for; `q` keeps those whose name holds it."""
    words = listed(request, "runs")
    numbers = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 16]
    runs: Any = Run.objects.visible_to(request.user).filter(Q(pk__in=numbers) | Q(name__in=words))
    if text := words_in(request.GET, "q"):
        runs = runs.filter(name__icontains=text)
    places = {word: place for place, word in enumerate(words)}
    return sorted(
        runs,
        key=lambda run: places.get(run.name, places.get(str(run.pk), 0)),
    )
