"""The kind `label-tiles`: labels of known tiles at another threshold, from class areas that are stored."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workers.files import describe_file, written_whole
from workers.records.codec import from_data
from workers.records.labels import LabelledTiles, LabelTiles, check_threshold, present_classes
from workers.records.progress import Reporter

TABLE = "labels.csv"

Present = tuple[int, ...]


def label_tiles(spec: dict[str, Any], folder: Path, report: Reporter) -> LabelledTiles:
    """Write which classes are present in each tile of a table, into `folder`.

    Args:
        spec: plain data of `LabelTiles`; its table lies in `folder`.
        folder: paths in the result are relative to it.
        report: told stage, fraction and a sentence.

    Raises:
        InvalidInput: a threshold that is not a share of a tile.
    """
    told = from_data(LabelTiles, spec)
    check_threshold(told.threshold, field="threshold")
    report("labels", 0.0, f"labels where a class has more than {told.threshold:g} of the tile")
    tiles = without = 0
    with written_whole(folder / TABLE) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("tile", "present"))
        for tile, present in _labelled(folder / told.table, told.threshold):
            writer.writerow((tile, " ".join(map(str, present))))
            tiles, without = tiles + 1, without + (not present)
    report("done", 1.0, f"{tiles:,} tiles, {without:,} of them without a class")
    return LabelledTiles(describe_file(folder / TABLE, root=folder), tiles, without)


def _labelled(table: Path, threshold: float) -> Iterator[tuple[str, Present]]:
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            yield row["tile"], present_classes([float(area) for area in row["areas"].split()], threshold)
