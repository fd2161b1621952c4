"""Which tile files a folder has, by region, channel and patch id."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workers.errors import BrokenFile
from workers.files import check_outside_files
from workers.records.channels import CATALOGUE, CHANNEL_NAMES, COMPOSITES, canonical_name
from workers.tiles.importing.tables import PatchId

LARGEST_TILE_FILE = 256 << 20
MOST_CHANNELS = 128  # of a folder; EarthScape has 38
_NAME = re.compile(r"(?P<patch>.*[0-9]+_[0-9]+_[0-9]+)_(?P<channel>[A-Za-z][A-Za-z0-9_.+-]{0,39})\.tif")
_SHOWN = 5


@dataclass
class TileFiles:
    """The tile files of one region: by channel (today's names, in the order of the catalogue), by patch id in the order
    of the numbers. `patches` are all tiles of the region in that order.
    """

    patches: list[str] = field(default_factory=list)
    channels: dict[str, dict[str, Path]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many files there are."""
        return sum(map(len, self.channels.values()))

    def notes(self) -> list[str]:
        """Say which tiles and channels have no file: nothing is put in their place."""
        having: set[str] = set().union(*self.channels.values())
        without = [patch for patch in self.patches if patch not in having]
        notes = [f"{_some(without)} without any tile file: no data there"] if without else []
        for channel, files in self.channels.items():
            if missing := [patch for patch in self.patches if patch in having and patch not in files]:
                notes.append(f"{channel}: {_some(missing)} without a file of this channel: no data there")
        if absent := [name for name in CHANNEL_NAMES if name not in self.channels]:
            notes.append(f"no files of {len(absent)} channels: {', '.join(absent)}")
        return notes


def list_tile_files(folders: Iterable[Path], patches: Iterable[PatchId], *, root: Path) -> Mapping[str, TileFiles]:
    """Return the tile files of each region that has any, none of them opened yet.

    Names are those of v1.0.1 or v1.1; what does not end in `.tif` is passed over.

    Raises:
        BrokenFile: a file whose name is not `{patch_id}_{channel}.tif`, whose patch id no table knows, whose channel
            there is twice, has a name that is kept or all but another's, or is one more than a folder may have.
        UnsafeInput: a link leads out of the folder, or a file is too large.
    """
    region_of: dict[str, str] = {}
    found: dict[str, TileFiles] = {}
    names = _Names()
    for patch in patches:
        region_of[patch.text] = patch.region.slug
        found.setdefault(patch.region.slug, TileFiles()).patches.append(patch.text)
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.suffix == ".tif" and not path.name.startswith("."):
                _add(path, region_of, found, names)
    kept = {slug: _ordered(files) for slug, files in found.items() if files.channels}
    for files in kept.values():
        for channel in files.channels.values():
            check_outside_files(channel.values(), root=root, largest=LARGEST_TILE_FILE)
    return kept


class _Names:
    """The names of the channels of a folder. Those of the catalogue are known; whoever imports a folder adds others."""

    def __init__(self) -> None:
        spellings = [name for channel in CATALOGUE for name in (channel.name, channel.published_name)]
        self._spelt = {name.lower(): name for name in spellings}
        self._met: set[str] = set()

    def channel(self, said: str, path: Path) -> str:
        """Return today's name of a channel; `path` is the file that has it in its name."""
        name = canonical_name(said) or said
        if name in self._met:
            return name
        if name.lower() in COMPOSITES:
            raise BrokenFile(path, f"{name} is what maps of three channels are called: give the channel another name")
        if (known := self._spelt.setdefault(name.lower(), name)) != name:
            raise BrokenFile(path, f"{name} differs from the channel {known} by capitals alone: give it that name")
        self._met.add(name)
        if len(self._met) > MOST_CHANNELS:
            raise BrokenFile(path, f"{name} is one channel more than the {MOST_CHANNELS} that a folder may have")
        return name


def _add(path: Path, region_of: Mapping[str, str], found: Mapping[str, TileFiles], names: _Names) -> None:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise BrokenFile(path, "not named {patch_id}_{channel}.tif")
    patch = match["patch"]
    if patch not in region_of:
        raise BrokenFile(path, f"{patch} has no areas and labels")
    channel = names.channel(match["channel"], path)
    files = found[region_of[patch]].channels.setdefault(channel, {})
    if patch in files:
        raise BrokenFile(path, f"{files[patch].name} gives the channel {channel} as well")
    files[patch] = path


def _ordered(files: TileFiles) -> TileFiles:
    place = {name: position for position, name in enumerate(CHANNEL_NAMES)}
    names = sorted(files.channels, key=lambda name: (place.get(name, len(place)), name))
    by_number = {
        name: {patch: files.channels[name][patch] for patch in files.patches if patch in files.channels[name]}
        for name in names
    }
    return TileFiles(files.patches, by_number)


def _some(patches: list[str]) -> str:
    shown = ", ".join(patches[:_SHOWN]) + (", ..." if len(patches) > _SHOWN else "")
    return f"{len(patches)} tile{'s' if len(patches) > 1 else ''} ({shown})"
