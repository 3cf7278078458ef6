"""Noise as paper, sensors and textures have it."""

from __future__ import annotations

import functools

import cv2
import numpy as np


@functools.lru_cache(maxsize=1)
def _noise_tile() -> np.ndarray:
    # One tile serves all frames: making fresh normal noise for each would cost half of the time of a frame.
    return np.random.default_rng(1).standard_normal((1024, 1024), np.float32)


def noise(rng: np.random.Generator, height: int, width: int, size: float = 1.0) -> np.ndarray:
    """Noise (height, width) float32, mean 0, deviation about 1 (less if smooth), grains of `size` px."""
    tile = _noise_tile()
    if size <= 1.0:
        rows = (np.arange(height) + int(rng.integers(1024))) % 1024
        columns = (np.arange(width) + int(rng.integers(1024))) % 1024
        return tile.take(rows, axis=0).take(columns, axis=1)
    coarse = noise(rng, int(height / size) + 3, int(width / size) + 3)
    grown = cv2.resize(coarse, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
    y, x = (int(rng.integers(max(1, grown.shape[i] - (height, width)[i] + 1))) for i in (0, 1))
    return np.ascontiguousarray(grown[y : y + height, x : x + width])
