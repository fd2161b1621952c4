"""What a raster map tile shows: one channel of a region, or three together."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.accounts.models import Visibility
from apps.annotations.models import MapUnit
from apps.regions.models import Region, RegionRaster
from workers.errors import NotFound
from workers.maptiles import palettes, render
from workers.maptiles.palettes import ClassColour, Palette, Stop, Style
from workers.maptiles.reader import MapTile, RasterReader
from workers.records.channels import COMPOSITES

reader = RasterReader()


def store_path(relative: str) -> Path:
    return Path(settings.EARTHSCAPE_STORE) / relative


def class_colours() -> tuple[ClassColour, ...]:
    return tuple(ClassColour(u.mask_value, u.symbol, u.name, u.colour) for u in MapUnit.objects.all())


@dataclass(frozen=True)
class Look:
    """How one channel of one region is coloured."""

    raster: RegionRaster

    @cached_property
    def classes(self) -> tuple[ClassColour, ...]:
        return class_colours() if self.raster.channel.kind == "class" else ()

    @cached_property
    def name(self) -> str:
        channel = self.raster.channel
        return palettes.palette_name(channel.name, modality=channel.modality, kind=channel.kind)

    @cached_property
    def palette(self) -> Palette:
        kind = self.raster.channel.kind
        if kind == "class":
            return palettes.class_palette({entry.value: entry.colour for entry in self.classes})
        if kind == "binary":
            return palettes.binary_palette(self.name)
        return palettes.continuous_palette(self.name)

    def stops(self) -> tuple[Stop, ...]:
        raster, channel = self.raster, self.raster.channel
        if channel.kind == "class":
            return tuple(Stop(entry.symbol, f"{entry.symbol}, {entry.name}", entry.colour) for entry in self.classes)
        if channel.kind == "binary":
            return (Stop(1.0, raster.wording.title, self.name),)
        return palettes.continuous_stops(self.name, raster.display_low, raster.display_high, unit=raster.wording.unit)

    def style(self) -> Style:
        raster, channel = self.raster, self.raster.channel
        return Style(
            kind=channel.kind,
            palette=self.name,
            unit=raster.wording.unit,
            low=raster.display_low,
            high=raster.display_high,
            stops=self.stops(),
            sources=(raster.display_sha256,),
        )


@dataclass(frozen=True)
class Picture:
    """A channel or composite of a region, with the rasters it is drawn from."""

    region: Region
    name: str
    title: str
    rasters: tuple[RegionRaster, ...]

    @property
    def is_public(self) -> bool:
        return self.region.visibility == Visibility.PUBLIC

    @cached_property
    def look(self) -> Look:
        return Look(self.rasters[0])

    @cached_property
    def style(self) -> Style:
        if len(self.rasters) == 1:
            return self.look.style()
        sources = tuple(raster.display_sha256 for raster in self.rasters)
        return Style("composite", self.name, unit="", low=1.0, high=255.0, stops=(), sources=sources)

    def map_tile(self, tile: MapTile) -> bytes | None:
        """Return the PNG of a map tile, None where the region has nothing."""
        bands = [reader.map_tile(store_path(raster.display_path), tile) for raster in self.rasters]
        known = [band for band in bands if band is not None]
        if len(known) < len(bands):
            return None
        return render.palette_png(known[0], self.look.palette) if len(known) == 1 else render.colour_png(known)


def find_picture(user: Any, *, slug: str, name: str) -> Picture:
    """Return a channel, or a composite whose bands are all there, of a region that the user may see."""
    title, wanted = COMPOSITES.get(name, ("", (name,)))
    found = {raster.channel.name: raster for raster in _rasters(user, slug).filter(channel__name__in=wanted)}
    if set(found) != set(wanted):
        raise NotFound(f"There is no channel {name!r} in a region {slug!r}.")
    rasters = tuple(found[channel] for channel in wanted)
    return Picture(rasters[0].region, name, title or rasters[0].wording.title, rasters)


def _rasters(user: Any, slug: str) -> Any:
    visible = Region.objects.visible_to(user).filter(slug=slug)
    return (
        RegionRaster.objects.filter(region__in=visible)
        .select_related("region", "channel")
        .defer("statistics", "region__boundary")
    )
