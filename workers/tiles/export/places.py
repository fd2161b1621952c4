"""Where the files of a region stand in a folder, in each layout."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from workers.records.tile_folders import ExportedRegion, FolderLayout


@dataclass(frozen=True)
class Places:
    """Paths relative to the folder, of one region."""

    folder: PurePosixPath
    areas: PurePosixPath
    labels: PurePosixPath
    footprints: PurePosixPath
    statistics: PurePosixPath

    @property
    def patches(self) -> PurePosixPath:
        """Return the folder of the tile files."""
        return self.folder / "patches"


def places_of(region: ExportedRegion, layout: FolderLayout) -> Places:
    """Return v1.1's `data/REGION/REGION_areas.csv` or v1.0.1's `earthscape_AREA_REGION/areas.csv`, and so on."""
    if layout == "v1.1":
        folder = PurePosixPath("data", region.slug)
        names = [f"{region.slug}_{end}" for end in ("areas.csv", "labels.csv", "patches.geojson", "stats.csv")]
    else:
        folder = PurePosixPath(f"earthscape_{_word(region.area)}_{region.slug}")
        names = ["areas.csv", "labels.csv", "locations.geojson", f"image_stats_{region.slug}.csv"]
    return Places(folder, *(folder / name for name in names))


def _word(area: str) -> str:
    """Return the name of an area as part of a file's name."""
    return "".join(letter.lower() if letter.isascii() and letter.isalnum() else "-" for letter in area)
