"""The channels and tiles of one region on their way through the stages, and the record of what was made."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import shapely

from workers.files import describe_file, link_or_copy, write_text
from workers.rasters.burn import burn_classes, burn_presence
from workers.rasters.channels import Feature, Terrain, build_dem, build_imagery, derivative_names
from workers.rasters.elevation import elevation_scale, implausible
from workers.rasters.extras import build_drainage_height, extras_of
from workers.rasters.finish import finishing, record_channel
from workers.rasters.ground import Ground
from workers.rasters.map_units import MapUnits, boundary_geojson
from workers.rasters.qc import nothing_there
from workers.rasters.remarks import of_elevation, of_tiles
from workers.rasters.seams import look_along
from workers.rasters.stages import Stage, Stages
from workers.rasters.store import Finished, check_grid, write_analysis
from workers.rasters.terrain.compiled import Tick
from workers.rasters.tiling import (
    DIFFERENCES,
    MAPPED,
    TABLE,
    Mapped,
    count_tiles,
    tiles_with_holes,
    write_mapped_tiles,
    write_valid_tiles,
)
from workers.rasters.undeclared import read_undeclared
from workers.rasters.vectors import read_features
from workers.rasters.weights import FINISH_WEIGHT, WEIGHTS
from workers.records.channels import ChannelKind, order_of
from workers.records.codec import from_data, to_data
from workers.records.files import FileRecord
from workers.records.quality import AreaDifferences, Quality, Seam
from workers.records.region_checks import IMAGE_BANDS
from workers.records.regions import (
    ChannelRaster,
    RasterSource,
    RegionResult,
    VectorSource,
)
from workers.tiles.areas import overlap_share

T = TypeVar("T")


class RegionBuild:
    """One region on its way through the stages, from the ground that it lies on."""

    def __init__(self, ground: Ground, stages: Stages, folder: Path) -> None:
        self._ground = ground
        self._spec = ground.spec
        self._grid = ground.grid
        self._about_grid = to_data(ground.grid)
        self._stages = stages
        self._folder = folder
        self._notes = list(ground.notes)
        self._warnings: list[str] = []
        self._differences: AreaDifferences | None = None

    def compute(self) -> tuple[list[Finished], list[Path]]:
        """Compute all channels and finish them, into the folder of stages alone."""
        made = {raster.channel: raster for raster in self._rasters()}
        if self._spec.extras.hand:
            made |= {raster.channel: raster for raster in self._drainage_height(made)}
        rasters = sorted(made.values(), key=lambda raster: order_of(raster.channel))
        check_grid(rasters, self._grid)
        return rasters, self._stages.run_all([finishing(raster, weight=FINISH_WEIGHT) for raster in rasters])

    def run(self) -> RegionResult:
        rasters, finished = self.compute()
        channels = tuple(map(partial(record_channel, self._folder), rasters, finished))
        tiles = self._run_tiles(rasters)
        quality = self._quality(rasters, channels)  # before the notes are taken: it may add some
        return RegionResult(
            grid=self._grid,
            channels=channels,
            tiles=tiles,
            tile_count=self._count(self._folder / tiles.path),
            boundary=self._boundary(),
            map_units=self._kept(self._ground.map_folder / "map_units.geojson") if self._ground.map_folder else None,
            classes=self._ground.classes if self._ground.units else (),
            notes=tuple(self._notes),
            downloads=tuple(self._ground.downloads),
            quality=quality,
        )

    def _quality(self, rasters: list[Finished], channels: Sequence[ChannelRaster]) -> Quality:
        statistics = {channel.channel: channel.statistics for channel in channels}
        unlikely = (*implausible(statistics, self._grid.crs), *nothing_there(statistics))
        return Quality(
            warnings=(*self._warnings, *unlikely),
            seams=self._seams(rasters),
            map=self._ground.units.report if self._ground.units else None,
            areas=self._differences,
        )

    def _seams(self, rasters: list[Finished]) -> tuple[Seam, ...]:
        """Look along the edges of the files that elevation and imagery come from."""
        of = {"dem": self._ground.sources.dem, **dict.fromkeys(IMAGE_BANDS, self._ground.sources.imagery)}
        found: list[Seam] = []
        for raster in rasters:
            if files := of.get(raster.channel):
                look = partial(look_along, raster, files, self._grid)
                found += self._stages.pass_by("seams", look, weight=WEIGHTS["seams"])
        return tuple(found)

    def _rasters(self) -> Iterator[Finished]:
        if self._ground.units is not None:
            yield from self._burn_map(self._ground.units)
        if self._spec.imagery is not None:
            yield from self._imagery(self._spec.imagery)
        if self._spec.dem is not None:
            yield from self._elevation(self._spec.dem)
        for channel, name, source in (("nhd", "streams", self._spec.streams), ("osm", "roads", self._spec.roads)):
            if source is not None:
                yield from self._burn_presence(channel, name, source)

    def _channels(
        self,
        stage: str,
        names: tuple[str, ...],
        kind: ChannelKind,
        inputs: dict[str, Any],
        compute: Callable[[Path, Tick], None],
        *,
        weight: str,
    ) -> list[Finished]:
        inputs |= {"grid": self._about_grid}
        folder = self._stages.run(stage, inputs, compute, title=", ".join(names), weight=WEIGHTS[weight])
        return [Finished(name, kind, folder / f"{name}.tif") for name in names]

    def _burn_map(self, units: MapUnits) -> list[Finished]:
        def compute(folder: Path, tick: Tick) -> None:
            burnt = burn_classes(units.polygons, units.symbols, self._ground.classes, self._grid)
            write_analysis(folder / "mask.tif", burnt, self._grid, kind="class")

        twice = overlap_share(units.polygons, units.area)
        if twice > 1e-9:
            self._notes.append(
                f"map units overlap on {100 * twice:.3g} % of the area; it counts for the unit first in order"
            )
        inputs = {"map": self._ground.map_folder.name if self._ground.map_folder else None}
        return self._channels("mask", ("mask",), "class", inputs, compute, weight="burn")

    def _imagery(self, source: RasterSource) -> list[Finished]:
        compute = partial(build_imagery, self._ground.sources.imagery, source, self._grid)
        inputs = self._ground.inputs("imagery", bands=source.bands, nodata=source.nodata, range=source.range)
        return self._channels("imagery", source.bands, "image", inputs, compute, weight="imagery")

    def _burn_presence(self, channel: str, name: str, source: VectorSource) -> list[Finished]:
        def compute(folder: Path, tick: Tick) -> None:
            features = read_features(source, self._grid.crs)
            write_analysis(
                folder / f"{channel}.tif", burn_presence(features.geometries, self._grid), self._grid, kind="binary"
            )

        return self._channels(
            name, (channel,), "binary", self._ground.inputs(name, layer=source.layer), compute, weight="burn"
        )

    def _elevation(self, source: RasterSource) -> Iterator[Finished]:
        scale = elevation_scale(self._ground.sources.dem, source.unit, self._grid.crs)
        self._notes += [scale.note, *of_elevation(self._spec, self._ground.sources.dem, self._grid)]
        if scale.guessed:
            self._warnings.append("Nobody says in which unit elevations are: if it is not the one noted, set dem.unit.")
        inputs = self._ground.inputs("dem", factor=scale.factor, nodata=source.nodata)
        compute = partial(build_dem, self._ground.sources.dem, self._grid, scale.factor)
        (dem,) = self._channels("dem", ("dem",), "continuous", inputs, compute, weight="dem")
        found = read_undeclared(dem.path.parent)
        self._notes += found.notes
        self._warnings += [mark.warning for mark in found.marks]
        yield dem
        yield from self._terrain(Terrain(dem.path, self._grid, self._spec.terrain), {"dem": dem.path.parent.name})

    def _terrain(self, terrain: Terrain, about: dict[str, Any]) -> Iterator[Finished]:
        """All terrain channels: none needs another, so several workers may compute them at once."""
        for resolution in sorted(set(self._spec.terrain.resolutions) - set(terrain.scales)):
            names = ", ".join(derivative_names(resolution, terrain.unit))
            self._notes.append(f"{names} left out: {resolution:g} is not coarser than the grid")
        features = [*terrain.features(), *extras_of(self._spec, terrain)]
        folders = self._stages.run_all([self._in_strips(feature, about) for feature in features])
        for feature, folder in zip(features, folders, strict=True):
            yield from (Finished(name, "continuous", folder / f"{name}.tif") for name in feature.names)

    def _in_strips(self, feature: Feature, about: dict[str, Any]) -> Stage:
        inputs = about | feature.inputs | {"grid": self._about_grid}
        title, strips = ", ".join(feature.names), feature.strips
        return Stage(feature.stage, inputs, strips.in_order, title, WEIGHTS[feature.stage], strips)

    def _drainage_height(self, made: Mapping[str, Finished]) -> list[Finished]:
        dem, streams = made["dem"].path, made["nhd"].path
        compute = partial(build_drainage_height, dem, streams, self._grid)
        inputs = {"dem": dem.parent.name, "streams": streams.parent.name}
        return self._channels("hand", ("hand",), "continuous", inputs, compute, weight="hand")

    def _run_tiles(self, rasters: list[Finished]) -> FileRecord:
        spec, units = self._spec.tiles, self._ground.units
        mask = next((raster.path for raster in rasters if raster.channel == "mask"), None)
        with_data = [raster.path for raster in rasters if raster.channel == "dem" or raster.kind == "image"]

        def compute(folder: Path, tick: Tick) -> None:
            if units is None or mask is None:
                write_valid_tiles(folder / TABLE, self._grid, spec, self._ground.bounds, with_data)
            else:
                write_mapped_tiles(folder, self._grid, spec, units, self._ground.classes, mask, tick)

        of = mask.parent.name if mask else [f"{path.parent.name}/{path.name}" for path in with_data]
        cut = {"size": spec.size, "step": spec.step, "prefix": spec.prefix}
        inputs = {"grid": self._about_grid, "tiles": cut, "of": of, "within": self._spec.grid.bounds}
        folder = self._stages.run("tiles", inputs, compute, title="tiles", weight=WEIGHTS["tiles"])
        if mask is not None:
            self._differences = _written(AreaDifferences, folder / DIFFERENCES)
            self._notes += of_tiles(_written(Mapped, folder / MAPPED), spec.size)
            self._notes += tiles_with_holes(folder / TABLE, spec, rasters)
        return self._kept(folder / TABLE)

    def _count(self, table: Path) -> int:
        count = count_tiles(table)
        if count == 0:
            self._notes.append(
                f"no square of {self._spec.tiles.size} pixels lies wholly within the region, so it has no tiles"
            )
        return count

    def _boundary(self) -> FileRecord:
        if self._ground.map_folder is not None:
            return self._kept(self._ground.map_folder / "boundary.geojson")
        path = self._folder / "boundary.geojson"
        write_text(path, boundary_geojson(shapely.box(*self._ground.bounds)))
        return describe_file(path, root=self._folder)

    def _kept(self, file: Path) -> FileRecord:
        link_or_copy(file, self._folder / file.name)
        return describe_file(self._folder / file.name, root=self._folder)


def _written(kind: type[T], path: Path) -> T:
    return from_data(kind, json.loads(path.read_text(encoding="utf-8")))
