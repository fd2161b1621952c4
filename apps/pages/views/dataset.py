from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.jobs.kinds import kind_named
from apps.pages.dataset_facts import DatasetChoice, dataset_facts
from apps.tiles.previewing import KIND


@require_safe
def dataset(request: HttpRequest) -> HttpResponse:
    choice = DatasetChoice.of(request)
    about = {"choice": choice, "may_process": _may_process(request)}
    if choice.version is None or choice.revision is None:
        return render(request, "pages/dataset.html", about)
    facts = dataset_facts(choice.version, choice.revision, choice.split, user=request.user, region=choice.region)
    return render(request, "pages/dataset.html", {**about, **facts})


def _may_process(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.has_role(kind_named(KIND).role)
