"""Pages for tests of fields: digits of our own strokes, signs drawn between them, and regions about them."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.fields.definition import Field, rectangle
from livedigits.fields.form import Form
from tests import pages

Truth = list[tuple[int, tuple[int, int, int, int]]]


def asked(form: str | None = None, **rules: float) -> Field:
    """A field with these rules; where it is is told apart."""
    return Field("home", rectangle(0, 0, 1, 1), None if form is None else Form(form), **rules)


def about(truth: Truth, wider: float = 0.3) -> np.ndarray:
    """The corners (4, 2) of a region about digits, so many heights of one larger on each side."""
    boxes = np.array([box for _, box in truth], np.float64)
    low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
    edge = wider * (high[1] - low[1])
    return np.array(rectangle(low[0] - edge, low[1] - edge, *(high - low + 2 * edge)))


def signed(text: str, height: int = 60, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A page with a text of digits and signs, (h, w, 3) uint8 BGR, and the corners of a region about it."""
    image, truth = pages.page(
        "".join(c for c in text if c.isdigit()), height, size=(900, 300), at=(120, 110), gap=0.75, seed=seed
    )
    ink, thick = (40, 30, 30), max(3, height // 15)
    top = min(box[1] for _, box in truth)
    base = top + height
    after = 0  # digits that stand before the sign
    corners = about(truth, 0.9 if not text[0].isdigit() else 0.4)
    for sign in text:
        if sign.isdigit():
            after += 1
            continue
        right = truth[after][1][0] if after < len(truth) else truth[-1][1][0] + 2 * height
        left = truth[after - 1][1][0] + truth[after - 1][1][2] if after else right - round(0.75 * height)
        x = (left + right) // 2
        if sign == ".":
            cv2.circle(image, (x, base - thick), thick, ink, -1, cv2.LINE_AA)
        elif sign == ",":
            cv2.line(image, (x + 2, base - thick), (x - thick, base + height // 6), ink, thick, cv2.LINE_AA)
        elif sign == ":":
            for y in (base - height // 4, base - 3 * height // 4):
                cv2.circle(image, (x, y), thick, ink, -1, cv2.LINE_AA)
        elif sign == "-":
            y, half = base - height // 2, height // 5
            cv2.line(image, (x - half, y), (x + half, y), ink, thick, cv2.LINE_AA)
        else:
            cv2.line(image, (x - height // 5, base), (x + height // 5, top), ink, thick, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (3, 3), 0), corners
