from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.pages.comparison import first_comparison
from apps.pages.map_facts import map_facts


@require_safe
def map_viewer(request: HttpRequest) -> HttpResponse:
    facts = map_facts(request.user)
    leaflet = settings.LEAFLET_CONFIG
    facts["start"] = {"centre": leaflet["DEFAULT_CENTER"], "zoom": leaflet["DEFAULT_ZOOM"]}
    context = {"facts": facts, "first_runs": ",".join(map(str, first_comparison(request.user)))}
    return render(request, "pages/map.html", context)
