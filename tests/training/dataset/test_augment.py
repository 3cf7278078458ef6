"""Warps of crops."""

from __future__ import annotations

import numpy as np

from livedigits.training.dataset.augment import Warp, elastic_fields


def test_warps_of_no_strength_change_nothing():
    crops = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 2)).astype(np.uint8)
    warped = Warp(np.random.default_rng(1), elastic_fields(0)).crops(crops, strength=0.0)
    assert np.abs(warped * 255 - crops).max() < 1


def test_warps_keep_the_digit_and_its_surroundings_together():
    rng = np.random.default_rng(2)
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:20, 12:16] = 255
    warp = Warp(rng, elastic_fields(0))
    for _ in range(20):
        mark, around = np.moveaxis(warp.drawn(image)[0], -1, 0)
        y, x = np.mgrid[:28, :28]
        ink = np.maximum(around - 0.6, 0)
        assert mark.sum() > 10
        centre = 13.5 + ((mark * x).sum() / mark.sum() - 13.5) / 2
        assert abs((ink * x).sum() / ink.sum() - centre) < 1.5
