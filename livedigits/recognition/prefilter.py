"""Regions -> which are worth a crop: cheap measures of a box and what surrounds it drop most clutter.

Digits stand apart on something even: the ring around them is emptier than that around a piece of texture. A
logistic model over nine measures and their products, fitted by `python -m livedigits.training.model.prefilter`, says
how likely a region is a digit; it costs microseconds a region, crop and network ten times as much. Its threshold is
set where it loses the share of digits that models/prefilter.json names as `digits_lost`.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import cv2
import numpy as np

from livedigits.recognition.fitted import named_model
from livedigits.recognition.ink import Layer
from livedigits.recognition.shipped import shipped

MEASURES = (
    "ink inside",  # share of ink, 0..1: in the box,
    "ink around",  # in the ring as far as FAR around it,
    "ink near",  # as far as NEAR
    "log contrast inside",  # mean contrast, as log(1 + grey levels), of the same three
    "log contrast around",
    "log contrast near",
    "log shape",  # width over height
    "log size",  # longest side, px of the layer
    "light",  # 1 for light ink
)
"""What the model looks at, in the order of `measures`; models/prefilter.json names each weight by it."""

# Of the longest side: how far around a box is looked. The weights were fitted with these: to change one, fit again.
FAR, NEAR = 0.5, 0.15
_FIRST, _SECOND = np.triu_indices(len(MEASURES))


def measures(layer: Layer, boxes: np.ndarray) -> np.ndarray:
    """Measures of regions, (n, 9) float32: ink and contrast inside, near and around; shape, size, polarity.

    Parameters
    ----------
    boxes : (n, 4) int32 x, y, width, height, px of the layer
    """
    ink = cv2.integral(_halved(layer.mask * np.uint8(255)))
    contrast = cv2.integral(_halved(cv2.convertScaleAbs(layer.contrast)))
    x, y, w, h = (boxes // 2).T
    right, bottom = x + np.maximum(w, 1), y + np.maximum(h, 1)
    longest = np.maximum(np.maximum(w, h), 1)
    reach = np.zeros((3, len(boxes)), np.int32)  # none, far, near
    reach[1], reach[2] = (longest * FAR).astype(np.int32) + 1, (longest * NEAR).astype(np.int32) + 1
    corners = [x - reach, y - reach, right + reach, bottom + reach]
    out = np.empty((len(boxes), len(MEASURES)), np.float32)
    for column, table in ((0, ink), (3, contrast)):
        sums, areas = _sums(table, *corners)
        sums[1:] -= sums[0]
        areas[1:] -= areas[0]
        out[:, column : column + 3] = (sums / np.maximum(areas, 1)).T
    out[:, :3] /= 255
    out[:, 3:6] = np.log1p(out[:, 3:6])
    out[:, 6] = np.log(boxes[:, 2] / boxes[:, 3])
    out[:, 7] = np.log(np.maximum(boxes[:, 2], boxes[:, 3]))
    out[:, 8] = layer.light
    return out


def terms(measured: np.ndarray) -> np.ndarray:
    """The terms of the logistic model, (n, 55) float32: 1, the measures, and their products."""
    ones = np.ones((len(measured), 1), np.float32)
    return np.concatenate([ones, measured, measured[:, _FIRST] * measured[:, _SECOND]], 1)


def log_odds(measured: np.ndarray) -> np.ndarray:
    """(n,) float32: log odds that regions are digits, above the point where nearly all digits lie; the rest is below 0.

    Parameters
    ----------
    measured : (n, 9) float32, what `measures` says of them
    """
    mean, deviation, weights = _model()
    score: np.ndarray = terms((measured - mean) / deviation) @ weights
    return score


def _halved(image: np.ndarray) -> np.ndarray:
    half = max(1, image.shape[1] // 2), max(1, image.shape[0] // 2)
    return cv2.resize(image, half, interpolation=cv2.INTER_AREA)


def _sums(
    table: np.ndarray, x0: np.ndarray, y0: np.ndarray, x1: np.ndarray, y1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and area of rectangles, clipped to the picture, from its table of sums."""
    height, width = table.shape[0] - 1, table.shape[1] - 1
    # np.clip takes three times as long on arrays as small as these.
    x0, x1 = np.minimum(np.maximum(x0, 0), width), np.minimum(np.maximum(x1, 0), width)
    y0, y1 = np.minimum(np.maximum(y0, 0), height), np.minimum(np.maximum(y1, 0), height)
    sums = table[y1, x1] - table[y0, x1] - table[y1, x0] + table[y0, x0]
    return sums.astype(np.float32), np.maximum((x1 - x0) * (y1 - y0), 1).astype(np.float32)


@functools.cache
def _model() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    stored = json.loads(Path(shipped("prefilter.json")).read_text(encoding="utf-8"))
    mean, deviation, weights = (part.astype(np.float32) for part in named_model(stored, MEASURES))
    weights[0] -= stored["threshold"]
    return mean, deviation, weights
