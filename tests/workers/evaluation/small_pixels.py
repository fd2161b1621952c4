"""A made segmentation table by class in the layout of v1.1, whose scores follow from counts of pixels."""

import csv
from pathlib import Path

from workers.records.map_units import SYMBOLS

RUN = {"model": "unet", "encoder": "resnet18", "input": "dem"}
NAME = "unet resnet18 dem v1.1"
# 600 pixels rightly said, 200 wrongly, 200 missed, of 1,536 tiles of 256 x 256 pixels.
CELLS = {
    "gt_support": "800.0",
    "pred_support": "800.0",
    "gt_num_images": "20.0",
    "pred_num_images": "30.0",
    "tp": "600.0",
    "fp": "200.0",
    "fn": "200.0",
    "tn": "100662296.0",
    "macro_iou": "0.5",
    "macro_dice": "0.625",
    "macro_precision": "0.625",
    "macro_recall": "0.75",
    "mean_hd": "12.5",
    "mean_hd95": "10.25",
    "micro_iou": "0.6",
    "micro_dice": "0.75",
    "micro_precision": "0.75",
    "micro_recall": "0.75",
}


def write_pixel_table(folder: Path, changed: dict[str, dict[str, str]] | None = None) -> Path:
    """Write one run; `changed` holds other cells by class and column, "Qal" and "tp (id)"."""
    cells = {f"{name} ({domain})": value for domain in ("id", "cd") for name, value in CELLS.items()}
    rows = [RUN | {"class": symbol} | cells | (changed or {}).get(symbol, {}) for symbol in SYMBOLS]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pixels_class.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder
