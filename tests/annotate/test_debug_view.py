"""The debug view: what the network sees."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.annotate.debug_view import draw_debug
from livedigits.annotate.primitives import ACCENT
from livedigits.recognition.reader import Reading
from livedigits.types import Digits


def ground(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def reading(n: int, refused: int = 0) -> Reading:
    rng = np.random.default_rng(1)
    probabilities = np.full((n, 11), 0.01, np.float32)
    probabilities[:, 4] = 0.9
    probabilities[:refused, 4], probabilities[:refused, 10] = 0.01, 0.9
    boxes = np.stack([rng.integers(0, 600, n), rng.integers(0, 400, n), np.full(n, 20), np.full(n, 30)], axis=1)
    crops = rng.random((n, 28, 28, 2)).astype(np.float32)
    mask = np.zeros((240, 320), np.uint8)
    return Reading(Digits.empty(), boxes.astype(np.int32), crops, probabilities, mask, {})


def test_the_debug_view_shows_each_crop_pixel_by_pixel() -> None:
    made = reading(5)
    view = draw_debug(ground(480, 640), made)
    for crop in made.crops:
        crop = (crop[..., 0] * 255).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
        where = cv2.matchTemplate(view[..., 0], crop, cv2.TM_SQDIFF)
        assert where.min() < 1e3  # by Fourier transform, not quite zero


def test_the_debug_view_marks_what_was_refused_otherwise() -> None:
    taken, refused = (draw_debug(ground(480, 640), reading(3, refused=n)) for n in (0, 3))
    sheet = taken.shape[0] - 350
    assert (taken[sheet:] != refused[sheet:]).any()
    assert (taken[sheet:] == ACCENT).all(axis=2).any()
    assert not (refused[sheet:] == ACCENT).all(axis=2).any()


def test_the_debug_view_shows_the_thresholded_frame() -> None:
    made = reading(0)
    made.mask[100:140, 100:200] = 1
    view = draw_debug(ground(480, 640), made)
    assert (view[:480, 640:] == 255).all(axis=2).sum() >= 40 * 100


@pytest.mark.parametrize("n", [0, 1, 500])
@pytest.mark.parametrize("size", [(28, 28), (480, 640), (640, 360), (3000, 4000)])
def test_the_debug_view_has_one_width(n: int, size: tuple[int, int]) -> None:
    assert draw_debug(ground(*size), reading(n)).shape[1:] == (1280, 3)
