from collections.abc import Mapping
from typing import Any

from apps.tiles.commands import ImportCommand
from workers.records.map_units import SYMBOLS
from workers.records.splits import SUBSETS


class Command(ImportCommand):
    help = "Import a published EarthScape dataset (layouts of v1.0, v1.0.1 and v1.1)."
    kind = "import-dataset"

    def describe(self, result: Mapping[str, Any]) -> list[str]:
        lines = [f"{result['dataset_version']}: {result['tiles']} tiles, {result['footprints']} with a footprint"]
        for region in result["regions"]:
            classes = ", ".join(f"{symbol} {region['per_class'][symbol]}" for symbol in SYMBOLS)
            without = region["tiles"] - region["footprints"]
            lines.append(f"  {region['slug']}: {region['tiles']} tiles ({without} without geometry); {classes}")
        if result["subsets"]:
            lines.append("  split: " + ", ".join(f"{name} {result['subsets'][name]}" for name in SUBSETS))
        lines.append(
            f"  stored: {result['tiles_created']} tiles created, {result['tiles_updated']} updated; labels "
            f"{result['labels_created']} created, {result['labels_updated']} updated"
        )
        if result["off_the_grid"]:
            lines.append(f"  {result['off_the_grid']} footprints lie off their region's grid: kept without window")
        return lines + [f"  {note}" for note in result["notes"]]
