from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.experiments.models import Run
from apps.pages.paging import page_of
from apps.pages.run_detail import class_table, curve_points, in_class_order, provenance
from apps.pages.runs import RunFilter

PAGE_SIZE = 25


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    chosen = RunFilter(request.GET)
    runs = chosen.apply(Run.objects.visible_to(request.user)).select_related("split", "dataset_version")
    context = {
        "page": page_of(request, runs, size=PAGE_SIZE),
        "chosen": chosen,
        "sort": chosen.sort,
        "origins": Run.Origin.choices,
    }
    return render(request, "pages/runs.html", context)


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    runs = Run.objects.visible_to(request.user).select_related(
        "split", "dataset_version", "label_revision", "owner", "job"
    )
    run = get_object_or_404(runs, pk=pk)
    evaluations = list(run.evaluations.select_related("split").prefetch_related("class_scores__map_unit"))
    context = {
        "run": run,
        "evaluations": evaluations,
        "classes": class_table(run, evaluations),
        "thresholds": in_class_order(run.thresholds),
        "curves": curve_points(run.curves),
        "provenance": provenance(run),
    }
    return render(request, "pages/run.html", context)
