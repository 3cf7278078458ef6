"""Numbers on a frame: a line under the digits of each, also a slanting one, and the number's text along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from livedigits.boxes import intersection
from livedigits.canvas import DARK, NUMBER, lettering
from livedigits.numbers import Number

LEVEL = 4.0  # degrees: along lines that slant less, text is level, because then it is sharp


@dataclass(frozen=True)
class Underline:
    """A line under a number and the place of its text.

    Attributes
    ----------
    ends : (2, 2) float, x, y in px of the left and the right end
    angle : degrees, of the line
    text : the number
    size : px, the height of the text's digits
    box : x, y, width, height in px around the text
    """

    ends: np.ndarray
    angle: float
    text: str
    size: int
    box: tuple[int, int, int, int]


def underlines(numbers: list[Number], boxes: np.ndarray, shape: tuple[int, ...], factor: int) -> list[Underline]:
    """A line for each number, its text where it hides the least of all digits and of the texts before it.

    Parameters
    ----------
    numbers : in px of the frame
    boxes : (n, 4) int, of all digits, in px of the canvas
    shape : of the canvas
    factor : by which the canvas is larger than the frame
    """
    lines: list[Underline] = []
    taken = boxes
    for number in numbers:
        least = np.inf
        for step, line in enumerate(_spots(number, boxes, shape, factor)):
            box = np.array([line.box])
            cost = float(intersection(box, taken).sum()) + step * 0.01 * line.box[2] * line.box[3]
            if cost < least:
                least, best = cost, line
            if cost == 0:
                break
        lines.append(best)
        taken = np.vstack([taken, best.box])
    return lines


def draw_line(canvas: np.ndarray, line: Underline) -> None:
    """Draws the line onto the canvas (h, w, 3) uint8 BGR."""
    thick = _thickness(canvas.shape)
    ticks = line.ends - _directions(line.angle)[1] * 2 * thick
    points = np.round(np.array([ticks[0], line.ends[0], line.ends[1], ticks[1]]) * 16).astype(np.int32)
    for colour, width in ((DARK, 3 * thick), (NUMBER, thick)):
        cv2.polylines(canvas, [points], False, colour, width, cv2.LINE_AA, 4)  # in 16ths of a pixel


def draw_text(canvas: np.ndarray, line: Underline) -> None:
    """Writes the text of the line onto the canvas (h, w, 3) uint8 BGR."""
    x, y, w, h = line.box
    patch, ink, _ = _turned(line.text, line.size, _slant(line.angle))
    room = canvas[y : y + h, x : x + w]
    shown = ink[: room.shape[0], : room.shape[1]]
    room[shown] = patch[: room.shape[0], : room.shape[1]][shown]


def _spots(number: Number, boxes: np.ndarray, shape: tuple[int, ...], factor: int) -> Iterator[Underline]:
    """Where a number's text could stand, best first: under the line, smaller there, behind it, before it."""
    short, thick = min(shape[:2]), _thickness(shape)
    along, below = _directions(number.angle)
    ends = np.array(number.baseline) * factor + below * 4 * thick
    ends = np.clip(ends, thick, np.array([shape[1], shape[0]]) - 1 - thick)
    left, right = ends
    smallest = max(10, short // 60)
    large = int(np.clip(np.median(boxes[list(number.digits), 3]) * 0.25, smallest, max(smallest, short // 26)))
    for behind in (False, True):
        for size in (large // 2 * 2, smallest // 2 * 2):
            patch, _, (width, height) = _turned(number.text, size, _slant(number.angle))
            h, w = patch.shape[:2]
            inwards, away = along * width / 2, below * (height / 2 + 2 * thick)
            beyond = along * (width / 2 + 3 * thick)
            under = [(left + right) / 2 + away, left + inwards + away, right - inwards + away]
            for x, y in [right + beyond, left - beyond] if behind else under:
                x, y = np.clip(x - w / 2, 0, max(shape[1] - w, 0)), np.clip(y - h / 2, 0, max(shape[0] - h, 0))
                yield Underline(ends, number.angle, number.text, size, (round(x), round(y), w, h))


def _directions(angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Along a line and to below it, (2,) each."""
    c, s = float(np.cos(np.radians(angle))), float(np.sin(np.radians(angle)))
    return np.array([c, s]), np.array([-s, c])


def _thickness(shape: tuple[int, ...]) -> int:
    return max(2, round(min(shape[:2]) / 450))


def _slant(angle: float) -> int:
    return round(angle) if abs(angle) > LEVEL else 0


@lru_cache(maxsize=1024)
def _turned(text: str, size: int, angle: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """A number's text on a dark ground, turned clockwise by an angle in degrees.

    Returns the patch (h, w, 3) uint8 BGR, what of it is not empty, (h, w) bool, and its width and height in px before
    it was turned.
    """
    pad = max(2, size // 4)
    letters = lettering(text, size, NUMBER, DARK, bold=True)
    patch = cv2.copyMakeBorder(letters, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=DARK)
    h, w = patch.shape[:2]
    if not angle:
        return patch, np.ones((h, w), bool), (w, h)
    matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), -angle, 1.0)
    c, s = abs(matrix[0, 0]), abs(matrix[0, 1])
    width, height = int(np.ceil(w * c + h * s)), int(np.ceil(w * s + h * c))
    matrix[:, 2] += (width - w) / 2, (height - h) / 2
    ink = cv2.warpAffine(np.full((h, w), 255, np.uint8), matrix, (width, height)) > 127
    patch = cv2.warpAffine(patch, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=DARK)
    return patch, ink, (w, h)
