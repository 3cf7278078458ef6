"""Makes every file in samples/: run `python -m samples.making` in the checkout (two minutes).

All of it is drawn by code: the handwriting by livedigits.training.synthesis.strokes, the rest by scenery.py.
`--only NAME` makes one of sheet, drawn, notebook, squared, board, fields.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.pens import draw_lines, plain_pen
from samples.making import drawing, fields, scenery, sheet, writing

HERE = Path(__file__).parents[1]
Truth = dict[str, dict[str, Any]]


def inked(ground: np.ndarray, coverage: np.ndarray, colour: scenery.Colour) -> np.ndarray:
    """The ground (h, w, 3) with ink of `colour` where `coverage` (h, w) is 1."""
    return np.asarray(ground + coverage[..., None] * (np.array(colour, np.float32) - ground), np.float32)


def seen(
    image: np.ndarray, corners: list[list[float]], ground: np.ndarray
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """A page laid on the ground with its corners (from the upper left, clockwise, px) there, and where points go."""
    h, w = image.shape[:2]
    source = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    size = ground.shape[1::-1]
    cover = cv2.warpPerspective(np.ones((h, w), np.float32), matrix, size, flags=cv2.INTER_AREA)
    laid = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    shadow = cv2.GaussianBlur(np.roll(cover, (14, 10), (0, 1)), (0, 0), 14)
    lit = ground * (1 - 0.55 * shadow[..., None])
    return lit + cover[..., None] * (laid - lit), lambda points: sheet.projected(matrix, points)


def light(shape: tuple[int, int], rng: np.random.Generator, slope: float, shadow: float) -> np.ndarray:
    """Light (h, w, 1) that falls off to one side, under the soft shadow of whoever holds the camera."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j].astype(np.float32)
    edge = x * 0.9 + y * 0.75 + 0.05 * scenery.clouds(shape, shape[1] / 5, rng)
    dark = 1 / (1 + np.exp(-(edge - 1.05) / 0.045))
    return np.asarray((1.04 - slope * (x * 0.7 + y * 0.5) - shadow * dark)[..., None], np.float32)


def ruled(page: np.ndarray, step: float, first: float, colour: scenery.Colour, columns: bool, margin: float) -> None:
    """Print lines `step` px apart onto the page, and columns of the same width or a red margin line."""
    h, w = page.shape[:2]
    lines = np.zeros((h, w), np.float32)
    for y in np.arange(first, h - 20, step):
        cv2.line(lines, (0, int(y)), (w, int(y)), 1.0, 2)
    if columns:
        for x in np.arange(step, w - 10, step):
            cv2.line(lines, (int(x), 0), (int(x), h), 1.0, 2)
    page[:] = inked(page, lines * 0.75, colour)
    if margin:
        red = np.zeros((h, w), np.float32)
        cv2.line(red, (int(margin), 0), (int(margin), h), 1.0, 3)
        page[:] = inked(page, red * 0.7, (0.45, 0.4, 0.85))


def ballpoint(page: np.ndarray, rows: list[list[writing.Mark]], width: float, rng: np.random.Generator) -> np.ndarray:
    """The page (h, w, 3) with the rows written in blue, here stronger and there weaker."""
    shape = page.shape[:2]
    coverage = draw_lines(writing.lines_of(rows), (shape[0], shape[1]), plain_pen("pen", width), rng)
    coverage *= np.clip(0.86 + 0.08 * scenery.clouds((shape[0], shape[1]), 9, rng), 0, 1)
    return inked(page, cv2.GaussianBlur(coverage, (0, 0), 0.7), (0.5, 0.22, 0.13))


def notebook(folder: Path, truths: Truth) -> None:
    """A ruled page photographed on a table, from a little to the side."""
    rng = np.random.default_rng(2031)
    page = scenery.paper((1500, 1900), (0.9, 0.95, 0.97), rng)
    ruled(page, 96, 190, (0.88, 0.74, 0.62), False, 250)
    for x in np.arange(70, 1880, 64):  # the holes that the wire went through
        cv2.circle(page, (int(x), 44), 15, (0.16, 0.22, 0.3), -1, cv2.LINE_AA)
    hand = strokes.new_hand(rng, tidy=0.75)
    texts = ["27 154 90 6038", "368 41 7205 12", "83 19 640 275", "5172 36 88 914", "40 913 267 50", "11 75 3094 86"]
    rows = writing.page(texts, hand, rng, left=330, top=294, height=84, step=192, gap=0.3)
    page = ballpoint(page, rows, 5.5, rng)
    ground = scenery.wood((1200, 1600), (0.26, 0.38, 0.52), rng)
    picture, place = seen(page, [[150, 92], [1482, 58], [1560, 1150], [66, 1118]], ground)
    picture = scenery.camera(picture * light((1200, 1600), rng, 0.22, 0.3), rng, 0.016, 0.3, 0.9)
    cv2.imwrite(str(folder / "notebook.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 84])
    truths["notebook.jpg"] = writing.truth(texts, rows, 5.5, place)


def squared(folder: Path, truths: Truth) -> None:
    """Sums on squared paper that fills the picture, in blue pen."""
    rng = np.random.default_rng(407)
    page = scenery.paper((1300, 1700), (0.93, 0.95, 0.96), rng)
    ruled(page, 58, 58, (0.8, 0.68, 0.62), True, 0)
    hand = strokes.new_hand(rng, tidy=0.6)
    texts = ["128 + 47 = 175", "9 x 63 = 567", "802 - 319 = 483", "5 x 20 = 100", "74 + 86 = 160"]
    rows = writing.page(texts, hand, rng, left=180, top=186, height=92, step=203, gap=0.24)
    page = ballpoint(page, rows, 6.5, rng)
    ground = scenery.wood((1050, 1400), (0.2, 0.24, 0.28), rng)
    picture, place = seen(page, [[-30, 30], [1388, -46], [1450, 1040], [-12, 1120]], ground)
    picture = scenery.camera(picture * light((1050, 1400), rng, 0.3, 0.12), rng, 0.014, 0.25, 0.8)
    cv2.imwrite(str(folder / "squared.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 84])
    truths["squared.jpg"] = writing.truth(texts, rows, 6.5, place)


def board(folder: Path, truths: Truth) -> None:
    """White chalk on a board in its frame."""
    rng = np.random.default_rng(77)
    face = scenery.blackboard((1000, 1500), (0.17, 0.2, 0.15), rng)
    hand = strokes.new_hand(rng, tidy=0.5)
    texts = ["6 0 2 8", "4937", "15 71"]
    rows = writing.page(texts, hand, rng, left=260, top=130, height=190, step=275, gap=0.3)
    coverage = draw_lines(writing.lines_of(rows), (1000, 1500), plain_pen("chalk", 15), rng)
    dust = cv2.GaussianBlur(coverage, (0, 0), 7) * 0.1
    face = inked(face, np.clip(coverage * 0.92 + dust, 0, 1), (0.9, 0.93, 0.93))
    frame = scenery.wood((1080, 1580), (0.3, 0.46, 0.62), rng)
    frame[40:-40, 40:-40] = face
    ground = scenery.paper((900, 1280), (0.62, 0.68, 0.7), rng)
    picture, place = seen(frame, [[40, 64], [1262, 20], [1236, 868], [62, 832]], ground)
    picture = scenery.camera(picture * light((900, 1280), rng, 0.35, 0.0), rng, 0.016, 0.3, 0.7)
    cv2.imwrite(str(folder / "board.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 84])
    truths["board.jpg"] = writing.truth(texts, rows, 15, lambda points: place(points + 40))


def main() -> None:
    makers: dict[str, Callable[[Path, Truth], None]] = {
        "drawn": drawing.make,
        "notebook": notebook,
        "squared": squared,
        "board": board,
        "fields": lambda folder, _: fields.make(folder),
        "sheet": lambda folder, _: sheet.make(folder),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=makers)
    parser.add_argument("--folder", type=Path, default=HERE, help="where to write; samples/ unless told")
    options = parser.parse_args()
    path = options.folder / "truth.json"
    truths: Truth = json.loads(path.read_text()) if options.only and path.exists() else {}
    (options.folder / "drawn").mkdir(parents=True, exist_ok=True)
    for name, maker in makers.items():
        if options.only in (None, name):
            maker(options.folder, truths)
    entries = ",\n".join(f" {json.dumps(name)}: {json.dumps(truths[name])}" for name in sorted(truths))
    path.write_text(f"{{\n{entries}\n}}\n")


if __name__ == "__main__":
    main()
