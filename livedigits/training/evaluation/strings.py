"""Numbers read whole: which of those that are there are right, and whether the confidence of those shown is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from livedigits.recognition.boxes import covered, iou
from livedigits.training.dataset.frame_truth import MATCH, NumberTruth
from livedigits.training.evaluation import measures
from livedigits.training.evaluation.measures import Reliability, rounded
from livedigits.types import Digits, Number

SURE = 0.9
"""Confidence of a number that people will not look at again."""


@dataclass(frozen=True, eq=False)
class Strings:
    """How numbers were read.

    Attributes
    ----------
    right : (n,) bool, of those that are there: read whole and right
    confidence : (m,) float, of those shown
    correct : (m,) bool, of those shown: there is such a number
    whole : (m,) bool, of those shown: of several digits, and called complete
    """

    right: np.ndarray
    confidence: np.ndarray
    correct: np.ndarray
    whole: np.ndarray

    @staticmethod
    def joined(parts: Sequence[Strings]) -> Strings:
        """All of several, in order."""
        right, correct, whole = (
            np.concatenate([np.empty(0, bool), *(getattr(part, name) for part in parts)])
            for name in ("right", "correct", "whole")
        )
        return Strings(right, np.concatenate([np.empty(0), *(p.confidence for p in parts)]), correct, whole)

    def reliability(self) -> Reliability:
        """How often numbers shown with a confidence are right."""
        return measures.reliability(self.confidence, self.correct)


def of_page(digits: Digits, truth: NumberTruth) -> Strings:
    """How the numbers of a page were read: each by its text and its box."""
    shown = [number for number in digits.numbers if not _unclear(digits.boxes[list(number.digits)], truth)]
    boxes = np.array([number.box for number in shown], np.float32).reshape(-1, 4)
    there = iou(truth.boxes, boxes) >= MATCH
    texts = np.array(truth.texts, str)[:, None] == np.array([number.text for number in shown], str)
    hits = there & texts
    return _strings(hits.any(1), shown, hits.any(0))


def of_picture(digits: Digits, text: str) -> Strings:
    """How a picture of one number was read: right where its digits, from left to right, are read and nothing else."""
    order = np.argsort(digits.boxes[:, 0] + digits.boxes[:, 2] / 2, kind="stable")
    read = "".join(map(str, digits.labels[order].tolist()))
    numbers = digits.numbers
    return _strings(np.array([read == text]), numbers, np.array([number.text == text for number in numbers], bool))


def figures(strings: Strings) -> dict[str, Any]:
    """For JSON: share of the numbers right, those surely shown, and the reliability of all shown."""
    sure = (strings.confidence >= SURE) & strings.whole
    reliable = strings.reliability()
    return {
        "numbers": len(strings.right),
        "right": rounded(strings.right.mean()) if len(strings.right) else None,
        "shown": len(strings.confidence),
        "sure": int(sure.sum()),
        "sure_right": rounded(strings.correct[sure].mean()) if sure.any() else None,
        "calibration_error": rounded(reliable.error),
        "reliability": {
            "counts": reliable.counts.tolist(),
            "confidence": rounded(reliable.confidence),
            "accuracy": rounded(reliable.accuracy),
        },
    }


def _strings(right: np.ndarray, shown: Sequence[Number], correct: np.ndarray) -> Strings:
    confidence = np.array([number.confidence for number in shown], float)
    whole = np.array([number.complete and len(number.digits) > 1 for number in shown], bool)
    return Strings(right, confidence, correct, whole)


def _unclear(boxes: np.ndarray, truth: NumberTruth) -> bool:
    """Whether any of a number's digits lies where nothing is counted."""
    return bool((covered(boxes, truth.ignore) > 0.5).any())
