"""One frame's result as the JSON contract has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livedigits.sources.video import Frame
    from livedigits.types import Digits


def valid(name: str) -> str:
    """A source's name as it stands in JSON: U+FFFD for each byte of a file name that is no UTF-8.

    Python holds such bytes as lone surrogates; escaped, they are JSON that jq and others refuse.
    """
    return re.sub("[\ud800-\udfff]", "\ufffd", name)


def record(frame: Frame, digits: Digits) -> dict[str, object]:
    """The object that stands for a frame: source as `valid` has it, frame, time in s, width and height in px, digits,
    numbers."""
    height, width = frame.image.shape[:2]
    return {
        "source": valid(frame.source),
        "frame": frame.index,
        "time": round(frame.time, 4),
        "width": width,
        "height": height,
        "digits": digits.to_json(),
        "numbers": [number.to_json() for number in digits.numbers],
    }
