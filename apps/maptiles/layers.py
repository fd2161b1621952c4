"""The layers of vector map tiles, by name."""

from collections.abc import Callable
from dataclasses import dataclass

from rest_framework.request import Request

from apps.maptiles.annotation_layer import AnnotationTileFilter, draw_map_units
from apps.maptiles.error_layer import ErrorFilter, draw_errors
from apps.maptiles.tile_layer import draw_split, draw_tiles
from apps.splits.filters import TileFilter
from workers.maptiles.reader import MapTile

TILE_FIELDS = {
    "classes": "Sum of 2**bit over the classes the tile holds; in a cell, over those that any of its tiles holds.",
    "patch_id": "Published id (squares only).",
    "subset": "Subset in the split asked for; in a cell, the most frequent one.",
    "tiles": "Number of tiles (cells only, at zoom 10 and below).",
}


@dataclass(frozen=True)
class Layer:
    """One layer: what draws a map tile of it, the query parameters it knows and the attributes it gives."""

    name: str
    draw: Callable[[Request, MapTile], bytes]
    parameters: tuple[str, ...]
    fields: dict[str, str]


_ROWS = (
    Layer("tiles", draw_tiles, tuple(TileFilter.base_filters), TILE_FIELDS),
    Layer("splits", draw_split, tuple(TileFilter.base_filters), TILE_FIELDS),
    Layer(
        "map-units",
        draw_map_units,
        tuple(AnnotationTileFilter.base_filters),
        {
            "symbol": "Map unit.",
            "colour": "#rrggbb",
            "region_slug": "Region.",
            "revision": "Revision of the annotation.",
        },
    ),
    Layer(
        "errors",
        draw_errors,
        tuple(ErrorFilter.base_filters),
        {
            "outcome": "tp, fp, fn or tn; in a cell, the most frequent one.",
            "probability": "Of the class (squares only).",
            "tile_id": "Id of the tile (squares only).",
            "tile__patch_id": "Published id (squares only).",
            "tp": "Number of tiles (cells only); likewise fp, fn and tn.",
            "tiles": "Number of tiles (cells only, at zoom 10 and below).",
        },
    ),
)

LAYERS: dict[str, Layer] = {layer.name: layer for layer in _ROWS}
