"""One frame's result as the JSON contract has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livedigits.digits import Digits
    from livedigits.sources import Frame


def record(frame: Frame, digits: Digits) -> dict[str, object]:
    """The object that stands for a frame: source, frame, time in s, width and height in px, digits, numbers."""
    height, width = frame.image.shape[:2]
    return {
        "source": frame.source,
        "frame": frame.index,
        "time": round(frame.time, 4),
        "width": width,
        "height": height,
        "digits": digits.to_json(),
        "numbers": [number.to_json() for number in digits.numbers],
    }
