"""Numbers joined from digits of MNIST's kind: pictures of 28x28 px set beside each other, close or touching."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.synthesis import numbers
from livedigits.training.synthesis.numbers import Glyph, Spacing

SCALE = 2  # px of the picture a px of a digit: digits are 40 px high
_HEIGHT = 20 * SCALE  # that MNIST gives its digits, at most
_MARGIN = 24  # px of paper around the number
CLOSE = Spacing(by_ink=True, gap=0.08, spread=0.05, joined=0.0, around=0.0)
"""Strokes of neighbours are a pen's width apart on average; some meet."""
TOUCHING = Spacing(by_ink=True, gap=-0.12, spread=0.03, joined=0.0, around=0.0)
"""Strokes of neighbours meet or cross."""


def joined(rng: np.random.Generator, images: np.ndarray, spaced: Spacing) -> np.ndarray:
    """A picture (h, w, 3) uint8, dark on white, of digits (n, 28, 28) uint8, ink 255, from left to right."""
    glyphs = [Glyph(0, "", None, _coverage(image), _HEIGHT) for image in images]
    placed, end = numbers.write(rng, glyphs, _MARGIN, _MARGIN, _HEIGHT, 0.0, spaced, 0.0)
    ink = np.zeros((28 * SCALE + 2 * _MARGIN, int(end) + _MARGIN), np.float32)
    for glyph in placed:
        assert glyph.patch is not None
        x, y, (h, w) = round(glyph.x), round(glyph.y), glyph.patch.shape
        x = max(x, 0)
        part = ink[y : y + h, x : x + w]
        np.maximum(part, glyph.patch[:, : part.shape[1]], out=part)
    return np.repeat(np.round(255 * (1 - ink)).astype(np.uint8)[..., None], 3, 2)


def _coverage(image: np.ndarray) -> np.ndarray:
    """A digit so much larger, its columns without ink cut off, in 0..1."""
    columns = np.flatnonzero(image.any(0))
    tight = image[:, columns[0] : columns[-1] + 1] if len(columns) else image
    return cv2.resize(tight, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
