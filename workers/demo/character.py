"""What makes one made region different from the other."""

from dataclasses import dataclass
from typing import Literal

from workers.errors import InvalidInput

CRS = "EPSG:3089"
PIXEL = 5.0
BUFFER = 500.0


@dataclass(frozen=True)
class Trunk:
    """The main stream: drainage area in square feet that enters, its fall in feet, its course as fractions of the
    extent (x east, y north).
    """

    area: float
    fall: float
    start: tuple[float, float]
    end: tuple[float, float]
    swing: float
    bends: float


@dataclass(frozen=True)
class Relief:
    """How the land was shaped; lengths in feet.

    `summit` is the elevation of the uplands, `upland` and `roll` their fall to the trunk and unevenness before,
    `incision` how far the trunk cut down, `erodibility` the K of stream power and `hard` the share of it
    in the beds between the fractions `hard_beds` of the incision, `creep` the diffusivity of hillslopes.
    """

    summit: float
    upland: float
    roll: float
    incision: float
    erodibility: float
    hard: float
    hard_beds: tuple[tuple[float, float], ...]
    creep: float
    terrace_height: float
    sinks_per_square_mile: float
    sink_depth: float


@dataclass(frozen=True)
class Route:
    """A road or railway and its ends as fractions of the extent (x east, y north)."""

    name: str
    kind: Literal["road", "highway", "railway"]
    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True)
class Land:
    """Land cover: where woods stand, the side of fields in feet, their bearing in degrees, the season and pixel of
    the imagery.
    """

    woods: Literal["slopes", "bottoms"]
    field_side: float
    bearing: float
    season: Literal["early spring", "late summer"]
    imagery_pixel: float
    houses: int


@dataclass(frozen=True)
class Character:
    """One made region.

    `left`, `bottom` is the lower left corner of the mapped square (EPSG:3089), `side` its side in DEM pixels.
    """

    slug: str
    name: str
    area: str
    left: float
    bottom: float
    side: int
    trunk: Trunk
    relief: Relief
    land: Land
    routes: tuple[Route, ...]
    ponds: int
    pads: int


WEST = Character(
    slug="demo-west",
    name="Demo West",
    area="Demo River",
    left=4_592_000.0,
    bottom=3_680_000.0,
    side=2944,
    trunk=Trunk(area=4.0e9, fall=9.0, start=(0.0, 0.30), end=(1.0, 0.62), swing=0.10, bends=2.2),
    relief=Relief(
        summit=640.0,
        upland=70.0,
        roll=9.0,
        incision=250.0,
        erodibility=14.0,
        hard=0.35,
        hard_beds=((0.12, 0.30), (0.52, 0.62)),
        creep=60_000.0,
        terrace_height=17.0,
        sinks_per_square_mile=5.0,
        sink_depth=5.0,
    ),
    land=Land(woods="slopes", field_side=620.0, bearing=24.0, season="early spring", imagery_pixel=4.0, houses=150),
    routes=(
        Route("Ridge Pike", "highway", (0.0, 0.80), (1.0, 0.86)),
        Route("River Line", "railway", (0.0, 0.50), (1.0, 0.52)),
        Route("Ferry Road", "road", (0.38, 1.0), (0.47, 0.0)),
        Route("South Flats Road", "road", (0.0, 0.14), (1.0, 0.10)),
        Route("Hollow Road", "road", (0.78, 1.0), (0.84, 0.0)),
        Route("Church Road", "road", (0.10, 1.0), (0.06, 0.0)),
    ),
    ponds=12,
    pads=5,
)

EAST = Character(
    slug="demo-east",
    name="Demo East",
    area="Demo Plateau",
    left=4_609_000.0,
    bottom=3_682_000.0,
    side=2048,
    trunk=Trunk(area=9.0e8, fall=22.0, start=(0.70, 1.0), end=(0.22, 0.0), swing=0.12, bends=1.6),
    relief=Relief(
        summit=905.0,
        upland=55.0,
        roll=8.0,
        incision=170.0,
        erodibility=9.5,
        hard=0.5,
        hard_beds=((0.40, 0.55),),
        creep=60_000.0,
        terrace_height=12.0,
        sinks_per_square_mile=45.0,
        sink_depth=9.0,
    ),
    land=Land(woods="bottoms", field_side=900.0, bearing=-8.0, season="late summer", imagery_pixel=4.0, houses=110),
    routes=(
        Route("Plateau Highway", "highway", (0.0, 0.40), (1.0, 0.66)),
        Route("Sink Branch", "railway", (0.10, 1.0), (0.86, 0.0)),
        Route("Mill Road", "road", (0.88, 1.0), (0.70, 0.0)),
        Route("Spring Road", "road", (0.0, 0.84), (1.0, 0.90)),
        Route("Lower Road", "road", (0.0, 0.14), (1.0, 0.22)),
    ),
    ponds=9,
    pads=4,
)

CHARACTERS: dict[str, Character] = {character.slug: character for character in (WEST, EAST)}


def character_of(region: str) -> Character:
    """Return the character of a made region by its slug.

    Raises:
        InvalidInput: there is no such region.
    """
    if region not in CHARACTERS:
        raise InvalidInput(f"{region}: no such made region; known are {', '.join(CHARACTERS)}")
    return CHARACTERS[region]
