"""The training log of a v1.0 run."""

import re
from pathlib import Path

from workers.errors import BrokenFile

Curve = dict[str, float | int]

_EPOCH = re.compile(r"Epoch (\d+)/\d+\s*")
_LINE = re.compile(
    r"(TRAINING|VALIDATION)\s+-- Loss: (\d+\.?\d*)\s+\|\s+Accuracy: (\d+\.?\d*)%\s+\|\s+Time: (\d+\.?\d*) mins\.\s*"
)
_NAMES = {"TRAINING": "train", "VALIDATION": "val"}


def read_log(path: Path) -> tuple[list[Curve], list[str]]:
    """Return one point per epoch, and what looked odd.

    A point has epoch, train_loss, val_loss, train_accuracy and val_accuracy (0-1) and seconds. A header that comes
    again before any numbers is a restart that lost nothing; an epoch whose numbers come again keeps the last ones.

    Raises:
        BrokenFile: a line of numbers cannot be read or stands before the first epoch, or the text is not UTF-8.
    """
    points: dict[int, Curve] = {}
    notes: list[str] = []
    epoch = None
    for row, line in enumerate(_lines(path), start=1):
        if header := _EPOCH.fullmatch(line):
            epoch = int(header[1])
            if epoch in points:
                notes.append(f"{path.parent.name}/{path.name}, row {row}: epoch {epoch} begins again")
            points[epoch] = {"epoch": epoch}
        elif line.startswith(tuple(_NAMES)):
            _add(points.get(epoch) if epoch else None, line, path, row)
    return [point for point in points.values() if "train_loss" in point], notes


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BrokenFile(path, f"not text in UTF-8: {error}") from error


def _add(point: Curve | None, line: str, path: Path, row: int) -> None:
    numbers = _LINE.fullmatch(line)
    if point is None or numbers is None:
        raise BrokenFile(path, "not a line of loss, accuracy and time within an epoch", row=row)
    name = _NAMES[numbers[1]]
    point[f"{name}_loss"] = float(numbers[2])
    point[f"{name}_accuracy"] = round(float(numbers[3]) / 100, 6)
    point["seconds"] = round(point.get("seconds", 0) + float(numbers[4]) * 60, 1)
