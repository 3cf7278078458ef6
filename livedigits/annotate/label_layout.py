"""Where labels go: each attached to the box of its digit, hiding as little as can be of other digits and labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livedigits.annotate.underlines import Underline
from livedigits.recognition.boxes import intersection

MANY = 200  # digits beyond which no free places are sought: there are none
HIDDEN_DIGIT, HIDDEN_LABEL, HIDDEN_LINE = 2.0, 3.0, 1.0  # cost of hiding them, in areas of the label

# Where a label may stand, and what it costs not to stand in the first place, in areas of a label. The steps are large:
# a label that hides little keeps its place, so that it does not jump from frame to frame.
_STEPS = (
    *(0.0, 0.3, 0.3),  # above: left, right, middle
    *(0.6, 0.7),  # below: left, right
    *(0.8, 0.8),  # beside: left, right
    *(0.9, 0.9, 0.9, 0.9),  # inside: the corners
)


class Places(NamedTuple):
    """Where labels stand.

    Attributes
    ----------
    boxes : (n, 4) int, x, y, width, height in px
    wide : (n,) int, 1 where there is room for the wide form of the label, else 0
    """

    boxes: np.ndarray
    wide: np.ndarray


def place(
    boxes: np.ndarray,
    outlines: np.ndarray,
    sizes: list[np.ndarray],
    lines: list[Underline],
    shape: tuple[int, ...],
    thick: int,
    order: np.ndarray,
) -> Places:
    """A place for the label of each digit.

    Parameters
    ----------
    boxes : (n, 4) int, of the digits' ink, in px
    outlines : (n, 4) int, what is drawn around each box; labels touch that
    sizes : (n, 2) width and height in px of the labels, in a narrow and in a wide form
    lines : under the numbers
    shape : of the canvas
    thick : px, of an outline
    order : (n,) int, in which digits choose
    """
    narrow, wide = sizes
    under = np.array([piece for line in lines for piece in line.pieces], np.int64).reshape(-1, 4)
    first = _spots(outlines, wide, shape, thick)[0][:, 0]
    room = np.zeros(len(boxes), np.int64)
    if len(boxes) <= MANY:
        hits = _others(first, boxes).sum(axis=1) + _others(first, first).sum(axis=1)
        room = ((hits + intersection(first, under).sum(axis=1)) == 0).astype(np.int64)
    chosen = np.where(room[:, None] > 0, wide, narrow)
    spots, moved = _spots(outlines, chosen, shape, thick)
    if len(boxes) > MANY:
        return Places(spots[:, 0], room)
    n, count = spots.shape[:2]
    area = chosen.prod(axis=1)[:, None]
    flat = spots.reshape(-1, 4)
    hidden = intersection(flat, boxes).reshape(n, count, n)
    hidden[np.arange(n), :, np.arange(n)] = 0
    cost = HIDDEN_DIGIT * hidden.sum(axis=2) + HIDDEN_LINE * intersection(flat, under).sum(axis=1).reshape(n, count)
    cost = cost / area + moved + np.array(_STEPS)
    taken = spots[:, 0].copy()
    settled = (cost[:, 0] == 0) & (_others(taken, taken).sum(axis=1) == 0)
    for i in order[~settled[order]].tolist():
        total = cost[i] + HIDDEN_LABEL * intersection(spots[i], taken[settled]).sum(axis=1) / area[i]
        taken[i] = spots[i, int(total.argmin())]
        settled[i] = True
    return Places(taken, room)


def _others(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Common area (n, n) of each of a (n, 4) with each of b (n, 4) but its own."""
    common = intersection(a, b)
    np.fill_diagonal(common, 0)
    return common


def _spots(
    outlines: np.ndarray, sizes: np.ndarray, shape: tuple[int, ...], thick: int
) -> tuple[np.ndarray, np.ndarray]:
    """Where labels could stand, inside the image: (n, k, 4); how far up or down that moved them, in heights (n, k)."""
    x, y, w, h = outlines.T
    tw, th = sizes.T
    right, middle, low = x + w - tw, x + (w - tw) // 2, y + h - th
    above, below = y + thick - th, y + h - thick  # a label lies over the edge that it is attached to
    corners = [
        *((x, above), (right, above), (middle, above)),
        *((x, below), (right, below)),
        *((x + thick - tw, y), (x + w - thick, y)),
        *((x, y), (right, y), (x, low), (right, low)),
    ]
    xs, ys = (np.stack([corner[i] for corner in corners], axis=1) for i in (0, 1))
    tw, th = np.broadcast_to(tw[:, None], xs.shape), np.broadcast_to(th[:, None], xs.shape)
    left, top = np.clip(xs, 0, np.maximum(shape[1] - tw, 0)), np.clip(ys, 0, np.maximum(shape[0] - th, 0))
    return np.stack([left, top, tw, th], axis=2), np.abs(top - ys) / th
