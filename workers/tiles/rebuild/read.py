"""From a folder of tile files to tables and region rasters."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workers.errors import InvalidInput
from workers.files import StageCache, check_outside_files, check_room
from workers.rasters.finish import finishing, record_channel
from workers.rasters.stages import Stages
from workers.rasters.store import Finished
from workers.rasters.terrain.compiled import Tick
from workers.records.channels import kind_of
from workers.records.codec import from_data
from workers.records.crs import checked_crs
from workers.records.datasets import PUBLISHED, PublishedRegion, Terms
from workers.records.progress import Reporter
from workers.records.regions import ChannelRaster
from workers.records.tile_folders import (
    LARGEST_METADATA,
    METADATA,
    FolderMetadata,
    ReadTiles,
    RebuiltRegion,
    TilesResult,
    metadata_from,
)
from workers.tiles.importing.footprints import LARGEST_COORDINATE
from workers.tiles.importing.manifest import read_manifest
from workers.tiles.importing.read import (
    LARGEST_FILE,
    found_layout,
    in_order,
    read_content,
    write_dataset,
)
from workers.tiles.rebuild.files import Expected
from workers.tiles.rebuild.listing import TileFiles, list_tile_files
from workers.tiles.rebuild.mosaic import Assembled, Rules, assemble
from workers.tiles.rebuild.planning import Plan, Planning, bytes_needed

_FINISH_WEIGHT = 0.25  # of putting a channel together
_EACH = 32  # tile files between two reports
_WORK = ".work"


def read_tiles(data: Mapping[str, Any], folder: Path, report: Reporter) -> TilesResult:
    """Read the tables of a folder as `import-dataset` does, and rebuild the rasters of its regions from the tile files.

    1. Metadata; the checksums of a folder that brings them; tables, footprints, split. 2. The tile files by name.
    3. For each region its grid, from one file of each tile, and one file of each channel. 4. Room on the disk.
    5. Channel by channel: the pixels of all tiles, which must agree where they overlap; statistics and display copy.

    Args:
        data: plain data of `ReadTiles`.
        folder: where the results go; paths in the result are relative to it.
        report: told stage, fraction and a sentence per channel.

    Raises:
        InvalidInput: no layout, no tile files, or tiles that disagree.
        UnsafeInput: a link leads out of the folder, or a file is larger than allowed.
        BrokenFile: a file is wrong, missing, or not the one that the folder's checksums speak of; the message names it.
        LimitExceeded: the disk has no room for the rasters and the reserve; nothing is written then.
    """
    told = from_data(ReadTiles, data)
    report = Onward(report)
    root = Path(told.folder)
    metadata = read_metadata(root)
    terms = terms_of(metadata)
    manifest = read_manifest(root)
    manifest.check_there()
    layout = found_layout(root, terms)
    report("read", 0.0, f"{root.name}: {layout.title}, {len(layout.files)} files")
    manifest.check_contents(later=layout.patch_folders, largest=LARGEST_FILE, tick=lambda: report("read", 0.0))
    content = read_content(
        layout, lambda stage, fraction, message="", *, measures=None: report(stage, 0.0, message), terms
    )
    files = list_tile_files(layout.patch_folders, in_order(content, terms), root=root)
    if not files:
        raise InvalidInput(f"{root} has no folder patches with tile files; its tables are read by import-dataset.")
    planning = Planning(content.bounds, manifest, told.on_disagreement)
    plans = _plans(terms, metadata, files, planning, report)
    check_room(folder, needed=bytes_needed(plans), reserve=told.reserve, what="The rasters of these tile files")
    dataset = write_dataset(layout, content, root=root, folder=folder, terms=terms)
    rebuilt = _Rebuild(plans, folder, report).run()
    report("done", 1.0, f"{sum(region.files for region in rebuilt)} tile files")
    return TilesResult(dataset, terms.regions, rebuilt, metadata)


def read_metadata(root: Path) -> FolderMetadata | None:
    """Return the metadata of an exported folder, or None if it has none of ours.

    Raises:
        InvalidInput: they are broken.
    """
    path = root / METADATA
    if not path.is_file():
        return None
    check_outside_files([path], root=root, largest=LARGEST_METADATA)
    return metadata_from(path.read_text(encoding="utf-8", errors="replace"))


def terms_of(metadata: FolderMetadata | None) -> Terms:
    """Return which regions and classes a folder speaks of.

    Raises:
        InvalidInput: no region, two with the same ids, a CRS in degrees, tiles without a size, a grid off the Earth.
    """
    if metadata is None:
        return PUBLISHED
    regions = tuple(region.terms() for region in metadata.regions)
    if not regions or len({region.stem for region in regions}) < len(regions):
        raise InvalidInput(f"{METADATA}: regions: at least one, each with ids that begin otherwise")
    for region in regions:
        checked_crs(region.crs, field=f"{METADATA}: {region.slug}: crs")
        if not (16 <= region.tile_px <= 4096 and region.pixel_size > 0):
            raise InvalidInput(f"{METADATA}: {region.slug}: tiles of {region.tile_px} px of {region.pixel_size}")
    for slug, grid in ((region.slug, region.grid) for region in metadata.regions):
        if not max(abs(grid.origin_x), abs(grid.origin_y)) < LARGEST_COORDINATE:
            place = f"{grid.origin_x}, {grid.origin_y}"
            raise InvalidInput(f"{METADATA}: {slug}: a grid that begins at {place} is not on Earth")
    return Terms(regions, metadata.classes)


def _plans(
    terms: Terms, metadata: FolderMetadata | None, files: Mapping[str, TileFiles], planning: Planning, report: Reporter
) -> tuple[Plan, ...]:
    """Return the plan of each region that has tile files. Nothing is written."""
    grids = {region.slug: region.grid for region in metadata.regions} if metadata else {}
    plans = []
    for region in terms.regions:
        if found := files.get(region.slug):
            report("grid", 0.0, f"{region.slug}: {len(found.patches)} tiles, {found.count} tile files")
            expected = Expected.of(region, grids.get(region.slug))
            plans.append(planning.plan(expected, found, _every(_EACH, lambda: report("grid", 0.0))))
    return tuple(plans)


class _Rebuild:
    """All regions of a folder, one after the other."""

    def __init__(self, plans: tuple[Plan, ...], folder: Path, report: Reporter) -> None:
        self._plans, self._folder = plans, folder
        total = sum(plan.files.count for plan in plans) * (1 + _FINISH_WEIGHT)
        self._stages = Stages(StageCache(folder / _WORK), report, total=total)

    def run(self) -> tuple[RebuiltRegion, ...]:
        """Return the record of each region, with its rasters in the folder."""
        try:
            return tuple(map(self._rebuilt, self._plans))
        finally:
            shutil.rmtree(self._folder / _WORK, ignore_errors=True)

    def _rebuilt(self, plan: Plan) -> RebuiltRegion:
        region, files = plan.region, plan.files
        channels: list[ChannelRaster] = []
        made: list[Assembled] = []
        for channel, found in files.channels.items():
            raster, assembled = self._channel(region, channel, found, plan.rules)
            channels.append(raster)
            made.append(assembled)
        return RebuiltRegion(
            slug=region.slug,
            folder=f"regions/{region.slug}",
            grid=plan.rules.lattice.grid,
            channels=tuple(channels),
            files=files.count,
            bytes=sum(part.bytes for part in made),
            checksum=hashlib.sha256("".join(part.checksum for part in made).encode()).hexdigest(),
            notes=(*files.notes(), *_beside(plan), *(note for part in made for note in part.notes)),
        )

    def _channel(
        self, region: PublishedRegion, channel: str, found: Mapping[str, Path], rules: Rules
    ) -> tuple[ChannelRaster, Assembled]:
        kind = kind_of(channel)
        made: list[Assembled] = []

        def compute(place: Path, tick: Tick) -> None:
            thinned = _thinned(tick, len(found))
            made.append(assemble(channel, kind, found, rules, folder=place, tick=thinned))

        inputs = {"region": region.slug, "channel": channel}
        title = f"{region.slug}: {channel}, {len(found)} tile files"
        place = self._stages.run("rebuild", inputs, compute, title=title, weight=float(len(found)))
        raster = Finished(channel, kind, place / f"{channel}.tif")
        (done,) = self._stages.run_all([finishing(raster, weight=len(found) * _FINISH_WEIGHT)])
        return record_channel(self._folder / "regions" / region.slug, raster, done), made[0]


def _beside(plan: Plan) -> list[str]:
    """Say which placed tiles have no footprint in the tables."""
    without = [patch for patch in plan.rules.lattice.windows if not plan.rules.bounds.get(patch)]
    return [f"{len(without)} tiles have files but no footprint: kept without window"] if without else []


class Onward:
    """A reporter whose fraction never goes back, though each region begins with a grid."""

    def __init__(self, report: Reporter) -> None:
        self._report = report
        self._latest = 0.0

    def __call__(
        self, stage: str, fraction: float, message: str = "", *, measures: Mapping[str, float] | None = None
    ) -> None:
        self._latest = max(self._latest, fraction)
        self._report(stage, self._latest, message, measures=measures)


def _every(count: int, call: Callable[[], None]) -> Callable[[], None]:
    """Return a function that calls on only each so many times."""
    calls = 0

    def counted() -> None:
        nonlocal calls
        calls += 1
        if calls % count == 0:
            call()

    return counted


def _thinned(tick: Tick, count: int) -> Tick:
    """Return a tick that passes on one in so many fractions."""
    latest = 0.0

    def thinned(fraction: float) -> None:
        nonlocal latest
        if fraction - latest >= _EACH / count or fraction == 0.0:
            latest = fraction
            tick(fraction)

    return thinned
