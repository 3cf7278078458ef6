"""How boxes overlap; all of them are x, y, width, height."""

from __future__ import annotations

import numpy as np


def intersection(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Common area (n, m) float32 of boxes a (n, 4) and b (m, 4)."""
    a, b = a.astype(np.float32)[:, None], b.astype(np.float32)[None]
    width = np.minimum(a[..., 0] + a[..., 2], b[..., 0] + b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    height = np.minimum(a[..., 1] + a[..., 3], b[..., 1] + b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    common: np.ndarray = np.maximum(width, 0) * np.maximum(height, 0)
    return common


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union (n, m) float32 of boxes a (n, 4) and b (m, 4)."""
    common = intersection(a, b)
    return common / (_area(a)[:, None] + _area(b) - common)


def shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over the smaller area, (n, m) float32, of boxes a (n, 4) and b (m, 4)."""
    return intersection(a, b) / np.minimum(_area(a)[:, None], _area(b))


def covered(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Share of each box of a (n, 4) that lies inside each box of b (m, 4): (n, m) float32."""
    return intersection(a, b) / np.maximum(_area(a)[:, None], 1)


def first_of_each(overlap: np.ndarray) -> list[int]:
    """Greedy non-maximum suppression: of boxes in the order of their rank, those that overlap with none kept before.

    Parameters
    ----------
    overlap : (n, n) bool, which boxes compete
    """
    kept: list[int] = []
    taken = np.zeros(len(overlap), bool)
    for i in range(len(overlap)):
        if not taken[i]:
            kept.append(i)
            taken |= overlap[i]
    return kept


def _area(boxes: np.ndarray) -> np.ndarray:
    area: np.ndarray = boxes[:, 2].astype(np.float32) * boxes[:, 3].astype(np.float32)
    return area


def holds(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which boxes (n, 4) hold the centres of which others (m, 4): (n, m) bool."""
    centres = others[:, :2] + others[:, 2:] / 2
    corner, size = boxes[:, None, :2], boxes[:, None, 2:]
    return np.asarray(((centres >= corner) & (centres <= corner + size)).all(2))
