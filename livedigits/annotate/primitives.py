"""What is drawn onto frames is made of: colours, boxes, patches and text."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

ACCENT: Colour = (120, 230, 40)
NUMBER: Colour = (90, 205, 255)
AMBER: Colour = (20, 130, 255)
DARK: Colour = (34, 28, 24)
WHITE: Colour = (255, 255, 255)
MUTED: Colour = (170, 160, 155)
WARNING: Colour = (30, 50, 150)


PLAIN = 0.9
"""Probability from which on none is shown: what is right nearly always is not worth a look. More shows more of them."""


def outline(canvas: np.ndarray, x: int, y: int, w: int, h: int, colour: Colour, short: int) -> None:
    """A box around the ink, not over it, with a dark rim on both sides so that it shows on any ground."""
    line = max(1, round(short / 300))
    rim = max(1, line // 2)
    corners = _corners(x, y, w, h, line + rim, canvas)
    cv2.rectangle(canvas, *corners, DARK, line + 2 * rim)
    cv2.rectangle(canvas, *corners, colour, line)


def _corners(x: int, y: int, w: int, h: int, gap: int, canvas: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """Upper left and lower right corner of the drawn box, inside the canvas."""
    height, width = canvas.shape[:2]
    inset = gap // 2
    return (
        (max(x - gap, inset), max(y - gap, inset)),
        (min(x + w + gap - 1, width - 1 - inset), min(y + h + gap - 1, height - 1 - inset)),
    )


def edge(canvas: np.ndarray, box: Box, thick: int, colour: Colour) -> None:
    """Colours the outermost px of a box x, y, w, h on the canvas, so many px thick; what lies outside is left out."""
    x, y, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    for side in ((x, y, right, y + thick), (x, bottom - thick, right, bottom)):
        fill(canvas, *side, colour)
    for side in ((x, y, x + thick, bottom), (right - thick, y, right, bottom)):
        fill(canvas, *side, colour)


def fill(canvas: np.ndarray, left: int, top: int, right: int, bottom: int, colour: Colour) -> None:
    """Colours a rectangle, right and bottom not included; what lies outside the canvas is left out."""
    canvas[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = colour


def paste(canvas: np.ndarray, patch: np.ndarray, x: int, y: int) -> None:
    """Puts a patch onto the canvas at x, y >= 0; what does not fit is cut off."""
    room = canvas[y : y + patch.shape[0], x : x + patch.shape[1]]
    room[:] = patch[: room.shape[0], : room.shape[1]]


def fit(
    image: np.ndarray, width: int, height: int, ground: Colour = (0, 0, 0), enlarging: int = cv2.INTER_AREA
) -> np.ndarray:
    """The image (h, w, 3) uint8 in the middle of a ground of this size, its aspect kept: (height, width, 3) uint8.

    `enlarging` is the interpolation of a smaller one.
    """
    factor = min(width / image.shape[1], height / image.shape[0])
    canvas = np.full((height, width, 3), ground, np.uint8)
    resized = _resized(image, factor, cv2.INTER_AREA if factor < 1 else enlarging)
    paste(canvas, resized, (width - resized.shape[1]) // 2, (height - resized.shape[0]) // 2)
    return canvas


def shrink(image: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """The image (h, w, 3) uint8 with its longer side at most so many px, and the factor by which it became smaller."""
    factor = min(1.0, longest / max(image.shape[:2]))
    return (_resized(image, factor, cv2.INTER_AREA) if factor < 1 else image), factor


def _resized(image: np.ndarray, factor: float, interpolation: int) -> np.ndarray:
    width, height = (max(1, round(side * factor)) for side in image.shape[1::-1])
    return cv2.resize(image, (width, height), interpolation=interpolation)


def as_percent(probability: float) -> str:
    """A probability 0..1 in percent, where it is so low that it matters; "" otherwise."""
    return f"{round(float(probability) * 100)}%" if matters(probability) else ""


def matters(probability: float) -> bool:
    """Whether a probability 0..1 is so low that it is shown, in amber."""
    return float(probability) < PLAIN


@lru_cache(maxsize=4096)
def tab(text: str, percent: str, size: int, ground: Colour) -> np.ndarray:
    """A label: dark text, size px high, and behind it a smaller confidence, if any. (h, w, 3) uint8 BGR."""
    pad = max(2, size // 6)
    patch = lettering(text, size, DARK, ground, bold=True)
    if percent:
        second = lettering(percent, max(8, round(size * 0.65)), DARK, ground)
        height = max(patch.shape[0], second.shape[0])
        both = np.full((height, patch.shape[1] + 2 * pad + second.shape[1], 3), ground, np.uint8)
        paste(both, patch, 0, height - patch.shape[0])
        paste(both, second, patch.shape[1] + 2 * pad, height - second.shape[0])
        patch = both
    return cv2.copyMakeBorder(patch, pad, pad, pad + 1, pad + 1, cv2.BORDER_CONSTANT, value=ground)


@lru_cache(maxsize=512)
def text_line(text: str, size: int, colour: Colour, ground: Colour, pad: int | None = None) -> np.ndarray:
    """A line of text with room about it: (h, w, 3) uint8 BGR."""
    pad = max(2, size // 3) if pad is None else pad
    patch = lettering(text, size, colour, ground, extent="0jg|")
    return cv2.copyMakeBorder(patch, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=ground)


@lru_cache(maxsize=1024)
def lettering(
    text: str, size: int, colour: Colour, ground: Colour, bold: bool = False, extent: str = "0"
) -> np.ndarray:
    """Text whose capitals are size px high, cut to its width and to the height of the letters in extent."""
    font = cv2.FONT_HERSHEY_DUPLEX if bold else cv2.FONT_HERSHEY_SIMPLEX
    top, bottom = _rows("0", font, 1.0)
    scale = size / (bottom - top)
    top, bottom = _rows(extent, font, scale)
    mask = _mask(text, font, scale)
    columns = np.flatnonzero(mask.any(axis=0))
    left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, 1)
    alpha = mask[top:bottom, left:right, None].astype(np.float32) / 255
    behind, ink = np.array(ground, np.float32), np.array(colour, np.float32)
    return (behind + alpha * (ink - behind)).round().astype(np.uint8)


@lru_cache(maxsize=256)
def _rows(text: str, font: int, scale: float) -> tuple[int, int]:
    """First row, and the row after the last, that a text inks in its mask."""
    rows = np.flatnonzero(_mask(text, font, scale).any(axis=1))
    return int(rows[0]), int(rows[-1]) + 1


def _mask(text: str, font: int, scale: float) -> np.ndarray:
    """The text in white on black with its baseline at a fixed place: (h, w) uint8.

    Measured by its ink and not by cv2.getTextSize, whose answer means different things in OpenCV 4 and 5.
    """
    unit = int(np.ceil(30 * scale))
    mask = np.zeros((3 * unit, (len(text) + 2) * unit), np.uint8)
    cv2.putText(mask, text, (unit // 2, 2 * unit), font, scale, 255, max(1, round(scale * 1.2)), cv2.LINE_AA)
    return mask
