"""Likely digits of a cut -> the line that the field's text stands on, where there are lines above and below it, too."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livedigits.recognition.grouping import group

# Of the region's height: where digits stand in a region in which none was found, their height and their base line.
USUAL_HEIGHT, USUAL_BASE = 0.7, 0.85
# Of the region's height: how far off its middle the line may well be.
OFF_MIDDLE = 0.3
# Of the region's height: what is higher is no digit of it.
HIGHEST = 1.05


class Band(NamedTuple):
    """Where digits stand in a cut: their height, px, and the base line's y at x = 0, px, with its slope."""

    height: float
    base: float
    slope: float

    def above(self, x: float, y: float) -> float:
        """How far a point is above the base line, in heights of a digit."""
        return (self.base + self.slope * x - y) / self.height

    def off(self, boxes: np.ndarray) -> np.ndarray:
        """How far the middles of boxes (n, 4) are above or below that of the line, (n,), in heights of a digit."""
        middle = boxes[:, 1] + boxes[:, 3] / 2 - self.slope * (boxes[:, 0] + boxes[:, 2] / 2)
        return np.asarray(np.abs(middle - (self.base - self.height / 2)) / self.height)


def band_of(boxes: np.ndarray, chance: np.ndarray, inside: tuple[float, float, float, float]) -> Band:
    """The line that is meant by a region: that of the number nearest to its middle.

    Parameters
    ----------
    boxes : (n, 4) float32 of the likely digits of the cut, those beside the region, too
    chance : (n,) that each is a digit
    inside : x, y, width, height of the region, px of the cut
    """
    x, y, w, h = inside
    small = boxes[:, 3] <= HIGHEST * h
    boxes, chance = boxes[small], chance[small]
    best, found = 0.0, Band(USUAL_HEIGHT * h, y + USUAL_BASE * h, 0.0)
    for number in group(boxes, np.zeros(len(boxes), np.int64), chance):
        own = boxes[list(number.digits)]
        centre = own[:, 0] + own[:, 2] / 2
        mine = (centre >= x) & (centre <= x + w)
        (left, low), (right, high) = number.baseline
        slope = (high - low) / (right - left) if right > left and len(own) > 1 else 0.0
        height = float(np.median(np.maximum(own[:, 3], 0.5 * own[:, 2])))
        base = float(np.median(own[:, 1] + own[:, 3] - slope * centre))
        off = (base + slope * (x + w / 2) - height / 2 - (y + h / 2)) / (OFF_MIDDLE * h)
        weight = float(chance[list(number.digits)][mine].sum() * np.exp(-(off**2)))
        if weight > best:
            best, found = weight, Band(height, base, slope)
    return found
