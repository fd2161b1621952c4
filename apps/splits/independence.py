"""How independent the subsets of a split are of each other."""

from collections import defaultdict
from typing import Any

import numpy as np

from apps.splits.models import Split
from workers.splits.audit import SubsetPair, audit
from workers.splits.overlap import Footprints


def audit_split(split: Split) -> tuple[SubsetPair, ...]:
    """Pairs of tiles of two subsets that share area, and that touch; tiles without a footprint cannot be counted."""
    members = split.members.filter(tile__bounds__isnull=False).order_by("subset")
    systems: dict[str, int] = {}
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for subset, bounds, crs in members.values_list("subset", "tile__bounds", "tile__region__crs").iterator():
        rows[subset].append((*(bounds or ()), systems.setdefault(crs, len(systems))))
    return audit({subset: _footprints(found) for subset, found in sorted(rows.items())})


def _footprints(rows: list[tuple[Any, ...]]) -> Footprints:
    table = np.array(rows, dtype=np.float64)
    return Footprints(table[:, :4], table[:, 4].astype(np.int64))
