"""Draws what was read onto a frame: boxes, tags, a status line, the debug view. Pure: arrays in, a new array out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from livedigits.digits import Digits

if TYPE_CHECKING:
    from livedigits.reader import Reading

Colour = tuple[int, int, int]

ACCENT: Colour = (120, 230, 40)
DARK: Colour = (34, 28, 24)
WHITE: Colour = (255, 255, 255)
MUTED: Colour = (170, 160, 155)
REFUSED: Colour = (110, 105, 225)

SMALLEST = 320
"""Longer side, in px, below which a picture is enlarged before anything is drawn: no text fits into 28x28 px."""
NO_DIGIT = 10

_HEADER = 30  # px above the crops of the debug view
_MANY = 200  # digits beyond which no free places are sought for their tags: there are none


def draw(image: np.ndarray, digits: Digits, status: str | None = None) -> np.ndarray:
    """The image with box, digit and confidence over each digit, and the status in the lower left corner.

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
        _outline(canvas, x, y, w, h, ACCENT, short)
    tags = [_tag_sizes(int(h), short) for h in boxes[:, 3]]
    texts = [
        (str(label), _percent(confidence)) for label, confidence in zip(digits.labels, digits.confidences, strict=True)
    ]
    places = _places(boxes, texts, tags, canvas.shape)
    for (x, y, form), (digit, percent), sizes in zip(places, texts, tags, strict=True):
        _paste(canvas, _tag(digit, percent, *sizes[form]), x, y)
    if status:
        patch = _line(status, max(10, short // 45), WHITE, DARK)
        margin = max(4, short // 100)
        _paste(canvas, patch, margin, canvas.shape[0] - patch.shape[0] - margin)
    return canvas


def enlargement(image: np.ndarray) -> int:
    """The whole factor by which draw() enlarges an image (h, w, 3): 1 from 320 px up."""
    return max(1, -(-SMALLEST // max(image.shape[:2])))


def draw_panel(image: np.ndarray, rows: Sequence[tuple[str, str]]) -> np.ndarray:
    """The image (h, w, 3) uint8 BGR with two columns of text on a dark panel in the upper left; a new array."""
    canvas = image.copy()
    height, width = canvas.shape[:2]
    size = max(9, min(height // 40, height // (3 * len(rows)), width // 26))
    cells = [(_line(left, size, ACCENT, DARK), _line(right, size, WHITE, DARK)) for left, right in rows]
    column = max(left.shape[1] for left, _ in cells) + size
    step = cells[0][0].shape[0]
    panel = np.full(
        (step * len(cells) + size, column + max(right.shape[1] for _, right in cells) + size, 3), DARK, np.uint8
    )
    for i, (left, right) in enumerate(cells):
        _paste(panel, left, size // 2, size // 2 + i * step)
        _paste(panel, right, column, size // 2 + i * step)
    _paste(canvas, panel, size, size)
    return canvas


def draw_debug(image: np.ndarray, reading: Reading) -> np.ndarray:
    """What the stages made of a frame: its candidates, the thresholded frame, and the crops as the network gets them.

    Each crop carries the label that the network gave it and the probability of that label in percent; a crop with a
    green frame was taken for a digit, one with a grey frame ("no") was not.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR
    reading : what the reader made of this image

    Returns
    -------
    (h', 1280, 3) uint8 BGR
    """
    width, height = 640, max(120, min(480, round(640 * image.shape[0] / image.shape[1])))
    best = reading.probabilities.argmax(axis=1) if len(reading.probabilities) else np.empty(0, np.int64)
    marked = image.copy()
    short = min(image.shape[:2])
    for i in np.argsort(best != NO_DIGIT, kind="stable"):  # digits last, over what was refused
        x, y, w, h = reading.boxes[i].tolist()
        if best[i] == NO_DIGIT:
            cv2.rectangle(marked, (x, y), (x + w - 1, y + h - 1), REFUSED, max(1, short // 500))
        else:
            _outline(marked, x, y, w, h, ACCENT, short)
    ink = cv2.cvtColor(reading.ink, cv2.COLOR_GRAY2BGR)
    views = np.hstack([_fitted(marked, width, height), _fitted(ink, width, height)])
    for x, title in ((8, f"{len(best)} candidates"), (width + 8, "thresholded")):
        _paste(views, _line(title, 12, WHITE, DARK), x, 8)
    return np.vstack([views, _sheet(reading.crops, reading.probabilities, best, 2 * width)])


def _sheet(crops: np.ndarray, probabilities: np.ndarray, best: np.ndarray, width: int, rows: int = 4) -> np.ndarray:
    """The crops at double size in rows, digits first, each with its label: (h, width, 3) uint8 BGR."""
    cell, columns = 64, width // 64
    sheet = np.full((rows * 80 + _HEADER, width, 3), DARK, np.uint8)
    certainty = probabilities.max(axis=1) if len(best) else np.empty(0, np.float32)
    # The surest digits first, and of what was refused the closest misses.
    order = np.lexsort((np.where(best == NO_DIGIT, certainty, -certainty), best == NO_DIGIT))
    shown = order[: rows * columns]
    for place, i in enumerate(shown):
        x, y = place % columns * cell, place // columns * 80 + _HEADER
        crop = (np.clip(crops[i, :, :, 0], 0, 1) * 255).astype(np.uint8)
        _paste(
            sheet,
            cv2.cvtColor(cv2.resize(crop, (56, 56), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR),
            x + 4,
            y + 2,
        )
        refused = best[i] == NO_DIGIT
        colour = MUTED if refused else ACCENT
        cv2.rectangle(sheet, (x + 3, y + 1), (x + 60, y + 58), colour, 1)
        label = "no" if refused else str(best[i])
        _paste(sheet, _line(f"{label} {_percent(certainty[i])}", 9, colour, DARK, 2), x + 4, y + 61)
    hidden = len(order) - len(shown)
    title = "crops as the network gets them" + (f", {hidden} more not shown" if hidden else "")
    _paste(sheet, _line(title, 12, WHITE, DARK), 8, 2)
    return sheet


def _fitted(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The image in the middle of a dark one of this size, its aspect kept."""
    factor = min(width / image.shape[1], height / image.shape[0])
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
    canvas = np.full((height, width, 3), DARK, np.uint8)
    _paste(canvas, cv2.resize(image, size, interpolation=method), (width - size[0]) // 2, (height - size[1]) // 2)
    return canvas


def _enlarged(image: np.ndarray, factor: int) -> np.ndarray:
    """A copy of the image, each pixel a square of factor px."""
    if factor == 1:
        return image.copy()
    return np.ascontiguousarray(image.repeat(factor, axis=0).repeat(factor, axis=1))


def _outline(canvas: np.ndarray, x: int, y: int, w: int, h: int, colour: Colour, short: int) -> None:
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


def _tag_sizes(box_height: int, short: int) -> list[tuple[int, bool]]:
    """The forms a tag can take, best first: (text height in px, confidence under the digit)."""
    smallest = max(10, short // 60)
    size = int(np.clip(box_height * 0.25, smallest, max(smallest, short // 28))) // 2 * 2
    return [(size, False), (size, True), (smallest // 2 * 2, False), (smallest // 2 * 2, True)]


def _places(
    boxes: np.ndarray, texts: list[tuple[str, str]], sizes: list[list[tuple[int, bool]]], shape: tuple[int, ...]
) -> list[tuple[int, int, int]]:
    """Upper left corner and form of each digit's tag, chosen to hide as little as can be of digits and other tags."""
    if not len(boxes):
        return []
    tags = np.array(
        [[_tag(*text, *form).shape[1::-1] for form in forms] for text, forms in zip(texts, sizes, strict=True)]
    )
    spots = _spots(boxes, tags, shape)
    if len(boxes) > _MANY:
        return [(x, y, 0) for x, y in spots[:, 0, :2].tolist()]
    hidden = _overlap(spots.reshape(-1, 4), boxes).sum(axis=1).reshape(spots.shape[:2])
    # A small cost for each step down the list: between spots that hide as little, the first is taken. Where digits
    # stand close, narrow tags come first, for all of them: tags that take turns would jump about in a video.
    area = np.median(tags[..., 0] * tags[..., 1])
    cost = hidden + np.arange(spots.shape[1]) * (0.002 * area)
    crowded = np.triu(_overlap(spots[:, 0], spots[:, 0]), 1)
    crowded = (crowded + crowded.T).any(axis=1)
    cost += crowded[:, None] * np.repeat([0.3 * area, 0.0] * 2, spots.shape[1] // 4)
    taken = np.empty_like(boxes)
    places = []
    for i, candidates in enumerate(spots):
        total = cost[i] + 2 * _overlap(candidates, taken[:i]).sum(axis=1) if i else cost[i]
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


def _percent(probability: float) -> str:
    """A probability 0..1 in percent; 100 would promise too much."""
    return f"{min(99, round(float(probability) * 100))}%"


def _overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Areas in px that boxes a (n, 4) and b (m, 4) share: (n, m)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    return sides[..., 0] * sides[..., 1]


def _paste(canvas: np.ndarray, patch: np.ndarray, x: int, y: int) -> None:
    """Puts a patch onto the canvas at x, y >= 0; what does not fit is cut off."""
    room = canvas[y : y + patch.shape[0], x : x + patch.shape[1]]
    room[:] = patch[: room.shape[0], : room.shape[1]]


@lru_cache(maxsize=4096)
def _tag(digit: str, percent: str, size: int, stacked: bool) -> np.ndarray:
    """A digit's tag: the digit and beside it, or under it, the smaller confidence. (h, w, 3) uint8 BGR."""
    pad = max(2, size // 4)
    first = _text(digit, size, WHITE, DARK, bold=True)
    second = _text(percent, max(8, round(size * 0.7)), ACCENT, DARK)
    if stacked:
        height, width = first.shape[0] + pad + second.shape[0], max(first.shape[1], second.shape[1])
        spots = (0, (width - first.shape[1]) // 2), (first.shape[0] + pad, (width - second.shape[1]) // 2)
    else:
        height, width = max(first.shape[0], second.shape[0]), first.shape[1] + pad + second.shape[1]
        spots = (height - first.shape[0], 0), (height - second.shape[0], first.shape[1] + pad)
    tag = np.full((height + 2 * pad, width + 2 * pad, 3), DARK, np.uint8)
    for text, (y, x) in zip((first, second), spots, strict=True):
        _paste(tag, text, x + pad, y + pad)
    return tag


@lru_cache(maxsize=512)
def _line(text: str, size: int, colour: Colour, ground: Colour, pad: int | None = None) -> np.ndarray:
    """A line of text with room about it: (h, w, 3) uint8 BGR."""
    pad = max(2, size // 3) if pad is None else pad
    patch = _text(text, size, colour, ground, extent="0jg|")
    return cv2.copyMakeBorder(patch, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=ground)


@lru_cache(maxsize=1024)
def _text(text: str, size: int, colour: Colour, ground: Colour, bold: bool = False, extent: str = "0") -> np.ndarray:
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
