from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.pages.dataset_facts import DatasetChoice, dataset_facts


@require_safe
def dataset(request: HttpRequest) -> HttpResponse:
    choice = DatasetChoice.of(request)
    if choice.version is None or choice.revision is None:
        return render(request, "pages/dataset.html", {"choice": choice})
    facts = dataset_facts(choice.version, choice.revision, choice.split, user=request.user, region=choice.region)
    return render(request, "pages/dataset.html", {"choice": choice, **facts})
