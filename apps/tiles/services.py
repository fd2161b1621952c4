from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from apps.regions.grids import Bounds, window_of
from apps.regions.models import Region
from apps.regions.services import settle_grid
from apps.tiles.footprints import outline
from apps.tiles.models import DatasetVersion, LabelRevision, Tile
from apps.tiles.places import referred_to, refuse
from workers.errors import Conflict
from workers.records.grids import Grid


@transaction.atomic
def make_room(*, region: Region, extent: Bounds, pixel_size: float) -> None:
    """Grow the grid of a region without rasters to hold an extent; the windows of its tiles move with the origin."""
    left, up = settle_grid(region=region, extent=extent, pixel_size=pixel_size)
    if left or up:
        placed = Tile.objects.filter(region=region, col__isnull=False)
        placed.update(col=F("col") + left, row=F("row") + up)


def place_tiles(*, region: Region) -> int:
    """Give the tiles of a region their windows on a grid that has changed; return how many have none any more.

    Raises:
        Conflict: something refers to one of those.
    """
    moved, lost = [], []
    for tile in Tile.objects.filter(region=region, bounds__isnull=False).defer("footprint"):
        window = _window(tile, region.grid)
        if (tile.col, tile.row) != window:
            lost += [tile.pk] if window == (None, None) else []
            tile.col, tile.row = window
            moved.append(tile)
    refuse(referred_to(Tile.objects.filter(pk__in=lost)), why="would lie off its new grid")
    Tile.objects.bulk_update(moved, ["col", "row"], batch_size=2000)
    return len(lost)


def _window(tile: Tile, grid: Grid | None) -> tuple[int, int] | tuple[None, None]:
    left, bottom, right, top = tile.bounds  # type: ignore[misc]  # four by the constraint and the filter
    return (grid and window_of(grid, (left, bottom, right, top), size=tile.size)) or (None, None)


def cover_with_tiles(*, region: Region) -> None:
    """Let the outline of the known footprints stand as the boundary of a region that has no rasters.

    Of one version alone, that with the most: another one's tiles lie up to 0.1 ft beside it.
    """
    placed = Tile.objects.filter(region=region, bounds__isnull=False)
    most = placed.values("dataset_version").annotate(n=Count("pk")).order_by("-n", "dataset_version").first()
    if most is None or region.rasters.exists():
        return
    squares = placed.filter(dataset_version=most["dataset_version"]).values_list("bounds", flat=True)
    boundary = outline([square for square in squares if square], crs=region.crs)
    if boundary != region.boundary:
        region.boundary = boundary
        region.save(update_fields=["boundary", "updated_at"])


@transaction.atomic
def ensure_version(*, slug: str, defaults: dict[str, Any]) -> DatasetVersion:
    """Return the dataset version of that name, locked, with these values."""
    version, created = DatasetVersion.objects.select_for_update().get_or_create(slug=slug, defaults=defaults)
    changed = [] if created else [name for name, value in defaults.items() if getattr(version, name) != value]
    for name in changed:
        setattr(version, name, defaults[name])
    if changed:
        version.save(update_fields=changed)
    return version


def revision_slug(version: DatasetVersion, threshold: float) -> str:
    """The name of a version's label revision: the version's own, and at another threshold than 0 with that behind it.

    Raises:
        Conflict: that would be too long.
    """
    slug = f"{version.slug}-over-{threshold!r}" if threshold else version.slug
    longest = LabelRevision._meta.get_field("slug").max_length
    if longest and len(slug) > longest:
        raise Conflict(f"{slug} is longer than {longest} characters: give the dataset version a shorter name.")
    return slug


@transaction.atomic
def ensure_revision(
    *, version: DatasetVersion, classes: Sequence[str], checksum: str, threshold: float = 0.0
) -> LabelRevision:
    """Return the version's label revision at a threshold, with this checksum.

    Raises:
        Conflict: it has other classes, so that its area arrays mean something else, or its name is taken.
    """
    slug = revision_slug(version, threshold)
    revision, _ = LabelRevision.objects.select_for_update().get_or_create(
        slug=slug,
        defaults={
            "dataset_version": version, "classes": list(classes), "threshold": threshold, "checksum": checksum,
        },
    )  # fmt: skip
    same = (revision.dataset_version_id, revision.classes, revision.threshold) == (version.pk, list(classes), threshold)
    if not same:
        raise Conflict(f"The label revision {slug} has other classes or belongs to another dataset version.")
    if revision.checksum != checksum:
        revision.checksum = checksum
        revision.save(update_fields=["checksum"])
    return revision


def notes_of_changed_labels(revision: LabelRevision | None, *, tiles: int) -> list[str]:
    """Return what to tell of so many tiles whose areas or labels have changed under runs that stand on them."""
    if not revision or not tiles:
        return []
    runs = {*revision.runs.values_list("pk", flat=True), *revision.evaluations.values_list("run", flat=True)}
    if not runs:
        return []
    return [f"tiles whose labels changed in {revision}: {tiles}; runs that were scored with those before: {len(runs)}"]
