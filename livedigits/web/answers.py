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
    """As `answer`; each digit has its ten `probabilities`, and both channels of its crop, `crop` and `around`.

    A channel is 28x28 bytes row by row, in base64; None where the reading has no crop of the digit.
    """
    digits = result.digits.in_reading_order()
    told = answer(result)
    for i, digit in enumerate(told["digits"]):
        digit["probabilities"] = [round(float(p), 4) for p in digits.probabilities[i]]
        digit["crop"], digit["around"] = _channels(digits.boxes[i], reading)
    return told


def _channels(box: np.ndarray, reading: Reading) -> tuple[str | None, str | None]:
    """Both channels of the crop of the region that a digit's box (4,) is of; None where no region has it."""
    same = np.flatnonzero((reading.regions == box).all(axis=1))
    if not len(same):
        return None, None
    pixels = (reading.crops[same[0]] * 255).round().clip(0, 255).astype(np.uint8)
    crop, around = (base64.b64encode(pixels[..., k].tobytes()).decode("ascii") for k in (0, 1))
    return crop, around
