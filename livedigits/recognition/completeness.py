"""Numbers -> the chance that each is right as a whole: what its digits leave of the ink on its line counts against it.

The product of the digits' confidences says nothing of a digit that was not found. Ink that belongs to no digit, inside
the number or at either end, and regions that are half likely digits do. A logistic model weighs them; it is fitted on
rendered pages by `livedigits train` and stored in the model card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from livedigits.recognition.boxes import shared
from livedigits.recognition.fitted import LEAST, logit, named_card, named_model
from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions
from livedigits.types import Digits, Number

MEASURES = (
    "log odds of the product",  # of the digits' confidences
    "log odds of the least",
    "ink inside",  # that no digit covers, in squared heights of a digit, its root
    "ink at the ends",
    "likeliest region left out",  # log odds of it beside or between, of about the digits' height
    "log of digits",  # how many
)

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Heights of a digit: how far beyond its ends a number's ink is looked for, how far digits reach beyond their boxes, and
# how far above and below the line.
BEYOND, AROUND, ABOVE = 0.45, 0.08, 0.05
# Of the smaller box: a region that overlaps more with a digit is that digit.
OVER = 0.35
# Heights of the number's digits: of regions that could be one more.
HEIGHTS = (0.55, 1.6)
# Log odds that the measures of what is left out may take away before a number is called cut short.
CUT = 1.2


@dataclass(frozen=True, eq=False)
class Completeness:
    """The logistic model: mean, deviation (6,) of MEASURES, weights (7,), the first one constant."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray

    @staticmethod
    def from_card(stored: dict[str, Any] | None) -> Completeness | None:
        """As a model card holds it; None without one."""
        return Completeness(*named_model(stored, MEASURES)) if stored else None

    def to_card(self) -> dict[str, Any]:
        """As a model card holds it: each measure's mean, deviation and weight by its name."""
        return named_card(self.mean, self.deviation, self.weights, MEASURES)

    def judged(self, digits: Digits, regions: Regions, is_digit: np.ndarray) -> Digits:
        """The digits, each of their numbers with the chance that it is right and whole.

        Parameters
        ----------
        regions, is_digit : those that the digits were chosen from
        """
        if not len(digits):
            return digits
        measured = measures(digits, regions, is_digit)
        parts = (measured - self.mean) / self.deviation * self.weights[1:]
        nothing = (np.array([0, 0, 0, 0, logit(LEAST), 0]) - self.mean) / self.deviation * self.weights[1:]
        left_out = (parts - nothing)[:, 2:5].sum(1)
        chance = 1 / (1 + np.exp(-(self.weights[0] + parts.sum(1))))
        numbers = (
            replace(number, confidence=min(float(c), number.confidence), complete=bool(left > -CUT))
            for number, c, left in zip(digits.numbers, chance, left_out, strict=True)
        )
        return replace(digits, numbers=tuple(numbers))


def measures(digits: Digits, regions: Regions, is_digit: np.ndarray) -> np.ndarray:
    """MEASURES of each number of digits, (n, 6) float64; parameters as of `Completeness.judged`."""
    free = shared(regions.boxes, digits.boxes).max(1, initial=0) < OVER
    free &= is_digit > LEAST
    spare, chance = regions.boxes[free].astype(np.float32), is_digit[free]
    out = np.empty((len(digits.numbers), len(MEASURES)))
    for i, number in enumerate(digits.numbers):
        own = list(number.digits)
        height = float(np.median(np.maximum(digits.boxes[own, 3], 0.5 * digits.boxes[own, 2])))
        inside, ends = _ink_left(number, digits, regions, height)
        out[i] = (
            logit(number.confidence),
            logit(float(digits.confidences[own].min())),
            np.sqrt(inside),
            np.sqrt(ends),
            logit(_left_out(number, spare, chance, height)),
            np.log(len(own)),
        )
    return out


def _left_out(number: Number, boxes: np.ndarray, chance: np.ndarray, height: float) -> float:
    """Probability of the likeliest digit among regions (n, 4) beside or in a number that are none of its digits."""
    x, y, w, h = number.box
    reach = BEYOND * height
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    apart = np.maximum(boxes[:, 0] - (x + w), x - (boxes[:, 0] + boxes[:, 2]))
    near = (apart < reach) & (middle[:, 1] > y - ABOVE * height) & (middle[:, 1] < y + h + ABOVE * height)
    near &= (boxes[:, 3] > HEIGHTS[0] * height) & (boxes[:, 3] < HEIGHTS[1] * height)
    return float(chance[near].max(initial=0.0))


def _ink_left(number: Number, digits: Digits, regions: Regions, height: float) -> tuple[float, float]:
    """Ink inside a number's box and at its ends that no digit covers, in squared heights of a digit."""
    layer = _level(number, digits, regions, height)
    x, y, w, h = number.box
    reach, above = BEYOND * height, ABOVE * height
    left, right, top, bottom = x - reach, x + w + reach, y - above, y + h + above
    rows, columns = layer.mask.shape
    scale, high = layer.scale, layer.top

    def at(value: float, most: int, shift: int = 0) -> int:
        return int(min(max(round(value * scale) - shift, 0), most))

    x0, x1, y0, y1 = at(left, columns), at(right, columns), at(top, rows, high), at(bottom, rows, high)
    ink = layer.mask[y0:y1, x0:x1].copy()
    edge = AROUND * height
    near = digits.boxes[(digits.boxes[:, 0] < right) & (digits.boxes[:, 0] + digits.boxes[:, 2] > left)]
    for a, b, c, d in near.tolist():
        u0, u1 = at(a - edge, columns) - x0, at(a + c + edge, columns) - x0
        v0, v1 = at(b - edge, rows, high) - y0, at(b + d + edge, rows, high) - y0
        ink[max(v0, 0) : max(v1, 0), max(u0, 0) : max(u1, 0)] = 0
    first, last = at(x, columns) - x0, at(x + w, columns) - x0
    unit = (height * scale) ** 2
    middle = float(ink[:, first:last].sum()) / unit
    return middle, float(ink.sum()) / unit - middle


def _level(number: Number, digits: Digits, regions: Regions, height: float) -> Layer:
    """The whole layer in which digits so high are about 30 px, of the polarity of the number's first digit."""
    same = np.flatnonzero((regions.boxes == digits.boxes[number.digits[0]]).all(1))
    light = bool(len(same)) and regions.layers[regions.layer[same[0]]].light
    fitting = [k for k in regions.layers if k.light == light and not any(k.cut)] or regions.layers
    return min(fitting, key=lambda layer: abs(np.log(layer.scale * height / 30.0)))
