"""A made region on disk: source files that `process-region` takes like those of a survey."""

import json
import shutil
from pathlib import Path

from workers.demo.character import Character, character_of
from workers.files import checksum_of, write_text
from workers.records.codec import dumps, from_data
from workers.records.regions import RegionSpec

VERSION = 1  # to be raised when the same character comes to give other files
SEED = 7
DONE = "region.json"
FOLDERS = ("dem", "imagery", "vectors")


def make_sources(region: str, folder: Path, *, seed: int = SEED) -> RegionSpec:
    """Write the sources of `demo-west` or `demo-east` under `folder` and return the specification to process them,
    with absolute paths.

    A folder that already holds the sources of the same region, seed and version is left as it is.

    Raises:
        InvalidInput: there is no such region.
    """
    return write_sources(character_of(region), folder, seed=seed)


def write_sources(character: Character, folder: Path, *, seed: int) -> RegionSpec:
    """Write the sources of any character; see `make_sources`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)  # what cannot be written to is told before a minute's work
    made_from = checksum_of({"version": VERSION, "seed": seed, "character": dumps(character), "folder": str(folder)})
    done = folder / DONE
    if done.is_file():
        found = json.loads(done.read_text(encoding="utf-8"))
        if found["made_from"] == made_from:
            return from_data(RegionSpec, found["region"])
        done.unlink()
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    from workers.demo.survey import survey  # landlab takes seconds to import, and finished sources do not need it

    spec = survey(character, folder, seed=seed)
    write_text(done, json.dumps({"made_from": made_from, "region": json.loads(dumps(spec))}, indent=1))
    return spec
