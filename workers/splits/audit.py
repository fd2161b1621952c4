"""How independent the subsets of a split are: pairs of tiles of two subsets that share area or touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from workers.splits.overlap import Footprints, neighbours


@dataclass(frozen=True)
class SubsetPair:
    """Between two subsets: pairs of tiles that share area, and pairs that share an edge or a corner only."""

    first: str
    second: str
    overlapping: int
    touching: int


def audit(subsets: Mapping[str, Footprints]) -> tuple[SubsetPair, ...]:
    """Return the counts for every pair of subsets, in the order given. An independent split has no overlapping pair."""
    return tuple(_count(first, second, subsets) for first, second in combinations(subsets, 2))


def _count(first: str, second: str, subsets: Mapping[str, Footprints]) -> SubsetPair:
    overlapping = touching = 0
    for pairs in neighbours(subsets[first], subsets[second]):
        edge = int(pairs.touching.sum())
        touching += edge
        overlapping += pairs.touching.size - edge
    return SubsetPair(first, second, overlapping, touching)
