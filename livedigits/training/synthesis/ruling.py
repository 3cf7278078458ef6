"""What is printed on a page: ruled and squared lines, tables, forms, text."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise
from livedigits.training.synthesis.paper import Surface

Slot = tuple[float, float, float, float]
"""A place to write in, x, y, width, height in page px."""


@dataclass(frozen=True)
class Ruling:
    """The lines of a page: kind is "none", "ruled", "squared", "dotted" or "table"; pitch in page px."""

    kind: str = "none"
    pitch: tuple[float, float] = (0.0, 0.0)
    origin: tuple[float, float] = (0.0, 0.0)
    width: float = 1.0
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    upright: bool = False
    columns: int = 0
    rows: int = 0
    margin: bool = False

    def cells(self) -> list[Slot]:
        """The cells of a table, row by row; none for other lines."""
        (w, h), (x, y) = self.pitch, self.origin
        return [(x + c * w, y + r * h, w, h) for r in range(self.rows) for c in range(self.columns)]


def choose_ruling(rng: np.random.Generator, page: Surface, digit_height: float) -> Ruling:
    """Lines for a page on which digits of this height are to be written."""
    kind = str(rng.choice(["none", "ruled", "squared", "dotted", "table"], p=[0.42, 0.23, 0.20, 0.02, 0.13]))
    if kind == "none":
        return Ruling()
    inks: list[list[float]]
    inks = [[0.85, 0.62, 0.45], [0.6, 0.6, 0.6], [0.25, 0.25, 0.25], [0.75, 0.75, 0.95], [0.55, 0.45, 0.80]]
    inks += [[0.75, 0.82, 0.55], [0.80, 0.55, 0.60]]
    strength = rng.uniform(0.12, 1.0) if kind != "table" else rng.uniform(0.5, 1.0)
    weights = [0.3, 0.3, 0.1, 0.05, 0.1, 0.08, 0.07] if kind != "table" else [0.1, 0.25, 0.6, 0, 0.05, 0, 0]
    b, g, r = 1 - strength * (1 - np.array(inks[int(rng.choice(len(inks), p=weights))]))
    relative = {"ruled": (1.0, 2.8), "squared": (0.35, 2.6), "dotted": (0.4, 2.0), "table": (1.25, 3.0)}[kind]
    pitch = max(7.0, digit_height * float(np.exp(rng.uniform(*np.log(relative)))))
    wide = pitch * (rng.uniform(0.8, 2.5) if kind == "table" else 1.0)
    width = max(0.5, pitch * float(np.exp(rng.uniform(np.log(0.012), np.log(0.07 if kind != "table" else 0.09)))))
    columns = rows = 0
    origin = (float(rng.uniform(0, pitch)), float(rng.uniform(0, pitch)))
    if kind == "table":
        columns = int(np.clip(rng.integers(1, 12), 1, max(1, page.width * 0.95 // wide)))
        rows = int(np.clip(rng.integers(1, 12), 1, max(1, page.height * 0.95 // pitch)))
        spare = (max(0.0, page.width - columns * wide), max(0.0, page.height - rows * pitch))
        origin = (float(rng.uniform(0.1, 0.9) * spare[0]), float(rng.uniform(0.1, 0.9) * spare[1]))
    upright = kind == "ruled" and rng.random() < 0.12
    margin = kind in ("ruled", "squared") and rng.random() < 0.3
    colour = (float(b), float(g), float(r))
    return Ruling(kind, (wide, pitch), origin, min(width, 14.0), colour, upright, columns, rows, margin)


def _across(page: Surface, ruling: Ruling) -> list[tuple[float, float, float, float]]:
    """The lines of a ruling in page px, each x0, y0, x1, y1."""
    (px, py), (ox, oy) = ruling.pitch, ruling.origin
    if ruling.kind == "table":
        right, low = ox + ruling.columns * px, oy + ruling.rows * py
        lines = [(ox, oy + k * py, right, oy + k * py) for k in range(ruling.rows + 1)]
        return lines + [(ox + k * px, oy, ox + k * px, low) for k in range(ruling.columns + 1)]
    # A close page may be turned: lines reach beyond it so that no corner of the frame stays bare.
    reach = 0.35 * max(page.width, page.height)
    xs = np.arange(ox - np.ceil((reach + ox) / px) * px, page.width + reach, px)
    ys = np.arange(oy - np.ceil((reach + oy) / py) * py, page.height + reach, py)
    upright = [(float(x), -reach, float(x), page.height + reach) for x in xs]
    level = [(-reach, float(y), page.width + reach, float(y)) for y in ys]
    if ruling.kind == "ruled":
        return upright if ruling.upright else level
    return upright + level


def draw_ruling(
    rng: np.random.Generator, image: np.ndarray, page: Surface, ruling: Ruling, clip: np.ndarray | None
) -> None:
    """Print the lines onto the frame (h, w, 3) float32 in 0..1, in place; clip (h, w) float32 is the page's mask."""
    if ruling.kind == "none":
        return
    h, w = image.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    scale = page.scale(page.width / 2, page.height / 2)
    width = ruling.width * scale
    lines = _across(page, ruling)
    if ruling.kind == "dotted":
        xs = np.array([a[0] for a in lines if a[0] == a[2]])
        ys = np.array([a[1] for a in lines if a[1] == a[3]])
        dots = page.map(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2))[:6000]
        for x, y in np.round(dots * 16).astype(int):
            cv2.circle(mask, (int(x), int(y)), max(4, int(width * 12)), 255, -1, cv2.LINE_AA, 4)
    else:
        steps = 14 if any(page.bend[:2]) else 2
        shaky = 0.012 * min(ruling.pitch) if ruling.kind == "table" and rng.random() < 0.3 else 0.0
        for x0, y0, x1, y1 in lines:
            points = np.linspace((x0, y0), (x1, y1), 14 if shaky else steps)
            points = page.map(points + rng.normal(0, shaky, points.shape) if shaky else points)
            stroke = np.round(np.clip(points, -9000, 9000) * 16).astype(np.int32)
            grey = int(255 * min(1.0, max(0.35, width)))
            cv2.polylines(mask, [stroke], False, grey, max(1, round(width)), cv2.LINE_AA, 4)
    shade(image, mask, ruling.colour, clip, rng.uniform(0, 0.35))
    if ruling.margin:
        mask[:] = 0
        at = page.width * float(rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)]))
        for k in range(int(rng.integers(1, 3))):
            ends = np.linspace(
                (at + k * 3 * ruling.width, -page.height), (at + k * 3 * ruling.width, 2 * page.height), 20
            )
            stroke = np.round(np.clip(page.map(ends), -9000, 9000) * 16).astype(np.int32)
            cv2.polylines(mask, [stroke], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
        shade(image, mask, (0.6, 0.5, 0.88), clip, 0.1)


def shade(
    image: np.ndarray, mask: np.ndarray, colour: tuple[float, float, float], clip: np.ndarray | None, grain: float = 0.0
) -> None:
    """Darken the frame float32 in place by ink that lets `colour` through where the uint8 mask is 255."""
    cover = mask.astype(np.float32) * (1 / 255)
    if clip is not None:
        cover *= clip
    if grain:
        h, w = mask.shape
        cover *= np.clip(1 - grain * np.abs(noise(np.random.default_rng(int(mask.sum()) % 977), h, w, 1.5)), 0, 1)
    cv2.multiply(image, cv2.merge([1 - cover * (1 - c) for c in colour]), dst=image)


# Neither digits nor the letters that look like them: print is never boxed, and must not be wrong.
LETTERS = "".join(c for c in string.ascii_letters if c not in "lIoOiSsZzBbgq")
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def words(rng: np.random.Generator, count: int) -> str:
    """Made-up words without digits or letters that look like digits."""
    lengths = rng.integers(1, 10, size=count)
    text = " ".join("".join(rng.choice(list(LETTERS.lower()), size=n)) for n in lengths)
    return text.title() if rng.random() < 0.2 else text.upper() if rng.random() < 0.2 else text


def _layer(page: Surface) -> np.ndarray:
    return np.zeros((max(8, int(page.height)), max(8, int(page.width))), np.uint8)


def _press(
    rng: np.random.Generator, image: np.ndarray, page: Surface, layer: np.ndarray, clip: np.ndarray | None
) -> None:
    """Print a layer (page height, page width) uint8 onto the page in the frame, in place."""
    h, w = image.shape[:2]
    mask = cv2.warpPerspective(layer, page.homography, (w, h), flags=cv2.INTER_LINEAR)
    dark = float(rng.uniform(0.05, 0.6))
    shade(image, mask, (dark, dark * rng.uniform(0.8, 1.1), dark * rng.uniform(0.8, 1.1)), clip)


def printed(
    rng: np.random.Generator,
    image: np.ndarray,
    page: Surface,
    lines: int,
    clip: np.ndarray | None,
    size: float,
    free: Sequence[Slot] = (),
) -> None:
    """Print lines of text, `size` page px high, onto the page in the frame (h, w, 3) float32, in place.

    free: left, top, right, bottom in page px of what is not printed over.
    """
    layer = _layer(page)
    font = int(rng.choice(FONTS))
    scale = size / 22.0
    thick = max(1, round(scale * rng.uniform(1.0, 2.6)))
    pitch = size * rng.uniform(1.4, 2.4)
    full = lines > 12
    x = float(rng.uniform(-0.05, 0.1 if full else 0.6) * page.width)
    y = float(rng.uniform(0, 0.1 if full else 0.9) * page.height)
    for k in range(lines):
        if rng.random() < 0.1 and not full:
            x = float(rng.uniform(0, 0.5) * page.width)
        text = words(rng, int(rng.integers(8, 16)) if full else int(rng.integers(1, 9)))
        low, right = y + k * pitch, x + cv2.getTextSize(text, font, scale, thick)[0][0]
        if any(x < b[2] and b[0] < right and low - size < b[3] and b[1] < low + 0.4 * size for b in free):
            continue
        cv2.putText(layer, text, (int(x), int(low)), font, scale, 255, thick, cv2.LINE_AA)
    _press(rng, image, page, layer, clip)


def form(
    rng: np.random.Generator, image: np.ndarray, page: Surface, clip: np.ndarray | None, height: float
) -> list[Slot]:
    """Print a form: labels, each with a box, a line or a comb of boxes to write in; returns those places."""
    layer = _layer(page)
    font, size = int(rng.choice(FONTS)), float(max(8.0, height * rng.uniform(0.3, 0.9)))
    thick, line = max(1, round(size / 22 * rng.uniform(1, 2.5))), int(rng.integers(1, max(2, int(height / 18)) + 1))
    style = str(rng.choice(["box", "line", "comb"]))
    slots: list[Slot] = []
    y, indent = float(rng.uniform(0.02, 0.15) * page.height), float(rng.uniform(0.02, 0.2) * page.width)
    pitch = height * rng.uniform(1.7, 2.8)
    cv2.putText(layer, words(rng, 3), (int(indent), int(y + size)), font, 1.6 * size / 22, 255, thick * 2, cv2.LINE_AA)
    y += 2.5 * size
    while y + 1.4 * height < page.height and len(slots) < 40:
        text = words(rng, int(rng.integers(1, 4)))[:14]
        cv2.putText(layer, text, (int(indent), int(y + height)), font, size / 22, 255, thick, cv2.LINE_AA)
        x = indent + 10 * size * rng.uniform(0.9, 1.1)
        count, wide = (int(rng.integers(2, 9)), 1.05 * height) if style == "comb" else (1, height * rng.uniform(1.2, 6))
        for _ in range(count):
            if x + wide > page.width:
                break
            a, b = (int(x), int(y - 0.15 * height)), (int(x + wide), int(y + 1.2 * height))
            if style == "line":
                cv2.line(layer, (a[0], b[1]), b, 255, line, cv2.LINE_AA)
            else:
                cv2.rectangle(layer, a, b, 255, line, cv2.LINE_AA)
            slots.append((float(a[0]), float(a[1]), wide, 1.35 * height))
            x += wide + (0.0 if rng.random() < 0.7 else 0.2 * height)
        y += pitch
    _press(rng, image, page, layer, clip)
    return slots
