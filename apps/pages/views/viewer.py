from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.experiments.models import Run
from apps.pages.map_facts import map_facts


@require_safe
def map_viewer(request: HttpRequest) -> HttpResponse:
    facts = map_facts(request.user)
    leaflet = settings.LEAFLET_CONFIG
    facts["start"] = {"centre": leaflet["DEFAULT_CENTER"], "zoom": leaflet["DEFAULT_ZOOM"]}
    runs = Run.objects.visible_to(request.user).values_list("pk", flat=True)[:2]
    context = {"facts": facts, "first_runs": ",".join(map(str, runs))}
    return render(request, "pages/map.html", context)
