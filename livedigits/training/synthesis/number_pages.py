"""Pages of numbers as one person writes them: rows with words between, columns of amounts, figures crossed out."""

from __future__ import annotations

import numpy as np

from livedigits.training.synthesis import numbers
from livedigits.training.synthesis.numbers import Glyph, Spacing
from livedigits.training.synthesis.ruling import Ruling
from livedigits.training.synthesis.strokes import Character
from livedigits.training.synthesis.strokes import other as own_sign
from livedigits.training.synthesis.writers import Placed, Writer

WORDS = 0.14  # probability of a word in place of a number
CROSSED_OUT = 0.04  # probability that a number is crossed out; its digits are no longer any


def rows(
    rng: np.random.Generator, writer: Writer, size: tuple[float, float], height: float, ruling: Ruling, most: int
) -> list[Placed]:
    """Numbers in rows, on the lines of the page where it has some; one person's spacing throughout."""
    width, depth = size
    spaced = numbers.spacing(rng)
    pitch = height * rng.uniform(1.1, 2.2)
    top = rng.uniform(0.02, 0.3) * depth
    if ruling.kind in ("ruled", "squared") and not ruling.upright and rng.random() < 0.7:
        pitch = ruling.pitch[1] * max(1.0, np.ceil(height / ruling.pitch[1]))
        first = np.ceil((top + height - ruling.origin[1]) / ruling.pitch[1])
        top = ruling.origin[1] + first * ruling.pitch[1] - height * rng.uniform(0.9, 1.2)
    slope = float(np.tan(rng.normal(0, 0.03)))
    apart = rng.uniform(0.5, 3.0)
    in_columns = float(rng.choice([0.0, rng.uniform(2.5, 6.0) * height], p=[0.75, 0.25]))
    out: list[Placed] = []
    while top + height < 0.98 * depth and len(out) < most:
        x = rng.uniform(0.01, 0.2) * width
        while x < 0.9 * width and len(out) < most:
            is_word = rng.random() < WORDS
            written, end = _written(rng, writer, is_word, x, top, height, slope, spaced, len(out))
            if end > 0.99 * width:
                break
            out += _crossed(rng, written, height) if not is_word and rng.random() < CROSSED_OUT else written
            x = end + height * apart * rng.uniform(0.6, 1.4)
            if in_columns:
                x = max(x, np.ceil(x / in_columns) * in_columns)
        top += pitch
    return out


def column(
    rng: np.random.Generator, writer: Writer, size: tuple[float, float], height: float, most: int
) -> list[Placed]:
    """Amounts below each other that end at one place, close together, with a line under some of them."""
    spaced = numbers.spacing(rng)
    right, pitch = rng.uniform(0.35, 0.95) * size[0], height * rng.uniform(1.02, 1.6)
    top = rng.uniform(0.02, 0.2) * size[1]
    out: list[Placed] = []
    while top + height < 0.98 * size[1] and len(out) < most:
        written, end = _written(rng, writer, False, 0.0, top, height, 0.0, spaced, len(out))
        shift = right - end + rng.normal(0, 0.1) * height
        if min(m.box[0] for m in written) + shift > 0:
            for mark in written:
                mark.strokes = [s + np.array([shift, 0], np.float32) for s in mark.strokes]
            out += written
        top += pitch
        if out and rng.random() < 0.12:
            out.append(_stroke(rng, right - 4 * height, right, top - 0.05 * height, height))
            top += 0.2 * height
    return out


def _written(
    rng: np.random.Generator,
    writer: Writer,
    is_word: bool,
    x: float,
    top: float,
    height: float,
    slope: float,
    spaced: Spacing,
    number: int,
) -> tuple[list[Placed], float]:
    """A number or a word from x on, and where it ends; the digits of what is one number carry that number's name."""
    signs = writer.word() if is_word else list(numbers.text(rng))
    glyphs = [_glyph(rng, writer, sign, height) for sign in signs]
    done, end = numbers.write(rng, glyphs, x, top - slope * x, height, slope, spaced, writer.uneven)
    one = not is_word and numbers.is_one("".join(map(str, signs)))
    marks = [
        Placed(
            [s + np.array([g.x, g.y], np.float32) for s in g.strokes or ()],
            g.label,
            g.name,
            number if one and g.label >= 0 else None,
        )
        for g in done
    ]
    return marks, end


def _glyph(rng: np.random.Generator, writer: Writer, sign: str | Character, height: float) -> Glyph | None:
    """A sign as this person writes it; None for a space."""
    if sign == " ":
        return None
    if not isinstance(sign, str):
        character = sign
    elif sign.isdigit():
        character = writer.digit(int(sign))
    else:
        character = own_sign(rng, name={"$": "S", "€": "E"}.get(sign, sign))
    placed = writer.place(character, 0.0, 0.0, height)
    return Glyph(placed.label, placed.name, placed.strokes, None, height)


def _crossed(rng: np.random.Generator, marks: list[Placed], height: float) -> list[Placed]:
    """The marks with a stroke through them: one thing that is not a digit."""
    left, right = min(m.box[0] for m in marks), max(m.box[2] for m in marks)
    middle = float(np.mean([(m.box[1] + m.box[3]) / 2 for m in marks]))
    lines = [
        _stroke(rng, left - 0.2 * height, right + 0.2 * height, middle + rng.normal(0, 0.15) * height, height)
        for _ in range(int(rng.integers(1, 4)))
    ]
    strokes = [s for m in [*marks, *lines] for s in m.strokes]
    return [Placed(strokes, -1, "crossed out")]


def _stroke(rng: np.random.Generator, left: float, right: float, y: float, height: float) -> Placed:
    line = np.linspace((left, y), (right, y + rng.normal(0, 0.1) * height), 9)
    return Placed([(line + rng.normal(0, 0.02 * height, line.shape)).astype(np.float32)], -1, "underline")
