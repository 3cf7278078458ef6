"""What strips are written on, and what camera, scanner and file make of them; canvases of WIDTH x HEIGHT px."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise

WIDTH, HEIGHT = 288, 128  # px of a canvas
DIGIT = 30.0  # px: usual height of its digits; the network is fed strips of that scale


def ground(rng: np.random.Generator, height: float, backgrounds: Sequence[str | Path] | None) -> np.ndarray:
    """What the line is written on, (HEIGHT, WIDTH) float32 in 0..1."""
    kind = str(rng.choice(["paper", "flat", "ruled", "printed", "photo"], p=[0.3, 0.1, 0.2, 0.34, 0.06]))
    level = float(rng.uniform(0.55, 1.0))
    ground = np.full((HEIGHT, WIDTH), level, np.float32)
    if kind == "flat":
        return ground
    if kind == "photo":
        texture = clutter(rng, backgrounds)
        return np.asarray(level * (1 + rng.uniform(0.05, 0.3) * (texture - texture.mean())), np.float32)
    ground *= 1 + rng.uniform(0, 0.05) * noise(rng, HEIGHT, WIDTH, float(rng.uniform(1, 4)))
    if rng.random() < 0.4:
        x = np.linspace(-0.5, 0.5, WIDTH, dtype=np.float32)
        ground *= 1 + float(rng.uniform(-0.5, 0.5)) * x
    if rng.random() < 0.15:  # the edge of a shadow
        angle, at = rng.uniform(0, np.pi), rng.uniform(0.2, 0.8, 2) * (WIDTH, HEIGHT)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        side = (x - at[0]) * float(np.cos(angle)) + (y - at[1]) * float(np.sin(angle))
        ground *= 1 - float(rng.uniform(0.2, 0.5)) / (1 + np.exp(-side / float(rng.uniform(0.6, 10))))
    if kind == "ruled":
        _ruled(rng, ground, height)
    if kind == "printed":
        _guilloche(rng, ground)
        if rng.random() < 0.5:
            _ruled(rng, ground, height)
    if rng.random() < 0.12:
        _printed_words(rng, ground, height)
    return ground


def _ruled(rng: np.random.Generator, ground: np.ndarray, height: float) -> None:
    """Lines of a sheet, squares, a table or the boxes of a form, from faint to as dark as ink."""
    mask = np.zeros((HEIGHT * 2, WIDTH * 2), np.uint8)
    thick = int(rng.choice([1, 2, 3, 4], p=[0.3, 0.4, 0.2, 0.1]))
    tilt = float(np.tan(np.deg2rad(rng.normal(0, 2.0))))
    pitch = 2 * height * float(rng.uniform(0.35, 2.2))
    first = float(rng.uniform(-1, 1)) * pitch
    for k in range(int(2 * HEIGHT / pitch) + 3):
        y = first + k * pitch
        cv2.line(mask, (0, int(y)), (2 * WIDTH, int(y + tilt * 2 * WIDTH)), 255, thick, cv2.LINE_AA)
        if rng.random() < 0.25:
            break
    if rng.random() < 0.45:
        step = pitch if rng.random() < 0.5 else 2 * height * float(rng.uniform(0.6, 3))
        for k in range(int(2 * WIDTH / step) + 2):
            x = first + k * step
            cv2.line(mask, (int(x), 0), (int(x - tilt * 2 * HEIGHT), 2 * HEIGHT), 255, thick, cv2.LINE_AA)
    dark = float(np.exp(rng.uniform(np.log(0.06), np.log(0.7))))
    cover = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ground *= 1 - dark * cover


def _guilloche(rng: np.random.Generator, ground: np.ndarray) -> None:
    """The ground of cheques and forms: families of waves, hatching, nets of circles; print that shows through."""
    mask = np.zeros((HEIGHT * 2, WIDTH * 2), np.uint8)
    x = np.linspace(-20, 2 * WIDTH + 20, 60)
    for _ in range(int(rng.integers(1, 4))):
        pitch = float(rng.uniform(4, 20))
        wave, length = float(rng.uniform(0, 24)), float(rng.uniform(30, 400))
        slope = float(rng.choice([0.0, rng.normal(0, 0.6)]))
        phase, drift = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.6)
        shade = int(rng.uniform(90, 255))
        kind = rng.random()
        reach = int((2 * HEIGHT + abs(slope) * 2 * WIDTH) / pitch) + 4
        for k in range(-reach // 4, reach):
            if kind < 0.75:
                y = k * pitch + wave * np.sin(2 * np.pi * x / length + phase + drift * k) + slope * x
                if slope > 0:
                    y = y - slope * 2 * WIDTH
                points = np.stack([x, y], 1)
            else:
                t = np.linspace(0, 2 * np.pi, 40)
                points = np.stack([phase * WIDTH / 3 + k * pitch * np.cos(t), HEIGHT + k * pitch * np.sin(t)], 1)
            cv2.polylines(mask, [np.round(points * 8).astype(np.int32)], False, shade, 1, cv2.LINE_AA, 3)
    if rng.random() < 0.3:
        dots = rng.integers(3, 9)
        mask[::dots, ::dots] = 200
    cover = cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ground *= 1 - float(rng.uniform(0.05, 0.45)) * cover


def _printed_words(rng: np.random.Generator, ground: np.ndarray, height: float) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    word = "".join(rng.choice(list("abcdefghijkmnpqrtuvwxyzAEFHKLMNPRTVWXY.:"), int(rng.integers(2, 14))))
    at = int(rng.uniform(-20, WIDTH * 0.8)), int(rng.uniform(0, HEIGHT))
    size = float(rng.uniform(0.25, 0.8)) * height / 22
    cv2.putText(mask, word, at, int(rng.integers(0, 8)), size, 255, 1 + int(size > 0.8), cv2.LINE_AA)
    ground *= 1 - float(rng.uniform(0.1, 0.7)) * mask.astype(np.float32) / 255


def clutter(rng: np.random.Generator, backgrounds: Sequence[str | Path] | None) -> np.ndarray:
    """A piece of a photo, or made-up texture, (HEIGHT, WIDTH) float32 in 0..1."""
    image = None
    if backgrounds:
        image = cv2.imread(str(backgrounds[int(rng.integers(len(backgrounds)))]), cv2.IMREAD_GRAYSCALE)
    if image is None:
        texture = noise(rng, HEIGHT, WIDTH, float(rng.uniform(2, 30)))
        return np.clip(0.55 + 0.2 * texture, 0, 1).astype(np.float32)
    scale = max(WIDTH / image.shape[1], HEIGHT / image.shape[0]) * float(rng.uniform(1.0, 2.0))
    grown = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    y = int(rng.integers(grown.shape[0] - HEIGHT + 1))
    x = int(rng.integers(grown.shape[1] - WIDTH + 1))
    return grown[y : y + HEIGHT, x : x + WIDTH].astype(np.float32) / 255


def finished(rng: np.random.Generator, ground: np.ndarray, height: float, contrast: float) -> np.ndarray:
    """What camera, scanner and file make of a canvas: (HEIGHT, WIDTH) uint8.

    ground: (HEIGHT, WIDTH) float32 in 0..1; height: of its digits, px; contrast: of its ink, 0..1
    """
    small = min(1.0, float(np.exp(rng.uniform(np.log(11), np.log(60)))) / height)  # of the digit in the file, px
    sigma = float(np.exp(rng.uniform(np.log(0.3), np.log(1.6)))) * height / DIGIT
    image = _blurred(rng, ground, sigma)
    if small < 0.95:
        size = max(8, round(WIDTH * small)), max(8, round(HEIGHT * small))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    grey = image * float(rng.uniform(120, 255))
    strength = float(np.exp(rng.uniform(np.log(0.3), np.log(8.0)))) * min(1.0, contrast + 0.2)
    grey = grey + strength * noise(rng, image.shape[0], image.shape[1], float(rng.choice([1.0, 1.7])))
    out = _filed(rng, np.clip(grey, 0, 255).astype(np.uint8))
    if out.shape != (HEIGHT, WIDTH):
        how = cv2.INTER_CUBIC if rng.random() < 0.6 else cv2.INTER_LINEAR
        out = cv2.resize(out, (WIDTH, HEIGHT), interpolation=how)
    return out


def _blurred(rng: np.random.Generator, image: np.ndarray, sigma: float) -> np.ndarray:
    """Out of focus, moved, or sharp; sigma: of the blur, px."""
    kind = rng.random()
    if kind < 0.5:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    if kind < 0.65:
        angle, long = rng.uniform(0, np.pi), 2.4 * sigma
        kernel = np.zeros((9, 9), np.uint8)
        way = np.array([np.cos(angle), np.sin(angle)]) * long / 2
        ends = [np.round((np.array([4.0, 4.0]) + k * way) * 256).astype(int) for k in (-1, 1)]
        cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 255, 1, cv2.LINE_AA, 8)
        return cv2.filter2D(image, -1, kernel.astype(np.float32) / max(1.0, float(kernel.sum())))
    return image


def _filed(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Sharpened and compressed, now and then."""
    if rng.random() < 0.15:
        soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.7, 1.5)))
        amount = float(rng.uniform(0.3, 1.2))
        image = cv2.addWeighted(image, 1 + amount, soft, -amount, 0)
    if rng.random() < 0.7:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 96))])[1]
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    return image
