"""Pens: from lines in pixels to how much of each pixel they cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from livedigits.training.synthesis.strokes import Character

PENS = ("pen", "marker", "pencil", "brush", "chalk", "skipping")
_SHIFT = 4  # cv2 takes coordinates in 1/16 px


def ink(character: Character, size: float, width: float, rng: np.random.Generator, pen: str = "pen") -> np.ndarray:
    """Coverage (h, w) float32 in 0..1 of a character whose longer side is `size` px, drawn `width` px thick.

    The array is as large as the ink, with a margin of `margin(width)` px on all sides, so the upper left corner of
    the character's box lies at (margin, margin). `pen` is one of PENS: a constant line, a chisel marker, a pencil, a
    brush under pressure, chalk, and a pen that skips.
    """
    edge = margin(width)
    lines = [stroke * np.float32(size) + np.float32(edge) for stroke in character.strokes]
    high = np.concatenate(lines).max(0)
    shape = (int(np.ceil(high[1])) + edge, int(np.ceil(high[0])) + edge)
    return draw_lines(lines, shape, width, rng, pen)


def margin(width: float) -> int:
    """Pixels that ink() leaves around the box of the character for a line `width` px thick."""
    return int(np.ceil(width * 0.8)) + 1


def draw_lines(
    lines: Sequence[np.ndarray], shape: tuple[int, int], width: float, rng: np.random.Generator, pen: str = "pen"
) -> np.ndarray:
    """Coverage (h, w) float32 in 0..1 of `lines`, (n, 2) each in px of an array of `shape` (h, w), `width` px thick.

    Pixel (i, j) is the square from (j, i) to (j + 1, i + 1). What lies outside of the array is cut off.
    """
    finer = int(np.clip(np.ceil(10 / max(width, 0.3)), 2, 8))
    canvas = np.zeros((shape[0] * finer, shape[1] * finer), np.uint8)
    nib = rng.uniform(0.4, 1.0) if pen == "marker" else 0.0
    for line in lines:
        points = np.asarray(line, np.float32) * finer
        if pen in ("pen", "pencil"):
            _constant(canvas, points, width * finer)
        else:
            _varied(canvas, points, _widths(points, width * finer, pen, nib, rng))
    coverage = cv2.resize(canvas, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return _grained(coverage, width, pen, rng)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Points in px, whose pixels are squares from whole number to whole number, as cv2's fixed point numbers."""
    return np.round((points - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _constant(canvas: np.ndarray, points: np.ndarray, width: float) -> None:
    thickness = max(int(round(width)), 1)
    if len(points) == 1:
        points = np.vstack([points, points])
    cv2.polylines(canvas, [_fixed(points)], False, 255, thickness, cv2.LINE_8, _SHIFT)


def _varied(canvas: np.ndarray, points: np.ndarray, widths: np.ndarray) -> None:
    """A line whose width at each of its points is `widths` (n,) px; no ink where that is below a fifth of a pixel."""
    fixed = _fixed(points)
    for i in range(len(points) - 1):
        width = (widths[i] + widths[i + 1]) / 2
        if width > 0.2:
            ends = tuple(int(v) for v in fixed[i]), tuple(int(v) for v in fixed[i + 1])
            cv2.line(canvas, ends[0], ends[1], 255, max(int(round(width)), 1), cv2.LINE_8, _SHIFT)


def _widths(points: np.ndarray, width: float, pen: str, nib: float, rng: np.random.Generator) -> np.ndarray:
    count = len(points)
    way = np.gradient(points, axis=0) if count > 1 else np.ones((count, 2))
    if pen == "marker":  # a chisel tip: broad across its edge, thin along it
        return np.asarray(width * (0.5 + 0.55 * np.abs(np.sin(np.arctan2(way[:, 1], way[:, 0]) + nib))))
    if pen == "brush":  # heavier going down, lighter at speed and where it lifts
        down = way[:, 1] / np.maximum(np.linalg.norm(way, axis=1), 1e-6)
        from_end = np.minimum(np.arange(count), np.arange(count)[::-1] * 0.7)
        lift = np.clip(0.55 + from_end / max(count * 0.18, 1), 0.55, 1)
        return np.asarray(width * lift * (0.92 + 0.16 * down + 0.07 * _noise(count, 14, rng)))
    if pen == "skipping":
        return width * (0.95 + 0.1 * _noise(count, 5, rng)) * (_noise(count, 6, rng) > rng.uniform(-1.9, -1.2))
    return width * (1 + 0.14 * _noise(count, 2, rng))


def _noise(count: int, smooth: float, rng: np.random.Generator) -> np.ndarray:
    """(count,) of about normal noise that changes over `smooth` points."""
    knots = rng.normal(0, 1, int(count / smooth) + 3)
    return np.asarray(np.interp(np.arange(count) / smooth, np.arange(len(knots)), knots))


def _grained(coverage: np.ndarray, width: float, pen: str, rng: np.random.Generator) -> np.ndarray:
    """Coverage on rough ground: graphite and chalk catch only its heights."""
    if pen not in ("pencil", "chalk"):
        return coverage
    grain = rng.normal(0, 1, coverage.shape).astype(np.float32)
    if width > 3:
        grain = grain + cv2.GaussianBlur(grain, (0, 0), width / 6) * (width / 3)
    grain /= max(float(grain.std()), 1e-6)
    heights = np.clip(0.72 + 0.3 * grain, 0, 1) if pen == "pencil" else np.clip(1.05 + 0.55 * grain, 0, 1)
    # thin lines press harder than the grain is deep
    heights = 1 - (1 - heights) * min(1.0, 0.45 + width / 8)
    return np.asarray(coverage * heights, np.float32)
