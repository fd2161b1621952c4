from pathlib import PurePath

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.pages.region_report import channel_reports, findings, quality_of, tile_counts, worst_seams
from apps.regions.models import Region


@require_safe
def region_detail(request: HttpRequest, slug: str) -> HttpResponse:
    region = get_object_or_404(Region.objects.visible_to(request.user).select_related("owner"), slug=slug)
    reports = channel_reports(region, request.user)
    sources = region.sources.values_list("role", "path", "size")
    quality = quality_of(region)
    context = {
        "region": region,
        "reports": reports,
        "compared": any(report.published for report in reports),
        "findings": [*quality.warnings, *findings(reports)],
        "quality": quality,
        "seams": worst_seams(quality),
        "stored": sum(report.size for report in reports),
        "tiles": tile_counts(region, request.user),
        "sources": [(role, PurePath(path).name, size) for role, path, size in sources],
    }
    return render(request, "pages/region.html", context)
