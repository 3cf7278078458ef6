"""Boxes of digits -> how they stand on a page: which digit follows which on a line, and what it costs to join them.

The direction of the lines is that of the closest neighbours. Along it each digit is paired with the next one to the
right, and the gaps between the pairs say which of them are within numbers (spacing.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livedigits.recognition.spacing import widest_gap

# Lengths are in sizes of digits where no unit stands.
# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Degrees: a page turned further could as well be read from top to bottom.
STEEPEST = 45.0
# Degrees beyond STEEPEST in which neighbours still count for the direction.
STEEPER = 5.0
# Degrees between the directions that are compared at first. Less takes longer; the best one is refined.
ANGLE_STEP = 2.5
# Degrees, deviation: how far pages are turned. Less reads turned pages worse, more turns pages of few digits wrongly.
UPRIGHT = 25.0
# Neighbours of each digit that say in which direction lines run. Less is shakier, more sees several lines at once.
NEIGHBOURS = 4
# How far apart neighbours may be that say so.
FARTHEST_NEIGHBOUR = 4.0
# Deviation: how far digits of one line stand above or below each other.
UNEVEN = 0.2
# Of its neighbours' sizes the middle one counts, within these bounds of a digit's own.
SIZES_AROUND = (0.7, 1.4)
# Of the smaller digit's size: least common height of neighbours in a number. Less joins what is not on one line.
OVERLAP = 0.45
# Offset of neighbours on a line over what is allowed within a number: a little more is a line all the same.
ON_LINE = 1.15
# The next digit on a line is at least so far ahead, ...
AHEAD = 0.2
# ... and what is less far to the side than this stands above or below.
ABOVE = 0.5
# Lines above each other are farther apart than the first, and say nothing about each other beyond the second.
LEADING = (0.7, 4.0)
# Share of the digits that must have one above or below for there to be several lines.
LINED = 0.4
# Of the sizes of neighbours in a number: handwriting varies by 40 % up and down. More joins numbers of two hands.
RATIO = 2.2
# Width of a digit of which nothing is known, because the page is turned.
USUAL_WIDTH = 0.6
# Hardly a digit is wider than this, ...
WIDE = 1.2
# ... and a 1 takes up more room than its ink.
NARROWEST = 0.35


class Layout(NamedTuple):
    """How digits stand on a page; along and down are in px, in the page's own direction."""

    angle: float  # radians, clockwise on the screen
    along: np.ndarray  # (n,) of the centres
    down: np.ndarray  # (n,) of the centres
    size: np.ndarray  # (n,) px, about the digits' height
    following: np.ndarray  # (n,) int, the next digit on the line, or -1
    join_cost: np.ndarray  # (n,) how far that is from being of the same number: below 1 it is


def layout(boxes: np.ndarray) -> Layout:
    """How digits stand on a page, from their boxes (n, 4) x, y, width, height in px."""
    boxes = boxes.astype(np.float32)
    n = len(boxes)
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    # Of a turned digit, too, the longer side is about its height; the height of its box is not.
    own = np.maximum(boxes[:, 2:].max(axis=1, initial=1.0), 1.0)
    if n < 2:
        return Layout(0.0, x, y, own, np.full(n, -1), np.full(n, np.inf))
    angle, size = _direction(x, y, own)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    along, across = c * x + s * y, c * y - s * x
    following, join_cost = _pairs(along, across, own, size, _widths(boxes, size, c, s))
    return Layout(angle, along, across, size, following, join_cost)


def _direction(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> tuple[float, np.ndarray]:
    """The direction of the lines in radians, and the size (n,) of digits about there, from centres and own sizes."""
    right, down = x - x[:, None], y - y[:, None]  # [i, j]: from i to j
    distance = right * right + down * down
    np.fill_diagonal(distance, np.inf)
    count = min(NEIGHBOURS, len(x) - 1)
    near = np.argpartition(distance, count - 1, axis=1)[:, :count]
    around = np.hstack([own[:, None], own[near]]) / own[:, None]
    size = own * np.sort(np.clip(around, *SIZES_AROUND), axis=1)[:, around.shape[1] // 2]
    rows = np.arange(len(x))[:, None]
    return _angle(right[rows, near], down[rows, near], own[:, None], own[near]), size


def _pairs(
    along: np.ndarray, across: np.ndarray, own: np.ndarray, size: np.ndarray, wide: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The digit that follows each on its line, and what it costs to join them, both as Layout has them."""
    ahead, offset = along - along[:, None], np.abs(across - across[:, None])
    usual = (size + size[:, None]) / 2
    gap = (ahead - (wide + wide[:, None]) / 2) / usual
    allowed = (own + own[:, None]) / 2 - OVERLAP * np.minimum(own, own[:, None])
    offset_in_sizes = offset / usual
    following = _following((ahead > AHEAD * usual) & (offset < ON_LINE * allowed), gap + offset_in_sizes)
    left = np.flatnonzero(following >= 0)
    pair = left, following[left]
    limit = widest_gap(gap[pair], _clearance(np.abs(ahead) < ABOVE * usual, offset_in_sizes))
    ratio = np.abs(np.log(own[left] / own[following[left]])) / np.log(RATIO)
    join_cost = np.full(len(along), np.inf)
    join_cost[left] = np.maximum(np.maximum(gap[pair] / limit, offset[pair] / allowed[pair]), ratio)
    return following, join_cost


def _angle(right: np.ndarray, down: np.ndarray, own: np.ndarray, other: np.ndarray) -> float:
    """The direction of the lines, in radians: where most of the closest neighbours are, rather level than steep.

    right, down (n, k) px lead from the digits of size own (n, 1) to neighbours of size other (n, k).
    """
    directions = (np.degrees(np.arctan2(down, right)) + 90) % 180 - 90
    apart = np.hypot(right, down) * 2 / (own + other)
    similar = np.abs(np.log(own / other)) < np.log(RATIO)
    use = similar & (np.abs(directions) <= STEEPEST + STEEPER) & (apart < FARTHEST_NEIGHBOUR)
    if not use.any():
        return 0.0
    directions, apart = directions[use], apart[use]
    doubt = np.degrees(np.arctan2(UNEVEN, apart)) + 1
    weight = np.exp(-apart / 2)
    angles = np.arange(-STEEPEST, STEEPEST + 1, ANGLE_STEP, dtype=np.float32)
    votes = weight @ np.exp(-0.5 * ((angles - directions[:, None]) / doubt[:, None]) ** 2)
    best = float(angles[np.argmax(votes * np.exp(-0.5 * (angles / UPRIGHT) ** 2))])
    for _ in range(2):
        precision = weight * np.exp(-0.5 * ((best - directions) / (1.5 * doubt)) ** 2) / doubt**2
        best = float((precision @ directions) / (precision.sum() + 1 / UPRIGHT**2))
    return float(np.radians(best))


def _widths(boxes: np.ndarray, size: np.ndarray, c: float, s: float) -> np.ndarray:
    """How wide each digit (n,) is along the lines, in px, from its upright box (n, 4), if the page is turned by c, s.

    An ellipse of axes w, h turned by an angle has a box of sides hypot(w c, h s) and hypot(w s, h c). The more the page
    is turned the less the box tells, so the more a digit counts as one of usual width.
    """
    w2, h2 = boxes[:, 2] ** 2, boxes[:, 3] ** 2
    known = max(c * c - s * s, 0.05)
    width = np.sqrt(np.clip((w2 * c * c - h2 * s * s) / known, (NARROWEST * size) ** 2, (WIDE * size) ** 2))
    return np.asarray(np.maximum(known * width + (1 - known) * USUAL_WIDTH * size, NARROWEST * size))


def _following(possible: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """The next digit on the line of each, (n,), where each is the other's closest; -1 for none."""
    cost = np.where(possible, cost, np.inf)
    right, left = cost.argmin(axis=1), cost.argmin(axis=0)
    index = np.arange(len(cost))
    mutual = np.isfinite(cost[index, right]) & (left[right] == index)
    return np.where(mutual, right, -1)


def _clearance(above: np.ndarray, offset: np.ndarray) -> float:
    """Free space between the lines, in sizes of digits; infinite where there are no lines above each other."""
    nearest = np.where(above & (offset > LEADING[0]), offset, np.inf).min(axis=1)
    known = nearest[nearest < LEADING[1]] - 1
    return float(np.sort(known)[len(known) // 2]) if len(known) > LINED * len(nearest) else np.inf
