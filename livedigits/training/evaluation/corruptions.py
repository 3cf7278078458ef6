"""The 15 corruptions of MNIST-C (Mu and Gilmer 2019, arXiv 1906.02337), written anew and as strong as there.

Made with other libraries than the published files, so figures compare with each other rather than to the last digit
with those measured on the files. Each corruption takes (n, 28, 28) uint8, ink 255 on 0, and returns the same.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

SIZE = 28
_CENTRE = (SIZE - 1) / 2
_REACH = 2.3  # px: half the width of the lines that are drawn over digits
_FOGS = 32  # maps of fog, from which each picture takes a piece
_FOG_MAP = 256  # px: their side

Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def corrupted(images: np.ndarray, name: str, seed: int = 0) -> np.ndarray:
    """Images (n, 28, 28) uint8 with the corruption `name` of CORRUPTIONS; the same seed gives the same."""
    rng = np.random.default_rng([seed, list(CORRUPTIONS).index(name)])
    return CORRUPTIONS[name](images, rng)


def shot_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Three photons for white."""
    return _pixels(rng.poisson(images / 255 * 3) / 3)


def impulse_noise(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """17 % of the pixels are white or black."""
    chance = rng.random(images.shape)
    return np.where(chance < 0.085, np.uint8(0), np.where(chance < 0.17, np.uint8(255), images))


def glass_blur(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur of 0.7 px, half the pixels swapped with a neighbour, twice, and blur again."""
    out = _each(images, lambda image: cv2.GaussianBlur(image, (0, 0), 0.7))
    every = np.arange(len(out))
    for y, x in [(y, x) for _ in range(2) for y in range(SIZE - 1, 1, -1) for x in range(SIZE - 1, 1, -1)]:
        to_y, to_x = np.where(rng.random(len(out)) < 0.5, -rng.integers(0, 2, (2, len(out))), 0) + [[y], [x]]
        here, there = out[:, y, x].copy(), out[every, to_y, to_x]
        out[:, y, x], out[every, to_y, to_x] = there, here
    return _each(out, lambda image: cv2.GaussianBlur(image, (0, 0), 0.7))


def motion_blur(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A trail that fades over some 6 px, within 45 degrees of the horizontal."""
    weights = np.exp(-(np.arange(21) ** 2) / (2 * 3.0**2))

    def blurred(image: np.ndarray) -> np.ndarray:
        angle = rng.uniform(-np.pi / 4, np.pi / 4)
        kernel = np.zeros((41, 41), np.float32)
        steps = np.arange(21)
        rows, columns = np.round(20 + steps * np.sin(angle)), np.round(20 + steps * np.cos(angle))
        np.add.at(kernel, (rows.astype(int), columns.astype(int)), weights / weights.sum())
        return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_CONSTANT)

    return _each(images, blurred)


def shear(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slanted by 0.4 rad to the left or right."""
    return _each(images, lambda image: _warped(image, [[1, _sign(rng) * np.sin(0.4)], [0, np.cos(0.4)]]))


def scale(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrunk to 0.7."""
    return _each(images, lambda image: _warped(image, [[1 / 0.7, 0], [0, 1 / 0.7]]))


def rotate(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turned by 0.4 rad (23 degrees) to the left or right."""
    cos, sin = np.cos(0.4), np.sin(0.4)

    def turned(image: np.ndarray) -> np.ndarray:
        sign = _sign(rng)
        return _warped(image, [[cos, -sign * sin], [sign * sin, cos]])

    return _each(images, turned)


def brightness(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of white is added everywhere."""
    return _pixels(images / 255 + 0.5)


def translate(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Moved by 3 px along both axes; what leaves the picture is lost."""
    return _each(images, lambda image: _warped(image, [[1, 0], [0, 1]], (3 * _sign(rng), 3 * _sign(rng))))


def stripe(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The left and right quarters are inverted."""
    out = images.copy()
    out[:, :, :7] = 255 - out[:, :, :7]
    out[:, :, 21:] = 255 - out[:, :, 21:]
    return out


def fog(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Three parts of fractal fog on one part of picture."""
    maps = np.stack([_fog_map(rng) for _ in range(_FOGS)])
    chosen = rng.integers(_FOGS, size=len(images))
    top, left = rng.integers(_FOG_MAP - SIZE, size=(2, len(images)))
    pieces = [maps[k, y : y + SIZE, x : x + SIZE] for k, y, x in zip(chosen, top, left, strict=True)]
    return _pixels((images / 255 + 3 * np.array(pieces).reshape(images.shape)) / 4)


def _fog_map(rng: np.random.Generator) -> np.ndarray:
    """Noise whose detail is weaker by 1.4 squared with every halving of its size, (_FOG_MAP, _FOG_MAP) in 0..1."""
    fog: np.ndarray = np.zeros((_FOG_MAP, _FOG_MAP), np.float32)
    for octave in range(1, 9):
        noise = rng.uniform(-1, 1, (2**octave, 2**octave)).astype(np.float32) / np.float32(1.4 ** (2 * octave))
        fog = cv2.add(fog, cv2.resize(noise, (_FOG_MAP, _FOG_MAP)))
    least, most = fog.min(), fog.max()
    return (fog - least) / (most - least)


def spatter(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grey blots that hide what lies under them."""

    def spattered(image: np.ndarray) -> np.ndarray:
        liquid = cv2.GaussianBlur(rng.normal(0.65, 0.3, image.shape).astype(np.float32), (0, 0), 1)
        blot = cv2.GaussianBlur((liquid > 0.65).astype(np.float32), (0, 0), 1.5)
        blot[blot < 0.8] = 0
        return _pixels(image / 255 * (1 - blot) + 63 / 255 * blot)

    return _each(images, spattered)


def dotted_line(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dotted line from the left edge to the right."""
    start, end = rng.integers(0, 27, (2, len(images), 1))
    columns = np.arange(SIZE)
    lines = _lines(start + (end - start) * columns / (SIZE - 1))
    return _pixels(images / 255 + lines * (columns // 2 % 2))


def zigzag(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A zigzag line across the picture, 4 px high, 8 px from tip to tip."""
    start = rng.integers(0, 27, (len(images), 1))
    slope = rng.integers(-5, 5, (len(images), 1)) / 23
    columns = np.arange(SIZE)
    along = (columns - 2) * np.sqrt(1 + slope**2)
    zigzags = 2 - np.abs((along + 2) % 8 - 4)
    lines = _lines(start + slope * (columns - 2) - zigzags * np.sqrt(1 + slope**2))
    return _pixels(images / 255 + lines * ((columns >= 2) & (columns < 25)))


def canny_edges(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Only the edges, white on black."""

    def edges(image: np.ndarray) -> np.ndarray:
        smooth = cv2.GaussianBlur(image, (0, 0), 1, borderType=cv2.BORDER_CONSTANT)
        return cv2.Canny(smooth, 25.5, 51, L2gradient=True)

    return _each(images, edges)


CORRUPTIONS: dict[str, Corruption] = {
    "shot noise": shot_noise,
    "impulse noise": impulse_noise,
    "glass blur": glass_blur,
    "motion blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "canny edges": canny_edges,
}
"""By name, in the order of the paper."""


def _each(images: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Every image changed, (n, 28, 28) uint8."""
    out = np.empty_like(images)
    for i, image in enumerate(images):
        out[i] = change(image)
    return out


def _warped(image: np.ndarray, matrix: list[list[float]], shift: tuple[float, float] = (0, 0)) -> np.ndarray:
    """The image as seen through a matrix about its centre: where each pixel is taken from, in x and y."""
    linear = np.array(matrix, np.float64)
    offset = _CENTRE - linear @ (_CENTRE, _CENTRE) + shift
    return cv2.warpAffine(
        image, np.column_stack([linear, offset]), (SIZE, SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def _sign(rng: np.random.Generator) -> int:
    return int(rng.choice((-1, 1)))


def _lines(heights: np.ndarray) -> np.ndarray:
    """Soft lines at a height in each column, heights (n, 28) in px: (n, 28, 28) float in 0..1."""
    distance = np.abs(np.arange(SIZE)[None, :, None] - heights[:, None, :])
    return np.clip(np.log(np.maximum(1 - distance / _REACH, 1e-9)) + 1, 0, 1)


def _pixels(values: np.ndarray) -> np.ndarray:
    """Values about 0..1 as uint8."""
    return np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
