"""Points and commas between the digits of a line -> numbers that they hold together: "12.50" is one number, not two.

Signs are small marks on the base line (signs.py), looked for only between neighbours on a line; digits of a number
stay digits. From frame to frame a sign is decided by several frames, as joining is in grouping.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from livedigits.recognition.boxes import shared
from livedigits.recognition.found import Found
from livedigits.recognition.signs import signs
from livedigits.recognition.text_line import Band
from livedigits.recognition.unread_ink import ink_of
from livedigits.types import Box, Digits, Number

SIGNS = frozenset(".,")

# Each constant: its unit, and what it trades; chosen by looking at written amounts, and not swept.

# Heights of a digit: gap to the next digit up to which a sign is looked for; more joins what a full stop parts.
GAP = 1.3
# Chance of a sign from which on it is one. Less joins numbers over specks.
LIKELY = 0.5
# Of the smaller box: a digit that overlaps so much with a sign is that sign.
OVER = 0.7
# Share of a pair's chance that is kept from frame to frame, and by how much it must cross LIKELY to change.
MEMORY, HOLD = 0.8, 0.15


class Sign(NamedTuple):
    """A sign between two digits: which one, its chance, and its box x, y, width, height, px of the frame."""

    text: str
    chance: float
    box: Box


NONE = Sign("", 0.0, (0, 0, 0, 0))


def with_signs(digits: Digits, found: Found) -> Digits:
    """The digits of a picture, their numbers joined where a point or comma stands between two of their digits."""
    pairs = {pair: sign for pair, sign in between(digits, found).items() if sign.chance >= LIKELY}
    return joined(digits, pairs)


class Signs:
    """The same in successive frames: a sign stays, or stays away, until that has clearly changed."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], tuple[Sign, bool]] = {}  # by tracks: the sign of late; whether it is shown

    def update(self, digits: Digits, found: Found) -> Digits:
        """The digits of the next frame, which must have tracks and numbers."""
        assert digits.tracks is not None
        tracks, shown, pairs = digits.tracks.tolist(), {}, {}
        for (left, right), sign in between(digits, found).items():
            key = tracks[left], tracks[right]
            is_shown = sign.chance >= LIKELY
            if key in self._pairs:
                before, held = self._pairs[key]
                chance = MEMORY * before.chance + (1 - MEMORY) * sign.chance
                sign = (sign if sign.chance > before.chance else before)._replace(chance=chance)
                is_shown = chance >= LIKELY + (-HOLD if held else HOLD)
            pairs[key] = sign, is_shown
            if is_shown:
                shown[left, right] = sign
        self._pairs = pairs
        return joined(digits, shown)


def between(digits: Digits, found: Found) -> dict[tuple[int, int], Sign]:
    """The sign between each two neighbours on a line that are close enough for one; NONE where there is none.

    By the indices of the two digits.
    """
    out: dict[tuple[int, int], Sign] = {}
    for line in _lines(digits):
        pairs = [(a, b) for a, b in pairwise([i for n in line for i in n.digits]) if _gap(digits, a, b) < GAP]
        if not pairs:
            continue
        boxes, chances = _marks(line, digits, found)
        for a, b in pairs:
            out[a, b] = _of_pair(digits.boxes[a], digits.boxes[b], boxes, chances)
    return out


def joined(digits: Digits, signs: Mapping[tuple[int, int], Sign]) -> Digits:
    """The digits, with numbers that go on over the signs, by the indices of the digits on both sides.

    A comma that was read as a small digit of its own is none.
    """
    if not signs:
        return digits
    numbers: list[Number] = []
    for number in digits.numbers:
        number = replace(number, text=_written(digits, number.digits, signs))
        before = numbers[-1] if numbers else None
        sign = signs.get((before.digits[-1], number.digits[0])) if before is not None else None
        if before is None or sign is None:
            numbers.append(number)
        else:
            numbers[-1] = _both(before, number, sign)
    marks = np.array([sign.box for sign in signs.values()], np.float32)
    of_two = {i for pair in signs for i in pair}
    is_mark = np.asarray((shared(digits.boxes, marks) > OVER).any(1))
    return replace(digits, numbers=tuple(numbers))[[i for i in range(len(digits)) if i in of_two or not is_mark[i]]]


def _lines(digits: Digits) -> Iterator[list[Number]]:
    by_line: dict[int, list[Number]] = {}
    for number in digits.numbers:
        by_line.setdefault(number.line, []).append(number)
    yield from by_line.values()


def _gap(digits: Digits, a: int, b: int) -> float:
    """In heights of the higher one; infinite where the second is not to the right."""
    left, right = digits.boxes[a], digits.boxes[b]
    if right[0] + right[2] / 2 <= left[0] + left[2] / 2:
        return np.inf
    return float(right[0] - left[0] - left[2]) / max(left[3], right[3])


def _marks(line: list[Number], digits: Digits, found: Found) -> tuple[np.ndarray, np.ndarray]:
    """Marks about a line that may be signs: boxes (n, 4), px of the frame, and chances of "." and "," (n, 2)."""
    own = [i for number in line for i in number.digits]
    boxes = digits.boxes[own].astype(np.float64)
    height = float(np.median(boxes[:, 3]))
    (x, y), _ = line[0].baseline
    _, (u, v) = line[-1].baseline
    slope = (v - y) / (u - x) if u > x else 0.0
    base = float(np.median(boxes[:, 1] + boxes[:, 3] - slope * (boxes[:, 0] + boxes[:, 2] / 2)))
    left, top = boxes[:, 0].min(), max(boxes[:, 1].min() - 0.2 * height, 0.0)
    right, bottom = (boxes[:, 0] + boxes[:, 2]).max(), (boxes[:, 1] + boxes[:, 3]).max() + 0.5 * height
    rows, columns = found.regions.shape[:2]
    inside = (left, top, min(right, columns) - left, min(bottom, rows) - top)
    same = (found.regions.boxes == digits.boxes[own[0]]).all(1)
    light = bool(found.regions.light[same].any())
    ink = ink_of(found.regions, light, Band(height, base, slope), inside)
    scaled = Band(height * ink.scale, base * ink.scale, slope)
    marks, scores = signs(ink.labels, ink.stats, scaled, SIGNS)
    return marks / np.float32(ink.scale), np.exp(scores[:, 10:12])


def _of_pair(left: np.ndarray, right: np.ndarray, boxes: np.ndarray, chances: np.ndarray) -> Sign:
    """The likeliest of the marks whose middle lies between those of two digits, and in the box of neither."""
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    here = (middle[:, 0] > left[0] + 0.6 * left[2]) & (middle[:, 0] < right[0] + 0.4 * right[2])
    if not here.any():
        return NONE
    best = np.flatnonzero(here)[chances[here].max(1).argmax()]
    x, y, w, h = (round(float(side)) for side in boxes[best])
    return Sign(".,"[int(chances[best].argmax())], float(chances[best].max()), (x, y, w, h))


def _written(digits: Digits, own: tuple[int, ...], signs: Mapping[tuple[int, int], Sign]) -> str:
    text = str(digits.labels[own[0]])
    for a, b in pairwise(own):
        text += (signs[a, b].text if (a, b) in signs else "") + str(digits.labels[b])
    return text


def _both(first: Number, second: Number, sign: Sign) -> Number:
    """One number of two; as sure as both and the sign between them are."""
    (x, y, w, h), (u, v, s, t) = first.box, second.box
    left, top, right, bottom = min(x, u), min(y, v), max(x + w, u + s), max(y + h, v + t)
    return replace(
        first,
        text=f"{first.text}{sign.text}{second.text}",
        confidence=first.confidence * second.confidence * sign.chance,
        box=(left, top, right - left, bottom - top),
        digits=(*first.digits, *second.digits),
        baseline=(first.baseline[0], second.baseline[1]),
    )
