"""The seven map units of EarthScape, in the order of its tables. Source: Massey and Imran 2025."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MapUnitInfo:
    """A class of surficial material: symbol, value in the mask raster, name, colour as #rrggbb."""

    symbol: str
    mask_value: int
    name: str
    colour: str


MAP_UNITS: tuple[MapUnitInfo, ...] = (
    MapUnitInfo("af1", 1, "artificial fill", "#636566"),
    MapUnitInfo("Qal", 2, "alluvium", "#fdf5a4"),
    MapUnitInfo("Qaf", 3, "alluvial fan", "#ffa1db"),
    MapUnitInfo("Qat", 4, "alluvial terrace", "#f9e465"),
    MapUnitInfo("Qc", 5, "colluvium", "#d6c9a7"),
    MapUnitInfo("Qca", 6, "colluvial apron", "#c49d83"),
    MapUnitInfo("Qr", 7, "residuum", "#b0acd6"),
)

SYMBOLS: tuple[str, ...] = tuple(unit.symbol for unit in MAP_UNITS)
