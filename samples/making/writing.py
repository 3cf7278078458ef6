"""Rows of handwritten numbers on a page, and where their digits are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from livedigits.training.synthesis import strokes

Box = list[int]


@dataclass
class Mark:
    """One written character: `label` 0 to 9, or -1; `lines` (n, 2) float32 each, in px of the page."""

    label: int
    lines: list[np.ndarray]


def row(
    text: str, hand: strokes.Hand, rng: np.random.Generator, left: float, top: float, height: float, gap: float = 0.2
) -> list[Mark]:
    """`text` (digits, letters, signs, blanks) written from left, top (px), digits `height` px high.

    `gap` is the distance between neighbours, in heights.
    """
    marks = []
    drift = rng.normal(0, 0.012)
    start = left
    for letter in text:
        if letter == " ":
            left += height * 0.55
            continue
        known = letter.isdigit()
        character = strokes.digit(int(letter), rng, hand) if known else strokes.other(rng, hand, name=letter)
        y = top + (left - start) * drift + rng.normal(0, 0.025) * height
        lines = strokes.polyline(character, height, left, y)
        marks.append(Mark(character.label, lines))
        left = max(float(line[:, 0].max()) for line in lines) + height * gap * rng.uniform(0.7, 1.4)
    return marks


def page(rows: Iterable[str], hand: strokes.Hand, rng: np.random.Generator, **place: Any) -> list[list[Mark]]:
    """Rows one below the other: left, top, height, gap as for row(), and `step` px from row to row."""
    step, left, top = place.pop("step"), place.pop("left"), place.pop("top")
    height = place["height"]
    return [
        row(text, hand, rng, left + rng.uniform(0, 0.3) * height, top + k * step, **place)
        for k, text in enumerate(rows)
    ]


def lines_of(rows: list[list[Mark]]) -> list[np.ndarray]:
    return [line for marks in rows for mark in marks for line in mark.lines]


def box(mark: Mark, width: float, place: Callable[[np.ndarray], np.ndarray]) -> Box:
    """x, y, width, height in px of the picture: the mark drawn `width` px thick, taken there by `place`."""
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) * width / 2
    points = place(np.concatenate([line + corner for line in mark.lines for corner in corners]))
    low, high = np.floor(points.min(0)), np.ceil(points.max(0))
    return [int(v) for v in (*low, *(high - low))]


def truth(
    texts: list[str], rows: list[list[Mark]], width: float, place: Callable[[np.ndarray], np.ndarray]
) -> dict[str, Any]:
    """The digits of a picture, in the form of the command line's JSON, and its rows as text without other marks."""
    digits = [mark for marks in rows for mark in marks if mark.label >= 0]
    numbers = [" ".join(word for word in text.split() if word.isdigit()) for text in texts]
    return {"rows": numbers, "digits": [{"digit": mark.label, "box": box(mark, width, place)} for mark in digits]}
