"""A made region from its first river to the last roof, in memory."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.demo.character import BUFFER, PIXEL, Character
from workers.demo.drainage import Stream, make_warp, trace_streams
from workers.demo.earthworks import Earthworks, build_earthworks
from workers.demo.evolution import evolve
from workers.demo.footslopes import build_aprons, build_fans
from workers.demo.imagery import render
from workers.demo.landcover import cover_land
from workers.demo.lattice import Array, Lattice, Mask, coarsen, refine
from workers.demo.nearness import cells_near
from workers.demo.noise import blur, stream_of
from workers.demo.routes import Track, lay_tracks
from workers.demo.surface import SURVEY_NOISE, cut_channels, joined, meandering, texture
from workers.demo.units import VALUES, classify, generalise
from workers.demo.uplands import open_sinks, roughen_uplands
from workers.demo.valleys import Valley, carve_valleys

NODE = 60.0
FORM = 20.0
MARGIN_NODES = 16


@dataclass(frozen=True)
class Frame:
    """The lattices of a region: nodes of 60 ft with a margin, and pixels of 5 ft of the surveyed square, which
    exceeds the mapped one.
    """

    nodes: Lattice
    pixels: Lattice
    mapped: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """What the sources show: elevation (5 ft), imagery, map units (10 ft, mapped square), streams, ponds (5 ft) and
    tracks.
    """

    frame: Frame
    elevation: NDArray[np.float32]
    imagery: NDArray[np.uint8]
    imagery_lattice: Lattice
    units: NDArray[np.uint8]
    units_lattice: Lattice
    streams: list[Stream]
    ponds: Mask
    tracks: list[Track]


@dataclass(frozen=True)
class Landforms:
    """The ground at 20 ft with what shaped it."""

    elevation: Array
    valley: Valley
    units: NDArray[np.uint8]
    streams: list[Stream]
    tracks: list[Track]


def frame_of(character: Character) -> Frame:
    """Return the lattices: the surveyed square exceeds the mapped one by the buffer and at least 20 ft more on every
    side.
    """
    side = character.side * PIXEL
    count = int(np.ceil((side + 2 * BUFFER + 40.0) / NODE))
    margin = (count * NODE - side) / 2 // 10 * 10
    left, top = character.left - margin, character.bottom + side - margin + count * NODE - side
    pixels = Lattice(left, top, PIXEL, *(2 * [round(count * NODE / PIXEL)]))
    outer = MARGIN_NODES * NODE
    nodes = Lattice(left - outer, top + outer, NODE, count + 2 * MARGIN_NODES, count + 2 * MARGIN_NODES)
    mapped = (character.left, character.bottom, character.left + side, character.bottom + side)
    return Frame(nodes, pixels, mapped)


def make_scene(character: Character, *, seed: int) -> Scene:
    """Make a region. The same character and seed give the same arrays."""

    def rng(stage: str) -> Generator:
        return stream_of(seed, character.slug, stage)

    frame = frame_of(character)
    forms = _shape_land(character, frame, rng)
    works = _build(character, frame, forms, rng)
    inner = _inner(frame, FORM)
    imagery_lattice = Lattice(
        frame.pixels.left,
        frame.pixels.top,
        character.land.imagery_pixel,
        *(2 * [round(frame.pixels.width * PIXEL / character.land.imagery_pixel)]),
    )
    ground = forms.elevation[inner]
    lines = (forms.streams, forms.tracks)
    cover = cover_land(
        imagery_lattice, ground, forms.valley.floor[inner], works.ponds, lines, character.land, rng("cover")
    )
    units, units_lattice = _draw_units(frame, forms, works)
    return Scene(
        frame=frame,
        elevation=np.round(
            works.elevation + SURVEY_NOISE * rng("survey").standard_normal(frame.pixels.shape), 2
        ).astype(np.float32),
        imagery=render(imagery_lattice, ground, cover, character.land.season, rng("imagery")),
        imagery_lattice=imagery_lattice,
        units=units,
        units_lattice=units_lattice,
        streams=forms.streams,
        ponds=works.ponds,
        tracks=forms.tracks,
    )


def _shape_land(character: Character, frame: Frame, rng: Callable[[str], Generator]) -> Landforms:
    relief = character.relief
    landscape = evolve(character, frame.nodes, rng("evolution"))
    warp = make_warp(frame.nodes, rng("warp"))
    streams = trace_streams(landscape, character.trunk, warp)
    forms = frame.nodes.finer(FORM)
    smooth = blur(landscape.elevation, 0.9)  # crests one node wide zigzag along the eight directions
    ground = roughen_uplands(warp.apply(smooth, forms), forms, rng("uplands"))
    ground, valley = carve_valleys(ground, forms, streams, rng("valleys"), terrace_height=relief.terrace_height)
    ground, fans = build_fans(ground, forms, streams, valley, rng("fans"))
    ground, aprons = build_aprons(ground, forms, valley, rng("aprons"))
    units = classify(ground, forms, valley, fans, aprons, rng("units"))
    sinks = open_sinks(
        ground, forms, rng("sinks"), per_square_mile=relief.sinks_per_square_mile, depth=relief.sink_depth
    )
    ground = np.where(units == VALUES["Qr"], sinks, ground)
    swinging = _meander(streams, rng)
    step = round(NODE / FORM)
    river = np.zeros(frame.nodes.shape, dtype=bool)
    river.ravel()[cells_near(frame.nodes, swinging[0].x, swinging[0].y, 130.0).cells] = True
    tracks = lay_tracks(coarsen(ground, step), coarsen(valley.floor, step) > 0.5, river, frame.nodes, character.routes)
    return Landforms(ground, valley, units, swinging, tracks)


def _meander(streams: list[Stream], rng: Callable[[str], Generator]) -> list[Stream]:
    """Return the streams, the trunk first, with channels that swing across their floors and still join the trunk."""
    trunk, *tributaries = (meandering(stream, rng(f"meanders {number}")) for number, stream in enumerate(streams))
    return [trunk, *(joined(tributary, trunk) for tributary in tributaries)]


def _build(character: Character, frame: Frame, forms: Landforms, rng: Callable[[str], Generator]) -> Earthworks:
    inner = _inner(frame, FORM)
    pixels = frame.pixels
    ground = refine(forms.elevation[inner], round(FORM / PIXEL)) + texture(pixels, forms.units[inner], rng("texture"))
    ground = cut_channels(ground, pixels, forms.streams)
    return build_earthworks(
        ground, pixels, forms.tracks, forms.streams, rng("earthworks"), ponds=character.ponds, pads=character.pads
    )


def _draw_units(frame: Frame, forms: Landforms, works: Earthworks) -> tuple[NDArray[np.uint8], Lattice]:
    """Return the map units on cells of 10 ft of the mapped square."""
    pixels = frame.pixels
    lattice = pixels.coarser(FORM)
    drawn = generalise(forms.units[_inner(frame, FORM)], lattice, coarsen(works.fill, 2) >= 0.5)
    cell = FORM / 2
    left, bottom, right, top = frame.mapped
    columns = slice(round((left - pixels.left) / cell), round((right - pixels.left) / cell))
    rows = slice(round((pixels.top - top) / cell), round((pixels.top - bottom) / cell))
    part = drawn[rows, columns]
    return part, Lattice(left, top, cell, part.shape[1], part.shape[0])


def _inner(frame: Frame, cell: float) -> tuple[slice, slice]:
    """Return the part of an array on cells of `cell` feet, margin included, that the survey covers."""
    outer = round(MARGIN_NODES * NODE / cell)
    count = round(frame.pixels.width * PIXEL / cell)
    return slice(outer, outer + count), slice(outer, outer + count)
