"""What stands in the window beside the frame: keys of its help, a recording's dot, and what is chosen or asked."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Literal

import cv2
import numpy as np

from livedigits.annotate import overlay
from livedigits.annotate.primitives import AMBER, DARK, WHITE, Colour, edge, paste, text_line
from livedigits.live.pace import place
from livedigits.recognition.crop import SIZE
from livedigits.types import Box

_RED = (60, 60, 235)  # BGR


Can = Literal["hold", "record", "go on", "draw", "teach", "seek", "ask"]
"""What a window can do beside the rest: hold a camera's picture, record, go on to the next picture, draw fields,
correct digits, choose the place and speed of a video, choose how sure digits must be."""


COURSE_KEYS = [
    ("q, Esc", "end"),
    ("space, Enter", "take what is seen, once it is still"),
    ("0-9", "ask for that digit"),
    ("Backspace", "take the last one back"),
    ("mouse", "click a digit, or box one that is missed"),
    ("s", "snapshot into this folder"),
    ("m", "mirror"),
    ("d", "what the network sees"),
    ("h", "this help"),
]
"""The keys of a window that asks for digits, and what they do."""


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
    text = place(seconds)
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


def draw_box(
    canvas: np.ndarray, box: Box, frame: tuple[int, ...], mirrored: bool, colour: Colour, gap: int = 3
) -> None:
    """A box, px of a frame of this shape, which the canvas (h, w, 3) uint8 BGR shows, so many px of it farther out."""
    across, down = canvas.shape[1] / frame[1], canvas.shape[0] / frame[0]
    x, y, w, h = box
    left = (frame[1] - x - w if mirrored else x) * across
    first = round(left) - gap, round(y * down) - gap
    last = round(left + w * across) + gap, round((y + h) * down) + gap
    cv2.rectangle(canvas, first, last, DARK, 4)
    cv2.rectangle(canvas, first, last, colour, 2)


def draw_lesson(canvas: np.ndarray, title: str, times: str, said: Sequence[str], crop: np.ndarray | None) -> None:
    """What is asked for, large, in the upper left of the canvas (h, w, 3) uint8 BGR, and lines of text under it.

    crop : (28, 28) uint8, ink high on 0: what was seen last, in the upper right
    """
    short, wide = min(canvas.shape[:2]), canvas.shape[1]
    large, small = max(14, short // 22), max(9, min(short // 40, wide // (max(map(len, said)) + 8)))
    asked, counted = text_line(title, large, WHITE, DARK), text_line(times, small, AMBER, DARK)
    margin = small
    paste(canvas, asked, margin, margin)
    paste(canvas, counted, margin + asked.shape[1], margin + asked.shape[0] - counted.shape[0])
    for number, line in enumerate(said):
        patch = text_line(line, small, WHITE, DARK)
        paste(canvas, patch, margin, min(margin + asked.shape[0] + number * patch.shape[0], canvas.shape[0]))
    if crop is not None:
        side = SIZE * max(1, short // (6 * SIZE))
        tile = cv2.cvtColor(cv2.resize(255 - crop, (side, side), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR)
        edge(tile, (0, 0, side, side), 2, DARK)
        paste(canvas, tile, max(0, wide - side - margin), margin)
