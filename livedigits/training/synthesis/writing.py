"""Who writes what where: digits and other marks laid out on a page as pen strokes in page px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedigits.training.synthesis.ruling import Ruling, Slot
from livedigits.training.synthesis.strokes import Character
from livedigits.training.synthesis.writers import Placed, Writer

# Estimates of what people write, counted nowhere and not swept. What has a larger share is learned better, at the cost
# of the rest.
STYLES = {"digits": 0.21, "numbers": 0.19, "sums": 0.14, "mixed": 0.12, "order": 0.11, "same": 0.08, "text": 0.15}
GAPS = {(-0.10, 0.06): 0.2, (0.06, 0.4): 0.5, (0.4, 2.0): 0.3}  # share of pages whose marks stand so far apart, heights


def _label(rng: np.random.Generator) -> int:
    return int(rng.integers(10))


@dataclass(frozen=True)
class _Rows:
    """How one person fills a page with rows; px of the page, where nothing else is said.

    style: one of STYLES; gap: between marks, in heights; joined: share of the letters of words that are joined up;
    cell: width of the squares that marks are written in, 0 for anywhere.
    """

    style: str
    gap: float
    pitch: float
    left: float
    right: float
    top: float
    count: int
    joined: float
    cell: float


def lines(
    rng: np.random.Generator,
    writer: Writer,
    size: tuple[float, float],
    height: float,
    ruling: Ruling,
    most: int,
    letters: bool = False,
) -> list[Placed]:
    """Rows of digits, numbers, sums and text, or of letters alone, as people fill a page of size width, height px."""
    rows = _rows(rng, size, height, ruling, letters)
    out: list[Placed] = []
    for row in range(rows.count):
        x, y = rows.left + rng.normal(0, 0.1) * height, rows.top + row * rows.pitch
        if y + height > size[1] * 0.995 or len(out) >= most:
            break
        out += _row(rng, writer, rows, row, (x, y), height, most - len(out), letters)
    return out


def _rows(rng: np.random.Generator, size: tuple[float, float], height: float, ruling: Ruling, letters: bool) -> _Rows:
    width, depth = size
    style = "text" if letters and rng.random() < 0.75 else str(rng.choice(list(STYLES), p=list(STYLES.values())))
    gap = rng.choice([rng.uniform(*bounds) for bounds in GAPS], p=list(GAPS.values()))
    pitch = height * rng.uniform(1.25, 2.6)
    left = rng.uniform(0.02, 0.3) * width
    right = width * (0.98 if rng.random() < 0.7 else rng.uniform(0.5, 0.98))
    top = rng.uniform(0.02, 0.6) * depth if depth > 2 * height else max(0.0, depth - height) * rng.uniform(0.2, 0.8)
    count = int(rng.integers(1, 4)) if rng.random() < 0.6 else 99
    if ruling.kind in ("ruled", "squared") and not ruling.upright and rng.random() < 0.7:  # on the lines
        pitch = ruling.pitch[1] * max(1.0, np.ceil(1.1 * height / ruling.pitch[1]))
        first = np.ceil((top + height - ruling.origin[1]) / ruling.pitch[1])
        top = ruling.origin[1] + first * ruling.pitch[1] - height * rng.uniform(0.95, 1.25)
    joined = rng.choice([0.0, 0.6, 1.0], p=[0.5, 0.25, 0.25]) if style == "text" else 0.0
    cell = ruling.pitch[0] * max(1.0, np.ceil(0.7 * height / ruling.pitch[0])) if ruling.kind == "squared" else 0.0
    cell = cell if cell > 0 and rng.random() < 0.4 else 0.0
    return _Rows(style, float(gap), pitch, left, right, top, count, joined, cell)


def _row(
    rng: np.random.Generator,
    writer: Writer,
    rows: _Rows,
    number: int,
    start: tuple[float, float],
    height: float,
    most: int,
    letters: bool,
) -> list[Placed]:
    """At most so many marks in the row of this number, from `start`, x and y, to the right."""
    x, y = start
    drift = rng.normal(0, 0.015)
    said = _Said(rng, writer, rows, number, letters)
    last: np.ndarray | None = None  # where the pen left the letter before, of the same word
    out: list[Placed] = []
    while len(out) < most:
        mark = writer.place(said.next(), x, y + drift * (x - rows.left), height)
        wide = mark.box[2] - mark.box[0]
        if x + wide > rows.right:
            break
        end = mark.strokes[-1][-1]
        if last is not None and mark.label < 0 and rng.random() < rows.joined:
            mark.strokes.append(_joint(last, mark.strokes[0][0], height))
        out.append(mark)
        last = end if mark.label < 0 and said.word else None
        x += wide + said.space() * height
        if rows.cell:
            x = rows.left + np.ceil((x - rows.left) / rows.cell) * rows.cell
    return out


class _Said:
    """What one row says, mark by mark, in its style."""

    def __init__(self, rng: np.random.Generator, writer: Writer, rows: _Rows, number: int, letters: bool) -> None:
        self._rng, self._writer, self._rows, self._number, self._letters = rng, writer, rows, number, letters
        self._value, self._run = _label(rng), int(rng.integers(1, 7))
        self.word: list[Character] = []
        """What is left of it, in text."""

    def next(self) -> Character:
        """The next mark."""
        rng, style = self._rng, self._rows.style
        if style == "text":
            self.word = self.word or self._writer.word_or_number(0.0 if self._letters else 0.25)
            return self.word.pop(0)
        if self._letters or (style == "sums" and self._run == 0) or (style == "mixed" and rng.random() < 0.35):
            return self._writer.other()
        if style == "same":
            return self._writer.digit((self._value + self._number) % 10)
        return self._writer.digit(self._value % 10 if style == "order" else _label(rng))

    def space(self) -> float:
        """The space after that mark, in heights: wider at the end of a number or word."""
        rng, style, gap = self._rng, self._rows.style, self._rows.gap
        self._value += style == "order"
        self._run = int(rng.integers(0, 5)) if self._run == 0 else self._run - 1
        space = gap if gap < 0.06 else gap * rng.uniform(0.6, 1.4)
        if style == "text":
            space = min(space, rng.uniform(0.0, 0.25))
        if (not self.word) if style == "text" else (style in ("numbers", "sums") and self._run == 0):
            space = max(space, 0.0) + rng.uniform(0.3, 1.2)
        return space


def _joint(start: np.ndarray, end: np.ndarray, height: float) -> np.ndarray:
    """The stroke (12, 2) by which joined-up writing goes on from one letter to the next: along the foot of the line."""
    low = np.array([(start[0] + end[0]) / 2, max(start[1], end[1]) + 0.08 * height])
    t = np.linspace(0, 1, 12)[:, None]
    return ((1 - t) ** 2 * start + 2 * t * (1 - t) * low + t**2 * end).astype(np.float32)


def cells(rng: np.random.Generator, writer: Writer, height: float, slots: Sequence[Slot], most: int) -> list[Placed]:
    """Numbers, and some other marks, in the cells of a table or the boxes of a form."""
    out: list[Placed] = []
    filled, letters = rng.uniform(0.3, 1.0), rng.choice([0.0, rng.uniform(0, 0.3)])
    # Some write over the lines.
    room, careless = rng.uniform(0.6, 0.85) if rng.random() < 0.8 else 1.1, rng.uniform(0, 0.35)
    for left, top, wide, high in slots:
        if rng.random() > filled or len(out) >= most:
            continue
        size = min(height, high * room)
        fit = max(1, int(wide / (0.75 * size)))
        count = int(rng.integers(1, min(fit, 4) + 1))
        x = left + max(0.08 * size, wide - count * 0.75 * size) * (0.4 + careless * rng.uniform(-1, 1))
        y = top + (high - size) * (0.5 + careless * rng.uniform(-1, 1))
        for _ in range(count):
            character = writer.other() if rng.random() < letters else writer.digit(_label(rng))
            mark = writer.place(character, x, y, size)
            out.append(mark)
            x = mark.box[2] + 0.12 * size
    return out


def scattered(
    rng: np.random.Generator, writer: Writer, size: tuple[float, float], height: float, most: int, letters: float
) -> list[Placed]:
    """Marks anywhere on the page, of several sizes, turned a little, none over another."""
    out: list[Placed] = []
    taken: list[tuple[float, float, float, float]] = []
    spread = rng.uniform(0.05, 0.6)
    turn = np.deg2rad(rng.uniform(2, 12) if rng.random() < 0.9 else 25)
    air = rng.uniform(0.03, 0.5)
    for _ in range(4 * most):
        if len(out) >= most:
            break
        high = float(np.clip(height * np.exp(rng.normal(0, spread)), 15, 0.95 * size[1]))
        x, y = rng.uniform(0, max(1.0, size[0] - 0.7 * high)), rng.uniform(0, max(1.0, size[1] - high))
        character = writer.other() if rng.random() < letters else writer.digit(_label(rng))
        mark = writer.place(character, x, y, high, float(np.clip(rng.normal(0, turn / 2), -turn, turn)))
        x0, y0, x1, y1 = mark.box
        edge = air * high
        if any(x0 - edge < b[2] and b[0] < x1 + edge and y0 - edge < b[3] and b[1] < y1 + edge for b in taken):
            continue
        taken.append(mark.box)
        out.append(mark)
    return out


def single(rng: np.random.Generator, writer: Writer, size: tuple[float, float], share: float) -> list[Placed]:
    """One digit, `share` of the page high."""
    height = share * min(size[1], 1.35 * size[0])
    mark = writer.place(writer.digit(_label(rng)), 0, 0, height)
    x0, y0, x1, y1 = mark.box
    spare = np.maximum([size[0] - (x1 - x0), size[1] - (y1 - y0)], 0)
    shift = (rng.uniform(0.1, 0.9, 2) * spare - (x0, y0)).astype(np.float32)
    mark.strokes = [p + shift for p in mark.strokes]
    return [mark]


def column(
    rng: np.random.Generator, writer: Writer, size: tuple[float, float], height: float, most: int
) -> list[Placed]:
    """Numbers below each other, as for adding them up, with a line under them."""
    out: list[Placed] = []
    right = rng.uniform(0.3, 0.9) * size[0]
    y, pitch = rng.uniform(0.02, 0.2) * size[1], height * rng.uniform(1.15, 1.7)
    advance = height * rng.uniform(0.6, 1.0)
    while y + height < 0.97 * size[1] and len(out) < most and len(out) < 40:
        for k in range(int(rng.integers(1, 6))):
            x = right - (k + 1) * advance
            if x > 0.01 * size[0]:
                out.append(writer.place(writer.digit(_label(rng)), x, y, height))
        y += pitch
        if rng.random() < 0.15:
            line = np.linspace((right - 5 * advance, y - 0.1 * height), (right, y - 0.1 * height), 9)
            out.append(Placed([(line + rng.normal(0, 0.02 * height, line.shape)).astype(np.float32)], -1, "underline"))
            y += 0.2 * height
    return out


def framed(rng: np.random.Generator, marks: list[Placed], height: float) -> list[Placed]:
    """Circles, boxes and underlines drawn around some of the digits."""
    out: list[Placed] = []
    share = rng.choice([1.0, 0.3])
    kind = str(rng.choice(["circle", "box", "underline"]))
    boxes = [mark.box for mark in marks]
    for mark in marks:
        if mark.label < 0 or rng.random() > share:
            continue
        x0, y0, x1, y1 = mark.box
        edge = height * rng.uniform(0.15, 0.5)
        near = (x0 - edge, y0 - edge, x1 + edge, y1 + edge)
        if sum(near[0] < b[2] and b[0] < near[2] and near[1] < b[3] and b[1] < near[3] for b in boxes) > 1:
            continue
        middle, half = np.array([x0 + x1, y0 + y1]) / 2, np.array([x1 - x0, y1 - y0]) / 2 + edge
        if kind == "circle":
            angle = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.15), 40) + rng.uniform(0, 6)
            path = middle + np.stack([np.cos(angle), np.sin(angle)], axis=1) * half * 1.15
        elif kind == "box":
            corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * half + middle
            corners = corners + rng.normal(0, 0.05 * height, corners.shape)
            path = np.concatenate([np.linspace(a, b, 8) for a, b in zip(corners[:-1], corners[1:], strict=True)])
        else:
            y = y1 + max(0.12 * height, 0.6 * edge)
            path = np.linspace((x0 - edge / 2, y), (x1 + edge / 2, y), 8)
        wobble = rng.normal(0, 0.012 * height, path.shape)
        out.append(Placed([(path + wobble).astype(np.float32)], -1, kind))
    return out
