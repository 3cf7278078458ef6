"""What the pens leave on the ground."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.training.synthesis import pens, strokes
from tests.pages import inked


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_same_seed_same_ink() -> None:
    character = strokes.digit(8, rng(3))
    for kind in pens.PENS:
        first, again = (inked(character, 50, pens.plain_pen(kind, 4), rng(1)) for _ in range(2))
        assert np.array_equal(first, again)


def test_ink_covers_the_line_and_no_more() -> None:
    bar = np.array([[9, 6], [9, 46]], np.float32)
    ink = pens.draw_lines([bar], (52, 19), pens.plain_pen("pen", 4), rng())
    assert ink.dtype == np.float32
    across = ink[26]
    assert across.sum() == pytest.approx(4, abs=0.6)
    assert (across * np.arange(len(across))).sum() / across.sum() == pytest.approx(9, abs=0.3)
    assert ink[6].max() == 1
    assert ink[:3].max() == ink[-3:].max() == 0


@pytest.mark.parametrize("kind", pens.PENS)
@pytest.mark.parametrize("width", [0.7, 2.5, 9.0])
def test_every_pen_leaves_ink(kind: str, width: float) -> None:
    generator = rng(6)
    for label in range(10):
        ink = inked(strokes.digit(label, generator), 48, pens.plain_pen(kind, width), generator)
        assert 0 <= ink.min() <= ink.max() <= 1
        # a fifth of the ink of a stroke of one digit's height, whatever the pen loses
        assert ink.sum() > 0.2 * 48 * width * 0.5


def test_lines_outside_of_the_canvas_are_cut_off() -> None:
    line = np.array([[-50, 4.5], [500, 4.5]], np.float32)
    ink = pens.draw_lines([line], (10, 20), pens.plain_pen("pen", 2), rng())
    assert ink.shape == (10, 20)
    assert ink[4:6].min() == 1
    assert ink[0].max() == 0
    assert not pens.draw_lines([line + 900], (10, 20), pens.plain_pen("pen", 2), rng()).any()


@pytest.mark.parametrize("ground", ["paper", "poster", "white", "black", "screen", "dark screen"])
@pytest.mark.parametrize("height", [20.0, 200.0])
def test_pens_are_neither_too_thin_to_be_seen_nor_too_broad_to_be_read(ground: str, height: float) -> None:
    generator = rng(2)
    chosen = [pens.choose_pen(generator, height, ground) for _ in range(200)]
    assert min(pen.width for pen in chosen) >= 0.8
    assert max(pen.width for pen in chosen) <= 0.3 * height
    assert all(0 < part < 1.01 for pen in chosen for part in pen.colour)
