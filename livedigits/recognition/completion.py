"""Digits of a number -> those that it lacks: the best reading of its line, searched over all candidates at once.

Suppression chooses region by region, and a digit that was doubted, or hidden by a bad neighbour, is lost. Along a
number the lattice of evidence.py knows better: ink that nothing explains must be something. What lies on its best path
where the number has nothing is added, and a digit that holds two of the path's is replaced by them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livedigits.recognition.automaton import ANY_DIGITS
from livedigits.recognition.boxes import covered, iou, shared
from livedigits.recognition.evidence import evidence
from livedigits.recognition.found import Found
from livedigits.types import NO_DIGIT, Digits, Number

# Each constant: its unit, and what it trades. Chosen on rendered pages of held-out writers.

# Heights of a digit: how far beyond a number's ends its line is read, and above and below it.
BEYOND, ABOVE = 2.0, 0.15
# Of the smaller box: a node that overlaps more with a digit is that digit.
OVER = 0.45
# Of a node's box: how much of it a digit must hold to be two of them; and the overlap from which it is one of them.
WITHIN, SAME = 0.7, 0.75
# Of the smaller box: two digits that are added may overlap by so much.
CLOSE = 0.6


def completed(digits: Digits, found: Found, least: float, at_ends: float) -> Digits:
    """The digits of one picture with what their numbers lack, without numbers.

    Parameters
    ----------
    digits : chosen from what was found, with numbers
    least, at_ends : probability of a digit that is added between others of its number, and before or behind them, where
        signs and letters stand
    """
    added: list[tuple[np.ndarray, int, np.ndarray]] = []
    replaced: set[int] = set()
    for number in sorted((n for n in digits.numbers if len(n.digits) > 1), key=lambda n: -len(n.digits)):
        boxes, labels, chances = _path(number, digits, found)
        known = np.asarray((shared(boxes, digits.boxes) > OVER).any(1))
        before, behind = np.maximum.accumulate(known), np.maximum.accumulate(known[::-1])[::-1]
        sure = chances[np.arange(len(labels)), labels] >= np.where(before & behind, least, at_ends)
        new = sure & ~known
        inside = covered(boxes, digits.boxes) > WITHIN
        for i in np.flatnonzero((inside & sure[:, None]).sum(0) > 1).tolist():
            parts = inside[:, i]
            if sure[parts].all() and (iou(boxes[parts], digits.boxes[i : i + 1]) < SAME).all():
                replaced.add(i)
                new |= parts
        added += [(boxes[k], int(labels[k]), chances[k]) for k in np.flatnonzero(new).tolist()]
    kept = digits[[i for i in range(len(digits)) if i not in replaced]]
    return _with(replace(kept, numbers=()), added)


def _path(number: Number, digits: Digits, found: Found) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best path about a number: its nodes' boxes (n, 4) float32, labels (n,), chances of each digit (n, 10)."""
    height = float(np.median(digits.boxes[list(number.digits), 3]))
    x, y, w, h = number.box
    rows, columns = found.regions.shape[:2]
    left, top = max(x - BEYOND * height, 0.0), max(y - ABOVE * height, 0.0)
    right, bottom = min(x + w + BEYOND * height, columns), min(y + h + ABOVE * height, rows)
    lattice = evidence(found, (left, top, right - left, bottom - top), frozenset(), False).lattice
    path = lattice.best(ANY_DIGITS)
    nodes = list(path.nodes)
    labels = np.array([int(c) for c in path.text], np.int64)
    return lattice.boxes[nodes], labels, np.exp(lattice.scores[nodes, :NO_DIGIT])


def _with(digits: Digits, added: list[tuple[np.ndarray, int, np.ndarray]]) -> Digits:
    """The digits and those added, the surest first; of those that overlap the first."""
    for box, label, chances in sorted(added, key=lambda one: -float(one[2][one[1]])):
        if len(digits) and (shared(box[None], digits.boxes) > CLOSE).any():
            continue
        digits = Digits(
            np.concatenate([digits.boxes, np.round(box[None]).astype(np.int32)]),
            np.append(digits.labels, label),
            np.append(digits.confidences, np.float32(chances[label])),
            np.concatenate([digits.probabilities, chances[None].astype(np.float32)]),
        )
    return digits
