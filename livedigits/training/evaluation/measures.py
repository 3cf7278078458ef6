"""Figures from probabilities and truth: accuracy, calibration, coverage against error, the rejection of non-digits.

Throughout, probabilities are (n, 11) float in 0..1, ten digits and last "no digit", as
livedigits.recognition.classifier gives them (networks of ten classes leave the last column 0), and labels (n,) int,
0..9 or 10 for no digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from livedigits.types import CLASSES, NO_DIGIT

BINS = 15  # of the reliability diagram, as in Guo et al. 2017 (arXiv 1706.04599)
LOST = 0.01  # share of the digits that may be lost when non-digits are refused
THRESHOLDS = np.concatenate([np.arange(0, 0.95, 0.01), np.arange(0.95, 0.9995, 0.001)])
_TINY = 1e-12


def confidence(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is shown to people: the likeliest of the ten digits (n,) int64, and its probability (n,)."""
    digits = probabilities[:, :NO_DIGIT].argmax(1)
    return digits, probabilities[np.arange(len(digits)), digits]


def confusion(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often each class (row) was taken for each class (column), (11, 11) int64."""
    matrix = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(matrix, (labels, probabilities.argmax(1)), 1)
    return matrix


def accuracy(matrix: np.ndarray) -> tuple[float, np.ndarray]:
    """From a confusion matrix the share answered rightly, over all and of each class (11,); NaN where there is none."""
    count = matrix.sum(1)
    with np.errstate(invalid="ignore"):
        return float(np.trace(matrix) / max(count.sum(), 1)), np.diag(matrix) / count


@dataclass(frozen=True)
class Reliability:
    """How often answers of a confidence are right.

    counts (bins,) int64, confidence and accuracy (bins,) the means of those in the bin, NaN where there are none;
    bins are of equal width from 0 to 1. error: expected calibration error, the mean distance of the two.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> Reliability:
    """The reliability of answers with a confidence (n,) in 0..1 that were right or not (n,) bool."""
    index = np.clip((confidence * bins).astype(np.int64), 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(index, confidence, bins) / counts
        share = np.bincount(index, right, bins) / counts
    gap = np.nan_to_num(np.abs(mean - share))
    return Reliability(counts, mean, share, float((gap * counts).sum() / max(len(confidence), 1)))


@dataclass(frozen=True)
class Coverage:
    """What happens at each confidence threshold (t,).

    coverage: share of the digits that are shown; error: share of those shown that are misread; false: share of the
    non-digits that are shown as digits. NaN where there is nothing to take a share of.
    """

    thresholds: np.ndarray
    coverage: np.ndarray
    error: np.ndarray
    false: np.ndarray


def coverage(probabilities: np.ndarray, labels: np.ndarray, thresholds: np.ndarray = THRESHOLDS) -> Coverage:
    """What is shown, and how much of it is wrong, when digits less probable than each threshold are left out."""
    digits, sure = confidence(probabilities)
    is_digit = labels != NO_DIGIT
    shown = _at_least(sure[is_digit], thresholds)
    misread = _at_least(sure[is_digit & (digits != labels)], thresholds)
    false = _at_least(sure[~is_digit], thresholds)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Coverage(thresholds, shown / is_digit.sum(), misread / shown, false / (~is_digit).sum())


def _at_least(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """How many scores are at or above each threshold, float64."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left").astype(np.float64)


@dataclass(frozen=True)
class Rejection:
    """How well a score tells digits from non-digits.

    auroc: the probability that a digit scores higher than a non-digit; threshold: the highest at which no more than
    the wanted share of the digits is lost; lost and rejected: the shares of digits and of non-digits below it.
    """

    auroc: float
    threshold: float
    lost: float
    rejected: float


def rejection(scores: np.ndarray, is_digit: np.ndarray, lost: float = LOST) -> Rejection:
    """How well scores (n,), high for digits, tell them from the rest; is_digit (n,) bool, with some of both.

    Any score will do: the largest probability of a digit, the sum over the digits, the largest logit.
    """
    digits, others = np.sort(scores[is_digit]), np.sort(scores[~is_digit])
    threshold = digits[int(lost * len(digits))]
    return Rejection(
        _auroc(digits, others),
        float(threshold),
        float(np.searchsorted(digits, threshold) / len(digits)),
        float(np.searchsorted(others, threshold) / len(others)),
    )


def _auroc(digits: np.ndarray, others: np.ndarray) -> float:
    """Area under the ROC curve of sorted scores; equal scores count half."""
    below = np.searchsorted(others, digits, side="left") + np.searchsorted(others, digits, side="right")
    return float(below.sum() / (2 * len(digits) * len(others)))


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities as a softmax with this temperature would give them: above 1 less sure, below 1 surer."""
    log = np.log(np.maximum(probabilities.astype(np.float64), _TINY)) / temperature
    power = np.where(probabilities > 0, np.exp(log - log.max(1, keepdims=True)), 0)
    result: np.ndarray = power / power.sum(1, keepdims=True)
    return result


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray, low: float = 0.2, high: float = 5.0) -> float:
    """The temperature with the least cross entropy, by golden-section search; 1 means that none is needed."""
    golden = (np.sqrt(5) - 1) / 2
    a, b = np.log(low), np.log(high)
    while b - a > 1e-3:
        left, right = b - golden * (b - a), a + golden * (b - a)
        if _cross_entropy(probabilities, labels, left) < _cross_entropy(probabilities, labels, right):
            b = right
        else:
            a = left
    return float(np.exp((a + b) / 2))


def _cross_entropy(probabilities: np.ndarray, labels: np.ndarray, log_temperature: float) -> float:
    right = tempered(probabilities, float(np.exp(log_temperature)))[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(right, _TINY)).mean())


def rounded(value: Any) -> Any:
    """A number or array for JSON: six digits, and None for what could not be measured."""
    if isinstance(value, np.ndarray):
        return [rounded(v) for v in value.tolist()]
    return None if np.isnan(value) else round(float(value), 6)
