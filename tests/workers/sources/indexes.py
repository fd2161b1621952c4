"""Tile indexes: a made one, and the published ones with their URLs led to a server of the test's."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

LEFT, TOP = 4_700_000.0, 3_560_000.0
PUBLISHED = Path(__file__).resolve().parents[3].parent / "shared/data/earthscape-v1.0/vectors"


def square(col: int, row: int, side: float = 100.0) -> shapely.Geometry:
    """Return a footprint, counted from the upper left corner."""
    return shapely.box(LEFT + col * side, TOP - (row + 1) * side, LEFT + (col + 1) * side, TOP - row * side)


def write_index(
    path: Path,
    rows: Sequence[tuple[shapely.Geometry, dict[str, Any]]],
    *,
    layer: str = "Tiles",
    crs: str | None = "EPSG:3089",
    driver: str | None = None,
    append: bool = False,
) -> Path:
    """Write rows that all have the same fields; None is null."""
    names = list(rows[0][1])
    encoded = shapely.to_wkb(np.array([footprint for footprint, _ in rows], object))
    columns = [_column([fields[name] for _, fields in rows]) for name in names]
    about = {"layer": layer, "crs": crs, "geometry_type": "Polygon", "driver": driver, "append": append}
    pyogrio.raw.write(path, encoded, columns, names, **about)
    return path


def _column(values: list[Any]) -> Any:
    numbers = [value for value in values if value is not None]
    if numbers and all(isinstance(value, int) for value in numbers):
        return np.array([np.nan if value is None else value for value in values], float)
    return np.array(values, object)


def published(name: str) -> Path:
    """Return a published index, or skip the test that asks for it."""
    path = PUBLISHED / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path


def copy_rewritten(source: Path, target: Path, rewrite: Callable[[str], str], fields: Sequence[str]) -> Path:
    """Copy a layer, the URLs of some fields rewritten; nulls stay."""
    meta, _, encoded, values = pyogrio.raw.read(source)
    names = list(meta["fields"])
    for name in fields:
        column = values[names.index(name)]
        values[names.index(name)] = np.array([url and rewrite(url) for url in column], object)
    about = {"crs": meta["crs"], "geometry_type": meta["geometry_type"], "layer": "Index"}
    pyogrio.raw.write(target, encoded, values, names, **about)
    return target
