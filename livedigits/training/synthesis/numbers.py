"""Numbers as people write them: what they write (amounts, dates, sums), and how close one digit stands to the next.

A writer keeps to one way of spacing. Some leave room between the boxes of their digits, some move the pen on until the
strokes nearly touch, touch or cross (as the literature makes touching digits: one writer's digits, slid along the line
until they meet), some do not lift the pen between zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = {"plain": 0.42, "amount": 0.26, "zeros": 0.08, "date": 0.07, "phone": 0.07, "time": 0.03, "sum": 0.07}
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
        gap, spread = rng.uniform(-0.16, 0.02), rng.uniform(0.02, 0.1)
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
