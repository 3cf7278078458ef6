"""Pens: what a stroke of ink, pencil, marker or chalk leaves on the ground, as a mask of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise

Strokes = Sequence[np.ndarray]
"""Pen strokes: each (n, 2) float32, x, y in px, y down."""

BLACK = (0.10, 0.10, 0.10)
# Share of the light that the ink lets through, blue, green, red.
INKS: dict[str, tuple[float, float, float]] = {
    "black": BLACK,
    "blue-black": (0.32, 0.17, 0.13),
    "blue": (0.62, 0.25, 0.15),
    "light blue": (0.85, 0.55, 0.25),
    "red": (0.22, 0.18, 0.78),
    "dark red": (0.18, 0.12, 0.52),
    "green": (0.28, 0.50, 0.12),
    "purple": (0.55, 0.18, 0.42),
    "orange": (0.12, 0.45, 0.92),
    "pink": (0.60, 0.30, 0.88),
    "brown": (0.15, 0.25, 0.40),
    "grey": (0.45, 0.45, 0.45),
    "turquoise": (0.65, 0.60, 0.12),
}
CHALKS = ((0.93, 0.94, 0.94), (0.93, 0.93, 0.93), (0.55, 0.90, 0.95), (0.80, 0.70, 0.95), (0.95, 0.85, 0.60))

# Estimates of what lies on desks, counted nowhere and not swept. A kind with a larger share is learned better, at the
# cost of the others; broader widths teach filled holes, narrower ones gaps.
SHARES: dict[str, dict[str, float]] = {  # of the kinds of pens that are met on a ground
    "paper": {
        "ballpoint": 0.24,
        "gel": 0.2,
        "pencil": 0.16,
        "felt": 0.17,
        "marker": 0.15,
        "scribble": 0.04,
        "hair": 0.04,
    },
    "white": {"felt": 0.45, "marker": 0.55},
    "poster": {
        "ballpoint": 0.08,
        "gel": 0.1,
        "pencil": 0.08,
        "felt": 0.14,
        "marker": 0.33,
        "scribble": 0.19,
        "hair": 0.08,
    },
}
WIDTHS = {  # narrowest and broadest line, in heights of the digit
    "ballpoint": (0.022, 0.06),
    "gel": (0.03, 0.08),
    "pencil": (0.025, 0.075),
    "felt": (0.05, 0.12),
    "marker": (0.09, 0.24),
    "scribble": (0.10, 0.28),
    "hair": (0.004, 0.02),
}
POSTER_MARKER = 0.28  # broadest line on a poster, in heights of the digit


@dataclass(frozen=True)
class Pen:
    """A pen in one hand; it writes all marks of a page.

    width is in px of the page; colour is blue, green, red, 0..1: what the ink lets through, or, if opaque, the colour
    itself. The others are strengths from 0 (none) to 1.
    """

    width: float
    colour: tuple[float, float, float]
    opaque: bool = False
    grain: float = 0.0
    grain_size: float = 1.5
    pressure: float = 0.0
    gaps: float = 0.0
    bleed: float = 0.0
    chisel: float = 0.0
    chisel_angle: float = 0.0
    scribble: bool = False
    retraced: int = 1

    @property
    def contrast(self) -> float:
        """Between ink and white paper in grey, 0..1 (chalk: to a black board)."""
        grey = float(np.dot(self.colour, (0.114, 0.587, 0.299)))
        return grey if self.opaque else 1.0 - grey


PENS = {
    "pen": Pen(1.0, BLACK),
    "marker": Pen(1.0, BLACK, chisel=0.5, chisel_angle=0.7),
    "pencil": Pen(1.0, BLACK, grain=0.45, grain_size=1.2),
    "brush": Pen(1.0, BLACK, pressure=0.45),
    "chalk": Pen(1.0, BLACK, grain=0.5, grain_size=1.5, pressure=0.15),
    "skipping": Pen(1.0, BLACK, gaps=0.1),
}
"""One pen of each nature, 1 px broad: a constant line, a chisel tip, graphite, a brush, chalk, and one that skips."""


def plain_pen(kind: str, width: float) -> Pen:
    """A black pen of one of PENS that writes `width` px broad: what samples and tests are drawn with."""
    return replace(PENS[kind], width=width)


class Ink(NamedTuple):
    """Coverage (h, w) float32 in 0..1 of one mark; its upper left pixel lies at x, y of the frame."""

    x: int
    y: int
    coverage: np.ndarray


def choose_pen(rng: np.random.Generator, digit_height: float, ground: str = "paper") -> Pen:
    """A random pen for digits of this height in px, on "paper", "white" or "black" board, "screen" or "dark screen".

    On "poster" most pens are thick: paper with one large digit.
    """
    if ground == "black":
        return _chalk(rng, digit_height)
    if "screen" in ground:
        return _stylus(rng, digit_height, ground == "dark screen")
    shares = SHARES.get(ground, SHARES["paper"])
    kind = str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
    width = _width(rng, kind, digit_height, ground == "poster")
    colour = _ink_colour(rng, kind)
    pencil = kind == "pencil"
    grainy = pencil or rng.random() < 0.35
    return Pen(
        width=width,
        colour=colour,
        grain=float(rng.uniform(0.2, 0.75) if pencil else rng.uniform(0.05, 0.4) if grainy else 0.0),
        grain_size=float(rng.uniform(1.0, 2.2)),
        pressure=float(rng.uniform(0, 0.45)) if rng.random() < 0.6 else 0.0,
        gaps=float(rng.uniform(0.02, 0.12)) if kind in ("ballpoint", "felt", "marker") and rng.random() < 0.12 else 0.0,
        bleed=float(rng.uniform(0.2, 1.0)) if kind in ("felt", "marker", "gel") and rng.random() < 0.35 else 0.0,
        chisel=float(rng.uniform(0.3, 0.9)) if kind in ("marker", "felt") and rng.random() < 0.25 else 0.0,
        chisel_angle=float(rng.uniform(0, np.pi)),
        scribble=kind == "scribble",
        retraced=int(rng.integers(2, 5)) if width < 0.1 * digit_height and rng.random() < 0.07 else 1,
    )


def _width(rng: np.random.Generator, kind: str, digit_height: float, poster: bool) -> float:
    """How broad a pen of this kind writes digits of this height, in px."""
    low, high = WIDTHS[kind]
    if poster and kind == "marker":
        high = POSTER_MARKER
    width = digit_height * float(np.exp(rng.uniform(np.log(low), np.log(high))))
    # In a small digit a broad pen fills the holes, and nobody could read it.
    broadest = POSTER_MARKER if poster else 0.13 if digit_height < 40 else 0.19
    return max(min(width, broadest * digit_height), rng.uniform(0.8, 1.3))


def _ink_colour(rng: np.random.Generator, kind: str) -> tuple[float, float, float]:
    if kind == "pencil":
        grey = rng.uniform(0.25, 0.68)
        colour = np.array([grey * rng.uniform(0.97, 1.06), grey, grey * rng.uniform(0.95, 1.02)])
    else:
        weights = [0.30, 0.10, 0.22, 0.03, 0.10, 0.03, 0.06, 0.04, 0.02, 0.03, 0.02, 0.03, 0.02]
        colour = np.array(INKS[str(rng.choice(list(INKS), p=weights))]) * rng.uniform(0.6, 1.3, 3)
    faint = rng.random()
    density = rng.uniform(0.15, 0.4) if faint < 0.07 else rng.uniform(0.4, 0.8) if faint < 0.28 else 1.0
    b, g, r = np.clip(1.0 - (1.0 - colour) * density, 0.02, 0.97)
    return float(b), float(g), float(r)


def _chalk(rng: np.random.Generator, digit_height: float) -> Pen:
    width = max(1.0, digit_height * float(np.exp(rng.uniform(np.log(0.04), np.log(0.16)))))
    b, g, r = np.clip(np.array(CHALKS[int(rng.integers(len(CHALKS)))]) * rng.uniform(0.7, 1.05), 0, 1)
    grain = float(rng.uniform(0.2, 0.7))
    return Pen(
        width, (float(b), float(g), float(r)), True, grain, float(rng.uniform(1.0, 2.5)), float(rng.uniform(0, 0.3))
    )


def _stylus(rng: np.random.Generator, digit_height: float, dark: bool) -> Pen:
    width = max(1.0, digit_height * float(np.exp(rng.uniform(np.log(0.015), np.log(0.2)))))
    if dark:
        b, g, r = np.clip(rng.uniform(0.5, 1.0) + rng.normal(0, 0.12, 3), 0.3, 1.0)
        return Pen(width, (float(b), float(g), float(r)), True)
    b, g, r = _ink_colour(rng, "gel") if rng.random() < 0.5 else (0.03, 0.03, 0.03)
    return Pen(width, (b, g, r))


def smooth(stroke: np.ndarray, spacing: float = 2.5) -> np.ndarray:
    """The stroke (n, 2) with its corners cut (Chaikin) until its points lie about `spacing` px apart."""
    points = np.asarray(stroke, np.float32).reshape(-1, 2)
    for _ in range(4):
        steps = np.abs(np.diff(points, axis=0)).max(axis=1, initial=0.0)
        if len(points) < 3 or len(points) > 400 or float(np.median(steps)) <= spacing:
            break
        near, far = 0.75 * points[:-1] + 0.25 * points[1:], 0.25 * points[:-1] + 0.75 * points[1:]
        cut = np.empty((2 * len(near), 2), np.float32)
        cut[0::2], cut[1::2] = near, far
        points = np.concatenate([points[:1], cut[1:-1], points[-1:]])
    return points


def _scribbled(stroke: np.ndarray, width: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Zigzags of a thin pen that fill the course of a thick stroke, and often its two edges."""
    length = float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum())
    count = int(np.clip(length / max(1.0, 0.12 * width), 4, 600))
    at = np.linspace(0, len(stroke) - 1, count)
    index = np.arange(len(stroke))
    course = np.stack([np.interp(at, index, stroke[:, i]) for i in (0, 1)], axis=1)
    along = np.gradient(course, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-6)
    out = []
    for _ in range(int(rng.integers(1, 4))):
        side = np.where(np.arange(count) % 2, 0.5, -0.5) * rng.uniform(0.6, 1.05, count)
        drift = rng.normal(0, 0.05 * width, (count, 2))
        out.append((course + normal * (side * width)[:, None] + drift).astype(np.float32))
    if rng.random() < 0.7:
        out += [(course + normal * (k * width)).astype(np.float32) for k in (-0.48, 0.48)]
    return out


def _draw(mask: np.ndarray, points: np.ndarray, width: float, scale: int, pen: Pen, rng: np.random.Generator) -> None:
    """Draw one stroke (n, 2), in px of the mask / scale, with pressure and gaps, into the uint8 mask."""
    line = cv2.LINE_AA if scale == 1 else cv2.LINE_8
    fixed = np.round((points * scale + (scale - 1) / 2) * 16).astype(np.int32)
    n = len(fixed)
    if n == 1:
        fixed, n = np.repeat(fixed, 2, axis=0), 2
    if pen.pressure == 0 and pen.gaps == 0:
        cv2.polylines(mask, [fixed], False, 255, max(1, round(width * scale)), line, 4)
        return
    knots = max(3, n // 12)
    press = np.interp(np.linspace(0, knots - 1, n), np.arange(knots), rng.uniform(-1, 1, knots))
    # Pens rest at the start and are lifted at the end of a stroke.
    press = press * 0.7 - 0.5 * np.linspace(0, 1, n) ** 2
    widths = np.maximum(1, np.round(width * scale * (1 + pen.pressure * press))).astype(int)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(widths)) + 1, [n - 1]])
    for a, b in zip(starts[:-1], starts[1:], strict=True):
        if b > a and not (pen.gaps and rng.random() < pen.gaps):
            cv2.polylines(mask, [fixed[a : b + 1]], False, 255, int(widths[a]), line, 4)


def ink(strokes: Strokes, width: float, pen: Pen, rng: np.random.Generator, limit: tuple[int, int]) -> Ink | None:
    """Ink the strokes of one mark with a line of `width` px.

    strokes: (n, 2) float32 each, x, y in frame px, whole numbers at the centres of pixels; limit: width, height of the
    frame in px: what lies outside by more than its size is cut off. Returns None if nothing is to be seen.
    """
    width = max(0.6, width)
    lines = [smooth(s) for s in strokes if len(s)]
    if not lines:
        return None
    every = np.concatenate(lines)
    pad = int(0.75 * width) + 3
    x0, y0 = (int(v) - pad for v in np.floor(np.maximum(every.min(axis=0), [-limit[0], -limit[1]])))
    x1, y1 = (int(v) + pad for v in np.ceil(np.minimum(every.max(axis=0), [2 * limit[0], 2 * limit[1]])))
    if x1 <= x0 or y1 <= y0 or x1 <= 0 or y1 <= 0 or x0 >= limit[0] or y0 >= limit[1]:
        return None
    w, h = x1 - x0, y1 - y0
    scale = 4 if width < 1.6 else 3 if width < 3 else 2 if width < 9 else 1
    while scale > 1 and w * h * scale * scale > 2_500_000:
        scale -= 1
    mask: np.ndarray = np.zeros((h * scale, w * scale), np.uint8)
    lines, thin = _traces(lines, width, pen, rng)
    for trace in range(pen.retraced):
        for s in lines:
            shift = rng.normal(0, 0.35 * width, 2).astype(np.float32) if trace else np.zeros(2, np.float32)
            _draw(mask, s - (x0, y0) + shift, thin, scale, pen, rng)
    if scale > 1:
        mask = cv2.resize(mask, (w, h), interpolation=cv2.INTER_AREA)
    return Ink(x0, y0, _textured(mask.astype(np.float32) / 255, width, pen, rng))


def draw_lines(lines: Strokes, shape: tuple[int, int], pen: Pen, rng: np.random.Generator) -> np.ndarray:
    """Coverage (h, w) float32 in 0..1 of an array of `shape` (h, w) by lines in its px; what lies outside is cut off.

    As in `ink`, whole numbers are the centres of pixels.
    """
    height, width = shape
    out: np.ndarray = np.zeros(shape, np.float32)
    inked = ink(lines, pen.width, pen, rng, (width, height))
    if inked is not None:
        y0, x0 = max(0, inked.y), max(0, inked.x)
        part = inked.coverage[y0 - inked.y : height - inked.y, x0 - inked.x : width - inked.x]
        out[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] = part
    return out


def _traces(
    lines: list[np.ndarray], width: float, pen: Pen, rng: np.random.Generator
) -> tuple[list[np.ndarray], float]:
    """The lines that the pen really draws, and their width in px: zigzags, a chisel tip's, or the lines themselves."""
    if pen.scribble and width > 5:
        thin = max(1.2, width * rng.uniform(0.1, 0.2))
        return [z for s in lines if len(s) > 2 for z in _scribbled(s, width - thin, rng)] or lines, thin
    if pen.chisel and width > 3:
        nib = np.array([np.cos(pen.chisel_angle), np.sin(pen.chisel_angle)], np.float32) * width * 0.5 * pen.chisel
        thin = width * (1 - 0.6 * pen.chisel)
        steps = np.linspace(-1, 1, 2 + int(width * pen.chisel / max(1, thin)) * 2)
        return [s + k * nib for s in lines for k in steps], thin
    return lines, width


def _textured(coverage: np.ndarray, width: float, pen: Pen, rng: np.random.Generator) -> np.ndarray:
    h, w = coverage.shape
    if pen.bleed:
        soft = cv2.GaussianBlur(coverage, (0, 0), max(0.5, 0.09 * width * pen.bleed))
        coverage = np.clip((soft - 0.35 + 0.12 * noise(rng, h, w, max(1.0, 0.15 * width))) * 3.0, 0, 1)
    if pen.grain:
        tooth = noise(rng, h, w, pen.grain_size) + 0.5 * noise(rng, h, w, 4 * pen.grain_size)
        coverage = coverage * np.clip(1 - pen.grain * np.clip(0.45 + 0.8 * tooth, 0, 1.25), 0, 1)
    return coverage
