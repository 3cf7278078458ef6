"""A hand for the tests: its digits drawn in our own strokes, and a profile that knows some."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.synthesis import pens, strokes

DASH = [np.array([[0.0, 0.45], [0.55, 0.45]], np.float32)]


def drawing(label: int, seed: int = 0, size: int = 200) -> np.ndarray:
    """A canvas (size, size, 3) uint8 BGR with one digit, dark on white, upright and tidy."""
    rng = np.random.default_rng([label, seed])
    return drawn(strokes.digit(label, rng, strokes.new_hand(rng, tidy=1.0)).strokes, size)


def odd_seven(seed: int = 0, size: int = 200) -> np.ndarray:
    """A form that the network takes for another digit, a little different each time: see `odd_strokes`."""
    return drawn(odd_strokes(seed), size)


def odd_strokes(seed: int = 0) -> list[np.ndarray]:
    """Strokes (n, 2) float32 in 0..1, y down: a 7 whose head is a small loop, and whose foot is bent: like a 9."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(-0.4, 2 * np.pi - 0.3, 24)
    loop = np.stack([0.3 + 0.22 * np.cos(angle), 0.24 + 0.2 * np.sin(angle)], 1)
    stem = np.array([[0.52, 0.2], [0.47, 0.55], [0.42, 1.0]])
    line = np.concatenate([loop, stem]) + rng.normal(0, 0.012, 2)
    turn = rng.normal(0, 0.04)
    return [((line - 0.5) @ np.array([[1, turn], [-turn, 1]]) + 0.5).astype(np.float32)]


def drawn(lines: list[np.ndarray], size: int = 200) -> np.ndarray:
    """Strokes in 0..1 on a white canvas (size, size, 3) uint8 BGR."""
    points = [(0.2 * size + 0.6 * size * line).astype(np.float32) for line in lines]
    cover = pens.draw_lines(points, (size, size), pens.plain_pen("pen", size / 28), np.random.default_rng(0))
    return cv2.cvtColor(np.round(255 * (1 - cover)).astype(np.uint8), cv2.COLOR_GRAY2BGR)
