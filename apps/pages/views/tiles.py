from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.pages.choices import listed_numbers
from apps.pages.tile_facts import answers, labellings, memberships
from apps.tiles.models import Tile


@require_safe
def tile_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "pages/tile.html", _facts(request, pk))


@require_safe
def tile_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The inside of the map's side panel."""
    return render(request, "pages/_tile_panel.html", _facts(request, pk))


def _facts(request: HttpRequest, pk: int) -> dict[str, Any]:
    tiles = Tile.objects.visible_to(request.user).select_related("region", "dataset_version")
    tile = get_object_or_404(tiles, pk=pk)
    runs = listed_numbers(request, "runs")
    return {
        "tile": tile,
        "labellings": labellings(tile),
        "memberships": memberships(tile, request.user),
        "answers": answers(tile, request.user, runs=runs),
        "runs_asked": runs,
        "has_rasters": tile.col is not None and tile.region.rasters.exists(),
    }
