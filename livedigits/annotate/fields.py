"""Draws fields onto a frame: their outlines, and what they hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import cv2
import numpy as np

from livedigits.annotate.primitives import ACCENT, AMBER, DARK, MUTED, Colour, as_percent, fill, paste, tab
from livedigits.types import Digits, FieldState, FieldValue

REFUSED: Colour = (90, 90, 245)
COLOURS: dict[FieldState, Colour] = {
    "read": ACCENT,
    "settled": ACCENT,
    "doubtful": AMBER,
    "refused": REFUSED,
    "missing": MUTED,
}
LONGEST_NAME = 24
"""Characters of a name that are drawn."""


def draw_fields(canvas: np.ndarray, fields: Mapping[str, FieldValue], size: int) -> None:
    """Draws fields onto the canvas (h, w, 3) uint8 BGR, in whose px their corners are: outlines, names and values.

    A field that is read is green, one that is doubtful amber, with its percentage; one that is refused is red, one in
    which nothing is, grey. What was not found in the picture is not drawn. size : px, of the letters
    """
    line = max(1, round(size / 11))
    rim = max(1, line // 2)
    placed = {name: value for name, value in fields.items() if value.corners is not None and value.state in COLOURS}
    outlines = {name: np.array(value.corners).round().astype(np.int32) for name, value in placed.items()}
    for outline in outlines.values():
        cv2.polylines(canvas, [outline], True, DARK, line + 2 * rim, cv2.LINE_AA)
    for name, outline in outlines.items():
        cv2.polylines(canvas, [outline], True, COLOURS[placed[name].state], line, cv2.LINE_AA)
    for name, outline in outlines.items():
        _draw_label(canvas, label(name, placed[name], size), outline, line + rim, rim)


def label(name: str, value: FieldValue, size: int) -> np.ndarray:
    """A field's name and what it holds, (h, w, 3) uint8 BGR, its letters size px high."""
    shown = f"{_plain(name)} {value.text}" if value.text else _plain(name)
    aside = {"refused": "refused", "missing": "missing", "doubtful": as_percent(value.confidence) or "doubtful"}
    return tab(shown, aside.get(value.state, ""), size, COLOURS[value.state])


def without_fields(digits: Digits, fields: Mapping[str, FieldValue]) -> Digits:
    """Digits and numbers that stand in no field which says what they are; px as those of the fields' corners."""
    if not len(digits) or not fields:
        return digits
    middle = digits.boxes[:, :2] + digits.boxes[:, 2:] / 2
    free = np.ones(len(digits), bool)
    for value in fields.values():
        if value.corners is not None and value.text:
            outline = np.array(value.corners, np.float32)
            free &= [cv2.pointPolygonTest(outline, (float(x), float(y)), False) < 0 for x, y in middle]
    return digits if free.all() else digits[free]


def _draw_label(canvas: np.ndarray, patch: np.ndarray, outline: np.ndarray, gap: int, rim: int) -> None:
    """Over the outline, or where there is no room under it; inside the canvas."""
    height, width = canvas.shape[:2]
    high, wide = patch.shape[:2]
    top = int(outline[:, 1].min()) - gap - high
    if top < rim:
        top = int(outline[:, 1].max()) + gap + 1
    x = max(rim, min(int(outline[:, 0].min()) - gap // 2, width - wide - rim))
    y = max(rim, min(top, height - high - rim))
    fill(canvas, x - rim, y - rim, x + wide + rim, y + high + rim, DARK)
    paste(canvas, patch, x, y)


def _plain(name: str) -> str:
    """A name in the letters that OpenCV can draw."""
    apart = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in apart if not unicodedata.combining(c)).encode("ascii", "replace").decode("ascii")
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."
