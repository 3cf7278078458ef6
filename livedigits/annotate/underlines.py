"""Numbers on a frame: a line under the digits of each, also a slanting one, and the number's text under that.

The line of a number that was probably cut short goes on in dots at both ends: at which of them a digit is missing, or
whether between, is not known. It is amber, as is that of a number that is not sure to be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from livedigits.annotate.primitives import AMBER, DARK, NUMBER, Colour, as_percent, fill, matters, tab
from livedigits.recognition.boxes import intersection
from livedigits.types import Number

LEVEL = 4.0  # degrees: along lines that slant less, text is level, because then it is sharp
DOTS, STEP = 3, 2.0  # at an open end: how many dots, and from one to the next, in thicknesses of a line with its rim


@dataclass(frozen=True)
class Underline:
    """A line under a number.

    Attributes
    ----------
    ends : (2, 2) float, x, y in px of the left and the right end
    angle : degrees, clockwise on the screen
    thick : px
    pieces : (m, 4) int, boxes x, y, width, height in px that together cover the line and its dots
    dots : (k, 2) float, x, y in px of their middles; none where the line is closed
    colour : of the line, its dots and its text
    """

    ends: np.ndarray
    angle: float
    thick: int
    pieces: np.ndarray
    dots: np.ndarray
    colour: Colour


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
        reach = 0.0 if number.complete else DOTS * STEP * _with_rim(thick)
        margin = thick + np.array([reach, 0])  # an open end at the border of the frame shows there, too
        ends = np.clip(ends, margin, np.array([shape[1], shape[0]]) - 1 - margin)
        beyond = reach * _along(number.angle)
        pieces = _pieces(ends[0] - beyond, ends[1] + beyond, thick, number.angle)
        dots = np.empty((0, 2)) if number.complete else _dots(ends, number.angle, thick)
        lines.append(Underline(ends, number.angle, thick, pieces, dots, AMBER if doubted(number) else NUMBER))
    return lines


def _with_rim(thick: int) -> int:
    """Thickness in px of a line so thick together with the dark rim on its two sides."""
    return thick + 2 * max(1, thick // 2)


def _dots(ends: np.ndarray, angle: float, thick: int) -> np.ndarray:
    """Dots that go on from both ends (2, 2) of a line, as of Underline."""
    along = STEP * _with_rim(thick) * np.arange(1, DOTS + 1)[:, None] * _along(angle)
    return np.concatenate([ends[0] - along, ends[1] + along])


def tabs(
    numbers: list[Number],
    lines: list[Underline],
    boxes: np.ndarray,
    labels: np.ndarray,
    shape: tuple[int, ...],
    size: int,
) -> list[Text]:
    """The texts of numbers of two or more digits, each under its line, where they hide nothing; others are left out.

    Each number that has room is written; after that percentages are added where there is still room, except to
    numbers that are not complete.

    Parameters
    ----------
    numbers, lines : in px of the canvas, of equal length
    boxes : (n, 4) int px, of all digits
    labels : (m, 4) int px, of what must not be hidden besides
    shape : of the canvas
    size : px, height of the texts' digits
    """
    texts: dict[int, Text] = {}
    owner = np.full(len(boxes) + len(labels) + sum(len(line.pieces) for line in lines), -1)
    for k, number in enumerate(numbers):
        owner[list(number.digits)] = k
    start = len(boxes) + len(labels)
    for k, line in enumerate(lines):
        owner[start : start + len(line.pieces)] = k
        start += len(line.pieces)
    taken = np.vstack([boxes, labels, *(line.pieces for line in lines)])
    written = [k for k, number in enumerate(numbers) if len(number.digits) > 1 and number.is_sure]
    for k, percent in [(k, "") for k in written] + [(k, promised(numbers[k])) for k in written]:
        if k in texts and not percent:
            continue
        text, pieces = _text(numbers[k].text, percent, lines[k], size, shape[1])
        h, w = text.shown.shape
        inside = text.x >= 0 and text.y >= 0 and text.x + w <= shape[1] and text.y + h <= shape[0]
        if inside and not intersection(pieces, taken[owner != k]).any():
            texts[k] = text
            taken, owner = np.vstack([taken, pieces]), np.r_[owner, [k] * len(pieces)]
    return list(texts.values())


def promised(number: Number) -> str:
    """The percentage that is shown with a number, room provided: none of one that is not complete or not sure."""
    return as_percent(number.confidence) if number.complete and number.is_sure else ""


def doubted(number: Number) -> bool:
    """Whether a number is to be looked at: it was probably cut short, or is not likely enough to be right."""
    return not number.complete or matters(number.confidence)


def draw_rim(canvas: np.ndarray, line: Underline) -> None:
    """Draws the dark ground of a line onto the canvas (h, w, 3) uint8 BGR."""
    _stroke(canvas, line, _with_rim(line.thick), DARK)


def draw_line(canvas: np.ndarray, line: Underline) -> None:
    """Draws a line onto the canvas (h, w, 3) uint8 BGR."""
    _stroke(canvas, line, line.thick, line.colour)


def draw_text(canvas: np.ndarray, text: Text) -> None:
    """Writes a text onto the canvas (h, w, 3) uint8 BGR."""
    h, w = text.shown.shape
    canvas[text.y : text.y + h, text.x : text.x + w][text.shown] = text.patch[text.shown]


def _stroke(canvas: np.ndarray, line: Underline, width: int, colour: tuple[int, int, int]) -> None:
    points = np.round(line.ends * 16).astype(np.int32)  # in 16ths of a pixel
    cv2.polylines(canvas, [points], False, colour, width, cv2.LINE_AA, 4)
    side = width + 1  # of a dot
    for x, y in np.floor(line.dots - width / 2 + 0.5).astype(int).tolist():
        fill(canvas, x, y, x + side, y + side, colour)


def _text(text: str, percent: str, line: Underline, size: int, width: int) -> tuple[Text, np.ndarray]:
    """A text under the middle of a line of a canvas so many px wide, and boxes (m, 4) that together cover the text."""
    angle = round(line.angle) if abs(line.angle) > LEVEL else 0
    patch, shown, (long, high) = _turned(text, percent, size, angle, line.colour)
    middle = line.ends.mean(axis=0) + _below(angle) * (high - line.thick) / 2
    h, w = shown.shape
    middle[0] = np.clip(middle[0], w / 2, max(w / 2, width - w / 2))
    x, y = (int(np.floor(corner + 0.5)) for corner in middle - np.array([w, h]) / 2)  # round() jumps at halves
    if not angle:
        return Text(patch, shown, x, y), np.array([[x, y, w, h]])
    half = _along(angle) * long / 2
    return Text(patch, shown, x, y), _pieces(middle - half, middle + half, high, angle)


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
def _turned(
    text: str, percent: str, size: int, angle: int, ground: Colour
) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A number's text on its ground, turned clockwise by an angle in degrees.

    Returns the patch (h, w, 3) uint8 BGR, what of it is not empty, (h, w) bool, and its width and height in px before
    it was turned.
    """
    patch = tab(text, percent, size, ground)
    h, w = patch.shape[:2]
    if not angle:
        return patch, np.ones((h, w), bool), (w, h)
    matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), -angle, 1.0)
    c, s = abs(matrix[0, 0]), abs(matrix[0, 1])
    width, height = int(np.ceil(w * c + h * s)), int(np.ceil(w * s + h * c))
    matrix[:, 2] += (width - w) / 2, (height - h) / 2
    ink = cv2.warpAffine(np.full((h, w), 255, np.uint8), matrix, (width, height)) > 127
    patch = cv2.warpAffine(patch, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=ground)
    return patch, ink, (w, h)
