"""Numbers as people write them: what they write (amounts, dates, sums), and how close one digit stands to the next.

A writer keeps to one way of spacing. Some leave room between the boxes of their digits, some move the pen on until the
strokes nearly touch, touch or cross (as the literature makes touching digits: one writer's digits, slid along the line
until they meet), some do not lift the pen between zeros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

KINDS = {"plain": 0.52, "amount": 0.21, "zeros": 0.07, "date": 0.05, "phone": 0.06, "time": 0.03, "sum": 0.06}
BINS = 16  # rows in which the outlines of neighbours are compared
REACH = (-0.35, 1.35)  # rows looked at, in heights of a digit from its top


@dataclass(frozen=True)
class Spacing:
    """How one writer sets digits beside each other; lengths in heights of a digit.

    by_ink: gaps are counted from stroke to stroke, else from box to box; gap: its mean; spread: its deviation;
    joined: probability of going on without lifting the pen; around: of extra room on both sides of a sign.
    """

    by_ink: bool
    gap: float
    spread: float
    joined: float
    around: float


def spacing(rng: np.random.Generator) -> Spacing:
    """Somebody's spacing: of three people one lets digits touch often, one writes closely, one leaves room."""
    kind = rng.random()
    by_ink = bool(rng.random() < 0.6)
    if kind < 0.38:
        gap, spread = rng.uniform(-0.09, 0.02), rng.uniform(0.01, 0.06)
    elif kind < 0.75:
        gap, spread = rng.uniform(-0.02, 0.14), rng.uniform(0.02, 0.08)
    else:
        gap, spread = rng.uniform(0.12, 0.7), rng.uniform(0.02, 0.15)
    joined = float(rng.choice([0.0, rng.uniform(0.1, 0.8)], p=[0.75, 0.25]))
    return Spacing(by_ink, float(gap), float(spread), joined, float(rng.uniform(0.0, 0.25)))


def text(rng: np.random.Generator) -> str:
    """Something that people write with digits: "4250", "1.250,-", "12/05/21", "0170 332"."""
    kind = str(rng.choice(list(KINDS), p=np.array(list(KINDS.values()))))
    if kind == "plain":
        return _digits(rng, int(rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], p=_LENGTHS)))
    if kind == "zeros":
        return _digits(rng, int(rng.integers(1, 4)), first=1) + "0" * int(rng.integers(2, 6))
    if kind == "date":
        mark = str(rng.choice(["/", ".", "-", " "]))
        year = _digits(rng, 2) if rng.random() < 0.5 else f"20{_digits(rng, 2)}"
        return f"{rng.integers(1, 32):02}{mark}{rng.integers(1, 13):02}{mark}{year}"
    if kind == "time":
        return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02}"
    if kind == "phone":
        parts = [_digits(rng, int(n)) for n in rng.integers(2, 5, int(rng.integers(2, 5)))]
        return str(rng.choice(["-", " ", "/", ""])).join(parts)
    if kind == "sum":
        first, second = (_digits(rng, int(n), first=1) for n in rng.integers(1, 4, 2))
        return f"{first}{rng.choice(list('+-x÷'))}{second}" + ("=" if rng.random() < 0.6 else "")
    return _amount(rng)


_ONE = re.compile(r"[^\d ]*\d+(?:[.,]\d+)*[^\d ]*")
_DATE = re.compile(r"\d\d\.\d\d\.(?:\d\d|\d{4})")


def is_one(written: str) -> bool:
    """Whether it is one number, points and commas in it and signs around it: not a date, time or sum, nor in groups."""
    return _ONE.fullmatch(written) is not None and _DATE.fullmatch(written) is None


_LENGTHS = np.array([0.06, 0.13, 0.17, 0.17, 0.16, 0.12, 0.07, 0.05, 0.03, 0.04])


def _digits(rng: np.random.Generator, count: int, first: int = 0) -> str:
    """So many digits, `first` for the least one that it begins with; zeros and repetitions are frequent in numbers."""
    out = [str(rng.integers(first, 10))]
    for _ in range(count - 1):
        draw = rng.random()
        out.append(out[-1] if draw < 0.08 else "0" if draw < 0.18 else str(rng.integers(10)))
    return "".join(out)


def _amount(rng: np.random.Generator) -> str:
    value = _digits(rng, int(rng.integers(1, 7)), first=1)
    if rng.random() < 0.35:
        value = value[: max(1, len(value) - 3)] + "000"
    if len(value) > 3 and rng.random() < 0.7:
        value = f"{value[:-3]}{rng.choice(['.', ',', ' '], p=[0.75, 0.15, 0.1])}{value[-3:]}"
    ends = ["", ".", ".-", "-", "=", ".=", f",{_digits(rng, 2)}", ",00", "/", ":", "#", ",-", ".--"]
    value += str(rng.choice(ends, p=[0.34, 0.1, 0.08, 0.08, 0.07, 0.05, 0.08, 0.05, 0.03, 0.02, 0.03, 0.05, 0.02]))
    begin = str(rng.choice(["", "$", "#", "=", "-", "€"], p=[0.8, 0.05, 0.06, 0.04, 0.04, 0.01]))
    return begin + value


def outline(strokes: list[np.ndarray], top: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Leftmost and rightmost x of strokes (n, 2) in each of BINS rows of a line, (BINS,) each; inf, -inf for none."""
    left, right = np.full(BINS, np.inf), np.full(BINS, -np.inf)
    for stroke in strokes:
        steps = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        t = np.linspace(0, along[-1], max(2, int(along[-1] / (0.04 * height)) + 1))
        x, y = np.interp(t, along, stroke[:, 0]), np.interp(t, along, stroke[:, 1])
        row = (((y - top) / height - REACH[0]) / (REACH[1] - REACH[0]) * BINS).astype(int).clip(0, BINS - 1)
        np.minimum.at(left, row, x)
        np.maximum.at(right, row, x)
    return left, right


def advance(
    before: tuple[np.ndarray, np.ndarray] | None, after: tuple[np.ndarray, np.ndarray], spaced: Spacing, gap: float
) -> float:
    """How far the outline `after` must be moved to the right to stand by `gap` (px) from the one before it."""
    start = float(np.min(after[0]))
    if before is None:
        return -start
    by_box = float(np.max(before[1])) - start
    if not spaced.by_ink:
        return by_box + gap
    right = before[1]
    # a row above or below is near enough to touch
    near = np.maximum(right, np.maximum(np.append(right[1:], -np.inf), np.insert(right[:-1], 0, -np.inf)))
    meet = float(np.max(near - after[0]))
    if not np.isfinite(meet):
        return by_box + gap
    # never farther into the digit before than its middle: two digits in one place are none
    middle = (float(np.min(before[0])) + float(np.max(right))) / 2
    return max(meet + gap, middle - start, by_box - 0.6 * (float(np.max(after[1])) - start))


class Glyph:
    """A character on its way to its place: its label and name, what inks it, and its outline.

    strokes: (n, 2) float32 each, or patch: coverage (h, w) float32 in 0..1; both as they stand on a line of digits
    whose top is at 0 and which are `height` px high. x, y: where it was put, px.
    """

    def __init__(
        self, label: int, name: str, strokes: list[np.ndarray] | None, patch: np.ndarray | None, height: float
    ):
        self.label, self.name, self.strokes, self.patch = label, name, strokes, patch
        self.x = self.y = 0.0
        if strokes is not None:
            self.edges = outline(strokes, 0.0, height)
        else:
            assert patch is not None
            ys, xs = np.nonzero(patch > 0.35)
            left, right = np.full(BINS, np.inf), np.full(BINS, -np.inf)
            row = ((ys / height - REACH[0]) / (REACH[1] - REACH[0]) * BINS).astype(int).clip(0, BINS - 1)
            np.minimum.at(left, row, xs)
            np.maximum.at(right, row, xs)
            self.edges = left, right


def write(
    rng: np.random.Generator,
    glyphs: Iterable[Glyph | None],
    x: float,
    y: float,
    height: float,
    slope: float,
    spaced: Spacing,
    uneven: float,
) -> tuple[list[Glyph], float]:
    """Sets glyphs beside each other from x on, on a line with its top at y where x is 0; None is a space.

    slope: of the line, px down per px to the right; uneven: of the writer. Returns them and where the last ends, px.
    """
    out: list[Glyph] = []
    before: tuple[np.ndarray, np.ndarray] | None = None
    last: Glyph | None = None
    for glyph in glyphs:
        if glyph is None:
            x, before, last = x + height * rng.uniform(0.25, 0.6), None, None
            continue
        if not np.isfinite(glyph.edges[0]).any():
            continue
        gap = height * rng.normal(spaced.gap, spaced.spread)
        if glyph.label < 0 or (last is not None and last.label < 0):
            gap = max(gap, 0.0) + height * spaced.around
        glyph.x = advance(before, glyph.edges, spaced, gap) + (x if before is None else 0.0)
        left = glyph.x + float(np.min(glyph.edges[0]))
        glyph.y = y + slope * left + height * rng.normal(0, 0.5 * uneven)
        if last is not None and _both_drawn(last, glyph):
            often = 1.0 if glyph.label == last.label == 0 else 0.3
            if rng.random() < spaced.joined * often:
                _join(last, glyph, height)
        before = glyph.edges[0] + glyph.x, glyph.edges[1] + glyph.x
        x = float(np.max(before[1]))
        out.append(glyph)
        last = glyph
    return out, x


def _both_drawn(last: Glyph, glyph: Glyph) -> bool:
    """Whether both are digits in strokes, between which a pen can go on."""
    return bool(last.strokes and glyph.strokes and glyph.label >= 0 and last.label >= 0)


def _join(last: Glyph, glyph: Glyph, height: float) -> None:
    """The pen is not lifted between two digits: a stroke from the end of one to the start of the next."""
    if not last.strokes or not glyph.strokes or last.label < 0 or glyph.label < 0:
        return
    end = last.strokes[-1][-1] + (last.x, last.y)
    start = glyph.strokes[0][0] + (glyph.x, glyph.y)
    if abs(end[1] - start[1]) > 0.7 * height or np.linalg.norm(end - start) > 0.9 * height:
        return
    low = (end + start) / 2 + (0, 0.08 * height)
    t = np.linspace(0, 1, 8)[:, None]
    curve = (1 - t) ** 2 * end + 2 * t * (1 - t) * low + t**2 * start
    half = len(curve) // 2  # half of it belongs to each: boxes stay about the digits
    last.strokes.append((curve[: half + 1] - (last.x, last.y)).astype(np.float32))
    glyph.strokes.insert(0, (curve[half:] - (glyph.x, glyph.y)).astype(np.float32))
