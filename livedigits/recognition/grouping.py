"""Boxes of digits -> numbers: digits that stand close on one line, in reading order, however the page is turned.

How digits stand on a page is told by page_layout.py; what is cheap to join is one number. From frame to frame pairs
stay joined, or apart, until that has clearly changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from livedigits.recognition.page_layout import Layout, layout
from livedigits.types import Box, Digits, Number

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Digits that are so close to a line's direction go on it, over a gap.
SAME_LINE = 0.5
# Weight of the page's direction against a number's own: a long number has its own baseline, a short one the page's.
STIFF = 4.0
# Join cost beyond which, or below the inverse of which, more says no more.
CLEAR = 1.5
# Share of the join cost kept from frame to frame, in logarithms: about the last seven frames decide.
MEMORY = 0.85
# Logarithm of the join cost up to which a pair stays joined, or apart. More is steadier and slower to change.
HOLD = 0.1


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
    page = layout(boxes)
    return _numbers(page, page.join_cost < 1, boxes, labels, confidences)


def grouped(digits: Digits) -> Digits:
    """The digits of one picture with the numbers that they form."""
    return replace(digits, numbers=group(digits.boxes, digits.labels, digits.confidences))


def within_numbers(sure: np.ndarray, others: np.ndarray, touching: np.ndarray) -> np.ndarray:
    """Which of other boxes (m, 4) belong to a number of sure digits (n, 4), (m,) bool.

    They stand between two sure digits of one number, no letter does; or, if they are `touching` (m,) and a network that
    knows signs has proposed them, at the end of one that has two and more.
    """
    page = layout(np.concatenate([sure, others]))
    left = np.flatnonzero((page.following >= 0) & (page.join_cost < 1))
    right = page.following[left]
    n = len(page.following)
    is_sure = np.arange(n) < len(sure)
    after, before = np.full(n, -1), np.full(n, -1)  # the sure digit that goes before each, and the one behind it
    after[right[is_sure[left]]] = left[is_sure[left]]
    before[left[is_sure[right]]] = right[is_sure[right]]
    ends = (after >= 0) & (after[after] >= 0) | (before >= 0) & (before[before] >= 0)
    return np.asarray(((after >= 0) & (before >= 0))[len(sure) :] | (ends[len(sure) :] & touching))


class Grouping:
    """Groups the digits of successive frames: neighbours stay joined, or apart, until that has clearly changed."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], tuple[float, bool]] = {}  # tracks: log join_cost of late; whether joined

    def update(self, digits: Digits) -> Digits:
        """The digits of the next frame with their numbers; they must have tracks."""
        if digits.tracks is None:
            raise ValueError("digits must have tracks")
        page = layout(digits.boxes)
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


def _numbers(
    page: Layout, joined: np.ndarray, boxes: np.ndarray, labels: np.ndarray, confidences: np.ndarray
) -> tuple[Number, ...]:
    """The numbers of a page, where joined (n,) says which digits go on with the next one on their line."""
    if not len(boxes):
        return ()
    lines = _lines(page)
    order = np.array([i for line in lines for i in line])
    of_line = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    goes_on = joined[order[:-1]] & (page.following[order[:-1]] == order[1:])
    starts = np.r_[0, np.flatnonzero(~goes_on) + 1]
    spans = [slice(start, end) for start, end in pairwise([*starts.tolist(), len(order)])]
    written, digits = labels[order].tolist(), order.tolist()
    sure = np.multiply.reduceat(confidences[order].astype(np.float64), starts).tolist()
    angles, ends = _baselines(page, order, starts, boxes[order])
    columns = (
        ["".join(map(str, written[span])) for span in spans],
        sure,
        _around(boxes[order], starts),
        [tuple(digits[span]) for span in spans],
        of_line[starts].tolist(),
        angles,
        [((x, y), (right, low)) for (x, y), (right, low) in ends],
    )
    return tuple(Number(*fields) for fields in zip(*columns, strict=True))


def _around(boxes: np.ndarray, starts: np.ndarray) -> list[Box]:
    """The box around the boxes (n, 4) of each group; groups begin at starts (k,)."""
    low = np.minimum.reduceat(boxes[:, :2], starts)
    high = np.maximum.reduceat(boxes[:, :2] + boxes[:, 2:], starts)
    return [(x, y, w, h) for x, y, w, h in np.hstack([low, high - low]).astype(int).tolist()]


def _lines(page: Layout) -> list[list[int]]:
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
        if offset[best] < SAME_LINE * max(size[i], ends[best, 2]):
            lines[best].extend(chain)
        else:
            best = len(lines)
            lines.append(chain)
        ends[best] = along[chain[-1]], down[chain[-1]], size[chain[-1]]
    lines.sort(key=lambda line: sum(down[i] for i in line) / len(line))
    return lines


def _baselines(
    page: Layout, order: np.ndarray, starts: np.ndarray, boxes: np.ndarray
) -> tuple[list[float], list[list[list[float]]]]:
    """Angle in degrees, and the ends of the line under a number's digits: as the page, a long one as itself."""
    count = np.diff(np.r_[starts, len(order)])

    def centred(values: np.ndarray) -> np.ndarray:
        return np.asarray(values - np.repeat(np.add.reduceat(values, starts) / count, count))

    along, down = centred(page.along[order]), centred(page.down[order])
    size = np.add.reduceat(page.size[order], starts) / count
    slope = np.add.reduceat(along * down, starts) / (np.add.reduceat(along * along, starts) + STIFF * size**2)
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
