"""The last steps of a channel: statistics, the display copy, and its place among the results."""

import json
import math
from functools import partial
from pathlib import Path

import rasterio

from workers.files import describe_file, link_or_copy, write_text
from workers.rasters.display import display_range, write_display
from workers.rasters.qc import statistics_of_raster
from workers.rasters.stages import Stage
from workers.rasters.store import Finished
from workers.rasters.terrain.compiled import Tick
from workers.records.codec import dumps, from_data
from workers.records.regions import ChannelRaster, ChannelStatistics


def finishing(raster: Finished, *, weight: float) -> Stage:
    """Return the stage that takes the statistics of a channel and makes its display copy."""
    inputs = {"of": raster.path.parent.name, "channel": raster.channel}
    title = f"{raster.channel}: statistics and display copy"
    return Stage("finish", inputs, partial(_finish, raster), title, weight)


def record_channel(folder: Path, raster: Finished, done: Path) -> ChannelRaster:
    """Return the record of a channel whose two files now lie in `folder` as `channels/{name}.tif` and
    `display/{name}.tif`; `done` is the folder of its last stage.
    """
    analysis, display = (folder / kind / f"{raster.channel}.tif" for kind in ("channels", "display"))
    link_or_copy(raster.path, analysis)
    link_or_copy(done / "display.tif", display)
    statistics = from_data(ChannelStatistics, json.loads((done / "statistics.json").read_text(encoding="utf-8")))
    with rasterio.open(raster.path, driver="GTiff") as dataset:
        dtype, nodata = dataset.dtypes[0], dataset.nodata
    return ChannelRaster(
        channel=raster.channel,
        analysis=describe_file(analysis, root=folder),
        display=describe_file(display, root=folder),
        dtype=dtype,
        nodata=None if nodata is None or math.isnan(nodata) else nodata,  # NaN says so itself; JSON has no word for it
        display_range=display_range(raster.kind, dtype, statistics),
        statistics=statistics,
    )


def _finish(raster: Finished, folder: Path, tick: Tick) -> None:
    statistics = statistics_of_raster(raster.path)
    write_text(folder / "statistics.json", dumps(statistics))
    tick(0.3)
    with rasterio.open(raster.path, driver="GTiff") as dataset:
        spread = display_range(raster.kind, dataset.dtypes[0], statistics)
    write_display(raster.path, folder / "display.tif", kind=raster.kind, spread=spread)
