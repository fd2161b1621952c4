"""Values to PNG."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.maptiles.palettes import Palette

FASTEST_WORTH_HAVING = 3  # zlib level: half the time of the default for a tenth more bytes


def palette_png(values: NDArray[np.uint8], palette: Palette) -> bytes:
    """Return a palette PNG of (height, width) uint8 indices and (256, 4) uint8 RGBA colours."""
    image = Image.fromarray(values)
    image.putpalette(palette[:, :3].tobytes())
    return _encode(image, transparency=palette[:, 3].tobytes())


def colour_png(bands: Sequence[NDArray[np.uint8]]) -> bytes:
    """Return an RGBA PNG of three display bands, each (height, width) uint8, transparent where any of them is 0."""
    opaque = np.where(np.all(np.stack(bands) > 0, axis=0), 255, 0).astype(np.uint8)
    return _encode(Image.fromarray(np.dstack([*bands, opaque]), "RGBA"))


def display_values(values: NDArray[Any], *, kind: str, low: float, high: float) -> NDArray[np.uint8]:
    """Return analysis values (height, width) as in the display copy, uint8.

    0 where masked, else 1-255 over low-high, the class, or value + 1.
    """
    masked = np.ma.getmaskarray(values)
    plain = np.ma.filled(values, 0)
    if kind == "class":
        shown = plain
    elif kind == "binary":
        shown = plain + 1
    else:
        share = (plain.astype(np.float64) - low) / ((high - low) or 1.0)
        shown = 1 + np.rint(np.clip(share, 0, 1) * 254)
    return np.where(masked, 0, shown).astype(np.uint8)


def _encode(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=FASTEST_WORTH_HAVING, **options)
    return buffer.getvalue()
