"""Marks and their probabilities -> digits: of marks that share ink the one that explains it best."""

from __future__ import annotations

import numpy as np

from livedigits.boxes import covered, iou, shared
from livedigits.digits import Digits
from livedigits.numbers import within_numbers

SHARED = 0.45  # of the smaller box: two marks that overlap more compete
INSIDE = 0.9  # of a part's box in that of its whole
ALIKE = 0.95  # of a part's confidence: least that of its whole
WHOLE = 0.03  # probability that a mark may lack per doubling of its box over a mark inside it
FOLLOWED = 0.8  # intersection over union with a digit of the frame before: the same mark again
STEADY = 0.05  # probability by which it may be less likely than another of the same digit: a box shall not jump
NONE = np.empty((0, 4), np.float32)


def choose(
    boxes: np.ndarray,
    digit: np.ndarray,
    probabilities: np.ndarray,
    min_confidence: float,
    between: float = 1.0,
    followed: np.ndarray = NONE,
) -> Digits:
    """The digits among marks that overlap: pieces, wholes, cuts.

    Parameters
    ----------
    boxes : (n, 4) int32 x, y, width, height
    digit : (n,) float32: probability that the mark is a digit at all
    probabilities : (n, 11) float32 from the network: which digit, the last column for "no digit"
    min_confidence : digits less probable are left out,
    between : but for those at least so probable that stand between two others of one number
    followed : (m, 4) boxes, x, y, width, height, of digits of the frame before, where they are expected in this one

    Returns
    -------
    Digits in the order of their confidence, tracks None
    """
    chosen = apart(boxes, digit, probabilities, min_confidence, followed)
    ten = _ten(digit, probabilities)
    labels, confidences = ten.argmax(1), ten.max(1)
    if between < min_confidence and len(chosen) > 1:
        weak = apart(boxes, digit, probabilities, between, followed)
        weak = weak[(confidences[weak] < min_confidence) & ~(shared(boxes[weak], boxes[chosen]) > SHARED).any(1)]
        if len(weak):
            chosen = np.concatenate([chosen, weak[within_numbers(boxes[chosen], boxes[weak])]])
    return Digits(boxes[chosen], labels[chosen], confidences[chosen], ten[chosen])


def apart(
    boxes: np.ndarray, digit: np.ndarray, probabilities: np.ndarray, least: float, followed: np.ndarray = NONE
) -> np.ndarray:
    """Indices of the best of the marks that overlap, among those of at least this confidence; the surest first.

    Parameters as of `choose`.
    """
    ten = _ten(digit, probabilities)
    labels, confidences = ten.argmax(1), ten.max(1)
    index = np.flatnonzero(confidences >= least)
    before = np.asarray((iou(boxes[index], followed) >= FOLLOWED).any(1))
    parts = _parts(boxes[index], labels[index], confidences[index], before)
    index, before = index[~parts], before[~parts]
    area = boxes[index, 2].astype(np.float32) * boxes[index, 3]
    # By whether it is a digit, not by which: an 8 may be doubtful, the 0 in its loop is only a piece.
    rank = digit[index] + WHOLE * np.log2(area) + STEADY * before
    index = index[np.argsort(-rank, kind="stable")]
    overlap = shared(boxes[index], boxes[index]) > SHARED
    kept: list[int] = []
    taken = np.zeros(len(index), bool)
    for i in range(len(index)):
        if not taken[i]:
            kept.append(i)
            taken |= overlap[i]
    chosen = index[kept]
    return np.asarray(chosen[np.argsort(-confidences[chosen], kind="stable")])


def _ten(digit: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(n, 10) float32: the probability of each digit, given that of being one."""
    return np.asarray(
        probabilities[:, :10] / np.maximum(probabilities[:, :10].sum(1, keepdims=True), 1e-6) * digit[:, None]
    )


def _parts(boxes: np.ndarray, labels: np.ndarray, confidences: np.ndarray, before: np.ndarray) -> np.ndarray:
    """(n,) bool: marks inside a larger one of the same label: half of a round 0 looks like a 0, and is none.

    before : (n,) bool, marks as in the frame before, which stay
    """
    area = boxes[:, 2].astype(np.float32) * boxes[:, 3]
    whole = (area > area[:, None]) & (labels == labels[:, None]) & (confidences >= ALIKE * confidences[:, None])
    return np.asarray((whole & (covered(boxes, boxes) >= INSIDE)).any(1) & ~before)
