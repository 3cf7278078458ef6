"""What is seen behind and beside a page: photos from a folder, or made-up textures and clutter without any digit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise
from livedigits.training.synthesis.ruling import FONTS, words


def background(rng: np.random.Generator, width: int, height: int, photos: Sequence[str | Path] | None) -> np.ndarray:
    """A background (height, width, 3) float32 in 0..1, from one of the photos (paths) or made up."""
    if photos and rng.random() < 0.9:
        image = _photo(rng, width, height, photos)
        if rng.random() < 0.12:
            # Several photos side by side are denser clutter than one blown up.
            half = width // 2
            image[:, half:] = _photo(rng, width - half, height, photos)
    else:
        image = made_up(rng, width, height)
    if rng.random() < 0.3:
        image = cv2.blur(image, (int(rng.integers(2, max(3, width // 60))),) * 2)
    gain = rng.uniform(0.35, 1.25) if rng.random() < 0.6 else 1.0
    return image.astype(np.float32) * np.float32(gain / 255)


def _photo(rng: np.random.Generator, width: int, height: int, photos: Sequence[str | Path]) -> np.ndarray:
    image = cv2.imread(str(photos[int(rng.integers(len(photos)))]), cv2.IMREAD_COLOR)
    if image is None:
        return made_up(rng, width, height)
    h, w = image.shape[:2]
    if rng.random() < 0.08:
        image, h, w = np.ascontiguousarray(np.rot90(image, int(rng.integers(1, 4)))), w, h
        h, w = image.shape[:2]
    share = rng.uniform(0.55, 1.0)
    cw = min(w, h * width / height) * share
    ch = cw * height / width
    x, y = rng.uniform(0, w - cw), rng.uniform(0, h - ch)
    part = image[int(y) : int(y + ch) + 1, int(x) : int(x + cw) + 1]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    shrink = width < part.shape[1]
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)


def made_up(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A made-up texture (height, width, 3) uint8: wood, bricks, cloth, keys, shelves, blobs, shapes, print."""
    makers: list[Callable[[np.random.Generator, int, int], np.ndarray]]
    makers = [_wood, _bricks, _cloth, _keys, _shelves, _blobs, _shapes, _print, _wall]
    return makers[int(rng.integers(len(makers)))](rng, width, height)


def _tone(rng: np.random.Generator) -> np.ndarray:
    return np.clip(rng.uniform(20, 235) + rng.normal(0, 28, 3), 0, 255).astype(np.float32)


def _tinted(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """A field about -1..1 as a change between two colours, uint8."""
    a, b = _tone(rng), _tone(rng)
    t = np.clip(field * 0.5 + 0.5, 0, 1)
    return cv2.convertScaleAbs(cv2.merge([t * float(q - p) + float(p) for p, q in zip(a, b, strict=True)]))


def _wood(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    fine = cv2.resize(noise(rng, height // 3 + 2, width // 120 + 2), (width, height), interpolation=cv2.INTER_CUBIC)
    wide = noise(rng, height, width, 0.2 * height)
    field = np.sin(wide * 9 + fine * 0.8) * 0.4 + 0.3 * fine
    out = _tinted(rng, field)
    for x in np.arange(rng.uniform(0, width), width, rng.uniform(0.1, 0.5) * width):
        cv2.line(out, (int(x), 0), (int(x), height), [float(c) * 0.5 for c in out[0, 0]], int(rng.integers(1, 4)))
    return out if rng.random() < 0.5 else cv2.resize(cv2.rotate(out, cv2.ROTATE_90_CLOCKWISE), (width, height))


def _bricks(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    out = _tinted(rng, noise(rng, height, width, 2.0) * 0.3)
    bh = int(rng.uniform(0.02, 0.2) * height) + 6
    bw = int(bh * rng.uniform(0.9, 4))
    joint, colour = max(1, int(bh * rng.uniform(0.03, 0.15))), _tone(rng)
    for row, y in enumerate(range(0, height + bh, bh)):
        shift = (bw // 2) * (row % 2) if rng.random() < 0.95 else 0
        for x in range(-shift, width + bw, bw):
            shade = _tone(rng) * 0.15 + 0.85 * colour
            cv2.rectangle(out, (x, y), (x + bw - joint, y + bh - joint), [float(c) for c in shade], -1)
    grain = noise(rng, height, width, 1.5) * float(rng.uniform(2, 14))
    return cv2.convertScaleAbs(np.clip(out + grain[..., None], 0, 255))


def _cloth(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, angle = rng.uniform(4, 0.15 * height), rng.uniform(0, np.pi)
    u = (x * np.cos(angle) + y * np.sin(angle)) / pitch + 0.6 * noise(rng, height, width, 0.25 * height)
    v = (y * np.cos(angle) - x * np.sin(angle)) / pitch
    field = np.sin(2 * np.pi * u) * (0.6 if rng.random() < 0.5 else np.sin(2 * np.pi * v))
    return _tinted(rng, field.astype(np.float32) + 0.2 * noise(rng, height, width, 1.3))


def _keys(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A keyboard: caps in rows, each with a letter."""
    out = _tinted(rng, noise(rng, height, width, 30) * 0.2)
    size = int(rng.uniform(0.05, 0.16) * height) + 8
    cap, mark = _tone(rng), _tone(rng)
    for row, y in enumerate(range(int(rng.uniform(-size, size)), height, size)):
        x = -int(row * size * 0.3)
        while x < width:
            wide = int(size * (rng.uniform(1.5, 4) if rng.random() < 0.1 else 1))
            cv2.rectangle(out, (x + 2, y + 2), (x + wide - 3, y + size - 3), [float(c) for c in cap], -1, cv2.LINE_AA)
            text = words(rng, 1)[:1].upper()
            where = (x + size // 4, y + int(size * 0.62))
            cv2.putText(out, text, where, int(FONTS[0]), size / 60, [float(c) for c in mark], 1, cv2.LINE_AA)
            x += wide
    return out


def _shelves(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Upright stripes of many widths: book spines, blinds, fences."""
    out = np.zeros((height, width, 3), np.uint8)
    shelf = int(rng.uniform(0.2, 1.0) * height) + 4
    for y in range(0, height, shelf):
        x = 0
        while x < width:
            w = int(np.exp(rng.uniform(np.log(4), np.log(0.12 * width))))
            cv2.rectangle(out, (x, y), (x + w, y + shelf - 5), [float(c) for c in _tone(rng)], -1)
            if w > 14 and rng.random() < 0.6:
                at = (x + w // 4, y + int(shelf * rng.uniform(0.2, 0.8)))
                cv2.putText(out, words(rng, 1)[:3], at, int(rng.choice(FONTS)), w / 50, (240, 240, 240), 1, cv2.LINE_AA)
            x += w
    return out


def _blobs(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    field = sum(noise(rng, height, width, s * height) * s**0.5 for s in (0.4, 0.12, 0.04, 0.012))
    return _tinted(rng, np.asarray(field, np.float32))


def _shapes(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Cables, tools, toys: polygons, ellipses and curves over each other."""
    out = _tinted(rng, noise(rng, height, width, 0.3 * height))
    for _ in range(int(rng.integers(10, 120))):
        colour = [float(c) for c in _tone(rng)]
        centre = rng.uniform(-0.1, 1.1, 2) * (width, height)
        size = float(np.exp(rng.uniform(np.log(0.01), np.log(0.4)))) * height
        kind = rng.random()
        if kind < 0.35:
            corners = centre + rng.normal(0, size, (int(rng.integers(3, 7)), 2))
            cv2.fillPoly(out, [np.round(corners).astype(np.int32)], colour, cv2.LINE_AA)
        elif kind < 0.6:
            axes = (int(size) + 1, int(size * rng.uniform(0.3, 1)) + 1)
            line = -1 if rng.random() < 0.6 else int(rng.integers(1, 6))
            at = (int(centre[0]), int(centre[1]))
            cv2.ellipse(out, at, axes, float(rng.uniform(0, 180)), 0, 360, colour, line, cv2.LINE_AA)
        else:
            t = np.linspace(0, 1, 30)[:, None]
            a, b, c = (centre + rng.normal(0, 2 * size, 2) for _ in range(3))
            curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
            cv2.polylines(out, [np.round(curve).astype(np.int32)], False, colour, int(rng.integers(1, 9)), cv2.LINE_AA)
    return out


def _print(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A page of print, or packaging with words of many sizes."""
    out = _tinted(rng, noise(rng, height, width, 0.5 * height) * 0.1)
    dark = [float(c) for c in _tone(rng) * 0.3]
    even = rng.random() < 0.6
    y, size = 0.0, float(np.exp(rng.uniform(np.log(10), np.log(60))))
    while y < height:
        high = size if even else float(np.exp(rng.uniform(np.log(8), np.log(0.2 * height))))
        y += high * rng.uniform(1.3, 2.0)
        at = (int(rng.uniform(-0.1, 0.1 if even else 0.7) * width), int(y))
        thick = max(1, int(high / 22 * rng.uniform(1, 2.5)))
        cv2.putText(out, words(rng, 12), at, int(rng.choice(FONTS)), high / 22, dark, thick, cv2.LINE_AA)
    return out


def _wall(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    return _tinted(
        rng, 0.3 * noise(rng, height, width, 0.6 * height) + rng.uniform(0.02, 0.2) * noise(rng, height, width, 2)
    )
