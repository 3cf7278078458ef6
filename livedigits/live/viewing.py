"""What the window shows of a frame: mirrored, and no larger than a screen."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.annotate.primitives import shrink
from livedigits.types import Digits, FieldValue, Result

_LARGEST = 1920  # px


def view(result: Result, mirror: bool) -> tuple[np.ndarray, Digits, dict[str, FieldValue]]:
    """Frame, digits and fields as the window shows them: shrunk before they are drawn, so that lines stay sharp."""
    image, factor = shrink(result.frame.image, _LARGEST)
    digits, fields = result.digits, dict(result.fields)
    if factor < 1:
        digits, fields = digits.scaled(factor), {name: value.scaled(factor) for name, value in fields.items()}
    if mirror:
        width = image.shape[1]
        image = cv2.flip(image, 1)
        digits, fields = digits.mirrored(width), {name: value.mirrored(width) for name, value in fields.items()}
    return image, digits, fields


def size_of(image: np.ndarray, most: int) -> tuple[int, int]:
    """The width and height of a window in which a picture (h, w, 3) is legible, at most so many px high, px."""
    height, width = image.shape[:2]
    factor = min(1280 / width, most / height, max(1.0, 640 / max(width, height)))
    return max(1, round(width * factor)), max(1, round(height * factor))
