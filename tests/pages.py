"""Frames for the tests: our own strokes on paper, with the truth."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.synthesis import pens, strokes


def page(
    text: str = "407",
    height: int = 60,
    *,
    size: tuple[int, int] = (640, 360),
    at: tuple[int, int] = (60, 120),
    gap: float = 0.45,
    pen: float = 4.0,
    ink: tuple[int, int, int] = (40, 30, 30),
    paper: tuple[int, int, int] = (225, 230, 232),
    seed: int = 3,
) -> tuple[np.ndarray, list[tuple[int, tuple[int, int, int, int]]]]:
    """Digits in a row on a plain page: image (h, w, 3) uint8 BGR, and each digit's label and box in px."""
    rng = np.random.default_rng(seed)
    hand = strokes.new_hand(rng, tidy=1.0)
    coverage = np.zeros(size[::-1], np.float32)
    truth = []
    x, y = at
    for letter in text:
        if letter == " ":
            x += height
            continue
        character = strokes.digit(int(letter), rng, hand)
        lines = strokes.polyline(character, height, x, y)
        drawn = pens.draw_lines(lines, size[::-1], pens.plain_pen("pen", pen), rng)
        rows, columns = np.flatnonzero((drawn > 0.4).any(1)), np.flatnonzero((drawn > 0.4).any(0))
        box = int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)
        truth.append((int(letter), box))
        coverage = np.maximum(coverage, drawn)
        x = box[0] + box[2] + round(gap * height)
    ground, dark = np.array(paper, np.float32), np.array(ink, np.float32)
    image = ground + coverage[..., None] * (dark - ground)
    return np.clip(image, 0, 255).astype(np.uint8), truth


def touching(
    text: str,
    height: int = 60,
    *,
    size: tuple[int, int] | None = None,
    at: tuple[int, int] | None = None,
    tilt: float = 0.0,
    pen: float | None = None,
    ink: tuple[int, int, int] = (40, 30, 30),
    paper: tuple[int, int, int] = (225, 230, 232),
    seed: int = 3,
) -> tuple[np.ndarray, list[tuple[int, tuple[int, int, int, int]]]]:
    """As `page`, but each digit stands so close that its stroke just meets that of the one before: one contour.

    tilt is that of the line and of the digits on it, in degrees, clockwise.
    """
    rng = np.random.default_rng(seed)
    hand = strokes.new_hand(rng, tidy=1.0)
    width = pen or max(1.6, height / 14)
    plain = pens.plain_pen("pen", width)
    drawn = [inked(strokes.digit(int(letter), rng, hand), height, plain, rng) for letter in text]
    edge = int(plain.width) + 2  # of paper around the ink
    rows = max(ink.shape[0] for ink in drawn)
    row = np.zeros((rows, sum(ink.shape[1] for ink in drawn)), np.float32)
    places, x = [], 0
    for number, digit in enumerate(drawn):
        h, w = digit.shape
        top = rows - h
        if number:
            x = _meeting(row[top:], digit)
        row[top:, x : x + w] = np.maximum(row[top:, x : x + w], digit[:, : row.shape[1] - x])
        places.append((x, top, digit))
        x += w - edge
    wide, high = size or (row.shape[1] + 2 * height, rows + 2 * height)
    left, top = at or ((wide - x) // 2, (high - rows) // 2)
    turn = cv2.getRotationMatrix2D((left + x / 2, top + rows / 2), -tilt, 1.0)
    coverage, truth = np.zeros((high, wide), np.float32), []
    for letter, (x, y, digit) in zip(text, places, strict=True):
        moved = turn @ np.array([[1, 0, left + x], [0, 1, top + y], [0, 0, 1]], np.float64)
        own = cv2.warpAffine(digit, moved, (wide, high))
        box = cv2.boundingRect((own > 0.4).view(np.uint8))
        truth.append((int(letter), (box[0], box[1], box[2], box[3])))
        coverage = np.maximum(coverage, own)
    ground, dark = np.array(paper, np.float32), np.array(ink, np.float32)
    image = ground + coverage[..., None] * (dark - ground)
    return np.clip(image, 0, 255).astype(np.uint8), truth


def _meeting(row: np.ndarray, digit: np.ndarray) -> int:
    """Where a digit that comes from the right first lies on the ink of a row, both coverage (h, w) in 0..1."""
    before, own = row > 0.6, digit > 0.6
    both = before.any(1) & own.any(1)
    last = before.shape[1] - 1 - before[both, ::-1].argmax(1)
    return int((last - own[both].argmax(1)).max())


def inked(character: strokes.Character, size: float, pen: pens.Pen, rng: np.random.Generator) -> np.ndarray:
    """Coverage (h, w) float32 in 0..1 of a character whose longer side is `size` px, with room for the pen around."""
    edge = int(pen.width) + 2
    lines = [stroke * np.float32(size) + np.float32(edge) for stroke in character.strokes]
    width, height = (int(np.ceil(v)) + edge for v in np.concatenate(lines).max(0))
    return pens.draw_lines(lines, (height, width), pen, rng)


def ruled(
    image: np.ndarray, step: int = 40, colour: tuple[int, int, int] = (190, 150, 120), thick: int = 2
) -> np.ndarray:
    """The page with horizontal lines under (not over) its ink."""
    lines = np.full_like(image, 255)
    for y in range(step // 2, image.shape[0], step):
        cv2.line(lines, (0, y), (image.shape[1], y), colour, thick)
    return cv2.min(image, lines)


def overlap(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Intersection over union of two boxes x, y, width, height."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(w, 0) * max(h, 0)
    return common / (a[2] * a[3] + b[2] * b[3] - common)
