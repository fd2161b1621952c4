"""Flips and quarter turns: the eight ways a square tile of ground can lie, none of which changes its map units."""

import numpy as np

from workers.learning.dataset import Images


def turn(image: Images, way: int) -> Images:
    """Return an image (channels, side, side) turned by `way` % 4 quarters and, for `way` 4 to 7, mirrored; all
    channels alike.
    """
    turned = np.rot90(image, way % 4, axes=(1, 2))
    return turned[:, :, ::-1] if way >= 4 else turned


def turn_at_random(images: Images, random: np.random.Generator) -> Images:
    """Return a batch (tiles, channels, side, side) with each tile in one of its eight positions."""
    ways = random.integers(0, 8, size=len(images))
    return np.stack([turn(image, int(way)) for image, way in zip(images, ways, strict=True)])
