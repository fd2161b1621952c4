"""A published dataset of six tiles in the layouts of v1.0, v1.0.1 and v1.1."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEADER = "patch_id,af1,Qal,Qaf,Qat,Qc,Qca,Qr"
WARREN = ("256_50_1", "256_50_2", "256_50_3")
HARDIN = ("hv_256_50_1", "sonora_256_50_1", "sonora_256_50_2")
LEFT, TOP = 4_665_933.25, 3_570_198.5
URN = "urn:ogc:def:crs:EPSG::3089"


def table(ids: Sequence[str], values: str) -> str:
    return "\n".join([HEADER, *(f"{patch},{values}" for patch in ids)]) + "\n"


def square(column: int, row: int = 0, *, side: float = 1280.0) -> dict[str, Any]:
    """A tile that many half tiles right of and below the corner."""
    left, top = LEFT + 640 * column, TOP - 640 * row
    ring = [[left + side, top - side], [left + side, top], [left, top], [left, top - side], [left + side, top - side]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(places: dict[str, dict[str, Any] | None], *, crs: str = URN) -> str:
    features = [
        {"type": "Feature", "properties": {"patch_id": patch}, "geometry": place} for patch, place in places.items()
    ]
    name = {"type": "name", "properties": {"name": crs}}
    return json.dumps({"type": "FeatureCollection", "crs": name, "features": features})


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def first_version(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """The layout of v1.0: one Warren tile in each subset, one of Hardin; `sonora_256_50_2` has no geometry."""
    areas, labels = "0.25,0,0,0,0,0,0.75", "1.0,0.0,0.0,0.0,0.0,0.0,1.0"
    files = {
        "warren/areas.csv": table(WARREN, areas),
        "warren/labels.csv": table(WARREN, labels),
        "warren/image_stats.csv": "path,mean,std\nslope_50.tif,1.5,0.5\nlogslope.tif,-0.25,0.125\n",
        "hardin/areas.csv": table(HARDIN, "0,0.5,0,0,0,0,0.5"),
        "hardin/labels.csv": table(HARDIN, "0,1,0,0,0,0,1"),
        "hardin/image_stats_howevalley.csv": "path,mean,std\ndem.tif,745.5,51.25\n",
        "splits/warren_patches_train.geojson": collection({"256_50_1": square(0)}),
        "splits/warren_patches_val.geojson": collection({"256_50_2": square(4)}),
        "splits/warren_patches_test.geojson": collection({"256_50_3": square(8, 2)}),
        "splits/hardin_patches_test.geojson": collection(
            {"hv_256_50_1": square(40), "sonora_256_50_1": square(80), "sonora_256_50_2": None}
        ),
    }
    return write(folder, files | (changed or {}))
