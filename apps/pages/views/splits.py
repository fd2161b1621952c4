from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.experiments.models import Run
from apps.pages.csv_files import csv_lines
from apps.pages.paging import page_of
from apps.pages.runs import with_macro_f1
from apps.pages.subset_facts import STATISTICS_HEAD, measured_subsets, statistics_rows
from apps.regions.models import Region
from apps.splits.models import Split, Subset
from apps.splits.naming import told_params, with_sources

PAGE_SIZE = 25
MOST_RUNS = 25


@require_safe
def split_list(request: HttpRequest) -> HttpResponse:
    splits = with_sources(Split.objects.visible_to(request.user), request.user).select_related("dataset_version")
    return render(
        request, "pages/splits.html", {"page": page_of(request, splits, size=PAGE_SIZE), "subsets": Subset.choices}
    )


@require_safe
def split_detail(request: HttpRequest, pk: int) -> HttpResponse:
    splits = with_sources(Split.objects.visible_to(request.user), request.user)
    split = get_object_or_404(splits.select_related("dataset_version", "owner"), pk=pk)
    runs = with_macro_f1(Run.objects.visible_to(request.user).filter(split=split), request.user)
    context = {
        "split": split,
        "sizes": [(label, split.sizes.get(value, 0)) for value, label in Subset.choices],
        "regions": Region.objects.visible_to(request.user).filter(splits=split),
        "params": told_params(split),
        "runs": runs[:MOST_RUNS],
        "measured": measured_subsets(split),
    }
    return render(request, "pages/split.html", context)


@require_safe
def split_statistics(request: HttpRequest, pk: int, subset: str) -> HttpResponse:
    split = get_object_or_404(Split.objects.visible_to(request.user), pk=pk)
    rows = statistics_rows(split, subset)
    if not rows:
        raise Http404(f"The subset {subset} of {split} has not been measured.")
    response = HttpResponse("".join(csv_lines(STATISTICS_HEAD, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{split.name}_{subset}_stats.csv"'
    return response
