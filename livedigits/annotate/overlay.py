"""Draws what was read onto a frame: boxes, labels, numbers, a status line. Pure: arrays in, a new array out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from livedigits.annotate.fields import draw_fields, without_fields
from livedigits.annotate.label_layout import place
from livedigits.annotate.primitives import (
    ACCENT,
    AMBER,
    DARK,
    WARNING,
    WHITE,
    as_percent,
    edge,
    fill,
    matters,
    paste,
    tab,
    text_line,
)
from livedigits.annotate.underlines import doubted, draw_line, draw_rim, draw_text, promised, tabs, underlines
from livedigits.types import Digits, FieldValue

SMALLEST = 320
"""Longer side, in px, below which a picture is enlarged before anything is drawn: no text fits into 28x28 px."""


def draw(
    image: np.ndarray, digits: Digits, status: str | None = None, fields: Mapping[str, FieldValue] | None = None
) -> np.ndarray:
    """The image with a box and a label for each digit, a line under each number, the fields, and a status.

    All labels of a frame are of one size. A number of two or more digits is underlined, and written under that where
    it hides nothing; one of a single digit is written by the digit's label. A number that is not complete is underlined
    in any case, and its line goes on in dots. One rule for percentages: a number below 90 % has its own once, at its
    text or its single digit's label, where there is room, unless it is not complete or not sure; it is amber, and so is
    one that is not complete. A number that is not sure is underlined and not written; its digits have boxes and labels.
    A field has an outline with its name and what it holds, and the digits in it are not drawn apart.
    The status stands in the lower left corner.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR; left as it is
    digits : boxes in px of this image
    status : a short text, such as "30 fps"
    fields : by their names, in px of this image

    Returns
    -------
    (h, w, 3) uint8 BGR, a new array. A picture smaller than 320 px comes back enlarged by a whole factor.
    """
    factor = enlargement(image)
    canvas = _enlarged(image, factor)
    fields = {name: value.scaled(factor) for name, value in (fields or {}).items()}
    digits = without_fields(digits if factor == 1 else digits.scaled(factor), fields)
    if len(digits):
        _draw_digits(canvas, digits)
    if fields:
        size = text_size(np.array([value.box for value in fields.values()]), canvas.shape)
        draw_fields(canvas, fields, size)
    if status:
        short = min(canvas.shape[:2])
        patch = text_line(status, max(10, short // 45), WHITE, DARK)
        margin = max(4, short // 100)
        paste(canvas, patch, margin, canvas.shape[0] - patch.shape[0] - margin)
    return canvas


def _draw_digits(canvas: np.ndarray, digits: Digits) -> None:
    """Draws boxes, labels and numbers onto the canvas (h, w, 3), in whose px the digits are."""
    size = text_size(digits.boxes, canvas.shape)
    line = max(1, round(size / 11))  # px: all strokes are as thick
    rim, margin = max(1, line // 2), line + max(1, line // 2)
    boxes = digits.boxes.astype(np.int64)
    order = np.arange(len(digits)) if digits.tracks is None else np.argsort(digits.tracks)  # the same in each frame
    rank = np.argsort(order)
    numbers = [number for number in digits.numbers if len(number.digits) > 1 or not number.complete]
    numbers.sort(key=lambda number: rank[number.digits[0]])
    lines = underlines(numbers, canvas.shape, line, margin + rim)
    underlined = np.zeros(len(digits), bool)
    underlined[[i for number in numbers for i in number.digits]] = True
    letters = [str(label) for label in digits.labels]
    percents = [as_percent(p) for p in digits.confidences]  # of digits without a number; of others it is the number's
    grounds = [AMBER if matters(p) else ACCENT for p in digits.confidences]
    for number in digits.numbers:
        alone = len(number.digits) == 1
        for i in number.digits:
            percents[i] = promised(number) if alone else ""
            grounds[i] = AMBER if alone and doubted(number) else ACCENT
    narrow, wide = (
        [tab(letter, text, size, ground) for letter, text, ground in zip(letters, texts, grounds, strict=True)]
        for texts in ([""] * len(letters), percents)
    )
    sizes = [np.array([patch.shape[1::-1] for patch in patches]) for patches in (narrow, wide)]
    outlines = boxes + [-margin, -margin, 2 * margin, 2 * margin]
    outlines = _inside(outlines, canvas.shape)
    held = outlines + np.outer(underlined, [0, 0, 0, 2 * (line + rim)])  # labels go under the line of a number
    places = place(boxes, held, sizes, lines, canvas.shape, line, order)
    patches = [both[w] for both, w in zip(zip(narrow, wide, strict=True), places.wide.tolist(), strict=True)]
    texts = tabs(numbers, lines, boxes, places.boxes, canvas.shape, size)

    # Dark rims first, for any ground, then what they hide of ink is put back, and thin bright lines go over it.
    inks = [(x, y, canvas[y : y + h, x : x + w].copy()) for x, y, w, h in _inside(boxes, canvas.shape).tolist()]
    for x, y, w, h in outlines.tolist():
        edge(canvas, (x - rim, y - rim, w + 2 * rim, h + 2 * rim), line + 2 * rim, DARK)
    for x, y, w, h in places.boxes.tolist():
        fill(canvas, x - rim, y - rim, x + w + rim, y + h + rim, DARK)
    for each in lines:
        draw_rim(canvas, each)
    for x, y, ink in inks:
        paste(canvas, ink, x, y)
    for x, y, w, h in outlines.tolist():
        edge(canvas, (x, y, w, h), line, ACCENT)
    for each in lines:
        draw_line(canvas, each)
    for (x, y, _, _), patch in zip(places.boxes.tolist(), patches, strict=True):
        paste(canvas, patch, x, y)
    for text in texts:
        draw_text(canvas, text)


def text_size(boxes: np.ndarray, shape: tuple[int, ...]) -> int:
    """Height in px of the labels' digits above boxes (n, 4): one of few steps, so that it seldom changes."""
    short, height = min(shape[:2]), float(np.median(boxes[:, 3]))
    least = max(10.0, min(short / 60, 0.4 * height))
    size = min(max(0.22 * height, least), max(least, short / 30))
    return round(10 * 1.2 ** round(np.log(size / 10) / np.log(1.2)))


def _inside(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What of boxes (n, 4) lies inside an image of this shape."""
    size = np.array([shape[1], shape[0]])
    low, high = np.clip(boxes[:, :2], 0, size), np.clip(boxes[:, :2] + boxes[:, 2:], 0, size)
    return np.hstack([low, high - low])


def enlargement(image: np.ndarray) -> int:
    """The whole factor by which draw() enlarges an image (h, w, 3): 1 from 320 px up."""
    return max(1, -(-SMALLEST // max(image.shape[:2])))


def draw_panel(image: np.ndarray, rows: Sequence[tuple[str, str]]) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with two columns of text on a small panel in the lower right; a new array."""
    canvas = image.copy()
    height, width = canvas.shape[:2]
    size = max(9, min(height // 55, height // (3 * len(rows)), width // 40))
    pad = max(1, size // 6)
    cells = [
        (text_line(left, size, ACCENT, DARK, pad), text_line(right, size, WHITE, DARK, pad)) for left, right in rows
    ]
    column = max(left.shape[1] for left, _ in cells) + size
    step = cells[0][0].shape[0]
    panel = np.full(
        (step * len(cells) + size, column + max(right.shape[1] for _, right in cells) + size, 3), DARK, np.uint8
    )
    for i, (left, right) in enumerate(cells):
        paste(panel, left, size // 2, size // 2 + i * step)
        paste(panel, right, column, size // 2 + i * step)
    paste(canvas, panel, max(0, width - panel.shape[1] - size), max(0, height - panel.shape[0] - size))
    return canvas


def draw_notice(image: np.ndarray, text: str) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with a line of text in a band across its upper part; a new array.

    Of a text that does not fit the beginning is left out.
    """
    canvas = image.copy()
    height, width = canvas.shape[:2]
    size = max(8, height // 36)
    line = text_line(text, size, WHITE, WARNING)
    while line.shape[1] > width and len(text) > 8:  # what is wrong stands at the end
        text = "..." + text[max(4, len(text) - len(text) * width // line.shape[1]) + 3 :]
        line = text_line(text, size, WHITE, WARNING)
    top = min(height // 8, max(0, height - line.shape[0]))
    canvas[top : top + line.shape[0]] = WARNING
    paste(canvas, line, max(0, (width - line.shape[1]) // 2), top)
    return canvas


def draw_hint(image: np.ndarray, text: str) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with a line of text in its upper left, which says what to do; a new array."""
    canvas = image.copy()
    size = max(9, min(canvas.shape[0] // 40, canvas.shape[1] // (len(text) + 8)))
    paste(canvas, text_line(text, size, WHITE, DARK), size, size)
    return canvas


def _enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    """A copy of the image, each pixel a square of factor px."""
    if factor == 1:
        return image.copy()
    return np.ascontiguousarray(image.repeat(factor, axis=0).repeat(factor, axis=1))
