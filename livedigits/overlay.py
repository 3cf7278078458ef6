"""Draws what was read onto a frame: boxes, tags, numbers, a status line. Pure: arrays in, a new array out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from livedigits.boxes import intersection
from livedigits.canvas import ACCENT, DARK, WARNING, WHITE, as_percent, lettering, outline, paste, text_line
from livedigits.digits import Digits
from livedigits.underline import draw_line, draw_text, underlines

SMALLEST = 320
"""Longer side, in px, below which a picture is enlarged before anything is drawn: no text fits into 28x28 px."""

_MANY = 200  # digits beyond which no free places are sought for their tags: there are none


def draw(image: np.ndarray, digits: Digits, status: str | None = None) -> np.ndarray:
    """The image with box, digit and confidence over each digit, each number along its line, and a status.

    A number of two or more digits is underlined and written beside that; the status stands in the lower left corner.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR; left as it is
    digits : boxes in px of this image
    status : a short text, such as "30 fps"

    Returns
    -------
    (h, w, 3) uint8 BGR, a new array. A picture smaller than 320 px comes back enlarged by a whole factor.
    """
    factor = enlargement(image)
    canvas = _enlarged(image, factor)
    boxes = digits.boxes.astype(np.int64) * factor
    short = min(canvas.shape[:2])
    for x, y, w, h in boxes.tolist():
        outline(canvas, x, y, w, h, ACCENT, short)
    tags = [_tag_sizes(int(h), short) for h in boxes[:, 3]]
    texts = [
        (str(label), as_percent(confidence))
        for label, confidence in zip(digits.labels, digits.confidences, strict=True)
    ]
    numbers = [number for number in digits.numbers if len(number.digits) > 1]
    lines = underlines(numbers, boxes, canvas.shape, factor)
    for line in lines:
        draw_line(canvas, line)
    taken = np.array([line.box for line in lines], np.int64).reshape(-1, 4)
    places = _places(boxes, texts, tags, canvas.shape, taken)
    for (x, y, form), (digit, percent), sizes in zip(places, texts, tags, strict=True):
        paste(canvas, _tag(digit, percent, *sizes[form]), x, y)
    for line in lines:
        draw_text(canvas, line)
    if status:
        patch = text_line(status, max(10, short // 45), WHITE, DARK)
        margin = max(4, short // 100)
        paste(canvas, patch, margin, canvas.shape[0] - patch.shape[0] - margin)
    return canvas


def enlargement(image: np.ndarray) -> int:
    """The whole factor by which draw() enlarges an image (h, w, 3): 1 from 320 px up."""
    return max(1, -(-SMALLEST // max(image.shape[:2])))


def draw_panel(image: np.ndarray, rows: Sequence[tuple[str, str]]) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with two columns of text on a dark panel in the upper left; a new array."""
    canvas = image.copy()
    height, width = canvas.shape[:2]
    size = max(9, min(height // 40, height // (3 * len(rows)), width // 26))
    cells = [(text_line(left, size, ACCENT, DARK), text_line(right, size, WHITE, DARK)) for left, right in rows]
    column = max(left.shape[1] for left, _ in cells) + size
    step = cells[0][0].shape[0]
    panel = np.full(
        (step * len(cells) + size, column + max(right.shape[1] for _, right in cells) + size, 3), DARK, np.uint8
    )
    for i, (left, right) in enumerate(cells):
        paste(panel, left, size // 2, size // 2 + i * step)
        paste(panel, right, column, size // 2 + i * step)
    paste(canvas, panel, size, size)
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


def _enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    """A copy of the image, each pixel a square of factor px."""
    if factor == 1:
        return image.copy()
    return np.ascontiguousarray(image.repeat(factor, axis=0).repeat(factor, axis=1))


def _tag_sizes(box_height: int, short: int) -> list[tuple[int, bool]]:
    """The forms a tag can take, best first: (text height in px, confidence under the digit)."""
    smallest = max(10, short // 60)
    size = int(np.clip(box_height * 0.25, smallest, max(smallest, short // 28))) // 2 * 2
    return [(size, False), (size, True), (smallest // 2 * 2, False), (smallest // 2 * 2, True)]


def _places(
    boxes: np.ndarray,
    texts: list[tuple[str, str]],
    sizes: list[list[tuple[int, bool]]],
    shape: tuple[int, ...],
    others: np.ndarray,
) -> list[tuple[int, int, int]]:
    """Upper left corner and form of each digit's tag, chosen to hide as little as can be of digits and tags.

    others (m, 4) are the texts of numbers, which no tag should hide.
    """
    if not len(boxes):
        return []
    tags = np.array(
        [[_tag(*text, *form).shape[1::-1] for form in forms] for text, forms in zip(texts, sizes, strict=True)]
    )
    spots = _spots(boxes, tags, shape)
    if len(boxes) > _MANY:
        return [(x, y, 0) for x, y in spots[:, 0, :2].tolist()]
    flat = spots.reshape(-1, 4)
    hidden = (intersection(flat, boxes).sum(axis=1) + intersection(flat, others).sum(axis=1)).reshape(spots.shape[:2])
    # A small cost for each step down the list: between spots that hide as little, the first is taken. Where digits
    # stand close, narrow tags come first, for all of them: tags that take turns would jump about in a video.
    area = np.median(tags[..., 0] * tags[..., 1])
    cost = hidden + np.arange(spots.shape[1]) * (0.002 * area)
    crowded = np.triu(intersection(spots[:, 0], spots[:, 0]), 1)
    crowded = (crowded + crowded.T).any(axis=1)
    cost += crowded[:, None] * np.repeat([0.3 * area, 0.0] * 2, spots.shape[1] // 4)
    taken = np.empty_like(boxes)
    places = []
    for i, candidates in enumerate(spots):
        total = cost[i] + 2 * intersection(candidates, taken[:i]).sum(axis=1) if i else cost[i]
        best = int(total.argmin())
        taken[i] = candidates[best]
        places.append((int(taken[i, 0]), int(taken[i, 1]), best // 5))
    return places


def _spots(boxes: np.ndarray, tags: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Where tags (n, forms, 2) could stand about their boxes (n, 4), inside the image: (n, forms * 5, 4) x, y, w, h."""
    gap = max(1, round(min(shape[:2]) / 300)) * 2
    x, y, w, h = (boxes[:, None, i] for i in range(4))
    tw, th = tags[..., 0], tags[..., 1]
    right, above, below = x + w + gap, y - gap - th, y + h + gap + 0 * th
    left = np.where([False, True, False, True], x + (w - tw) // 2, x - gap)  # a narrow tag stands in the middle
    corners = [
        (left, above),
        (left, below),
        (right + 0 * tw, y + 0 * th),
        (x - gap - tw, y + 0 * th),
        (left, y - gap + 0 * th),
    ]
    xs, ys = (np.stack([c[i] for c in corners], axis=2) for i in (0, 1))
    tw, th = np.broadcast_to(tw[..., None], xs.shape), np.broadcast_to(th[..., None], xs.shape)
    xs, ys = np.clip(xs, 0, np.maximum(shape[1] - tw, 0)), np.clip(ys, 0, np.maximum(shape[0] - th, 0))
    return np.stack([xs, ys, tw, th], axis=3).reshape(len(boxes), -1, 4)


@lru_cache(maxsize=4096)
def _tag(digit: str, percent: str, size: int, stacked: bool) -> np.ndarray:
    """A digit's tag: the digit and beside it, or under it, the smaller confidence. (h, w, 3) uint8 BGR."""
    pad = max(2, size // 4)
    first = lettering(digit, size, WHITE, DARK, bold=True)
    second = lettering(percent, max(8, round(size * 0.7)), ACCENT, DARK)
    if stacked:
        height, width = first.shape[0] + pad + second.shape[0], max(first.shape[1], second.shape[1])
        spots = (0, (width - first.shape[1]) // 2), (first.shape[0] + pad, (width - second.shape[1]) // 2)
    else:
        height, width = max(first.shape[0], second.shape[0]), first.shape[1] + pad + second.shape[1]
        spots = (height - first.shape[0], 0), (height - second.shape[0], first.shape[1] + pad)
    tag = np.full((height + 2 * pad, width + 2 * pad, 3), DARK, np.uint8)
    for text, (y, x) in zip((first, second), spots, strict=True):
        paste(tag, text, x + pad, y + pad)
    return tag
