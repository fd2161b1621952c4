import io

import numpy as np
import pytest
from PIL import Image

from workers.maptiles import palettes, render


def pixels(png: bytes) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(png)).convert("RGBA"))


def test_a_palette_png_has_the_palettes_colours() -> None:
    values = np.array([[0, 1], [2, 7]], np.uint8)
    shown = pixels(render.palette_png(values, palettes.class_palette({1: "#636566", 7: "#b0acd6"})))
    assert shown[0].tolist() == [[0, 0, 0, 0], [0x63, 0x65, 0x66, 255]]
    assert shown[1].tolist() == [[0, 0, 0, 0], [0xB0, 0xAC, 0xD6, 255]]


def test_a_colour_png_is_transparent_where_a_band_is_missing() -> None:
    red, green, blue = (np.array([[1, value]], np.uint8) for value in (10, 20, 0))
    assert pixels(render.colour_png([red, green, blue])).tolist() == [[[1, 1, 1, 255], [10, 20, 0, 0]]]


@pytest.mark.parametrize(
    ("kind", "values", "shown"),
    [
        ("continuous", [-5.0, 0.0, 20.0, 40.0, 99.0], [1, 1, 128, 255, 255]),
        ("binary", [0, 1, 0, 1, 1], [1, 2, 1, 2, 2]),
        ("class", [1, 2, 3, 7, 7], [1, 2, 3, 7, 7]),
    ],
)
def test_display_values_are_those_of_the_display_copy(kind: str, values: list[float], shown: list[int]) -> None:
    masked = np.ma.masked_array(np.array([*values, 9.0]), [False] * 5 + [True])
    assert render.display_values(masked, kind=kind, low=0.0, high=40.0).tolist() == [*shown, 0]
