"""What lies under the ink, behind the paper and between it and the picture: grounds, a room, an arm, a camera.

Pictures are (h, w, 3) float32 in 0..1, colours blue, green, red; all is drawn by code.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

Colour = Sequence[float]


def clouds(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise (h, w) float32 of about unit deviation that changes over `cell` px."""
    small = rng.normal(0, 1, (int(shape[0] / cell) + 4, int(shape[1] / cell) + 4)).astype(np.float32)
    large = cv2.resize(small, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[: shape[0], : shape[1]])


def paper(shape: tuple[int, int], colour: Colour, rng: np.random.Generator) -> np.ndarray:
    """A sheet of paper: fibres, and a slight unevenness."""
    tone = (
        1 + 0.008 * clouds(shape, shape[1] / 4, rng) + 0.006 * clouds(shape, 3, rng) + 0.004 * clouds(shape, 1.5, rng)
    )
    return np.asarray(tone[..., None] * np.array(colour, np.float32), np.float32)


def folded(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Light (h, w) around 1 on a sheet that was folded twice and smoothed out."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    light = np.ones(shape, np.float32)
    for along, middle in ((y, shape[0] / 2), (x, shape[1] / 2)):
        away = along - middle - 3 * clouds(shape, 120, rng)
        light += 0.035 * np.tanh(away / 4) * np.exp(-np.abs(away) / 90) - 0.05 * np.exp(-((away / 1.6) ** 2))
    return light


def wood(shape: tuple[int, int], colour: Colour, rng: np.random.Generator) -> np.ndarray:
    """A table top, its grain running across the picture."""
    y = np.mgrid[: shape[0], : shape[1]][0].astype(np.float32)
    bend = cv2.resize(
        clouds((shape[0] // 4 + 1, shape[1] // 24 + 1), 24, rng), shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    rings = np.sin((y + 46 * bend) / 13 + 2.2 * bend)
    pores = cv2.resize(rng.normal(0, 1, (shape[0], shape[1] // 40 + 1)).astype(np.float32), shape[::-1])
    tone = 1 + 0.07 * rings + 0.06 * pores + 0.05 * clouds(shape, 160, rng)
    return np.asarray(tone[..., None] * np.array(colour, np.float32), np.float32)


def blackboard(shape: tuple[int, int], colour: Colour, rng: np.random.Generator) -> np.ndarray:
    """A board with the dust of what was wiped off."""
    wiped = np.zeros(shape, np.float32)
    for _ in range(26):
        x, y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        way = rng.normal(0, 1, 2) * [shape[1] * 0.3, shape[0] * 0.12]
        stroke = np.zeros(shape, np.float32)
        ends = (int(x), int(y)), (int(x + way[0]), int(y + way[1]))
        cv2.line(stroke, ends[0], ends[1], 1.0, int(rng.uniform(0.04, 0.13) * shape[0]))
        wiped += stroke * rng.uniform(0.004, 0.02)
    dust = cv2.GaussianBlur(wiped, (0, 0), shape[0] / 90) * (1 + 0.35 * clouds(shape, 5, rng))
    dust += 0.008 * np.abs(clouds(shape, shape[1] / 5, rng)) + 0.006 * clouds(shape, 2, rng)
    return np.asarray(np.array(colour, np.float32) + dust[..., None], np.float32)


def _filled(image: np.ndarray, points: list[tuple[float, float]] | np.ndarray, colour: Colour) -> None:
    fixed = np.round(np.array(points) * 16).astype(np.int32)
    cv2.fillPoly(image, [fixed], colour, cv2.LINE_AA, 4)


def _block(image: np.ndarray, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    _filled(image, [(left, top), (right, top), (right, bottom), (left, bottom)], colour)


def room(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """A room as a camera on a desk sees it behind the sheet it is focused on. Drawn for 1280x720."""
    x = np.linspace(0, 1, 1280, dtype=np.float32)[None, :, None]
    image = np.array([0.60, 0.68, 0.72], np.float32) * (0.62 + 0.38 * x) * np.ones((720, 1, 1), np.float32)
    image *= 1 + 0.02 * clouds((720, 1280), 220, rng)[..., None]
    _window(image, rng)
    _shelf(image, rng)
    _block(image, 560, 70, 742, 312, (0.16, 0.2, 0.25))  # a picture of hills
    _block(image, 574, 84, 728, 298, (0.74, 0.76, 0.72))
    for k, green in enumerate((0.52, 0.42, 0.3)):
        ridge = [(574 + i * 7.7, 200 + k * 28 + 22 * np.sin(i * (0.3 + 0.13 * k) + k)) for i in range(21)]
        _filled(image, [*ridge, (728, 298), (574, 298)], (green * 0.7, green, green * (0.62 + 0.1 * k)))
    _plant(image, 1190, 560, rng)
    _block(image, 0, 622, 1280, 720, (0.2, 0.3, 0.42))  # the desk
    _block(image, 0, 618, 1280, 626, (0.3, 0.42, 0.55))
    _lamp(image, 455, 640)
    _block(image, 640, 560, 716, 650, (0.5, 0.34, 0.22))  # a mug
    cv2.ellipse(image, (720, 604), (24, 28), 0, -90, 90, (0.5, 0.34, 0.22), 9, cv2.LINE_AA)
    cv2.ellipse(image, (678, 560), (38, 8), 0, 0, 360, (0.12, 0.16, 0.2), -1, cv2.LINE_AA)
    for k, colour in enumerate([(0.35, 0.3, 0.6), (0.72, 0.74, 0.76), (0.4, 0.5, 0.3)]):  # books lying about
        _block(image, 800 + 9 * k, 650 - 22 * (k + 1), 1010 - 14 * k, 650 - 22 * k, colour)
        _block(image, 806 + 9 * k, 654 - 22 * (k + 1), 812 + 9 * k, 648 - 22 * k, (0.8, 0.85, 0.85))
    blurred = cv2.GaussianBlur(np.clip(image, 0, 1.3), (0, 0), 4.5)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_AREA))


def _window(image: np.ndarray, rng: np.random.Generator) -> None:
    """Daylight from the right, with leaves before the sky, and a curtain."""
    _block(image, 846, 0, 1180, 470, (0.78, 0.8, 0.8))
    _block(image, 862, 0, 1164, 450, (1.2, 1.12, 1.04))
    for _ in range(260):
        centre = (int(rng.uniform(862, 1164)), int(450 - abs(rng.normal(0, 80))))
        green = rng.uniform(0.35, 0.85)
        shade = (green * 0.55, green, green * 0.75)
        cv2.ellipse(
            image, centre, (int(rng.uniform(6, 22)), int(rng.uniform(5, 14))), rng.uniform(0, 180), 0, 360, shade, -1
        )
    _block(image, 1164, 0, 1190, 480, (0.75, 0.78, 0.8))
    _block(image, 1006, 0, 1020, 450, (0.72, 0.75, 0.77))
    _block(image, 862, 214, 1164, 226, (0.72, 0.75, 0.77))
    _block(image, 836, 450, 1200, 474, (0.8, 0.83, 0.85))
    for k in range(18):
        tone = 0.62 + 0.16 * np.sin(k * 1.9) + 0.05 * rng.normal()
        _block(image, 1150 + k * 6, 0, 1157 + k * 6, 520 + 4 * np.sin(k), (tone * 0.62, tone * 0.74, tone * 0.95))


def _shelf(image: np.ndarray, rng: np.random.Generator) -> None:
    _block(image, 0, 40, 400, 622, (0.2, 0.28, 0.36))
    for top, bottom in ((56, 222), (240, 412), (430, 602)):
        _block(image, 12, top, 388, bottom, (0.09, 0.13, 0.17))
        x = 18.0
        while x < 362:
            wide, high = rng.uniform(12, 34), rng.uniform(0.6, 0.92) * (bottom - top)
            if rng.random() < 0.08:  # a gap, and a book that leans into it
                x += rng.uniform(15, 40)
                continue
            tint = rng.random(3) * [0.55, 0.75, 1.0]  # more red and brown books than blue ones
            colour = np.clip(rng.uniform(0.1, 0.62) * (0.62 + 0.55 * tint), 0.05, 0.8)
            lean = rng.choice([0, 0, 0, rng.uniform(-9, 9)])
            spine = [(x + lean, bottom - high), (x + wide + lean, bottom - high), (x + wide, bottom), (x, bottom)]
            _filled(image, spine, tuple(float(c) for c in colour))
            for band in rng.uniform(0.08, 0.92, rng.integers(0, 4)):
                y, thick = bottom - high * band, rng.uniform(1, 9)
                lighter = tuple(float(c) for c in np.clip(colour * rng.choice([0.5, 1.7]) + 0.04, 0, 1))
                _block(image, x + 1 + lean * band, y, x + wide - 1 + lean * band, y + thick, lighter)
            _block(image, x + wide - 2, bottom - high, x + wide, bottom, (0.06, 0.08, 0.1))
            x += wide
    _block(image, 396, 40, 408, 622, (0.26, 0.35, 0.44))


def _lamp(image: np.ndarray, x: float, foot: float) -> None:
    y, across = np.mgrid[:720, :1280].astype(np.float32)
    glow = np.exp(-(((across - x) / 210) ** 2) - (((y - foot + 330) / 190) ** 2))
    image += (0.3 * glow)[..., None] * np.array([0.45, 0.8, 1.0], np.float32)
    cv2.line(image, (int(x), int(foot) - 290), (int(x), int(foot)), (0.12, 0.13, 0.15), 9, cv2.LINE_AA)
    cv2.ellipse(image, (int(x), int(foot)), (58, 13), 0, 0, 360, (0.1, 0.11, 0.13), -1, cv2.LINE_AA)
    shade = [(x - 44, foot - 400), (x + 44, foot - 400), (x + 88, foot - 270), (x - 88, foot - 270)]
    _filled(image, shade, (0.66, 0.95, 1.15))
    _filled(image, [shade[0], shade[1], (x + 50, foot - 384), (x - 50, foot - 384)], (0.5, 0.74, 0.9))


def _plant(image: np.ndarray, x: float, top: float, rng: np.random.Generator) -> None:
    for _ in range(46):
        angle, long = rng.normal(-np.pi / 2, 0.75), rng.uniform(60, 190)
        tip = np.array([np.cos(angle), np.sin(angle)]) * long
        side = np.array([-tip[1], tip[0]]) / long * rng.uniform(8, 19)
        start, green = np.array([x, top + 8]), rng.uniform(0.2, 0.52)
        leaf = [start, start + tip * 0.55 + side, start + tip + [0, 0.16 * long], start + tip * 0.55 - side]
        _filled(image, np.array(leaf), (green * 0.45, green, green * 0.62))
    _filled(image, [(x - 62, top), (x + 62, top), (x + 44, top + 96), (x - 44, top + 96)], (0.28, 0.38, 0.66))
    _filled(image, [(x - 68, top - 6), (x + 68, top - 6), (x + 66, top + 14), (x - 66, top + 14)], (0.33, 0.45, 0.76))


def tube(height: np.ndarray, spine: Sequence[tuple[float, float, float, float]]) -> None:
    """Raise `height` (h, w) to a smooth tube along `spine`, points of x, y, radius and lift in px."""
    knots = np.array(spine)
    steps = int(np.linalg.norm(np.diff(knots[:, :2], axis=0), axis=1).sum() / 3) + 2
    t = np.linspace(0, len(knots) - 1, steps)
    for x, y, radius, lift in np.stack([np.interp(t, np.arange(len(knots)), knots[:, k]) for k in range(4)], 1):
        left, top = max(int(x - radius), 0), max(int(y - radius), 0)
        right, bottom = min(int(x + radius) + 2, height.shape[1]), min(int(y + radius) + 2, height.shape[0])
        if left >= right or top >= bottom:
            continue
        across, down = np.arange(left, right) - x, np.arange(top, bottom)[:, None] - y
        ball = radius**2 - across**2 - down**2
        part = height[top:bottom, left:right]
        np.maximum(part, np.where(ball > 0, np.sqrt(np.maximum(ball, 0)) + lift, -1e3), out=part)


def skin(height: np.ndarray, colour: Colour, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What a shape of `height` px looks like, lit from the upper right: colour (h, w, 3) and cover (h, w)."""
    cover = cv2.GaussianBlur((height > -500).astype(np.float32), (0, 0), 1.0)
    surface = cv2.GaussianBlur(np.maximum(height, -30), (0, 0), 3.5)
    slope_x, slope_y = cv2.Sobel(surface, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(surface, cv2.CV_32F, 0, 1) / 8
    light = (0.42 * slope_x + 0.5 * slope_y + 0.78) / np.sqrt(1 + slope_x**2 + slope_y**2)
    tone = np.clip(0.34 + 0.66 * light, 0.18, 1.1) * (1 + 0.03 * clouds(height.shape, 14, rng))
    red = np.clip(0.5 + 0.5 * clouds(height.shape, 40, rng), 0, 1)[..., None] * np.array(
        [-0.03, -0.04, 0.0], np.float32
    )
    return np.asarray(tone[..., None] * (np.array(colour, np.float32) + red), np.float32), cover


def camera(
    image: np.ndarray, rng: np.random.Generator, noise: float = 0.012, vignette: float = 0.25, blur: float = 0.5
) -> np.ndarray:
    """The picture (h, w, 3) uint8 that a small camera takes: soft, darker to the corners, noisy in the shadows."""
    h, w = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    image = image * (1 - vignette * ((x * x + y * y) / 2) ** 1.4)[..., None]
    if blur > 0:
        image = cv2.GaussianBlur(image, (0, 0), blur)
    grain = rng.standard_normal((h, w, 1), np.float32) * 0.8
    coarse = rng.standard_normal((h // 2 + 1, w // 2 + 1, 3), np.float32)
    grain = grain + cv2.resize(coarse, (w, h), interpolation=cv2.INTER_LINEAR) * 0.7
    image = image + grain * noise * (1.3 - 0.6 * np.clip(image, 0, 1))
    # highlights roll off instead of clipping
    image = np.where(image > 0.85, 0.85 + 0.15 * np.tanh((image - 0.85) / 0.15), image)
    return np.asarray(np.clip(np.round(image * 255), 0, 255), np.uint8)
