"""Handwriting as pen strokes: our own, drawn by code with the variety of real hands, and other people's from a file."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.training.synthesis.forms import DIGITS, LETTERS, LOOKALIKES, SIGNS, Forms
from livedigits.training.synthesis.motion import Hand, curve, moved, new_hand, resampled, smooth

__all__ = [
    "Character",
    "Hand",
    "digit",
    "load",
    "new_hand",
    "other",
    "polyline",
    "resampled",
]

SCRIBBLES = ("scribble", "underline", "circle", "crossing-out", "wave", "hatching")


@dataclass(frozen=True, eq=False)
class Character:
    """One written character, or one mark that is none.

    `strokes`: (n, 2) float32 each, x right and y down, in the order they were written. The longer side of their
    bounding box is 1 and its upper left corner (0, 0); the aspect is kept. To write it on a line where digits are
    h pixels high: multiply by `size * h` and put its top at `top * h` below the top of the digits of that line.
    `label`: 0 to 9, or -1 for no digit. `writer` says whose hand it is, `name` what it shows ("7", "A", "scribble").
    """

    strokes: list[np.ndarray]
    label: int
    writer: int | str
    name: str
    size: float = 1.0
    top: float = 0.0


def digit(label: int, rng: np.random.Generator, hand: Hand | None = None) -> Character:
    """The digit `label` (0 to 9) as `hand` writes it, or as somebody does."""
    return _written(str(label), DIGITS[str(label)], label, rng, hand or new_hand(rng))


def other(
    rng: np.random.Generator, hand: Hand | None = None, lookalike: bool = False, name: str | None = None
) -> Character:
    """A mark that is no digit (label -1): a letter, a sign or a scribble.

    With `lookalike`, one of the letters that cannot be told from a digit: O o I l S s Z z b q g y |. With `name`, that
    letter, sign or scribble; KeyError when there is none of that name.
    """
    if name is None:
        if lookalike:
            names: Sequence[str] = list(LOOKALIKES)
        else:
            names = (SCRIBBLES, list(LETTERS), list(SIGNS))[int(rng.choice(3, p=[0.13, 0.52, 0.35]))]
        name = str(rng.choice(names))
    hand = hand or new_hand(rng)
    if name in SCRIBBLES:
        return _finished(name, _scribble(name, rng), -1, rng, hand, slanted=False)
    return _written(name, {**LETTERS, **LOOKALIKES, **SIGNS}[name], -1, rng, hand)


def polyline(character: Character, size: float, x: float = 0.0, y: float = 0.0) -> list[np.ndarray]:
    """The strokes in pixels: one (n, 2) float32 each, on a line of digits `size` px high that starts at x, y (px)."""
    scale = size * character.size
    offset = np.array([x, y + character.top * size], np.float32)
    return [(stroke * np.float32(scale) + offset).astype(np.float32) for stroke in character.strokes]


def load(path: str | Path) -> list[Character]:
    """Pen strokes from an .npz file.

    `points` (n, 2) are x, y; `stroke_end` and `digit_end` the indices in `points` after the last point of each stroke
    and character. With `label` (0 to 9) and `writer` it holds digits, y pointing up; with `name` and `drawer`, marks
    that are no digits, y pointing down. Raises LivedigitsError when it is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {key: file[key] for key in file.files}
    except FileNotFoundError:
        raise LivedigitsError(f"{path}: no such file; give an .npz file of pen strokes") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError):
        raise LivedigitsError(f"{path}: cannot be read as an .npz file of pen strokes; is it damaged?") from None
    labelled = "label" in data
    keys = ("points", "stroke_end", "digit_end") + (("label", "writer") if labelled else ("name", "drawer"))
    missing = [key for key in keys if key not in data]
    if missing:
        raise LivedigitsError(f"{path}: has no {', '.join(missing)}; pen strokes need {', '.join(keys)}")
    arrays = [data[key] for key in keys]
    fault = _fault(arrays, labelled)
    if fault:
        raise LivedigitsError(f"{path}: {fault}")
    return _characters(arrays, labelled)


def _fault(arrays: list[np.ndarray], labelled: bool) -> str:
    """What is wrong with the arrays of a file of pen strokes; empty if nothing."""
    points, stroke_end, digit_end, names, writers = arrays

    def ends(array: np.ndarray) -> bool:
        if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
            return False
        return bool(np.all(np.diff(array.astype(np.int64), prepend=0) > 0) and array[-1] == len(points))

    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "iuf" or not np.all(np.isfinite(points)):
        return f"points must be numbers of shape (n, 2), not {points.dtype} {points.shape}"
    if not ends(stroke_end) or not ends(digit_end) or not np.all(np.isin(digit_end, stroke_end)):
        return f"stroke_end and digit_end must be indices that rise to the number of points, {len(points)}"
    if names.shape != digit_end.shape or writers.shape != digit_end.shape:
        return f"{names.size} names and {writers.size} writers for {len(digit_end)} characters"
    if labelled and (names.dtype.kind not in "iu" or names.min() < 0 or names.max() > 9):
        return "labels must be whole numbers from 0 to 9"
    return ""


def _characters(arrays: list[np.ndarray], labelled: bool) -> list[Character]:
    points, stroke_end, digit_end, names, writers = arrays
    upright = points.astype(np.float32) * np.array([1, -1 if labelled else 1], np.float32)
    strokes = np.split(upright, stroke_end[:-1])
    of_character = np.split(np.arange(len(stroke_end)), np.searchsorted(stroke_end, digit_end[:-1], side="right"))
    characters = []
    for indices, name, writer in zip(of_character, names, writers, strict=True):
        boxed, _, _ = _boxed([strokes[i] for i in indices])
        characters.append(Character(boxed, int(name) if labelled else -1, writer.item(), str(name)))
    return characters


def _boxed(strokes: list[np.ndarray]) -> tuple[list[np.ndarray], float, float]:
    """Strokes moved to the origin and scaled to a longer side of 1; the size and the top that they had."""
    points = np.concatenate(strokes)
    low = points.min(0)
    size = max(float((points.max(0) - low).max()), 1e-6)
    return [((stroke - low) / size).astype(np.float32) for stroke in strokes], size, float(low[1])


def _written(name: str, forms: Forms, label: int, rng: np.random.Generator, hand: Hand) -> Character:
    """A character of the tables, in the hand's habitual form or, now and then, in another."""
    habit = np.random.default_rng([hand.seed, *name.encode()])
    weights = np.array([weight for weight, _ in forms])
    chosen = int(habit.choice(len(forms), p=weights / weights.sum()))
    if rng.random() > hand.loyalty:
        chosen = int(rng.choice(len(forms), p=weights / weights.sum()))
    strokes: list[np.ndarray] = []
    for low, high, corners, relative in _parse(forms[chosen][1]):
        share = np.clip(habit.random(low.shape) + rng.normal(0, 0.15, low.shape), 0, 1)
        turns = low + (high - low) * share
        for i in np.flatnonzero(relative):
            turns[i] += turns[i - 1] if i else strokes[-1][-1]
        # a dot stays a dot: short strokes miss their place as a whole
        extent = min(1.0, float(np.ptp(turns, axis=0).max()) / 0.3)
        turns += rng.normal(0, hand.jitter, turns.shape) * extent + rng.normal(0, hand.jitter * 0.7, 2)
        strokes.append(curve(turns, corners))
    return _finished(name, strokes, label, rng, hand)


@cache
def _parse(form: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """The strokes of a form: lower and upper bounds (n, 2), corners and counted from the point before, (n,) bool."""
    strokes = []
    for part in form.split("|"):
        tokens = part.split()
        bounds = [[c.split(":") for c in token.strip("^!").split(",")] for token in tokens]
        low = np.array([[float(c[0]) for c in point] for point in bounds])
        high = np.array([[float(c[-1]) for c in point] for point in bounds])
        corners = np.array([token.endswith("!") for token in tokens])
        strokes.append((low, high, corners, np.array([token.startswith("^") for token in tokens])))
    return strokes


def _finished(
    name: str, strokes: list[np.ndarray], label: int, rng: np.random.Generator, hand: Hand, slanted: bool = True
) -> Character:
    """What the muscles make of the intended strokes; then the box."""
    strokes = [moved(stroke, rng, hand) for stroke in strokes]
    if slanted:
        slant, turn = hand.slant + rng.normal(0, 0.035), rng.normal(0, 0.035)
        aspect = hand.aspect * np.exp(rng.normal(0, 0.05))
        bulge = rng.normal(0, 0.03, 2)
        strokes = [_sheared(stroke, slant, turn, aspect, bulge) for stroke in strokes]
    boxed, size, top = _boxed(strokes)
    factor = float(np.exp(rng.normal(0, hand.size)))
    return Character(boxed, label, hand.seed, name, size * factor, 1 - (1 - top) * factor)


def _sheared(stroke: np.ndarray, slant: float, turn: float, aspect: float, bulge: np.ndarray) -> np.ndarray:
    x, y = stroke[:, 0] * aspect, stroke[:, 1] - 0.5
    x = x - slant * y + bulge[0] * (4 * y * y - 1)
    y = y + bulge[1] * (4 * (x - 0.3) ** 2 - 0.3)
    return np.stack([x - turn * y, y + turn * x + 0.5], 1)


def _scribble(name: str, rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a mark without fixed form, about as high as a digit."""
    wide = float(rng.uniform(0.6, 3.0))
    turns: list[np.ndarray]
    if name == "underline":
        heights = 1.1 + 0.12 * np.arange(rng.integers(1, 3))
        turns = [np.stack([np.linspace(0, wide, 5), y + rng.normal(0, 0.015, 5)], 1) for y in heights]
    elif name == "circle":
        angle = np.linspace(0, 2 * np.pi * rng.uniform(0.93, 1.2), 14) + rng.uniform(0, 6)
        ring = np.stack([np.cos(angle) * (wide / 2 + 1), np.sin(angle) * rng.uniform(0.75, 1.0)], 1)
        turns = [ring + [wide / 2, 0.5] + rng.normal(0, 0.03, ring.shape)]
    elif name == "crossing-out":
        count = int(rng.integers(1, 4))
        turns = [np.array([[0, rng.uniform(0.2, 0.8)], [wide * 0.6, rng.uniform(0.2, 0.8)]]) for _ in range(count)]
    elif name == "wave":
        x = np.linspace(0, wide, int(wide * 6) + 3)
        turns = [np.stack([x, 0.6 + rng.uniform(0.08, 0.3) * np.cos(np.arange(len(x)) * np.pi)], 1)]
    elif name == "hatching":
        lefts = np.arange(rng.integers(3, 8)) * rng.uniform(0.1, 0.25)
        turns = [np.array([[a + rng.normal(0, 0.02) + 0.3, 0.1], [a, 0.9]]) for a in lefts]
    else:
        x = np.linspace(0, wide * 0.5, int(rng.integers(6, 20)))
        turns = [np.stack([x, 0.5 + 0.45 * np.cos(np.arange(len(x)) * np.pi)], 1) + rng.normal(0, 0.12, (len(x), 2))]
    return [smooth(turn) for turn in turns]
