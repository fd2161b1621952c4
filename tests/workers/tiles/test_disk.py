"""What a region takes on disk beside its folder of tile files, at EarthScape's geometry and on the demo's ground."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from workers.demo.character import EAST
from workers.demo.sources import write_sources
from workers.rasters.build import process_region
from workers.records.channels import CHANNEL_NAMES
from workers.records.codec import to_data
from workers.records.map_units import SYMBOLS
from workers.records.progress import ignore_progress
from workers.records.regions import ProcessRegion, RegionResult, RegionSpec
from workers.records.tile_folders import ExportDataset, ExportedRegion, ExportResult
from workers.tiles.export import export_dataset

pytestmark = pytest.mark.timeout(1200)  # making and processing the ground takes minutes where others compute too

GROUND = replace(EAST, slug="demo-disk", side=1536, ponds=4, pads=2)  # eleven times eleven tiles of 256 px


@dataclass(frozen=True)
class OnDisk:
    """A region processed from its sources, and the folder of tile files that it was exported as."""

    region: RegionResult
    folder: Path
    exported: ExportResult

    @property
    def folder_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnDisk]:
    root = tmp_path_factory.mktemp("disk")
    spec = write_sources(GROUND, root / "sources", seed=11)
    told = ProcessRegion(spec, str(root / "stages"), SYMBOLS)
    (root / "out").mkdir()
    region = process_region(to_data(told), root / "out", ignore_progress)
    exported = export_dataset(to_data(export_of(spec, region, root / "out")), root / "out", ignore_progress)
    yield OnDisk(region, root / "out" / exported.folder, exported)
    shutil.rmtree(root)  # gigabytes


def export_of(spec: RegionSpec, region: RegionResult, folder: Path) -> ExportDataset:
    """Return the export of all tiles and channels, whose table is written into the folder."""
    rasters = {raster.channel: str(folder / raster.analysis.path) for raster in region.channels}
    one = ExportedRegion(
        slug=spec.slug,
        name=spec.name,
        area=spec.area,
        made=True,
        prefix=spec.tiles.prefix,
        overlap=50,
        tile_px=256,
        grid=region.grid,
        rasters=rasters,
        statistics={},
    )
    with (folder / "to_export.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows_of(spec.slug, region, folder))
    return ExportDataset("v1.1", "disk", "Disk", "disk", SYMBOLS, None, "", "", (one,), "to_export.csv")


def rows_of(slug: str, region: RegionResult, folder: Path) -> Iterator[list[object]]:
    columns = [f"{kind}_{symbol}" for kind in ("area", "label") for symbol in SYMBOLS]
    yield ["patch_id", "region", "left", "bottom", "right", "top", "col", "row", "subset", *columns]
    grid = region.grid
    with (folder / region.tiles.path).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            left, top = grid.origin_x + 5 * int(row["col"]), grid.origin_y - 5 * int(row["row"])
            areas = [row[symbol] for symbol in SYMBOLS]
            labels = [int(float(area) > 0) for area in areas]
            bounds = [left, top - 1280, left + 1280, top]
            yield [row["patch_id"], slug, *bounds, row["col"], row["row"], "", *areas, *labels]


def test_the_folder_is_that_of_all_channels_of_a_hundred_tiles_and_more(on_disk: OnDisk) -> None:
    assert [raster.channel for raster in on_disk.region.channels] == list(CHANNEL_NAMES)
    assert (on_disk.exported.tiles, on_disk.exported.files) == (121, 121 * 38 + 4)
    assert on_disk.folder_bytes == pytest.approx(121 * (31 * 4 + 7) * 65_536, rel=0.01)


def test_a_region_takes_at_most_a_third_of_its_tile_folder(on_disk: OnDisk) -> None:
    rasters = on_disk.region.channels
    analysis = sum(raster.analysis.size for raster in rasters) / on_disk.folder_bytes
    display = sum(raster.display.size for raster in rasters) / on_disk.folder_bytes
    print(f"{analysis:.3f} of {on_disk.folder_bytes:,} bytes, {analysis + display:.3f} with display copies")
    assert analysis + display <= 1 / 3
