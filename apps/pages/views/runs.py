from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.experiments.models import Evaluation, Run
from apps.experiments.naming import with_evaluation_names, with_run_names
from apps.pages.paging import page_of
from apps.pages.run_detail import class_table, curve_points, in_class_order, provenance
from apps.pages.runs import RunFilter

PAGE_SIZE = 25


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    chosen = RunFilter(request.GET)
    runs = with_run_names(chosen.apply(Run.objects.visible_to(request.user), request.user), request.user)
    context = {
        "page": page_of(request, runs, size=PAGE_SIZE),
        "chosen": chosen,
        "sort": chosen.sort,
        "origins": Run.Origin.choices,
    }
    return render(request, "pages/runs.html", context)


@require_safe
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    runs = with_run_names(Run.objects.visible_to(request.user), request.user)
    run = get_object_or_404(runs.select_related("owner", "job"), pk=pk)
    seen = with_evaluation_names(Evaluation.objects.visible_to(request.user).filter(run=run), request.user)
    evaluations = list(seen.prefetch_related("class_scores__map_unit"))
    context = {
        "run": run,
        "evaluations": evaluations,
        "classes": class_table(run, evaluations),
        "thresholds": in_class_order(run.thresholds),
        "curves": curve_points(run.curves),
        "provenance": provenance(run),
    }
    return render(request, "pages/run.html", context)
