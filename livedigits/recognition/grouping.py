"""Boxes of digits -> numbers: digits that stand close on one line, in reading order, however the page is turned.

The direction of the lines is that of the closest neighbours. Along it each digit is paired with the next one to the
right, and the gaps between the pairs say which of them are within numbers (spacing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from livedigits.recognition.spacing import widest_gap
from livedigits.types import Digits, Number

STEEPEST = 45.0  # degrees: a page turned further could as well be read from top to bottom
UPRIGHT = 25.0  # degrees, deviation: how far pages are turned
NEIGHBOURS = 4  # of each digit, that say in which direction lines run
UNEVEN = 0.2  # of a digit's size, deviation: how far digits of one line stand above or below each other
OVERLAP = 0.45  # of the smaller digit's size: least common height of neighbours in a number
RATIO = 2.2  # of the sizes of neighbours in a number: handwriting varies by 40 % up and down
USUAL_WIDTH = 0.6  # of a digit's size
WIDE = 1.2  # of its size: hardly a digit is wider
NARROWEST = 0.35  # of a digit's size: a 1 takes up more room than its ink
CLEAR = 1.5  # join_cost beyond which, or below the inverse of which, more says no more
MEMORY = 0.85  # share of the join_cost kept from frame to frame, in logarithms: about the last seven frames decide
HOLD = 0.1  # logarithm of the join_cost up to which a pair stays joined, or apart


def group(boxes: np.ndarray, labels: np.ndarray, confidences: np.ndarray) -> tuple[Number, ...]:
    """The numbers that digits form; each digit is in exactly one, a lone one is a number of its own.

    Parameters
    ----------
    boxes : (n, 4) x, y, width, height in px
    labels : (n,) int, 0..9
    confidences : (n,) float, 0..1

    Returns
    -------
    Number in the reading order of the page, which may be turned by up to 45 degrees
    """
    page = _layout(boxes)
    return _numbers(page, page.join_cost < 1, boxes, labels, confidences)


def grouped(digits: Digits) -> Digits:
    """The digits of one picture with the numbers that they form."""
    return replace(digits, numbers=group(digits.boxes, digits.labels, digits.confidences))


def within_numbers(sure: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of other boxes (m, 4) stand between two sure digits (n, 4) of one number, (m,) bool: no letter does."""
    page = _layout(np.concatenate([sure, others]))
    left = np.flatnonzero((page.following >= 0) & (page.join_cost < 1))
    right = page.following[left]
    is_sure = np.arange(len(page.following)) < len(sure)
    after, before = np.zeros_like(is_sure), np.zeros_like(is_sure)
    after[right[is_sure[left]]] = True
    before[left[is_sure[right]]] = True
    return np.asarray((after & before)[len(sure) :])


class Grouping:
    """Groups the digits of successive frames: neighbours stay joined, or apart, until that has clearly changed."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], tuple[float, bool]] = {}  # tracks: log join_cost of late; whether joined

    def update(self, digits: Digits) -> Digits:
        """The digits of the next frame with their numbers; they must have tracks."""
        if digits.tracks is None:
            raise ValueError("digits must have tracks")
        page = _layout(digits.boxes)
        joined = np.zeros(len(digits), bool)
        pairs = {}
        for i in np.flatnonzero(page.following >= 0).tolist():
            pair = int(digits.tracks[i]), int(digits.tracks[page.following[i]])
            join_cost = float(np.log(np.clip(page.join_cost[i], 1 / CLEAR, CLEAR)))
            joined[i] = join_cost < 0
            if pair in self._pairs:
                before, held = self._pairs[pair]
                join_cost = MEMORY * before + (1 - MEMORY) * join_cost
                joined[i] = join_cost < (HOLD if held else -HOLD)
            pairs[pair] = join_cost, bool(joined[i])
        self._pairs = pairs
        numbers = _numbers(page, joined, digits.boxes, digits.labels, digits.confidences)
        return replace(digits, numbers=numbers)


def text(numbers: Iterable[Number], between_lines: str = " / ") -> str:
    """The numbers as they stand on the page, a blank between those of a line: "12 276 / 10"."""
    lines: dict[int, list[str]] = {}
    for number in numbers:
        lines.setdefault(number.line, []).append(number.text)
    return between_lines.join(" ".join(line) for line in lines.values())


class _Layout(NamedTuple):
    """How digits stand on a page; along and down are in px, in the page's own direction."""

    angle: float  # radians, clockwise on the screen
    along: np.ndarray  # (n,) of the centres
    down: np.ndarray  # (n,) of the centres
    size: np.ndarray  # (n,) px, about the digits' height
    following: np.ndarray  # (n,) int, the next digit on the line, or -1
    join_cost: np.ndarray  # (n,) how far that is from being of the same number: below 1 it is


def _layout(boxes: np.ndarray) -> _Layout:
    boxes = boxes.astype(np.float32)
    n = len(boxes)
    x, y = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    # Of a turned digit, too, the longer side is about its height; the height of its box is not.
    own = np.maximum(boxes[:, 2:].max(axis=1, initial=1.0), 1.0)
    if n < 2:
        return _Layout(0.0, x, y, own, np.full(n, -1), np.full(n, np.inf))
    right, down = x - x[:, None], y - y[:, None]  # [i, j]: from i to j
    distance = right * right + down * down
    np.fill_diagonal(distance, np.inf)
    count = min(NEIGHBOURS, n - 1)
    near = np.argpartition(distance, count - 1, axis=1)[:, :count]
    around = np.hstack([own[:, None], own[near]]) / own[:, None]
    size = own * np.sort(np.clip(around, 0.7, 1.4), axis=1)[:, around.shape[1] // 2]
    rows = np.arange(n)[:, None]
    angle = _angle(right[rows, near], down[rows, near], own[:, None], own[near])
    c, s = float(np.cos(angle)), float(np.sin(angle))
    along, across = c * x + s * y, c * y - s * x
    ahead, offset = along - along[:, None], np.abs(across - across[:, None])
    usual = (size + size[:, None]) / 2
    wide = _widths(boxes, size, c, s)
    gap = (ahead - (wide + wide[:, None]) / 2) / usual
    allowed = (own + own[:, None]) / 2 - OVERLAP * np.minimum(own, own[:, None])
    offset_in_sizes = offset / usual
    following = _following((ahead > 0.2 * usual) & (offset < 1.15 * allowed), gap + offset_in_sizes)
    left = np.flatnonzero(following >= 0)
    pair = left, following[left]
    limit = widest_gap(gap[pair], _clearance(np.abs(ahead) < 0.5 * usual, offset_in_sizes))
    ratio = np.abs(np.log(own[left] / own[following[left]])) / np.log(RATIO)
    join_cost = np.full(n, np.inf)
    join_cost[left] = np.maximum(np.maximum(gap[pair] / limit, offset[pair] / allowed[pair]), ratio)
    return _Layout(angle, along, across, size, following, join_cost)


def _angle(right: np.ndarray, down: np.ndarray, own: np.ndarray, other: np.ndarray) -> float:
    """The direction of the lines, in radians: where most of the closest neighbours are, rather level than steep.

    right, down (n, k) px lead from the digits of size own (n, 1) to neighbours of size other (n, k).
    """
    directions = (np.degrees(np.arctan2(down, right)) + 90) % 180 - 90
    apart = np.hypot(right, down) * 2 / (own + other)
    similar = np.abs(np.log(own / other)) < np.log(RATIO)
    use = similar & (np.abs(directions) <= STEEPEST + 5) & (apart < 4)
    if not use.any():
        return 0.0
    directions, apart = directions[use], apart[use]
    doubt = np.degrees(np.arctan2(UNEVEN, apart)) + 1
    weight = np.exp(-apart / 2)
    angles = np.arange(-STEEPEST, STEEPEST + 1, 2.5, dtype=np.float32)
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
    nearest = np.where(above & (offset > 0.7), offset, np.inf).min(axis=1)
    known = nearest[nearest < 4] - 1
    return float(np.sort(known)[len(known) // 2]) if len(known) > 0.4 * len(nearest) else np.inf


def _numbers(
    page: _Layout, joined: np.ndarray, boxes: np.ndarray, labels: np.ndarray, confidences: np.ndarray
) -> tuple[Number, ...]:
    """The numbers of a page, where joined (n,) says which digits go on with the next one on their line."""
    if not len(boxes):
        return ()
    lines = _lines(page)
    order = np.array([i for line in lines for i in line])
    of_line = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    goes_on = joined[order[:-1]] & (page.following[order[:-1]] == order[1:])
    starts = np.r_[0, np.flatnonzero(~goes_on) + 1]
    own = boxes[order]
    low = np.minimum.reduceat(own[:, :2], starts)
    high = np.maximum.reduceat(own[:, :2] + own[:, 2:], starts)
    placed = np.hstack([low, high - low]).astype(int).tolist()
    sure = np.multiply.reduceat(confidences[order].astype(np.float64), starts).tolist()
    angles, ends = _baselines(page, order, starts, own)
    digits, written = order.tolist(), labels[order].tolist()
    numbers = []
    for k, (start, end) in enumerate(pairwise([*starts.tolist(), len(order)])):
        x, y, w, h = placed[k]
        left, right = ends[k]
        numbers.append(
            Number(
                "".join(map(str, written[start:end])),
                sure[k],
                (x, y, w, h),
                tuple(digits[start:end]),
                int(of_line[start]),
                angles[k],
                ((left[0], left[1]), (right[0], right[1])),
            )
        )
    return tuple(numbers)


def _lines(page: _Layout) -> list[list[int]]:
    """The digits line by line: chains of neighbours, and those that go on where another one ends."""
    following, along, down, size = (a.tolist() for a in (page.following, page.along, page.down, page.size))
    first = np.ones(len(following), bool)
    first[page.following[page.following >= 0]] = False
    starts = np.flatnonzero(first)
    lines: list[list[int]] = []
    ends = np.full((len(starts), 3), np.inf)  # of the lines: along, down, size
    for i in starts[np.argsort(page.along[starts], kind="stable")].tolist():
        chain = [i]
        while following[chain[-1]] >= 0:
            chain.append(following[chain[-1]])
        # The page's direction carries over a gap where a stray digit, or a short one, has kept neighbours apart.
        offset = np.where(ends[:, 0] < along[i], np.abs(ends[:, 1] - down[i]), np.inf)
        best = int(offset.argmin())
        if offset[best] < 0.5 * max(size[i], ends[best, 2]):
            lines[best].extend(chain)
        else:
            best = len(lines)
            lines.append(chain)
        ends[best] = along[chain[-1]], down[chain[-1]], size[chain[-1]]
    lines.sort(key=lambda line: sum(down[i] for i in line) / len(line))
    return lines


def _baselines(
    page: _Layout, order: np.ndarray, starts: np.ndarray, boxes: np.ndarray
) -> tuple[list[float], list[list[list[float]]]]:
    """Angle in degrees, and the ends of the line under a number's digits: as the page, a long one as itself."""
    count = np.diff(np.r_[starts, len(order)])

    def centred(values: np.ndarray) -> np.ndarray:
        return np.asarray(values - np.repeat(np.add.reduceat(values, starts) / count, count))

    along, down = centred(page.along[order]), centred(page.down[order])
    size = np.add.reduceat(page.size[order], starts) / count
    slope = np.add.reduceat(along * down, starts) / (np.add.reduceat(along * along, starts) + 4 * size**2)
    angle = page.angle + np.arctan(slope)
    c, s = np.cos(angle), np.sin(angle)
    each_c, each_s = np.repeat(c, count), np.repeat(s, count)
    w, h = boxes[:, 2] / 2, boxes[:, 3] / 2
    x, y = boxes[:, 0] + w, boxes[:, 1] + h
    u, half = each_c * x + each_s * y, np.hypot(w * each_c, h * each_s)
    first, last = np.minimum.reduceat(u - half, starts), np.maximum.reduceat(u + half, starts)
    base = np.maximum.reduceat(each_c * y - each_s * x + np.hypot(w * each_s, h * each_c), starts)
    left, right = ([c * end - s * base, s * end + c * base] for end in (first, last))
    return np.degrees(angle).tolist(), np.array([left, right]).transpose(2, 0, 1).tolist()
