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
from livedigits.recognition.fitted import named_card, named_model
from livedigits.recognition.regions import Regions
from livedigits.types import NO_DIGIT

MEASURES = (
    "network log odds",  # that it is a digit at all
    "likeliest digit",  # its probability
    "friends",  # likely digits of its size close by, by their probabilities
    "root of foes",  # of the number of rejected regions close by
    "log size",  # longest side over the frame's short side
    "log size squared",
    "log contrast",
    "contrast deviation",  # from that of the other likely digits of the frame, in logarithms
    "touching",  # 1 for what the strip network proposed
)
_OLDER = MEASURES[:8]  # in cards of 0.1.0, whose networks were fitted without a strip network
"""What the model looks at, in the order of `measures`; a model card names each weight by it."""

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Probability of being a digit at all below which no surroundings help. Less costs time for what is clutter anyway.
WEAK = 0.05
# Longest sides: how far neighbours are looked for. The weights were fitted with this and the values below: to change
# one, fit again.
CLOSE = 5.0
# Of the smaller box: regions that overlap more show one thing, and count once.
TOGETHER = 0.3
# Probability from which on a region speaks for a neighbour, and below which it speaks against it.
LIKELY, UNLIKELY = 0.6, 0.2
# Logarithm of the sizes' ratio: up to which likely digits are friends, and rejected regions foes.
FRIENDS_SIZE, FOES_SIZE = 0.5, 1.0
# Friends, and foes, beyond which more say no more.
MOST_FRIENDS, MOST_FOES = 4, 12


@dataclass(frozen=True, eq=False)
class Rescoring:
    """The logistic model: mean, deviation (9,) of the MEASURES, weights (10,), the first one constant."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray

    @staticmethod
    def from_card(stored: dict[str, Any] | None) -> Rescoring:
        """As a model card holds it; without one the network's odds count as they are."""
        if not stored:
            n = len(MEASURES)
            return Rescoring(np.zeros(n), np.ones(n), np.array([0.0, 1.0] + [0.0] * (n - 1)))
        if len(stored.get("measures", stored.get("mean", ()))) == len(_OLDER):
            mean, deviation, weights = named_model(stored, _OLDER)
            return Rescoring(np.append(mean, 0.0), np.append(deviation, 1.0), np.append(weights, 0.0))
        return Rescoring(*named_model(stored, MEASURES))

    def to_card(self) -> dict[str, Any]:
        """As a model card holds it: each measure's mean, deviation and weight by its name."""
        return named_card(self.mean, self.deviation, self.weights, MEASURES)

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
    """What the model looks at, (k, 9) float64, for the regions that `index` (k,) selects; parameters as above."""
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
    friends = (near & (size < FRIENDS_SIZE))[:, likely] @ (chance[likely] * _once(boxes[likely]))
    foes = (near & (size < FOES_SIZE))[:, unlikely] @ _once(boxes[unlikely])
    relative = np.log(longest[index] / min(shape[:2]))
    contrast = np.log([_contrast(regions, i) + 1 for i in index])
    others = contrast[likely[index]]
    usual = median(others.tolist()) if len(others) else contrast.mean()  # np.median is slow on a handful
    return np.stack(
        [
            np.log(digit[index] / (1 - digit[index])),
            probabilities[index, :NO_DIGIT].max(1),
            np.minimum(friends, MOST_FRIENDS),
            np.sqrt(np.minimum(foes, MOST_FOES)),
            relative,
            relative**2,
            contrast,
            np.abs(contrast - usual),
            regions.touching[index].astype(np.float64),
        ],
        1,
    )


def _once(boxes: np.ndarray) -> np.ndarray:
    """(n,) float32: what each region counts, so that those of one thing, from two levels or cut, count as one."""
    return 1 / (shared(boxes, boxes) > TOGETHER).sum(1, dtype=np.float32)


def _contrast(regions: Regions, i: int) -> float:
    x, y, w, h = regions.inside[i].tolist()
    return float(np.abs(regions.layers[regions.layer[i]].contrast[y : y + h, x : x + w]).mean())
