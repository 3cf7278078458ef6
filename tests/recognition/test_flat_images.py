"""Drawings on a flat ground: faint, filling the picture, cut by its edge, angular; and what is not one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.recognition.flat_images import brought_out
from livedigits.training.synthesis import strokes

HELD = 7  # seed of the hands of this test


def pen_drawing(label, pen, side=28, contrast=180, light=False, noise=0.0, cut=0.0, fill=0.8, ground=None, angular=0.0):
    """One digit in its own strokes on a flat ground: (side, side, 3) uint8; `cut` px of its top are above the edge."""
    rng = np.random.default_rng([HELD, label])
    lines = strokes.digit(label, rng).strokes
    points = np.concatenate(lines)
    low, high = points.min(0), points.max(0)
    size = (fill * side - pen) / (high - low).max()
    shift = (side - (high - low) * size) / 2 - low * size
    if cut:
        shift[1] = pen / 2 - cut - low[1] * size
    coverage = np.zeros((side, side), np.uint8)
    for line in lines:
        if angular:
            line = cv2.approxPolyDP(line.reshape(-1, 1, 2), angular, False).reshape(-1, 2)
        at = np.round((line * size + shift - 0.5) * 16).astype(np.int32)
        cv2.polylines(coverage, [at], False, 255, max(1, round(pen)), cv2.LINE_AA, 4)
    if ground is None:
        ground = 0 if light else 255
    grey = ground + (contrast if light else -contrast) * (coverage / 255.0)
    grey = np.clip(np.round(grey + rng.normal(0, noise, grey.shape)), 0, 255).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def right(reader, pictures):
    """How many of the pictures, by label, are read as that digit alone."""
    return sum([d.digit for d in reader.read(image)] == [label] for label, image in pictures)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize(("contrast", "noise"), [(12, 0), (16, 0), (24, 1), (32, 2)])
@pytest.mark.parametrize("side", [28, 200])
def test_faint_drawings_are_read(reader, side, contrast, noise, light):
    ground = (60 if light else 230) if noise else None
    pictures = [
        (i, pen_drawing(i, side / 14, side, contrast=contrast, light=light, noise=noise, ground=ground))
        for i in range(10)
    ]
    assert right(reader, pictures) >= 9


@pytest.mark.parametrize("light", [False, True])
def test_broad_digits_that_fill_the_picture_are_read(reader, light):
    pictures = [(i, pen_drawing(i, 4, fill=1.0, light=light)) for i in range(10)]
    pictures += [(i, pen_drawing(i, 15, 120, fill=1.04, light=light)) for i in range(10)]
    assert right(reader, pictures) >= 19


def test_broad_digits_cut_by_the_edge_are_read(reader):
    pictures = [(i, pen_drawing(i, side / 6.5, side, cut=side / 28, fill=0.95)) for i in range(10) for side in (28, 90)]
    pictures += [(i, pen_drawing(i, side / 9, side, cut=side / 40, light=True)) for i in range(10) for side in (28, 90)]
    assert right(reader, pictures) >= 39


def test_angular_drawings_are_read(reader):
    pictures = [(i, pen_drawing(i, 1, angular=0.06, contrast=c)) for i in range(10) for c in (12, 20, 200)]
    pictures += [(i, pen_drawing(i, 1, angular=0.06, contrast=20, light=True)) for i in range(10)]
    assert right(reader, pictures) >= 39


@pytest.mark.parametrize("level", [0, 40, 128, 230, 255])
@pytest.mark.parametrize("noise", [0, 1, 2, 3])
def test_a_blank_ground_is_not_a_drawing(reader, level, noise):
    rng = np.random.default_rng([level, noise])
    for side in (28, 200):
        image = np.clip(np.round(rng.normal(level, noise, (side, side))), 0, 255).astype(np.uint8)
        assert brought_out(image) is None
        assert len(reader.read(image)) == 0


def test_a_mottled_ground_is_not_a_drawing():
    rng = np.random.default_rng(3)
    for size in (2, 5, 9):
        mottled = cv2.GaussianBlur(rng.normal(0, 1, (200, 200)), (0, 0), size)
        image = np.round(220 + 3 * mottled / mottled.std()).astype(np.uint8)
        assert brought_out(image) is None


def test_a_drawing_is_brought_out_dark_on_white():
    for light in (False, True):
        drawing = brought_out(pen_drawing(3, 2, contrast=16, light=light))
        assert drawing is not None
        assert np.bincount(drawing.ravel()).argmax() == 255
        assert 100 < drawing.min() < 160
    strong = pen_drawing(3, 2)
    assert brought_out(strong) is strong
