"""Regions and their probabilities -> digits: of regions that share ink the one that explains it best.

This is non-maximum suppression by rank and not by confidence alone: a whole goes before its parts, a region that was a
digit in the frame before goes before one that was not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from livedigits.recognition.boxes import covered, first_of_each, iou, shared
from livedigits.recognition.grouping import within_numbers
from livedigits.types import NO_DIGIT, Digits

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Of the smaller box: two regions that overlap more compete. Less loses digits that touch, more reads pieces beside
# wholes.
SHARED = 0.45
# Of a part's box: how much of it lies in that of its whole.
INSIDE = 0.9
# Of a region's confidence: least that of its part or whole in its place. Less keeps more wholes, with strays in them.
ALIKE = 0.95
# Of a whole's ink per area: what it adds to a part with less is not a piece, but a line or a speck close by.
STRAY = 0.7
# Probability that a region may lack per doubling of its box over a region inside it. More prefers wholes to parts.
WHOLE = 0.03
# Intersection over union with a digit of the frame before: the same region again. Less holds on to boxes that moved.
SAME_AS_BEFORE = 0.8
# Probability by which it may be less likely than another of the same digit: a box shall not jump.
STEADY = 0.05
# Intersection over union, and of the smaller box: of digits that touch, two that overlap more compete. In slanted hands
# boxes of neighbours overlap by a third.
CROSSED, HIDDEN = 0.4, 0.75

NO_BOXES = np.empty((0, 4), np.float32)
Explained = Callable[[int, int], float]
"""Share 0..1 of a region's ink that lies in the box of a part of it, by the indices of whole and part."""


def _unknown(whole: int, part: int) -> float:
    return 0.0


def suppress(
    boxes: np.ndarray,
    is_digit: np.ndarray,
    probabilities: np.ndarray,
    min_confidence: float,
    between: float = 1.0,
    expected: np.ndarray = NO_BOXES,
    explained: Explained = _unknown,
    touching: np.ndarray | None = None,
) -> Digits:
    """The digits among regions that overlap: pieces, wholes, cuts.

    Parameters
    ----------
    boxes : (n, 4) int32 x, y, width, height
    is_digit : (n,) float32: probability that the region is a digit at all
    probabilities : (n, 11) float32 from the network: which digit, the last column for "no digit"
    min_confidence : digits less probable are left out,
    between : but for those at least so probable that stand between two others of one number
    expected : (m, 4) boxes, x, y, width, height, of digits of the frame before, where they are expected in this one
    explained : Regions.explained; without it any region that holds another of its label is its whole
    touching : (n,) bool: regions that were proposed where digits touch; their boxes may overlap those of neighbours

    Returns
    -------
    Digits in the order of their confidence, tracks None, without numbers
    """
    close = np.zeros(len(boxes), bool) if touching is None else touching
    chosen = survivors(boxes, is_digit, probabilities, min_confidence, expected, explained, close)
    ten = _ten(is_digit, probabilities)
    labels, confidences = ten.argmax(1), ten.max(1)
    if between < min_confidence and len(chosen) > 1:
        weak = survivors(boxes, is_digit, probabilities, between, expected, explained, close)
        weak = weak[(confidences[weak] < min_confidence) & ~(shared(boxes[weak], boxes[chosen]) > SHARED).any(1)]
        if len(weak):
            chosen = np.concatenate([chosen, weak[within_numbers(boxes[chosen], boxes[weak], close[weak])]])
    return Digits(boxes[chosen], labels[chosen], confidences[chosen], ten[chosen])


def survivors(
    boxes: np.ndarray,
    is_digit: np.ndarray,
    probabilities: np.ndarray,
    least: float,
    expected: np.ndarray = NO_BOXES,
    explained: Explained = _unknown,
    touching: np.ndarray | None = None,
) -> np.ndarray:
    """Indices of the best of the regions that overlap, among those of at least this confidence; the surest first.

    Parameters as of `suppress`.
    """
    ten = _ten(is_digit, probabilities)
    labels, confidences = ten.argmax(1), ten.max(1)
    index = np.flatnonzero(confidences >= least)
    steady = np.asarray((iou(boxes[index], expected) >= SAME_AS_BEFORE).any(1))
    close = np.zeros(len(index), bool) if touching is None else touching[index]
    worse = _worse(index, boxes, labels, confidences, steady | close, explained)
    index, steady, close = index[~worse], steady[~worse], close[~worse]
    area = boxes[index, 2].astype(np.float32) * boxes[index, 3]
    # By whether it is a digit, not by which: an 8 may be doubtful, the 0 in its loop is only a piece.
    rank = is_digit[index] + WHOLE * np.log2(area) + STEADY * steady
    order = np.argsort(-rank, kind="stable")
    index, close = index[order], close[order]
    chosen = index[_first_of_each(boxes[index], close)]
    return np.asarray(chosen[np.argsort(-confidences[chosen], kind="stable")])


def _first_of_each(boxes: np.ndarray, touching: np.ndarray) -> list[int]:
    """Places of those boxes (n, 4) that overlap with none kept before them; those of digits that touch may a little."""
    part = shared(boxes, boxes)
    overlap = part > SHARED
    if touching.any():
        beside = (iou(boxes, boxes) > CROSSED) | (part > HIDDEN)
        overlap = np.where(touching | touching[:, None], beside, overlap)
    return first_of_each(overlap)


def _ten(is_digit: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(n, 10) float32: the probability of each digit, given that of being one."""
    ten = probabilities[:, :NO_DIGIT]
    return np.asarray(ten / np.maximum(ten.sum(1, keepdims=True), 1e-6) * is_digit[:, None])


def _worse(
    index: np.ndarray,
    boxes: np.ndarray,
    labels: np.ndarray,
    confidences: np.ndarray,
    steady: np.ndarray,
    explained: Explained,
) -> np.ndarray:
    """(k,) bool: which of these regions are a part of another of the same label, or another with something stray.

    Half of a round 0 looks like a 0 and is not one; neither is a 0 together with a piece of the line above it. Parts
    that were digits of the frame before, `steady` (k,) bool, stay.
    """
    box, confidence = boxes[index], confidences[index]
    area = box[:, 2].astype(np.float32) * box[:, 3]
    held = (area > area[:, None]) & (labels[index] == labels[index][:, None]) & (covered(box, box) >= INSIDE)
    worse = np.zeros(len(index), bool)
    for part, whole in zip(*np.nonzero(held & (confidence[:, None] >= ALIKE * confidence)), strict=True):
        left_out = 1 - explained(int(index[whole]), int(index[part]))
        if left_out < STRAY * (1 - area[part] / area[whole]):
            worse[whole] = True
    held[:, worse] = False
    part_of = (held & (confidence >= ALIKE * confidence[:, None])).any(1)
    return np.asarray(worse | (part_of & ~steady))
