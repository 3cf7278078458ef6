"""What stands in the window beside the frame: the keys that its help names, and the dot of a recording."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.annotate import overlay

_RED = (60, 60, 235)  # BGR


def keys(
    live: bool, recordable: bool, picture: bool, drawable: bool = False, teachable: bool = False
) -> list[tuple[str, str]]:
    """The keys of a window and what they do: of a camera, live and perhaps recordable, of a video, or of a picture.

    drawable : fields can be drawn
    teachable : digits can be corrected
    """
    pause = ("space", "hold the picture" if live else "pause")
    rows = [
        ("q, Esc", "quit"),
        ("other keys", "next picture") if picture else pause,
        ("s", "snapshot into this folder"),
        *([("r", "record, or stop it")] if recordable else []),
        *([("f", "draw a field with the mouse")] if drawable else []),
        ("m", "mirror"),
        ("d", "what the network sees"),
        ("h", "this help"),
    ]
    if teachable:
        rows.insert(2, ("click, 0-9, n", "correct a digit" if picture else "correct a digit, when paused"))
        rows.insert(3, ("u", "take a correction back"))
    return rows


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
