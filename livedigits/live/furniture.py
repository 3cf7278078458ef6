"""What stands in the window beside the frame: the keys that its help names, and the dot of a recording."""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

import cv2
import numpy as np

from livedigits.annotate import overlay

_RED = (60, 60, 235)  # BGR


Can = Literal["hold", "record", "go on", "draw", "teach", "seek", "ask"]
"""What a window can do beside the rest: hold a camera's picture, record, go on to the next picture, draw fields,
correct digits, choose the place and speed of a video, choose how sure digits must be."""


def keys(can: Set[Can]) -> list[tuple[str, str]]:
    """The keys of a window that does this, and what they do."""
    picture = "go on" in can
    rows: list[tuple[Can | None, str, str]] = [
        (None, "q, Esc", "quit"),
        ("go on", "other keys", "next picture"),
        (None, "space", "hold the picture" if "hold" in can else "pause"),
        ("seek", "left, right, bar", "5 s back or on, or anywhere"),
        ("seek", ", .", "frame by frame"),
        ("seek", "[ ]", "slower, faster"),
        ("ask", "- +, down up", "less sure digits, surer ones"),
        ("teach", "click, 0-9, n", "correct a digit" if picture else "correct a digit, when paused"),
        ("teach", "u", "take a correction back"),
        (None, "s", "snapshot into this folder"),
        ("record", "r", "record, or stop it"),
        ("draw", "f", "draw a field with the mouse"),
        (None, "m", "mirror"),
        (None, "d", "what the network sees"),
        (None, "h", "this help"),
    ]
    return [
        (key, does) for needs, key, does in rows if needs is None or needs in can if not (picture and key == "space")
    ]


def draw_dot(image: np.ndarray, seconds: float) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with a red dot and the elapsed time in its upper right; the same array."""
    minutes, rest = divmod(int(seconds), 60)
    text = f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    size = max(10, min(image.shape[:2]) // 40)  # px, of the digits
    scale = size / 22  # of this font's digits, 22 px high
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    right, top = image.shape[1] - size, size
    left = right - width - 4 * size
    cv2.rectangle(image, (left, top), (right, top + 2 * size), overlay.DARK, cv2.FILLED)
    cv2.circle(image, (left + size + size // 4, top + size), size // 2, _RED, cv2.FILLED, cv2.LINE_AA)
    at = left + 5 * size // 2, top + 3 * size // 2
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, overlay.WHITE, max(1, size // 12), cv2.LINE_AA)
    return image
