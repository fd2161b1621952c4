"""How independent the subsets of a split are of each other, and of what another split is learnt from."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from apps.splits.models import Split, SplitMember, Subset
from workers.splits.audit import SubsetPair, audit
from workers.splits.overlap import Footprints, overlapping

LEARNT = (Subset.TRAIN, Subset.VAL)


@dataclass(frozen=True)
class Known:
    """Of some tiles: how many a run has learnt from, and how many more share area with one of those."""

    same: int
    overlapping: int


def audit_split(split: Split) -> tuple[SubsetPair, ...]:
    """Pairs of tiles of two subsets that share area, and that touch; tiles without a footprint cannot be counted."""
    found = _footprints(split.members.all(), {})
    return audit({subset: found[subset] for subset in sorted(found)})


def known_tiles(split: Split, subsets: Collection[str], *, learnt: Split) -> Known:
    """Count the tiles of subsets that can be scored and that the training or validation tiles of another split show."""
    seen = learnt.members.filter(subset__in=LEARNT)
    asked = split.members.filter(subset__in=subsets, tile__valid=True, tile__col__isnull=False)
    fresh = asked.exclude(tile__in=seen.values("tile"))
    systems: dict[str, int] = {}
    before, now = (_footprints(members, systems).values() for members in (seen, fresh))
    return Known(
        same=asked.filter(tile__in=seen.values("tile")).count(),
        overlapping=sum(_count_shared(before, footprints) for footprints in now),
    )


def _count_shared(before: Collection[Footprints], footprints: Footprints) -> int:
    shared = np.zeros(len(footprints.bounds), dtype=bool)
    for learnt in before:
        shared |= overlapping(learnt, footprints)
    return int(shared.sum())


def _footprints(members: QuerySet[SplitMember], systems: dict[str, int]) -> dict[str, Footprints]:
    """Return the footprints by subset; `systems` numbers the CRSs, and grows."""
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    placed = members.filter(tile__bounds__isnull=False).values_list("subset", "tile__bounds", "tile__region__crs")
    for subset, bounds, crs in placed.iterator():
        rows[subset].append((*(bounds or ()), systems.setdefault(crs, len(systems))))
    return {subset: _as_arrays(found) for subset, found in rows.items()}


def _as_arrays(rows: list[tuple[Any, ...]]) -> Footprints:
    table = np.array(rows, dtype=np.float64)
    return Footprints(table[:, :4], table[:, 4].astype(np.int64))
