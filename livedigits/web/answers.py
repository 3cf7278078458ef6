"""Results as JSON: those of the command line, with the text, and for one picture what the network saw."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from livedigits.recognition.grouping import text
from livedigits.types import Digits, Frame, Result

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reading


def answer(frame: Frame, digits: Digits) -> dict[str, Any]:
    """The JSON contract's object for a frame, its digits in reading order, and its `text`."""
    return {**Result(frame, digits.in_reading_order()).to_json(), "text": text(digits.numbers, between_lines="\n")}


def detailed(frame: Frame, reading: Reading) -> dict[str, Any]:
    """As `answer`; each digit has its ten `probabilities`, and its `crop`: 28x28 bytes row by row, in base64."""
    digits = reading.digits.in_reading_order()
    result = answer(frame, digits)
    for i, digit in enumerate(result["digits"]):
        digit["probabilities"] = [round(float(p), 4) for p in digits.probabilities[i]]
        digit["crop"] = _crop(digits.boxes[i], reading)
    return result


def _crop(box: np.ndarray, reading: Reading) -> str | None:
    same = np.flatnonzero((reading.regions == box).all(axis=1))
    if not len(same):
        return None
    pixels = (reading.crops[same[0], :, :, 0] * 255).round().clip(0, 255).astype(np.uint8)
    return base64.b64encode(pixels.tobytes()).decode("ascii")
