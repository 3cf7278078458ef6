"""Numbers on a frame: a line under the digits of each, also a slanting one, and the number's text under that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from livedigits.annotate.primitives import DARK, NUMBER, as_percent, tab
from livedigits.recognition.boxes import intersection
from livedigits.types import Number

LEVEL = 4.0  # degrees: along lines that slant less, text is level, because then it is sharp


@dataclass(frozen=True)
class Underline:
    """A line under a number.

    Attributes
    ----------
    ends : (2, 2) float, x, y in px of the left and the right end
    angle : degrees, clockwise on the screen
    thick : px
    pieces : (m, 4) int, boxes x, y, width, height in px that together cover the line
    """

    ends: np.ndarray
    angle: float
    thick: int
    pieces: np.ndarray


@dataclass(frozen=True)
class Text:
    """A number's text under its line.

    Attributes
    ----------
    patch : (h, w, 3) uint8 BGR
    shown : (h, w) bool, what of the patch is not empty
    x, y : px, of its upper left corner
    """

    patch: np.ndarray
    shown: np.ndarray
    x: int
    y: int


def underlines(numbers: list[Number], shape: tuple[int, ...], thick: int, below: int) -> list[Underline]:
    """A line for each number, close under its digits.

    Parameters
    ----------
    numbers : in px of the canvas
    shape : of the canvas
    thick : px, of the lines
    below : px, from the number's baseline to the upper edge of its line
    """
    lines = []
    for number in numbers:
        ends = np.array(number.baseline) + _below(number.angle) * (below + thick / 2)
        ends = np.clip(ends, thick, np.array([shape[1], shape[0]]) - 1 - thick)
        lines.append(Underline(ends, number.angle, thick, _pieces(ends[0], ends[1], thick, number.angle)))
    return lines


def tabs(
    numbers: list[Number],
    lines: list[Underline],
    boxes: np.ndarray,
    labels: np.ndarray,
    shape: tuple[int, ...],
    size: int,
) -> list[Text]:
    """The texts of numbers, each under the middle of its line, where they hide nothing; others are left out.

    Parameters
    ----------
    numbers, lines : in px of the canvas, of equal length
    boxes : (n, 4) int px, of all digits
    labels : (m, 4) int px, of what must not be hidden besides
    shape : of the canvas
    size : px, height of the texts' digits
    """
    texts: list[Text] = []
    owner = np.full(len(boxes) + len(labels) + sum(len(line.pieces) for line in lines), -1)
    for k, number in enumerate(numbers):
        owner[list(number.digits)] = k
    start = len(boxes) + len(labels)
    for k, line in enumerate(lines):
        owner[start : start + len(line.pieces)] = k
        start += len(line.pieces)
    taken = np.vstack([boxes, labels, *(line.pieces for line in lines)])
    for k, (number, line) in enumerate(zip(numbers, lines, strict=True)):
        text, pieces = _text(number, line, size)
        h, w = text.shown.shape
        inside = text.x >= 0 and text.y >= 0 and text.x + w <= shape[1] and text.y + h <= shape[0]
        if inside and not intersection(pieces, taken[owner != k]).any():
            texts.append(text)
            taken, owner = np.vstack([taken, pieces]), np.r_[owner, [-1] * len(pieces)]
    return texts


def draw_rim(canvas: np.ndarray, line: Underline) -> None:
    """Draws the dark ground of a line onto the canvas (h, w, 3) uint8 BGR."""
    _stroke(canvas, line, line.thick + 2 * max(1, line.thick // 2), DARK)


def draw_line(canvas: np.ndarray, line: Underline) -> None:
    """Draws a line onto the canvas (h, w, 3) uint8 BGR."""
    _stroke(canvas, line, line.thick, NUMBER)


def draw_text(canvas: np.ndarray, text: Text) -> None:
    """Writes a text onto the canvas (h, w, 3) uint8 BGR."""
    h, w = text.shown.shape
    canvas[text.y : text.y + h, text.x : text.x + w][text.shown] = text.patch[text.shown]


def _stroke(canvas: np.ndarray, line: Underline, width: int, colour: tuple[int, int, int]) -> None:
    points = np.round(line.ends * 16).astype(np.int32)  # in 16ths of a pixel
    cv2.polylines(canvas, [points], False, colour, width, cv2.LINE_AA, 4)


def _text(number: Number, line: Underline, size: int) -> tuple[Text, np.ndarray]:
    """A number's text, with the confidence if the line is as long, and boxes (m, 4) that together cover it."""
    angle = round(line.angle) if abs(line.angle) > LEVEL else 0
    for percent in (as_percent(number.confidence), ""):
        patch, shown, (width, height) = _turned(number.text, percent, size, angle)
        if width <= np.hypot(*(line.ends[1] - line.ends[0])):
            break
    middle = line.ends.mean(axis=0) + _below(angle) * (height - line.thick) / 2
    h, w = shown.shape
    x, y = round(float(middle[0]) - w / 2), round(float(middle[1]) - h / 2)
    if not angle:
        return Text(patch, shown, x, y), np.array([[x, y, w, h]])
    half = _along(angle) * width / 2
    return Text(patch, shown, x, y), _pieces(middle - half, middle + half, height, angle)


def _pieces(left: np.ndarray, right: np.ndarray, thick: float, angle: float) -> np.ndarray:
    """Upright boxes (m, 4) int that cover a bar from left to right, x, y each, turned by an angle in degrees."""
    count = 1 if abs(angle) <= LEVEL else int(np.clip(np.hypot(*(right - left)) / max(thick, 8), 1, 16))
    marks = left + np.linspace(0, 1, count + 1)[:, None] * (right - left)
    away = np.abs(_below(angle)) * thick / 2
    low, high = np.minimum(marks[:-1], marks[1:]) - away, np.maximum(marks[:-1], marks[1:]) + away
    return np.hstack([low, high - low]).round().astype(np.int64)


def _along(angle: float) -> np.ndarray:
    return np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])


def _below(angle: float) -> np.ndarray:
    c, s = _along(angle)
    return np.array([-s, c])


@lru_cache(maxsize=1024)
def _turned(text: str, percent: str, size: int, angle: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A number's text turned clockwise by an angle in degrees.

    Returns the patch (h, w, 3) uint8 BGR, what of it is not empty, (h, w) bool, and its width and height in px before
    it was turned.
    """
    patch = tab(text, percent, size, NUMBER)
    h, w = patch.shape[:2]
    if not angle:
        return patch, np.ones((h, w), bool), (w, h)
    matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), -angle, 1.0)
    c, s = abs(matrix[0, 0]), abs(matrix[0, 1])
    width, height = int(np.ceil(w * c + h * s)), int(np.ceil(w * s + h * c))
    matrix[:, 2] += (width - w) / 2, (height - h) / 2
    ink = cv2.warpAffine(np.full((h, w), 255, np.uint8), matrix, (width, height)) > 127
    patch = cv2.warpAffine(patch, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=NUMBER)
    return patch, ink, (w, h)
