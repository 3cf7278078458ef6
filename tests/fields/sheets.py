"""Sheets that lie about in pictures, for the tests of registration: printed by code, warped, lit, blurred."""

from __future__ import annotations

import cv2
import numpy as np

WIDTH, HEIGHT = 620, 440  # px of the sheet


TERMS = "What cannot be read is estimated from the values of last year.", "The office keeps it."


def sheet(
    words: str = "METER READINGS",
    lines: tuple[str, ...] = ("Cold water", "Warm water", "Power"),
    terms: tuple[str, ...] = TERMS,
    top: int = 100,
) -> np.ndarray:
    """An empty form, (HEIGHT, WIDTH, 3) uint8: a title, a sign, boxes with words before them, and small print."""
    image = np.full((HEIGHT, WIDTH, 3), 245, np.uint8)
    cv2.putText(image, words, (24, 56), cv2.FONT_HERSHEY_DUPLEX, 1.2, (30, 30, 30), 2, cv2.LINE_AA)
    cv2.circle(image, (560, 50), 30, (30, 30, 30), 3, cv2.LINE_AA)
    cv2.line(image, (545, 60), (575, 35), (30, 30, 30), 3, cv2.LINE_AA)
    for row, text in enumerate(lines):
        y = top + 76 * row
        cv2.putText(image, text, (24, y + 36), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 1, cv2.LINE_AA)
        cv2.rectangle(image, (220, y), (580, y + 56), (30, 30, 30), 2)
    for row, text in enumerate(terms):
        cv2.putText(image, text, (24, 370 + 26 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1, cv2.LINE_AA)
    return image


def filled(image: np.ndarray, seed: int = 1) -> np.ndarray:
    """The sheet with something scribbled into its boxes."""
    rng, out = np.random.default_rng(seed), image.copy()
    for row in range(3):
        for k in range(4):
            points = rng.uniform((0, 0), (40, 44), (5, 2)) + (240 + 70 * k, 106 + 76 * row)
            cv2.polylines(out, [points.astype(np.int32)], False, (120, 40, 30), 3, cv2.LINE_AA)
    return out


def placed(
    angle: float,
    tilt: float = 0.0,
    size: tuple[int, int] = (720, 540),
    share: float = 0.8,
    at: tuple[float, float] = (0, 0),
) -> np.ndarray:
    """The homography (3, 3) of a sheet turned clockwise and tilted about its long axis by degrees in a picture.

    share: of the picture's smaller side that the sheet's longer side takes; at: of its middle from the picture's, px
    """
    turn, lean = np.deg2rad(angle), np.deg2rad(tilt)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float64)
    x, y = (corners - (WIDTH / 2, HEIGHT / 2)).T
    x, y, z = x, y * np.cos(lean), y * np.sin(lean)
    away = 3 * WIDTH
    x, y = x * away / (away + z), y * away / (away + z)
    scale = share * min(size) / WIDTH
    seen = scale * np.column_stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)])
    seen += np.array(size) / 2 + at
    return cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))


def photo(
    image: np.ndarray, homography: np.ndarray, size: tuple[int, int] = (720, 540), seed: int = 1, light: float = 0.8
) -> np.ndarray:
    """A sheet seen through a homography on a mottled table, in slanting light, (h, w, 3) uint8; size: width, height."""
    rng = np.random.default_rng(seed)
    width, height = size
    table = cv2.resize(rng.uniform(40, 150, (height // 12, width // 12, 3)).astype(np.float32), size)
    cover = cv2.warpPerspective(np.ones(image.shape[:2], np.float32), homography, size)[..., None]
    seen = cv2.warpPerspective(image, homography, size, flags=cv2.INTER_AREA).astype(np.float32)
    out = table * (1 - cover) + seen * cover
    out *= np.linspace(light, light * 0.6, width, dtype=np.float32)[None, :, None]
    out += rng.normal(0, 4, out.shape)
    return np.clip(cv2.GaussianBlur(out, (0, 0), 0.8), 0, 255).astype(np.uint8)


def off(found: np.ndarray, real: np.ndarray) -> float:
    """How far a homography puts the sheet's corners and middle from where they are, px of the picture, at most."""
    points = np.array([[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT], [WIDTH / 2, HEIGHT / 2]]], np.float64)
    apart = cv2.perspectiveTransform(points, found) - cv2.perspectiveTransform(points, real)
    return float(np.linalg.norm(apart, axis=2).max())
