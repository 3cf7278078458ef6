"""Pictures of one digit as people draw them in paint programs and web pages for a network to read."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from livedigits.training.synthesis import pens
from livedigits.training.synthesis.camera import jpeg
from livedigits.training.synthesis.noise import noise
from livedigits.training.synthesis.strokes import Character


def render_drawing(rng: np.random.Generator, character: Character) -> tuple[np.ndarray, int]:
    """A picture of the one character: image (h, w, 3) uint8 BGR, 16 to about 640 px, and its label.

    Mostly 28x28 with strokes one pixel wide, as paint programs leave them; also thick strokes, soft brushes, larger
    canvases, light on dark, colours, faint ink in noise, odd shapes, digits that touch the border or fill the picture,
    the corners of a fast mouse, traces of scaling and JPEG.
    """
    kind = rng.random()
    if kind < 0.46:
        image = _pixel_art(rng, character)
    elif kind < 0.54:
        image = _brushed(rng, character)
    elif kind < 0.6:
        image = _filling(rng, character)
    elif kind < 0.69:
        image = _shrunk(rng, character)
    else:
        image = _canvas(rng, character)
    return _coloured(rng, image), character.label


def _laid(
    rng: np.random.Generator, character: Character, width: int, height: int, pen: float
) -> tuple[list[np.ndarray], float]:
    """The strokes in px of the canvas, the size and place of the digit varied; and the size in px."""
    room = min(width, height) - pen
    where = rng.random()
    share = (
        rng.uniform(0.55, 0.98) if where < 0.75 else rng.uniform(0.3, 0.6) if where < 0.93 else rng.uniform(0.95, 1.06)
    )
    size = max(9.0, share * room)
    angle, stretch = rng.normal(0, 0.07), np.exp(rng.normal(-0.02, 0.18))
    c, s = np.cos(angle), np.sin(angle)
    if rng.random() < 0.12:
        character = replace(character, strokes=[_angular(p, float(rng.uniform(0.03, 0.1))) for p in character.strokes])
    turn = np.array([[stretch, 0], [0, 1]]) @ np.array([[c, s], [-s, c]])
    lines = [p @ turn * size for p in character.strokes]
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    spare = np.array([width, height]) - pen - (high - low)
    if where < 0.75:
        at = np.clip(rng.normal(0.5, 0.16, 2), -0.05, 1.05)
    else:  # towards an edge; a few are cut by it
        at = np.clip(rng.uniform(-0.1, 1.1, 2), 0, 1) + rng.choice([0, 0, 0, 1]) * rng.normal(0, 0.04, 2)
    shift = pen / 2 + spare * at - low
    return [(p + shift).astype(np.float32) for p in lines], size


def _pixel_art(rng: np.random.Generator, character: Character) -> np.ndarray:
    """Coverage (h, w) uint8: 28x28, mostly, drawn pixel by pixel with a pen of one to four pixels."""
    side = 28 if rng.random() < 0.85 else int(rng.integers(16, 65))
    width = 1 if rng.random() < 0.68 else int(rng.integers(2, 5))
    image = np.zeros((side, side), np.uint8)
    lines, size = _laid(rng, character, side, side, width)
    width = int(np.clip(width, 1, max(1.0, _broadest(character) * size)))
    smooth = rng.random() < 0.25
    if rng.random() < 0.09:  # drawn with the mouse along the pixels, or pixel by pixel
        lines = [_blocky(p, max(2.0, size * float(rng.uniform(0.1, 0.25)))) for p in lines]
    for p in lines:
        # A mouse reports a few points a second, and paint programs join them by straight lines.
        every = int(rng.integers(1, 5))
        p = np.concatenate([p[:-1:every], p[-1:]])
        if smooth:
            points = np.round((p - 0.5) * 16).astype(np.int32)
            cv2.polylines(image, [points], False, 255, width, cv2.LINE_AA, 4)
        elif width == 1 and rng.random() < 0.8:
            cv2.polylines(image, [np.floor(p).astype(np.int32)], False, 255, 1, cv2.LINE_8)
        else:
            _stamped(image, p, width, round_brush=rng.random() < 0.6)
    if rng.random() < 0.03:
        image = np.where(rng.random(image.shape) < 0.985, image, 255 - image).astype(np.uint8)
    return image


def _broadest(character: Character) -> float:
    """Of the size: a broader pen would fill the holes; a 1 has none."""
    return 0.34 if character.label == 1 else 0.22


def _angular(points: np.ndarray, slack: float) -> np.ndarray:
    """The stroke (n, 2) by a few straight lines, nowhere further than `slack` from it."""
    return cv2.approxPolyDP(points.reshape(-1, 1, 2).astype(np.float32), slack, False).reshape(-1, 2)


def _blocky(points: np.ndarray, cell: float) -> np.ndarray:
    """The stroke (n, 2) in steps along the axes, its corners on a grid of `cell` px."""
    corners = np.round(points / cell) * cell
    corners = corners[np.r_[True, np.any(np.diff(corners, axis=0) != 0, axis=1)]]
    between = np.stack([corners[1:, 0], corners[:-1, 1]], axis=1)
    steps = np.empty((2 * len(corners) - 1, 2))
    steps[::2], steps[1::2] = corners, between
    # Four points a step, so that a mouse which reports every few of them still turns the corners.
    at = np.linspace(0, len(steps) - 1, 4 * len(steps) - 3)
    index = np.arange(len(steps))
    return np.stack([np.interp(at, index, steps[:, i]) for i in (0, 1)], axis=1).astype(np.float32)


def _brushed(rng: np.random.Generator, character: Character) -> np.ndarray:
    """Coverage (h, w) uint8: a soft brush whose dabs are seen one by one, as browsers' canvases paint slow mice."""
    side = 28 if rng.random() < 0.7 else int(rng.integers(40, 300))
    pen = side * float(rng.uniform(0.06, 0.18))
    lines, size = _laid(rng, character, side, side, pen)
    radius = min(pen, 0.24 * size) / 2
    opacity, hard = float(rng.uniform(0.12, 0.7)), float(rng.uniform(0.5, 2.0))
    y, x = np.mgrid[:side, :side].astype(np.float32) + 0.5
    paper: np.ndarray = np.ones((side, side), np.float32)
    for p in lines:
        length = float(np.linalg.norm(np.diff(p, axis=0), axis=1).sum())
        dabs = int(np.clip(length / (radius * rng.uniform(0.25, 0.9)), 2, 80))
        # A mouse rests at the ends and at the corners: there the dabs heap up.
        at = np.sort(np.concatenate([rng.uniform(0, 1, dabs), rng.choice([0.0, 1.0], max(1, dabs // 6))]))
        index = np.linspace(0, 1, len(p))
        for cx, cy in zip(np.interp(at, index, p[:, 0]), np.interp(at, index, p[:, 1]), strict=True):
            distance = np.hypot(x - cx, y - cy) / radius
            paper *= 1 - opacity * np.clip((1.25 - distance) * hard, 0, 1)
    coverage = 1 - paper
    return np.clip(coverage / max(0.3, float(coverage.max())) * 255, 0, 255).astype(np.uint8)


def _stamped(image: np.ndarray, points: np.ndarray, width: int, round_brush: bool) -> None:
    """Drag a square or round brush along the points."""
    path = np.zeros_like(image)
    cv2.polylines(path, [np.floor(points).astype(np.int32)], False, 255, 1, cv2.LINE_8)
    shape = cv2.MORPH_ELLIPSE if round_brush and width > 2 else cv2.MORPH_RECT
    cv2.max(image, cv2.dilate(path, cv2.getStructuringElement(shape, (width, width))), dst=image)


def _filling(rng: np.random.Generator, character: Character) -> np.ndarray:
    """Coverage (h, w) uint8: a broad pen from border to border, in a picture cut out around it."""
    height = 28 if rng.random() < 0.6 else int(rng.integers(28, 300))
    width = height if rng.random() < 0.5 else int(height * rng.uniform(0.6, 1.0))
    pen = width * float(rng.uniform(0.08, 0.18))
    points = np.concatenate(character.strokes)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-3)
    size = (np.array([width, height]) - pen) / extent
    if character.label == 1:  # stretched it would be a 7, or a blot
        size = np.full(2, size.min())
    spare = np.array([width, height]) - pen - extent * size
    lines = [((p - low) * size + (pen + spare) / 2).astype(np.float32) for p in character.strokes]
    return _inked(rng, lines, pen, width, height)


def _shrunk(rng: np.random.Generator, character: Character) -> np.ndarray:
    """Coverage (h, w) uint8: drawn large, scaled down to 28x28 or so, and perhaps up again."""
    side = int(rng.integers(140, 420))
    width = side * float(np.exp(rng.uniform(np.log(0.012), np.log(0.15))))
    lines, size = _laid(rng, character, side, side, width)
    big = _inked(rng, lines, min(width, _broadest(character) * size), side, side)
    small = 28 if rng.random() < 0.8 else int(rng.integers(18, 64))
    way = int(rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST], p=[0.7, 0.25, 0.05]))
    image = cv2.resize(big, (small, small), interpolation=way)
    if rng.random() < 0.6:
        # Programs that scale down often stretch the levels again.
        peak = max(40, int(image.max()))
        image = cv2.convertScaleAbs(image, alpha=min(255 / peak, rng.uniform(1.0, 3.0)))
    if rng.random() < 0.12:
        grown = int(rng.integers(64, 400))
        image = cv2.resize(image, (grown, grown), interpolation=int(rng.choice([cv2.INTER_CUBIC, cv2.INTER_NEAREST])))
    return image


def _canvas(rng: np.random.Generator, character: Character) -> np.ndarray:
    """Coverage (h, w) uint8: a canvas of 64 to 640 px."""
    height = int(np.exp(rng.uniform(np.log(64), np.log(600))))
    width = height if rng.random() < 0.55 else int(np.clip(height * rng.uniform(0.6, 1.9), 48, 640))
    pen = min(width, height) * float(np.exp(rng.uniform(np.log(0.008), np.log(0.16))))
    pen = max(1.0, pen)
    lines, size = _laid(rng, character, width, height, pen)
    pen = min(pen, _broadest(character) * size)
    image = _inked(rng, lines, pen, width, height)
    if rng.random() < 0.3:
        image = np.where(image > 110, 255, 0).astype(np.uint8)
    if rng.random() < 0.06:
        _stray(rng, image, pen)
    return image


def _inked(rng: np.random.Generator, lines: list[np.ndarray], width: float, w: int, h: int) -> np.ndarray:
    pen = pens.Pen(width, (0, 0, 0), pressure=float(rng.choice([0, 0, rng.uniform(0, 0.4)])))
    image = pens.draw_lines(lines, (h, w), pen, rng)
    if rng.random() < 0.1:
        image = cv2.GaussianBlur(image, (0, 0), max(0.6, width * float(rng.uniform(0.1, 0.5))))
    return (image * 255).astype(np.uint8)


def _stray(rng: np.random.Generator, image: np.ndarray, pen: float) -> None:
    """A dot, a short line or a frame beside the digit."""
    h, w = image.shape
    thick = max(1, round(pen))
    free = [(x, y) for x in (0.06, 0.94) for y in (0.06, 0.94)]
    x, y = free[int(rng.integers(4))]
    at = (int(x * w), int(y * h))
    kind = rng.random()
    if kind < 0.4:
        cv2.circle(image, at, thick, 255, -1, cv2.LINE_AA)
    elif kind < 0.7:
        end = (int(at[0] + rng.normal(0, 0.04) * w), int(at[1] + rng.normal(0, 0.04) * h))
        cv2.line(image, at, end, 255, thick, cv2.LINE_AA)
    else:
        cv2.rectangle(image, (1, 1), (w - 2, h - 2), 255, max(1, thick // 2))


def _coloured(rng: np.random.Generator, coverage: np.ndarray) -> np.ndarray:
    """Ink on a ground (h, w, 3) uint8 from coverage (h, w) uint8, with what saving and scaling leave."""
    ink, ground = np.zeros(3), np.full(3, 255.0)
    grain = 0.0
    kind = rng.random()
    if kind < 0.14:
        ink, ground = ground, ink
    elif kind < 0.24:
        ink = rng.uniform(60, 238) * np.ones(3)
    elif kind < 0.36:
        ink = np.array(pens.INKS[str(rng.choice(list(pens.INKS)))]) * 255 * rng.uniform(0.5, 1.1)
    elif kind < 0.44:
        ground = rng.uniform(130, 255, 3)
        ink = rng.uniform(0, 0.5) * ground
    elif kind < 0.48:
        ground = rng.uniform(0, 90, 3)
        ink = rng.uniform(170, 255, 3)
    elif kind < 0.56:
        ground = np.full(3, rng.choice([0.0, 255.0, rng.uniform(50, 205)]))
        contrast = rng.uniform(10, 40)
        ink = ground + (contrast if ground[0] < 50 else -contrast)
        grain = min(rng.choice([0, 0, 1, 2, 3]), contrast / 5)
    alpha = (coverage.astype(np.float32) / 255)[..., None]
    image = ground + alpha * (np.clip(ink, 0, 245 if ground[0] > 250 else 255) - ground)
    h, w = coverage.shape
    if grain:
        image += (noise(rng, h, w) * grain)[..., None]
    elif rng.random() < 0.07:
        image += (noise(rng, h, w, float(rng.uniform(1, 3))) * rng.uniform(1, 10))[..., None]
    out = np.clip(np.round(image), 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        out = jpeg(out, int(rng.integers(35, 97)))
    return out
