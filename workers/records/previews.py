"""What a region would take to process, found out before it is."""

from dataclasses import dataclass

BYTES_PER_SECOND = 2_000_000
"""The rate at which downloads are estimated, 16 Mbit/s; what a connection really gives nobody knows before."""

PIXELS_PER_SECOND = 75_000
"""Pixels of the grid through elevation, terrain and imagery: 2600 x 2600 took 90 s on two busy cores."""

BEGIN_SECONDS = 60.0
"""An allowance for every region: compiling, and reading imagery that is finer than the grid."""


@dataclass(frozen=True)
class SourcePreview:
    """One source to download: its tiles (or features of a service), its bytes as far as they are known, and of how many
    files nobody says the size. `kept` of the bytes are in the store already. `notes` are sentences.
    """

    role: str
    tiles: int
    features: int
    size: int
    unknown: int
    notes: tuple[str, ...] = ()
    kept: int = 0


@dataclass(frozen=True)
class RegionPreview:
    """What `preview-region` leaves: the grid's width and height in pixels, its sources, and estimated minutes."""

    width: int
    height: int
    sources: tuple[SourcePreview, ...]
    download_minutes: float
    process_minutes: float
