"""Small fitted models as files hold them: the weight of each measure stands beside the measure's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CONSTANT = "constant"
LEAST = 1e-3  # probability: no measure may tell all by itself


def named_card(mean: np.ndarray, deviation: np.ndarray, weights: np.ndarray, measures: Sequence[str]) -> dict[str, Any]:
    """A logistic model as JSON.

    Parameters
    ----------
    mean, deviation : (m,) of the measures
    weights : one of a constant, first, and of each measure; and of products of two, where there are more, in the order
        of `products`
    measures : m names
    """
    terms = [CONSTANT, *measures]
    if len(weights) > len(terms):
        terms += products(measures)
    return {
        "measures": {
            name: {"mean": float(m), "deviation": float(d)}
            for name, m, d in zip(measures, mean, deviation, strict=True)
        },
        "weights": {term: float(w) for term, w in zip(terms, weights, strict=True)},
    }


def named_model(stored: Mapping[str, Any], measures: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (m,), deviation (m,) and weights, float64, of what `named_card` has stored, in the order of `measures`.

    Files of 0.1.0 hold three lists without names, in the same order.

    Raises
    ------
    KeyError, ValueError: it is a model of other measures
    """
    if "mean" in stored:
        mean, deviation, weights = (np.array(stored[k], np.float64) for k in ("mean", "deviation", "weights"))
        return mean, deviation, weights
    terms = [CONSTANT, *measures]
    if len(stored["weights"]) > len(terms):
        terms += products(measures)
    if len(stored["measures"]) != len(measures) or len(stored["weights"]) != len(terms):
        raise ValueError(f"a model of {', '.join(stored['measures'])}, and not of {', '.join(measures)}")
    mean = np.array([stored["measures"][name]["mean"] for name in measures], np.float64)
    deviation = np.array([stored["measures"][name]["deviation"] for name in measures], np.float64)
    return mean, deviation, np.array([stored["weights"][term] for term in terms], np.float64)


def products(measures: Sequence[str]) -> list[str]:
    """Names of the products of each two measures, and of each with itself, in the order of np.triu_indices."""
    first, second = np.triu_indices(len(measures))
    return [f"{measures[i]} x {measures[j]}" for i, j in zip(first.tolist(), second.tolist(), strict=True)]


def logit(chance: np.ndarray | float) -> np.ndarray:
    """Log odds of probabilities, kept between those of 0.001 and 0.999."""
    chance = np.clip(chance, LEAST, 1 - LEAST)
    return np.asarray(np.log(chance / (1 - chance)))
