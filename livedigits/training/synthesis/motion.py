"""How a pen moves: smooth curves through turning points, and what the muscles make of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEP = 0.02  # spacing of the points along a stroke, in heights of a digit


@dataclass(frozen=True)
class Hand:
    """What stays the same when one person writes. Lengths are in heights of a digit."""

    seed: int  # chooses the form of each character, and is the writer's name
    slant: float  # x per y; positive leans to the right
    aspect: float  # factor on the width
    rounding: float  # how far corners are cut at speed
    wobble: float  # slow departure from the intended line
    tremor: float  # quick departure
    jitter: float  # how far each turning point misses its place
    overshoot: float  # how far strokes run on or stop short
    hook: float  # probability of a small hook where the pen lands or lifts
    size: float  # spread of the size from character to character, as a share
    loyalty: float  # probability of writing a character in the habitual form


def new_hand(rng: np.random.Generator, tidy: float | None = None) -> Hand:
    """A new writer. `tidy` in 0..1 says how careful (1: a careful one); drawn if None."""
    mess = 1 - (rng.beta(2, 1.6) if tidy is None else tidy)
    return Hand(
        seed=int(rng.integers(1 << 31)),
        slant=float(np.clip(rng.normal(0.1, 0.17), -0.35, 0.6)),
        aspect=float(np.exp(np.clip(rng.normal(0.02, 0.17), -0.4, 0.42))),
        rounding=float(rng.uniform(0, 0.02 + 0.05 * mess)),
        wobble=float(rng.uniform(0.004, 0.008 + 0.022 * mess)),
        tremor=float(rng.uniform(0.001, 0.007)) if rng.random() < 0.2 else 0.0,
        jitter=float(rng.uniform(0.008, 0.018 + 0.034 * mess)),
        overshoot=float(rng.uniform(0, 0.015 + 0.06 * mess)),
        hook=float(rng.choice([0.0, 0.08, 0.3], p=[0.45, 0.4, 0.15])),
        size=float(rng.uniform(0.02, 0.04 + 0.12 * mess)),
        loyalty=float(rng.uniform(0.7, 1.0)),
    )


def curve(turns: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """A smooth curve (centripetal Catmull-Rom) through `turns` (n, 2), broken at `corners` (n,) bool."""
    cuts = [0, *(i for i in range(1, len(turns) - 1) if corners[i]), len(turns) - 1]
    pieces = [smooth(turns[a : b + 1]) for a, b in zip(cuts, cuts[1:], strict=False)]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def smooth(turns: np.ndarray) -> np.ndarray:
    """The curve through `turns` (n, 2), n > 1, without corners: (12 (n - 1) + 1, 2)."""
    gaps = np.maximum(np.sqrt(np.linalg.norm(np.diff(turns, axis=0), axis=1)), 1e-4)
    slopes = np.diff(turns, axis=0) / gaps[:, None]
    inner = (slopes[1:] * gaps[:-1, None] + slopes[:-1] * gaps[1:, None]) / (gaps[:-1] + gaps[1:])[:, None]
    if len(inner):
        tangents = np.vstack([1.5 * slopes[:1] - 0.5 * inner[:1], inner, 1.5 * slopes[-1:] - 0.5 * inner[-1:]])
    else:
        tangents = np.vstack([slopes, slopes])
    knots = np.concatenate([[0.0], np.cumsum(gaps)])
    t = np.linspace(0, knots[-1], 12 * len(gaps) + 1)
    i = np.clip(np.searchsorted(knots, t, side="right") - 1, 0, len(gaps) - 1)
    u, g = ((t - knots[i]) / gaps[i])[:, None], gaps[i][:, None]
    start, end = turns[i] * (1 + 2 * u) * (1 - u) ** 2, turns[i + 1] * u**2 * (3 - 2 * u)
    return np.asarray(start + end + tangents[i] * g * u * (1 - u) ** 2 + tangents[i + 1] * g * u**2 * (u - 1))


def moved(stroke: np.ndarray, rng: np.random.Generator, hand: Hand) -> np.ndarray:
    """One stroke with its ends run on or short, corners cut, wobble and tremor; resampled to STEP."""
    length = _length(stroke)[-1]
    if length < 0.12:  # a dot
        return stroke
    stroke = resampled(_with_ends(stroke, length, rng, hand), STEP)
    if hand.rounding > STEP / 2:
        stroke = _blurred(stroke, hand.rounding / STEP)
    along = _length(stroke)[:, None]
    shift = np.zeros_like(stroke)
    for amplitude, shortest, longest in ((hand.wobble, 0.35, 1.6), (hand.tremor, 0.07, 0.22)):
        for _ in range(3 if amplitude > 0 else 0):
            wave = 2 * np.pi * along / rng.uniform(shortest, longest) + rng.uniform(0, 2 * np.pi, 2)
            swell = np.sin(2 * np.pi * along / rng.uniform(0.7, 2.5) + rng.uniform(0, 2 * np.pi))
            shift += amplitude * rng.normal(0, 0.75, 2) * np.sin(wave) * swell
    return np.asarray(stroke + shift)


def _with_ends(stroke: np.ndarray, length: float, rng: np.random.Generator, hand: Hand) -> np.ndarray:
    for _ in range(2):  # the end, then the start
        stroke = stroke[::-1]
        run = float(np.clip(rng.normal(0, hand.overshoot), -0.08, 0.15)) * min(1.0, length)
        away = stroke[0] - stroke[min(3, len(stroke) - 1)]
        away = away / max(float(np.linalg.norm(away)), 1e-6)
        if run > 0:
            stroke = np.vstack([stroke[:1] + away * run, stroke])
        elif run < -STEP:
            stroke = stroke[min(int(np.searchsorted(_length(stroke), -run)), len(stroke) - 2) :]
        if rng.random() < hand.hook:
            turn = rng.choice([-1, 1]) * rng.uniform(0.9, 2.3)
            back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ away
            stroke = np.vstack([stroke[:1] + back * rng.uniform(0.03, 0.09), stroke])
    return stroke


def _length(stroke: np.ndarray) -> np.ndarray:
    """The length of the stroke up to each of its points, (n,)."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(stroke, axis=0), axis=1))])


def resampled(stroke: np.ndarray, step: float) -> np.ndarray:
    """The stroke (n, 2) with points about `step` apart."""
    along = _length(stroke)
    t = np.linspace(0, along[-1], max(int(round(along[-1] / step)) + 1, 2))
    return np.stack([np.interp(t, along, stroke[:, 0]), np.interp(t, along, stroke[:, 1])], 1)


def _blurred(stroke: np.ndarray, sigma: float) -> np.ndarray:
    """The stroke smoothed along itself, its ends staying in place."""
    reach = min(int(3 * sigma) + 1, len(stroke) - 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    before, after = 2 * stroke[:1] - stroke[reach:0:-1], 2 * stroke[-1:] - stroke[-2 : -reach - 2 : -1]
    padded = np.vstack([before, stroke, after])
    return np.stack([np.convolve(padded[:, k], weights / weights.sum(), "valid") for k in (0, 1)], 1)
