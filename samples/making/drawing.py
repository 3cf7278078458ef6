"""One digit a picture, in the ways that people draw them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.pens import draw_lines, plain_pen
from samples.making import scenery, writing

Truth = dict[str, dict[str, Any]]


def _truth(label: int, coverage: np.ndarray) -> dict[str, Any]:
    """What is to be read where there is ink, coverage (h, w)."""
    box = cv2.boundingRect((coverage > 0.3 * coverage.max()).astype(np.uint8))
    return {"rows": [str(label)], "digits": [{"digit": label, "box": list(box)}]}


def _placed(
    label: int, shape: tuple[int, int], height: float, rng: np.random.Generator, shift: tuple[float, float] = (0, 0)
) -> writing.Mark:
    """A digit `height` px high in the middle of a picture of `shape` (h, w), moved by `shift` px."""
    hand = replace(strokes.new_hand(rng, tidy=0.7), tremor=0.0)
    character = strokes.digit(label, rng, hand)
    lines = [stroke * np.float32(height) for stroke in character.strokes]
    extent = np.concatenate(lines).max(0)
    offset = (np.array(shape[::-1]) - extent) / 2 + shift
    return writing.Mark(label, [(line + offset).astype(np.float32) for line in lines])


def _pixels(mark: writing.Mark, shape: tuple[int, int], width: int) -> np.ndarray:
    """Coverage (h, w), 0 or 1, as a paint program's hard pencil leaves it."""
    canvas = np.zeros(shape, np.uint8)
    for line in mark.lines:
        cv2.polylines(canvas, [np.floor(line).astype(np.int32)], False, 1, width, cv2.LINE_8)
    return canvas.astype(np.float32)


def _mixed(coverage: np.ndarray, ground: scenery.Colour, colour: scenery.Colour) -> np.ndarray:
    base, tint = np.array(ground, np.float32), np.array(colour, np.float32)
    return np.asarray(np.round(255 * (base + coverage[..., None] * (tint - base))), np.uint8)


def make(folder: Path, truths: Truth) -> None:
    """Write one.png and drawn/."""
    rng = np.random.default_rng(28)
    white, black = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
    small = (28, 28)

    def save(name: str, picture: np.ndarray, label: int, coverage: np.ndarray, *options: int) -> None:
        cv2.imwrite(str(folder / name), picture, options)
        truths[name] = _truth(label, coverage)

    coverage = _pixels(_placed(7, small, 20, rng), small, 1)
    save("one.png", _mixed(coverage, white, black)[..., 0], 7, coverage)
    coverage = draw_lines(_placed(0, small, 20, rng).lines, small, plain_pen("pen", 2.6), rng)
    save("drawn/0-light-on-dark.png", _mixed(coverage, black, white)[..., 0], 0, coverage)
    coverage = _pixels(_placed(1, small, 17, rng, (4, -3)), small, 1)
    save("drawn/1-thin.png", _mixed(coverage, white, black)[..., 0], 1, coverage)
    coverage = draw_lines(_placed(2, (400, 400), 270, rng).lines, (400, 400), plain_pen("marker", 26), rng)
    save("drawn/2-marker.png", _mixed(coverage, white, (0.55, 0.2, 0.1)), 2, coverage)
    coverage = draw_lines(_placed(3, (300, 300), 210, rng, (-20, 10)).lines, (300, 300), plain_pen("pen", 12), rng)
    alpha = np.round(255 * coverage).astype(np.uint8)
    save("drawn/3-transparent.png", np.dstack([np.zeros((300, 300, 3), np.uint8), alpha]), 3, coverage)
    coverage = draw_lines(_placed(4, (256, 256), 150, rng).lines, (256, 256), plain_pen("pen", 9), rng)
    save("drawn/4-red.png", _mixed(coverage, white, (0.18, 0.15, 0.9)), 4, coverage)
    coverage = draw_lines(_placed(5, (360, 280), 210, rng).lines, (360, 280), plain_pen("pencil", 4.5), rng)
    ground = scenery.paper((360, 280), (0.94, 0.95, 0.95), rng) * (1 - 0.38 * coverage[..., None])
    pencil = cv2.cvtColor(scenery.camera(ground, rng, 0.008, 0.1, 0.6), cv2.COLOR_BGR2GRAY)
    save("drawn/5-pencil.png", pencil, 5, coverage)
    picture, coverage = _photo(6, rng)
    save("drawn/6-photo.jpg", picture, 6, coverage, cv2.IMWRITE_JPEG_QUALITY, 82)
    mark = _placed(7, (140, 140), 96, rng)
    mark.lines = [line[:: max(len(line) // 9, 1)] for line in mark.lines]  # a mouse reports few points
    coverage = _pixels(mark, (140, 140), 4)
    save("drawn/7-mouse.png", (1 - coverage).astype(np.uint8) * 255, 7, coverage, cv2.IMWRITE_PNG_BILEVEL, 1)
    coverage = draw_lines(_placed(8, (512, 512), 330, rng).lines, (512, 512), plain_pen("brush", 18), rng)
    save("drawn/8-touch.png", _mixed(coverage, (0.16, 0.14, 0.13), (0.55, 0.9, 1.0)), 8, coverage)
    coverage = draw_lines(_placed(9, (64, 64), 60, rng).lines, (64, 64), plain_pen("pen", 7), rng)
    save("drawn/9-border.png", _mixed(coverage, white, black), 9, coverage)


def _photo(label: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Felt pen on paper, photographed close, half in shadow: the picture and where the ink is."""
    shape = (800, 600)
    mark = _placed(label, shape, 330, rng, (20, -10))
    coverage = cv2.GaussianBlur(draw_lines(mark.lines, shape, plain_pen("brush", 15), rng), (0, 0), 1.2)
    coverage = coverage * np.clip(0.93 + 0.04 * scenery.clouds(shape, 8, rng), 0, 1)
    ground = scenery.paper(shape, (0.84, 0.9, 0.93), rng)
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j].astype(np.float32)
    shade = 1 - 0.38 / (1 + np.exp(-(x * 0.8 + y * 0.5 - 0.75) / 0.08)) - 0.12 * y
    image = (ground + coverage[..., None] * (0.12 - ground)) * shade[..., None]
    return scenery.camera(image, rng, 0.02, 0.3, 1.2), coverage
