"""How sure a reading is: a logistic model of its share among all readings and of what it leaves unexplained.

It is fitted on rendered pages by `python -m livedigits.training.model.field_confidence`, and stands beside the networks
(models/fields.json).
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from livedigits.recognition.fitted import logit, named_card, named_model
from livedigits.recognition.shipped import shipped

FILE = "fields.json"
MEASURES = (
    "share among allowed",  # log odds of the text among all readings that the rules allow
    "share among all",  # log odds of it among all readings
    "behind the best",  # log of nats and one by which the best reading that is not allowed is better
    "cost of a character",  # log of nats of the path, by its length
    "worst character",  # log odds of the least likely one
    "likeliest left out",  # log odds of the likeliest digit that no character stands for
    "log of characters",
)
LITTLE = 0.02
"""Nats of a character that cost nothing."""


@dataclass(frozen=True, eq=False)
class Confidence:
    """The logistic model: mean, deviation (7,) of MEASURES, weights (8,), the first one constant."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray

    @staticmethod
    def from_card(stored: dict[str, Any]) -> Confidence:
        """As a file holds it."""
        return Confidence(*named_model(stored, MEASURES))

    def to_card(self) -> dict[str, Any]:
        """As a file holds it: each measure's mean, deviation and weight by its name."""
        return named_card(self.mean, self.deviation, self.weights, MEASURES)

    def __call__(self, measured: np.ndarray) -> float:
        """Probability that a reading with these MEASURES (7,) is right and whole."""
        standard = (measured - self.mean) / self.deviation
        return float(1 / (1 + np.exp(-(self.weights[0] + standard @ self.weights[1:]))))


@functools.lru_cache(maxsize=1)
def shipped_confidence() -> Confidence:
    """The model that is shipped."""
    return Confidence.from_card(json.loads(shipped(FILE).read_text(encoding="utf-8"))["confidence"])


def measures(
    allowed: float, all_readings: float, behind: float, cost: float, worst: float, left_out: float, length: int
) -> np.ndarray:
    """MEASURES (7,) of a reading.

    Parameters
    ----------
    allowed, all_readings : log share of its text among the readings that the rules allow, and among all
    behind : nats by which the best of all readings is better, 0 for none
    cost : -log probability of its path, nats
    worst : log probability of its least likely character
    left_out : probability of the likeliest digit that it leaves out
    length : its characters that were seen
    """
    return np.array(
        [
            float(logit(float(np.exp(allowed)))),
            float(logit(float(np.exp(all_readings)))),
            float(np.log1p(max(behind, 0.0))),
            float(np.log(max(cost, 0.0) / max(length, 1) + LITTLE)),
            float(logit(float(np.exp(min(worst, 0.0))))),
            float(logit(left_out)),
            np.log(max(length, 1)),
        ]
    )
