"""Rows of the v1.1 segmentation tables: one class of one run, scored over pixels."""

from workers.evaluation.pixel_identities import COUNTS, SCORES
from workers.evaluation.published.cells import Row
from workers.records.published import PublishedClass

TILES_TRUE, TILES_PREDICTED = "gt_num_images", "pred_num_images"
DISTANCES = ("mean_hd", "mean_hd95")  # empty where no tile has the class in prediction and truth


def read_pixel_class(row: Row, ending: str) -> PublishedClass:
    """Return the micro scores of the class, and under `details` all columns of the subset but its counts of tiles.

    Raises:
        BrokenFile: a column is missing, or a cell is no number of its kind; only a distance may be empty.
    """
    return PublishedClass(
        symbol=row.text("class"),
        threshold=None,
        support=row.count(TILES_TRUE + ending),
        predicted=row.count(TILES_PREDICTED + ending),
        precision=row.number(f"micro_precision{ending}"),
        recall=row.number(f"micro_recall{ending}"),
        f1=row.number(f"micro_dice{ending}"),  # F1 over pixels is Dice
        ap=None,
        auroc=None,
        accuracy=None,
        iou=row.number(f"micro_iou{ending}"),
        details=_details(row, ending),
    )


def _details(row: Row, ending: str) -> dict[str, float | None]:
    """Known columns go first, so that a missing one is told."""
    found = (column.removesuffix(ending) for column in row.cells if column.endswith(ending))
    names = dict.fromkeys((*COUNTS, *SCORES, *DISTANCES, *found))
    return {name: _cell(row, name, ending) for name in names if name not in (TILES_TRUE, TILES_PREDICTED)}


def _cell(row: Row, name: str, ending: str) -> float | None:
    column = name + ending
    if name in DISTANCES and not row.text(column):
        return None
    return float(row.count(column)) if name in COUNTS else row.number(column)
