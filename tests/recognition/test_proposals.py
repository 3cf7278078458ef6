"""Which parts of ink are candidates for a digit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.recognition.ink import Layer, layers
from livedigits.recognition.proposals import candidates


def proposed(picture: np.ndarray, level: int = 0) -> tuple[list[list[int]], Layer]:
    """The boxes of candidates in a level of a picture, px of that, and the level."""
    layer = layers(picture, light=False)[level]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(layer.mask, connectivity=8)
    return candidates(labels, stats, layer)[0].tolist(), layer


@pytest.mark.parametrize("thinnest", [108, 114])
def test_what_touches_is_cut_at_the_lowest_of_the_thin_places_alone(thinnest: int) -> None:
    picture = np.full((160, 240), 255, np.uint8)
    for x in (70, 150):
        cv2.ellipse(picture, (x, 80), (22, 36), 0, 0, 360, 0, 7)
    cv2.rectangle(picture, (90, 76), (130, 86), 0, -1)
    cv2.rectangle(picture, (thinnest - 2, 76), (thinnest + 2, 82), 255, -1)
    boxes, layer = proposed(picture, level=1)
    both = min(x for x, *_ in boxes), max(x + w for x, _, w, _ in boxes)
    edges = {edge for x, _, w, _ in boxes for edge in (x, x + w)} - set(both)
    assert layer.scale == 0.5
    assert edges == {thinnest // 2}


def test_one_zero_is_not_cut() -> None:
    picture = np.full((160, 240), 255, np.uint8)
    cv2.ellipse(picture, (70, 80), (30, 40), 0, 0, 360, 0, 7)
    assert len(proposed(picture)[0]) == 1


def test_all_ink_of_few_pieces_is_one_candidate() -> None:
    picture = np.full((60, 60), 255, np.uint8)
    cv2.line(picture, (20, 10), (20, 40), 0, 3)
    cv2.line(picture, (36, 12), (36, 48), 0, 3)
    boxes, layer = proposed(picture, level=-1)
    assert layer.coarser is None
    left, top, right, bottom = (side * layer.scale for side in (18.5, 8.5, 37.5, 49.5))
    all_ink = [box for box in boxes if box[2] > 12 * layer.scale]
    assert len(all_ink) == 1
    x, y, w, h = all_ink[0]
    assert np.abs(np.array([x, y, x + w, y + h]) - [left, top, right, bottom]).max() <= 2
