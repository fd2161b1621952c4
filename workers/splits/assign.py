"""The paper's random split: chosen tiles, then everything that overlaps them left out of the rest.

Source: Massey and Imran 2025; the published in-domain and cross-domain test tiles follow from seed 111.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.errors import BrokenFile, InvalidInput
from workers.files import describe_file, written_whole
from workers.records.codec import from_data
from workers.records.progress import Reporter
from workers.records.splits import SUBSETS, MakeSplit, SplitResult
from workers.splits.checksum import checksum_of
from workers.splits.overlap import Footprints, Indices, overlapping

COLUMNS = ("tile", "patch_id", "domain", "left", "bottom", "right", "top", "crs")
MEMBERS = "members.csv"


@dataclass(frozen=True)
class Candidates:
    """Tiles to choose from: database ids and names in the order that the choice runs over, and footprints, row for
    row.
    """

    tiles: Indices
    patch_ids: NDArray[np.str_]
    footprints: Footprints

    def take(self, rows: Indices) -> "Candidates":
        """Return the tiles of some rows."""
        return Candidates(self.tiles[rows], self.patch_ids[rows], self.footprints.take(rows))


@dataclass(frozen=True)
class Assignment:
    """The tiles of each subset, in the order of the candidates, and how many were left out because they overlap a
    chosen one.
    """

    members: Mapping[str, Candidates]
    dropped: int


def choose(count: int, size: int, *, seed: int) -> Indices:
    """Return `size` of the row numbers 0 to `count` - 1, ascending, as numpy's `default_rng(seed).choice` without
    replacement picks them.

    Raises:
        InvalidInput: there are not that many.
    """
    if size > count:
        raise InvalidInput(f"{size} tiles are asked for, {count} are left to choose from")
    return np.sort(np.random.default_rng(seed).choice(count, size=size, replace=False))


def assign(within: Candidates, across: Candidates, spec: MakeSplit) -> Assignment:
    """Return the subsets: test from the tiles within the domain, validation from what does not overlap it, train what
    is left.

    The cross-domain test is chosen in the same way from `across`. Each choice starts from the seed anew.

    Raises:
        InvalidInput: fewer tiles than asked for.
    """
    test, rest = _take_out(within, spec.test_size, spec.seed, subset="test_id")
    val, train = _take_out(rest, spec.val_size, spec.seed, subset="val")
    cross, _ = _take_out(across, spec.cross_size, spec.seed, subset="test_cd")
    members = {"train": train, "val": val, "test_id": test, "test_cd": cross}
    return Assignment(members, dropped=within.tiles.size - test.tiles.size - val.tiles.size - train.tiles.size)


def _take_out(candidates: Candidates, size: int, seed: int, *, subset: str) -> tuple[Candidates, Candidates]:
    """Return the chosen tiles and those of the rest that overlap none of them."""
    try:
        rows = choose(candidates.tiles.size, size, seed=seed)
    except InvalidInput as error:
        raise InvalidInput(f"{subset}: {error}") from error
    chosen = candidates.take(rows)
    others = candidates.take(np.setdiff1d(np.arange(candidates.tiles.size), rows, assume_unique=True))
    return chosen, others.take(np.flatnonzero(~overlapping(chosen.footprints, others.footprints)))


def make_split(data: Mapping[str, Any], folder: Path, report: Reporter) -> SplitResult:
    """Carry out a `MakeSplit`: read the tiles, write `members.csv` (tile, subset) into `folder`.

    Raises:
        InvalidInput: the specification is wrong, or there are fewer tiles than asked for.
        BrokenFile: the table of tiles is not as described.
    """
    spec = from_data(MakeSplit, data)
    if min(spec.test_size, spec.val_size, spec.cross_size, spec.seed) < 0:
        raise InvalidInput("sizes and seed of a split cannot be negative")
    report("read tiles", 0.0)
    within, across = read_candidates(folder / spec.tiles)
    report("choose", 0.2, f"{within.tiles.size} tiles within the domain, {across.tiles.size} across")
    assignment = assign(within, across, spec)
    _check_sizes(assignment)
    report("write", 0.9)
    path = folder / MEMBERS
    _write_members(path, assignment.members)
    sizes = {subset: int(assignment.members[subset].tiles.size) for subset in SUBSETS}
    report("done", 1.0, ", ".join(f"{subset} {size}" for subset, size in sizes.items()))
    return SplitResult(
        members=describe_file(path, root=folder).path,
        checksum=checksum_of(
            (patch_id, subset) for subset in SUBSETS for patch_id in assignment.members[subset].patch_ids.tolist()
        ),
        sizes=sizes,
        dropped=assignment.dropped,
    )


def _check_sizes(assignment: Assignment) -> None:
    if not assignment.members["train"].tiles.size:
        raise InvalidInput("no tile is left to train on: ask for fewer tiles in the test and validation subsets")


def _write_members(path: Path, members: Mapping[str, Candidates]) -> None:
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("tile", "subset"))
        for subset in SUBSETS:
            writer.writerows((tile, subset) for tile in members[subset].tiles.tolist())


def read_candidates(path: Path) -> tuple[Candidates, Candidates]:
    """Return the tiles within and across the domain, in file order, of a CSV with the columns of `COLUMNS`.

    Raises:
        BrokenFile: a column is missing or a value is not what it should be.
    """
    bounds: dict[str, list[tuple[float, ...]]] = {"in": [], "cross": []}
    names: dict[str, list[tuple[int, str]]] = {"in": [], "cross": []}
    systems: dict[str, int] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise BrokenFile(path.name, "the column is missing", column=missing[0])
        for number, row in enumerate(reader, start=2):
            try:
                sides = tuple(float(row[name]) for name in ("left", "bottom", "right", "top"))
                bounds[row["domain"]].append((*sides, systems.setdefault(row["crs"], len(systems))))
                names[row["domain"]].append((int(row["tile"]), row["patch_id"]))
            except (ValueError, TypeError, KeyError) as error:
                raise BrokenFile(path.name, f"not a tile: {error}", row=number) from error
    return _candidates(names["in"], bounds["in"]), _candidates(names["cross"], bounds["cross"])


def _candidates(names: list[tuple[int, str]], bounds: list[tuple[float, ...]]) -> Candidates:
    table = np.array(bounds, dtype=np.float64).reshape(-1, 5)
    return Candidates(
        np.array([tile for tile, _ in names], dtype=np.int64),
        np.array([patch_id for _, patch_id in names], dtype=np.str_),
        Footprints(table[:, :4], table[:, 4].astype(np.int64)),
    )
