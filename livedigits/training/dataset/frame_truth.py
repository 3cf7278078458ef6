"""What is to be read in a rendered frame, and how much of it was read: what F1 is counted from in all of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedigits.recognition.boxes import covered, iou
from livedigits.training.synthesis.lookalikes import is_lookalike
from livedigits.training.synthesis.scenes import Box, Mark, Scene
from livedigits.types import Digits

MATCH = 0.5
"""Intersection over union from which a box is the digit's: the usual one of detection (PASCAL VOC)."""
VISIBLE = 0.6
"""Share of a digit's ink that must be in sight for it to count: with less it is neither lost nor false."""


@dataclass(frozen=True, eq=False)
class FrameTruth:
    """boxes (n, 4) float32 px and labels (n,) int64 of the digits; ignore: boxes (m, 4) where nothing is counted."""

    boxes: np.ndarray
    labels: np.ndarray
    ignore: np.ndarray

    def ignored(self, boxes: np.ndarray) -> np.ndarray:
        """(k,) bool: boxes (k, 4) with more than half of their area where nothing is counted."""
        return np.asarray((covered(boxes, self.ignore) > 0.5).any(1))

    def counts(self, digits: Digits) -> tuple[int, int]:
        """How many true digits are read, each once, and how many digits are read that count."""
        digits = digits[~self.ignored(digits.boxes)]
        if not len(digits) or not len(self.labels):
            return 0, len(digits)
        fits = (iou(digits.boxes, self.boxes) >= MATCH) & (digits.labels[:, None] == self.labels)
        return int(fits.any(0).sum()), len(digits)


@dataclass(frozen=True, eq=False)
class NumberTruth:
    """texts and boxes (n, 4) float32 px of the numbers of a page; ignore: boxes (m, 4) of digits that are in none."""

    texts: list[str]
    boxes: np.ndarray
    ignore: np.ndarray


def numbers_of(scene: Scene) -> NumberTruth:
    """The numbers of a rendered page that are wholly to be seen; what is part of another is not counted."""
    members: dict[int, list[Mark]] = {}
    hidden = {d.number for d in scene.digits if d.visible < VISIBLE} | scene.broken
    unclear = [*scene.ignore, *(o.box for o in scene.others if is_lookalike(o.name))]
    for digit in scene.digits:
        if digit.number is None or digit.number in hidden:
            unclear.append(digit.box)
        else:
            members.setdefault(digit.number, []).append(digit)
    texts = ["".join(str(d.label) for d in digits) for digits in members.values()]
    boxes = [_around([d.box for d in digits]) for digits in members.values()]
    return NumberTruth(texts, np.array(boxes, np.float32).reshape(-1, 4), np.array(unclear, np.float32).reshape(-1, 4))


def _around(boxes: Sequence[Box]) -> Box:
    sides = np.array(boxes)
    low, high = sides[:, :2].min(0), (sides[:, :2] + sides[:, 2:]).max(0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def truth_of(scene: Scene) -> FrameTruth:
    """The truth about a rendered frame: look-alikes and what is hardly to be seen are not counted."""
    digits = [d for d in scene.digits if d.visible >= VISIBLE]
    unclear = [*(d for d in scene.digits if d.visible < VISIBLE), *(o for o in scene.others if is_lookalike(o.name))]
    ignore = [*scene.ignore, *(mark.box for mark in unclear)]
    return FrameTruth(
        np.array([d.box for d in digits], np.float32).reshape(-1, 4),
        np.array([d.label for d in digits], np.int64),
        np.array(ignore, np.float32).reshape(-1, 4),
    )
