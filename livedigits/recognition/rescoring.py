"""What stands around a region speaks for or against it: digits come in rows, of one size and one ink; clutter in heaps.

A logistic model joins the network's odds with the number of likely digits of its size close by, the number of
rejected regions close by, its size in the frame, and how its contrast compares with that of the other digits. It is
fitted on rendered frames by `python -m livedigits.training.model.rescoring` and stored in the model card.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from livedigits.recognition.boxes import shared
from livedigits.recognition.regions import Regions
from livedigits.types import NO_DIGIT

MEASURES = 8
WEAK = 0.05  # probability of being a digit at all below which no surroundings help
CLOSE = 5.0  # longest sides: how far neighbours are looked for
TOGETHER = 0.3  # of the smaller box: regions that overlap more show one thing
LIKELY, UNLIKELY = 0.6, 0.2  # digits that speak for a neighbour, regions that speak against it


@dataclass(frozen=True)
class Rescoring:
    """The logistic model: mean, deviation (8,) of the measures, weights (9,), the first one constant."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray

    @staticmethod
    def from_card(stored: dict[str, Any] | None) -> Rescoring:
        """As a model card holds it; without one the network's odds count as they are."""
        if not stored:
            return Rescoring(np.zeros(MEASURES), np.ones(MEASURES), np.array([0.0, 1.0] + [0.0] * (MEASURES - 1)))
        return Rescoring(*(np.array(stored[k]) for k in ("mean", "deviation", "weights")))

    def probability(
        self, regions: Regions, probabilities: np.ndarray, shape: tuple[int, ...], rejected: np.ndarray
    ) -> np.ndarray:
        """Probability that each region is a digit, (n,) float32, with what stands around it.

        Parameters
        ----------
        probabilities : (n, 11) float32 from the network, the last column for "no digit"
        shape : of the frame
        rejected : (m, 4) int32, boxes of regions of this frame that were rejected without being read
        """
        out = np.zeros(len(regions), np.float32)
        index = np.flatnonzero(probabilities[:, NO_DIGIT] < 1 - WEAK)
        if len(index):
            standard = (measures(regions, probabilities, shape, rejected, index) - self.mean) / self.deviation
            out[index] = 1 / (1 + np.exp(-(self.weights[0] + standard @ self.weights[1:])))
        return out


def measures(
    regions: Regions, probabilities: np.ndarray, shape: tuple[int, ...], rejected: np.ndarray, index: np.ndarray
) -> np.ndarray:
    """What the model looks at, (k, 8) float64, for the regions that `index` (k,) selects; parameters as above."""
    digit = np.clip(1 - probabilities[:, NO_DIGIT], 1e-4, 1 - 1e-4).astype(np.float64)
    boxes = np.concatenate([regions.boxes, rejected]).astype(np.float64)
    chance = np.concatenate([digit, np.zeros(len(rejected))])
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
    contrast = np.log([_contrast(regions, i) + 1 for i in index])
    others = contrast[likely[index]]
    usual = median(others.tolist()) if len(others) else contrast.mean()  # np.median is slow on a handful
    return np.stack(
        [
            np.log(digit[index] / (1 - digit[index])),
            probabilities[index, :NO_DIGIT].max(1),
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
    """(n,) float32: what each region counts, so that those of one thing, from two levels or cut, count as one."""
    return 1 / (shared(boxes, boxes) > TOGETHER).sum(1, dtype=np.float32)


def _contrast(regions: Regions, i: int) -> float:
    x, y, w, h = regions.inside[i].tolist()
    return float(np.abs(regions.layers[regions.layer[i]].contrast[y : y + h, x : x + w]).mean())
