from django.db import transaction

from apps.accounts.models import Visibility
from apps.regions.grids import Bounds, grow_grid
from apps.regions.models import Region
from workers.errors import Conflict
from workers.records.datasets import CRS, PublishedRegion


@transaction.atomic
def ensure_published_region(*, published: PublishedRegion) -> Region:
    """Return the region of published data, locked; make it if it is not there.

    Raises:
        Conflict: someone's own region has taken the name.
    """
    region, _ = Region.objects.select_for_update().get_or_create(
        slug=published.slug,
        defaults={
            "name": published.name,
            "area": published.area,
            "origin": Region.Origin.PUBLISHED,
            "crs": CRS,
            "visibility": Visibility.PUBLIC,
        },
    )
    if region.origin != Region.Origin.PUBLISHED:
        raise Conflict(
            f"The name {published.slug} is taken by a region that is not the published one: rename that region."
        )
    return region


@transaction.atomic
def settle_grid(*, region: Region, extent: Bounds, pixel_size: float) -> tuple[int, int]:
    """Grow the grid of a region to hold an extent; return by how many pixels its origin moved left and up.

    A region with rasters keeps its grid: the rasters define it.
    """
    if region.grid is not None and region.rasters.exists():
        return 0, 0
    grown = grow_grid(region.grid, extent, crs=region.crs, pixel_size=pixel_size)
    if grown.grid != region.grid:
        region.origin_x, region.origin_y = grown.grid.origin_x, grown.grid.origin_y
        region.pixel_size, region.width, region.height = grown.grid.pixel_size, grown.grid.width, grown.grid.height
        region.save(update_fields=["origin_x", "origin_y", "pixel_size", "width", "height", "updated_at"])
    return grown.left, grown.up
