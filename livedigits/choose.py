"""Marks and their probabilities -> digits: of marks that share ink the one that explains it best."""

from __future__ import annotations

import numpy as np

from livedigits.boxes import shared
from livedigits.digits import Digits

SHARED = 0.45  # of the smaller box: two marks that overlap more compete
WHOLE = 0.03  # probability that a mark may lack per doubling of its box over a mark inside it


def choose(boxes: np.ndarray, digit: np.ndarray, probabilities: np.ndarray, min_confidence: float) -> Digits:
    """The digits among marks that overlap: pieces, wholes, cuts.

    Parameters
    ----------
    boxes : (n, 4) int32 x, y, width, height
    digit : (n,) float32: probability that the mark is a digit at all
    probabilities : (n, 11) float32 from the network: which digit, the last column for "no digit"
    min_confidence : digits less probable are left out

    Returns
    -------
    Digits in the order of their confidence, tracks None
    """
    ten = probabilities[:, :10] / np.maximum(probabilities[:, :10].sum(1, keepdims=True), 1e-6) * digit[:, None]
    labels = ten.argmax(1)
    confidences = ten[np.arange(len(labels)), labels]
    index = np.flatnonzero(confidences >= min_confidence)
    if not len(index):
        return Digits.empty()
    area = boxes[index, 2].astype(np.float32) * boxes[index, 3]
    # By whether it is a digit, not by which: an 8 may be doubtful, the 0 in its loop is only a piece.
    rank = digit[index] + WHOLE * np.log2(area)
    index = index[np.argsort(-rank, kind="stable")]
    overlap = shared(boxes[index], boxes[index]) > SHARED
    kept: list[int] = []
    taken = np.zeros(len(index), bool)
    for i in range(len(index)):
        if not taken[i]:
            kept.append(i)
            taken |= overlap[i]
    chosen = index[kept]
    chosen = chosen[np.argsort(-confidences[chosen], kind="stable")]
    return Digits(boxes[chosen], labels[chosen], confidences[chosen], ten[chosen])
