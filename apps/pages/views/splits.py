from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.experiments.models import Run
from apps.pages.paging import page_of
from apps.pages.runs import with_macro_f1
from apps.regions.models import Region
from apps.splits.models import Split, Subset

PAGE_SIZE = 25
MOST_RUNS = 25


@require_safe
def split_list(request: HttpRequest) -> HttpResponse:
    splits = Split.objects.visible_to(request.user).select_related("dataset_version")
    return render(
        request, "pages/splits.html", {"page": page_of(request, splits, size=PAGE_SIZE), "subsets": Subset.choices}
    )


def regions_of(split: Split, user: User | AnonymousUser) -> QuerySet[Region]:
    tiles = split.members.filter(tile__region=OuterRef("pk"))
    return Region.objects.visible_to(user).filter(Exists(tiles))


@require_safe
def split_detail(request: HttpRequest, pk: int) -> HttpResponse:
    split = get_object_or_404(Split.objects.visible_to(request.user).select_related("dataset_version", "owner"), pk=pk)
    runs = with_macro_f1(Run.objects.visible_to(request.user).filter(split=split), request.user)
    context = {
        "split": split,
        "sizes": [(label, split.sizes.get(value, 0)) for value, label in Subset.choices],
        "regions": regions_of(split, request.user),
        "runs": runs[:MOST_RUNS],
    }
    return render(request, "pages/split.html", context)
