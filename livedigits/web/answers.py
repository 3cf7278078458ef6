"""Results as JSON: those of the command line, with the text, and for one picture what the network saw."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from livedigits.digits import Digits
from livedigits.live import reading_order
from livedigits.sinks import record
from livedigits.sources import Frame

if TYPE_CHECKING:
    from livedigits.reader import Reading

APART = 0.55  # of the digits' height: a wider gap separates numbers


def answer(frame: Frame, digits: Digits) -> dict[str, Any]:
    """The JSON contract's object for a frame, its digits in reading order, and its `text`."""
    lines = reading_order(digits.boxes)
    text = "\n".join(_line(digits, line) for line in lines)
    return {**record(frame, _ordered(digits, lines)), "text": text}


def detailed(frame: Frame, digits: Digits, reading: Reading) -> dict[str, Any]:
    """As `answer`; each digit has its ten `probabilities`, and its `crop`: 28x28 bytes row by row, in base64."""
    digits = _ordered(digits, reading_order(digits.boxes))
    result = answer(frame, digits)
    for i, digit in enumerate(result["digits"]):
        digit["probabilities"] = [round(float(p), 4) for p in digits.probabilities[i]]
        digit["crop"] = _crop(digits.boxes[i], reading)
    return result


def _ordered(digits: Digits, lines: list[np.ndarray]) -> Digits:
    return digits[np.concatenate(lines)] if lines else digits


def _crop(box: np.ndarray, reading: Reading) -> str | None:
    same = np.flatnonzero((reading.boxes == box).all(axis=1))
    if not len(same):
        return None
    pixels = (reading.crops[same[0], :, :, 0] * 255).round().clip(0, 255).astype(np.uint8)
    return base64.b64encode(pixels.tobytes()).decode("ascii")


def _line(digits: Digits, index: np.ndarray) -> str:
    """The digits of a line as one reads them, with a blank where they stand apart."""
    boxes = digits.boxes[index]
    gaps = boxes[1:, 0] - (boxes[:-1, 0] + boxes[:-1, 2])
    blanks = np.where(gaps > APART * np.median(boxes[:, 3]), " ", "")
    labels = digits.labels[index]
    return str(labels[0]) + "".join(f"{blank}{label}" for blank, label in zip(blanks, labels[1:], strict=True))
