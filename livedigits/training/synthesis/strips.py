"""Strips: short pieces of lines of writing, close up, for the network that finds digits where they touch.

A camera frame costs a hundred times as much as one line on a piece of ground; what matters here is how strokes of
neighbours meet, and the ground between them. A canvas shows some lines of one writer, and is reduced, blurred and
compressed as cameras and scanners do; `livedigits.recognition.ink` makes contrast of it as of any frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from livedigits.training.synthesis import numbers, pens, strip_ground
from livedigits.training.synthesis.lookalikes import is_lookalike
from livedigits.training.synthesis.numbers import Glyph
from livedigits.training.synthesis.strip_ground import DIGIT, HEIGHT, WIDTH
from livedigits.training.synthesis.strokes import Character
from livedigits.training.synthesis.strokes import other as own_sign
from livedigits.training.synthesis.writers import Writer

SPREAD = (0.58, 1.6)  # heights of digits, in DIGIT: the scale of writing is known about so well
BITMAPS = 0.3  # share of canvases written in digits of MNIST's kind, which are pictures and not strokes
PLAIN = 0.14  # share of canvases that show no writing, but clutter


@dataclass(frozen=True)
class Strip:
    """A canvas: image (h, w) uint8 grey; boxes (n, 4) float32 x, y, w, h px, tight; labels (n,) 0 to 9, -1: unclear."""

    image: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Bitmaps:
    """Digits of MNIST's kind, in the order of their writers: images (n, 28, 28) uint8, ink 255; labels (n,)."""

    images: np.ndarray
    labels: np.ndarray


class _Hand:
    """Who writes a canvas: strokes by a Writer, or a run of bitmaps that lie together in their file."""

    def __init__(
        self,
        rng: np.random.Generator,
        digits: Sequence[Character] | None,
        others: Sequence[Character] | None,
        bitmaps: Bitmaps | None,
        own: float,
    ) -> None:
        self.rng = rng
        self.writer = Writer(rng, digits, others, own)
        self.writer.tilt = 0.0
        self.bitmaps: dict[int, np.ndarray] = {}
        if bitmaps is not None and rng.random() < BITMAPS:
            start = int(rng.integers(max(1, len(bitmaps.labels) - 120)))
            part = slice(start, start + 120)
            for label in range(10):
                self.bitmaps[label] = bitmaps.images[part][bitmaps.labels[part] == label]
            self.thicken = float(rng.normal(0, 0.8))
            self.stretch = float(np.exp(rng.normal(0, 0.12)))
            self.slant = float(rng.normal(0, 0.12))

    def glyph(self, sign: str, height: float, turn: float) -> Glyph | None:
        if sign == " ":
            return None
        if sign.isdigit() and len(self.bitmaps.get(int(sign), ())):
            return Glyph(int(sign), sign, None, self._patch(int(sign), height, turn), height)
        if sign.isdigit():
            character = self.writer.digit(int(sign))
        elif sign == "€" or sign == "$":
            character = own_sign(self.rng, name=str(self.rng.choice(["E", "S"])))
        else:
            character = own_sign(self.rng, name=sign)
        placed = self.writer.place(character, 0.0, 0.0, height, turn)
        return Glyph(placed.label, placed.name, placed.strokes, None, height)

    def letter(self, character: Character, height: float, turn: float) -> Glyph:
        placed = self.writer.place(character, 0.0, 0.0, height, turn)
        return Glyph(placed.label, placed.name, placed.strokes, None, height)

    def _patch(self, label: int, height: float, turn: float) -> np.ndarray:
        """A bitmap as coverage, so high, turned, slanted; its left upper corner is that of the place it is put to."""
        images = self.bitmaps[label]
        image = images[int(self.rng.integers(len(images)))]
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        tight = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        size = height * float(np.exp(self.rng.normal(0, self.writer.uneven)))
        longest = max(tight.shape[0], 0.35 * tight.shape[1])
        scale = size / longest
        grown = cv2.resize(tight, None, fx=4 * scale * self.stretch, fy=4 * scale, interpolation=cv2.INTER_CUBIC)
        k = round(abs(self.thicken) * 4 * scale * 0.7)
        if k >= 2:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (k, k))
            thick = (cv2.dilate if self.thicken > 0 else cv2.erode)(grown, kernel)
            grown = thick if thick.max() > 128 and (self.thicken > 0 or thick.mean() > 0.35 * grown.mean()) else grown
        h, w = grown.shape
        c, s = np.cos(turn), np.sin(turn)
        matrix = np.array([[c, -s], [s, c]]) @ np.array([[1, -self.slant], [0, 1]])
        corners = np.array([[0, 0], [w, 0], [0, h], [w, h]]) @ matrix.T
        low, high = corners.min(0), corners.max(0)
        full = np.concatenate([matrix, -low[:, None]], 1)
        out = cv2.warpAffine(grown, full, (int(high[0] - low[0]) + 2, int(high[1] - low[1]) + 2))
        soft = cv2.resize(out, (max(1, out.shape[1] // 4), max(1, out.shape[0] // 4)), interpolation=cv2.INTER_AREA)
        return np.clip(soft.astype(np.float32) / 255 * 1.15, 0, 1)


def render(
    rng: np.random.Generator,
    digits: Sequence[Character] | None = None,
    others: Sequence[Character] | None = None,
    bitmaps: Bitmaps | None = None,
    backgrounds: Sequence[str | Path] | None = None,
    own: float = 0.2,
) -> Strip:
    """One canvas. digits, others: pools of people's characters, None for our own; own: share of our own despite it."""
    height = DIGIT * float(np.exp(rng.uniform(np.log(SPREAD[0]), np.log(SPREAD[1]))))
    if rng.random() < PLAIN:
        image = strip_ground.finished(rng, strip_ground.clutter(rng, backgrounds), height, 0.8)
        return Strip(image, np.empty((0, 4), np.float32), np.empty(0, np.int8))
    hand = _Hand(rng, digits, others, bitmaps, own)
    ground = strip_ground.ground(rng, height, backgrounds)
    turn = float(np.deg2rad(rng.normal(0, 3) if rng.random() < 0.75 else rng.uniform(-24, 24)))
    spaced = numbers.spacing(rng)
    pen = pens.choose_pen(rng, height)
    contrast = 1 - float(np.mean(pen.colour))
    glyphs = _written(rng, hand, height, turn, spaced)
    inked = []
    for glyph in glyphs:
        ink = _ink(glyph, pen, rng)
        if ink is not None:
            _apply(ground, ink, min(pen.colour))
            inked.append((glyph, ink))
    _strokes_over(rng, ground, glyphs, pen, height)
    image = strip_ground.finished(rng, ground, height, contrast)
    found = [
        (g, box) for g, ink in inked if (box := _tight(ink)) is not None and (g.label >= 0 or is_lookalike(g.name))
    ]
    boxes = np.array([b for _, b in found], np.float32).reshape(-1, 4)
    return Strip(image, boxes, np.array([g.label for g, _ in found], np.int8))


def _written(rng: np.random.Generator, hand: _Hand, height: float, turn: float, spaced: numbers.Spacing) -> list[Glyph]:
    """The glyphs of one to three lines, in their places on the canvas."""
    out: list[Glyph] = []
    pitch = height * rng.uniform(1.05, 2.2)
    lines = int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))
    top = (HEIGHT - height) / 2 + rng.normal(0, 0.25 * height) - (lines // 2) * pitch
    slope = float(np.tan(turn))
    letters = rng.random() < 0.2
    for line in range(lines):
        x = float(rng.uniform(-1.5, 1.5)) * height if rng.random() < 0.5 else float(rng.uniform(0, 0.6) * WIDTH)
        y0 = top + line * pitch - slope * WIDTH / 2
        while x < WIDTH:
            if letters and rng.random() < 0.5:
                signs: Sequence[str | Character] = hand.writer.word()
            else:
                signs = numbers.text(rng)
            glyphs = [
                hand.glyph(sign, height, turn) if isinstance(sign, str) else hand.letter(sign, height, turn)
                for sign in signs
            ]
            written, x = numbers.write(rng, glyphs, x, y0, height, slope, spaced, hand.writer.uneven)
            out += written
            x += height * rng.uniform(0.35, 2.5)
            if rng.random() < 0.35:
                break
    return out


def _ink(glyph: Glyph, pen: pens.Pen, rng: np.random.Generator) -> pens.Ink | None:
    if glyph.strokes is not None:
        offset = np.array([glyph.x, glyph.y], np.float32)
        return pens.ink([s + offset for s in glyph.strokes], pen.width, pen, rng, (WIDTH, HEIGHT))
    assert glyph.patch is not None
    return pens.Ink(round(glyph.x), round(glyph.y), glyph.patch)


def _tight(ink: pens.Ink) -> tuple[float, float, float, float] | None:
    solid = ink.coverage > 0.3 * max(0.3, float(ink.coverage.max()))
    ys, xs = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(ys):
        return None
    return ink.x + float(xs[0]), ink.y + float(ys[0]), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1)


def _apply(ground: np.ndarray, ink: pens.Ink, colour: float) -> None:
    h, w = ink.coverage.shape
    y0, y1, x0, x1 = max(0, ink.y), min(HEIGHT, ink.y + h), max(0, ink.x), min(WIDTH, ink.x + w)
    if y1 > y0 and x1 > x0:
        cover = ink.coverage[y0 - ink.y : y1 - ink.y, x0 - ink.x : x1 - ink.x]
        ground[y0:y1, x0:x1] *= 1 - cover * (1 - colour)


def _strokes_over(
    rng: np.random.Generator, ground: np.ndarray, glyphs: list[Glyph], pen: pens.Pen, height: float
) -> None:
    """Now and then a line by hand under or through the writing, a dash, a bracket: in the same ink, and no digit."""
    if not glyphs or rng.random() > 0.2:
        return
    glyph = glyphs[int(rng.integers(len(glyphs)))]
    x, y = glyph.x, glyph.y + height * rng.choice([rng.uniform(1.0, 1.3), rng.uniform(-0.3, 0.0)], p=[0.8, 0.2])
    long = height * rng.uniform(0.8, 6)
    line = np.stack([np.linspace(x - 0.3 * height, x + long, 8), y + rng.normal(0, 0.03 * height, 8)], 1)
    ink = pens.ink([line.astype(np.float32)], pen.width, pen, rng, (WIDTH, HEIGHT))
    if ink is not None:
        _apply(ground, ink, min(pen.colour))
