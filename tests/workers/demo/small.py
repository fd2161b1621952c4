from dataclasses import dataclass, replace
from pathlib import Path

from workers.demo.character import EAST, Character
from workers.records.regions import RegionSpec

SMALL = replace(EAST, slug="demo-small", side=512, ponds=2, pads=1)
SEED = 11


@dataclass(frozen=True)
class Made:
    character: Character
    folder: Path
    spec: RegionSpec
