"""What a region lies on, known before any channel is made: its sources, downloaded, its map and its grid."""

from functools import partial
from pathlib import Path
from typing import Any

import shapely

from workers.rasters.grid import Bounds, make_grid
from workers.rasters.indexed import indexed_roles, obtain_source
from workers.rasters.map_units import load_map_units, prepare_map_units, save_map_units
from workers.rasters.sources import Sources
from workers.rasters.stages import Stages
from workers.rasters.terrain.compiled import Tick
from workers.rasters.vectors import read_features
from workers.rasters.weights import WEIGHTS
from workers.records.downloads import DownloadedFile
from workers.records.grids import Grid
from workers.records.regions import ProcessRegion, with_sources


class Ground:
    """The sources, map and grid of one region, and what there is to say of how they came about.

    With bounds, files that indexes name are downloaded first, since the map may be among them; else once the map tells
    the area.
    """

    def __init__(self, told: ProcessRegion, sources: Sources, stages: Stages) -> None:
        self.spec = told.region
        self.classes = told.classes
        self.sources = sources
        self.notes: list[str] = []
        self.downloads: list[DownloadedFile] = []
        self._stages = stages
        self._allowed = told.downloads
        if self.spec.grid.bounds is not None:
            self._download(shapely.box(*self.spec.grid.bounds))
        self.map_folder = self._run_map()
        self.units = load_map_units(self.map_folder) if self.map_folder else None
        if self.units is not None:
            self._download(self.units.area)
        self.grid = self._make_grid()

    @property
    def bounds(self) -> Bounds:
        """Return the bounds of a region without a map: as specified, else all that its rasters cover."""
        return self.spec.grid.bounds or self.grid.bounds

    def inputs(self, source: str, **more: Any) -> dict[str, Any]:
        """Return what determines a stage that is made from a source: the content of its files, and more."""
        return {"files": self.sources.checksums[source], **more}

    def _download(self, area: shapely.Geometry) -> None:
        """Let the files that tile indexes name over an area and its buffer stand in place of the indexes."""
        for role in indexed_roles(self.spec):
            assert self._allowed is not None  # refused at the beginning
            obtain = partial(
                obtain_source,
                role,
                getattr(self.spec, role),
                shapely.buffer(area, self.spec.buffer),
                self.spec.grid.crs,
                self._allowed,
            )
            obtained = self._stages.pass_by("download", obtain, weight=WEIGHTS["download"])
            self.spec = with_sources(self.spec, {role: obtained.source})
            self.downloads += obtained.files
            self.notes += obtained.notes
            self.sources = self.sources.with_role(role, self.spec)

    def _make_grid(self) -> Grid:
        mapped = self.units.area.bounds if self.units else None
        rasters = self.sources.dem + self.sources.imagery
        return make_grid(self.spec.grid, mapped=mapped, buffer=self.spec.buffer, rasters=rasters)

    def _run_map(self) -> Path | None:
        source, grid, reassign = self.spec.map_units, self.spec.grid, self.spec.reassign
        if source is None:
            return None

        def compute(folder: Path, tick: Tick) -> None:
            features = read_features(source, grid.crs)
            tick(0.3)
            units = prepare_map_units(
                features, classes=self.classes, reassign=reassign, bounds=grid.bounds, pixel_size=grid.pixel_size
            )
            save_map_units(units, grid.crs, folder)

        inputs = self.inputs("map_units", layer=source.layer, attribute=source.attribute, classes=self.classes)
        inputs |= {"reassign": dict(reassign), "crs": grid.crs, "bounds": grid.bounds, "pixel_size": grid.pixel_size}
        return self._stages.run("map", inputs, compute, title="map units", weight=WEIGHTS["map"])
