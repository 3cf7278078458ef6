"""Results as JSON: those of the command line, with the text, and for one picture what the network saw."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from livedigits.recognition.grouping import text
from livedigits.types import Result

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reading


def answer(result: Result) -> dict[str, Any]:
    """The JSON contract's object, its digits in reading order, and its `text`, a line for each of the page's."""
    ordered = replace(result, digits=result.digits.in_reading_order())
    return {**ordered.to_json(), "text": text(result.digits.numbers, between_lines="\n")}


def detailed(result: Result, reading: Reading) -> dict[str, Any]:
    """As `answer`; each digit has its ten `probabilities`, and its `crop`: 28x28 bytes row by row, in base64."""
    digits = result.digits.in_reading_order()
    told = answer(result)
    for i, digit in enumerate(told["digits"]):
        digit["probabilities"] = [round(float(p), 4) for p in digits.probabilities[i]]
        digit["crop"] = _crop(digits.boxes[i], reading)
    return told


def _crop(box: np.ndarray, reading: Reading) -> str | None:
    """The crop of the region that a digit's box (4,) is of; None where no region has it."""
    same = np.flatnonzero((reading.regions == box).all(axis=1))
    if not len(same):
        return None
    pixels = (reading.crops[same[0], :, :, 0] * 255).round().clip(0, 255).astype(np.uint8)
    return base64.b64encode(pixels.tobytes()).decode("ascii")
