"""Why a crop is read as a digit: parts of it are covered, one by one, and the network says how much surer it was.

Occlusion, as of Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014.
"""

from __future__ import annotations

import numpy as np

from livedigits.recognition.classifier import Classifier, Head
from livedigits.recognition.crop import AROUND, LONGEST, SIZE

# px of a crop: side of what is covered, and from one place to the next. A larger side says less about where; a smaller
# one covers less than a stroke's thickness, which the network does not miss. 169 places: one batch.
SIDE, STEP = 5, 2
# What the network may be sure of, so that its log odds stay finite.
SUREST = 0.9999
# In the surroundings the same place has so many px for one of the region alone.
FARTHER = SIZE / AROUND / LONGEST


def evidence(crop: np.ndarray, label: int, classifier: Classifier, head: Head | None = None) -> np.ndarray:
    """How much each part of a crop speaks for a digit, (28, 28) float32: by how much its log odds fall without it.

    Below 0 where it speaks against the digit; 0 where there is no ink to be covered.

    Parameters
    ----------
    crop : (28, 28, 2) float32 in 0..1
    label : 0 to 9
    head : what was learned of a hand
    """
    crop = np.asarray(crop, np.float32)
    ink = np.argwhere(crop[..., 0] > 0)
    out = np.zeros((SIZE, SIZE), np.float32)
    if not len(ink):
        return out
    middle = (ink.min(0) + ink.max(0) + 1) / 2
    corners = [(y, x) for y in range(0, SIZE - SIDE + 1, STEP) for x in range(0, SIZE - SIDE + 1, STEP)]
    corners = [(y, x) for y, x in corners if crop[y : y + SIDE, x : x + SIDE, 0].any()]
    covered = np.stack([_without(crop, y, x, middle) for y, x in corners])
    odds = _odds(classifier(np.concatenate([crop[None], covered]), head)[:, label])
    count = np.zeros_like(out)
    for (y, x), fall in zip(corners, odds[0] - odds[1:], strict=True):
        out[y : y + SIDE, x : x + SIDE] += fall
        count[y : y + SIDE, x : x + SIDE] += 1
    return out / np.maximum(count, 1)


def _without(crop: np.ndarray, y: int, x: int, middle: np.ndarray) -> np.ndarray:
    """The crop with the square at y, x blank, in the surroundings too, whose middle is that of the region's box."""
    out = crop.copy()
    out[y : y + SIDE, x : x + SIDE, 0] = 0
    low = np.round(SIZE / 2 + (np.array([y, x]) - middle) * FARTHER).astype(int)
    high = np.round(SIZE / 2 + (np.array([y, x]) + SIDE - middle) * FARTHER).astype(int)
    (top, left), (bottom, right) = np.clip([low, high], 0, SIZE)
    out[top:bottom, left:right, 1] = np.minimum(out[top:bottom, left:right, 1], 0.5)  # ink there becomes paper
    return out


def _odds(probabilities: np.ndarray) -> np.ndarray:
    sure = np.clip(probabilities, 1 - SUREST, SUREST)
    return np.asarray(np.log(sure / (1 - sure)))
