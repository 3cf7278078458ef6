"""What stands around a mark speaks for or against it: digits come in rows, of one size and one ink; clutter in heaps.

A logistic model joins the network's odds with the number of likely digits of its size close by, the number of
refused marks close by, its size in the frame, and how its contrast compares with that of the other digits. It is
fitted on rendered frames by `python -m livedigits.training.model.rescoring` and stored in the model card.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from livedigits.recognition.boxes import shared
from livedigits.recognition.regions import Marks

MEASURES = 8
WEAK = 0.05  # probability of being a digit at all below which no surroundings help
CLOSE = 5.0  # longest sides: how far neighbours are looked for
TOGETHER = 0.3  # of the smaller box: marks that overlap more show one thing
LIKELY, UNLIKELY = 0.6, 0.2  # digits that speak for a neighbour, marks that speak against it


@dataclass(frozen=True)
class Context:
    """The logistic model: mean, deviation (8,) of the measures, weights (9,), the first one constant."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray

    @staticmethod
    def from_card(stored: dict[str, Any] | None) -> Context:
        """As a model card holds it; without one the network's odds count as they are."""
        if not stored:
            return Context(np.zeros(MEASURES), np.ones(MEASURES), np.array([0.0, 1.0] + [0.0] * (MEASURES - 1)))
        return Context(*(np.array(stored[k]) for k in ("mean", "deviation", "weights")))

    def digit(self, marks: Marks, probabilities: np.ndarray, shape: tuple[int, ...], refused: np.ndarray) -> np.ndarray:
        """Probability that each mark is a digit, (n,) float32, with what stands around it.

        Parameters
        ----------
        probabilities : (n, 11) float32 from the network, the last column for "no digit"
        shape : of the frame
        refused : (m, 4) int32, boxes of marks of this frame that were refused without being read
        """
        out = np.zeros(len(marks), np.float32)
        index = np.flatnonzero(probabilities[:, 10] < 1 - WEAK)
        if len(index):
            standard = (measures(marks, probabilities, shape, refused, index) - self.mean) / self.deviation
            out[index] = 1 / (1 + np.exp(-(self.weights[0] + standard @ self.weights[1:])))
        return out


def measures(
    marks: Marks, probabilities: np.ndarray, shape: tuple[int, ...], refused: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """What the model looks at, (k, 8) float64, for the marks that `index` (k,) selects; parameters as above."""
    digit = np.clip(1 - probabilities[:, 10], 1e-4, 1 - 1e-4).astype(np.float64)
    boxes = np.concatenate([marks.boxes, refused]).astype(np.float64)
    chance = np.concatenate([digit, np.zeros(len(refused))])
    longest = np.maximum(boxes[:, 2], boxes[:, 3])
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    distance = np.hypot(*(centre[index, None] - centre[None]).transpose(2, 0, 1)) / longest[index, None]
    size = np.abs(np.log(longest[index, None] / longest))
    near = (distance < CLOSE) & (shared(boxes[index], boxes) <= TOGETHER)
    likely = chance > LIKELY
    # Pieces of digits, the gaps in them, and what joins them to others are no clutter.
    unlikely = (chance < UNLIKELY) & ~(shared(boxes, boxes[likely]) > TOGETHER).any(1)
    friends = np.minimum((near & (size < 0.5))[:, likely] @ (chance[likely] * _once(boxes[likely])), 4)
    foes = np.minimum((near & (size < 1))[:, unlikely] @ _once(boxes[unlikely]), 12)
    relative = np.log(longest[index] / min(shape[:2]))
    contrast = np.log([_contrast(marks, i) + 1 for i in index])
    others = contrast[likely[index]]
    usual = median(others.tolist()) if len(others) else contrast.mean()  # np.median is slow on a handful
    return np.stack(
        [
            np.log(digit[index] / (1 - digit[index])),
            probabilities[index, :10].max(1),
            friends,
            np.sqrt(foes),
            relative,
            relative**2,
            contrast,
            np.abs(contrast - usual),
        ],
        1,
    )


def _once(boxes: np.ndarray) -> np.ndarray:
    """(n,) float32: what each mark counts, so that marks of one thing, from two levels or cut apart, count as one."""
    return 1 / (shared(boxes, boxes) > TOGETHER).sum(1, dtype=np.float32)


def _contrast(marks: Marks, i: int) -> float:
    x, y, w, h = marks.inside[i].tolist()
    return float(np.abs(marks.layers[marks.layer[i]].contrast[y : y + h, x : x + w]).mean())
