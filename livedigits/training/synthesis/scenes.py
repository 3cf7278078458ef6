"""Camera frames made up for training: handwriting on a page in a picture, with the truth about each digit.

A frame is put together as in the world: a background, a sheet (or board, or screen) with its lines and print, ink on
it, fingers over it, light and shadow, and then the camera. `render` makes one, `stream` many in this process;
livedigits.training.synthesis.many spreads them over cores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.training.synthesis import camera, number_pages, pens, sheets, writing
from livedigits.training.synthesis.backgrounds import background
from livedigits.training.synthesis.lookalikes import IN_A_WORD
from livedigits.training.synthesis.paper import Surface
from livedigits.training.synthesis.strokes import Character
from livedigits.training.synthesis.truth import FAINTEST, LEAST_VISIBLE, Box, Mark, Scene, overlap, truth
from livedigits.training.synthesis.writers import Placed, Writer

__all__ = ["FAINTEST", "KINDS", "LEAST_VISIBLE", "SIZES", "Box", "Mark", "Scene", "render", "stream"]

KINDS = {"page": 0.39, "sheet": 0.24, "board": 0.06, "screen": 0.04, "huge": 0.12, "empty": 0.15}
PAGES = ("page", "sheet", "board", "screen")  # those that can be a page of numbers
SIZES = {
    (1280, 720): 0.42,
    (640, 480): 0.14,
    (1280, 960): 0.09,
    (960, 1280): 0.07,
    (720, 1280): 0.05,
    (1280, 400): 0.06,
    (900, 300): 0.03,
    (480, 640): 0.03,
    (320, 240): 0.05,
    (600, 600): 0.03,
    (1600, 1200): 0.03,
}


def _choose(rng: np.random.Generator, weights: dict[Any, float]) -> Any:
    shares = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def render(
    rng: np.random.Generator,
    digits: Sequence[Character] | None = None,
    others: Sequence[Character] | None = None,
    backgrounds: Sequence[str | Path] | None = None,
    *,
    kind: str | None = None,
    size: tuple[int, int] | None = None,
    own: float = 0.3,
    clean: bool = False,
    numbers: bool = False,
    apart: bool = False,
) -> Scene:
    """Render one frame.

    digits, others: pools of characters of people (one person writes a page), None for our own strokes; backgrounds:
    paths of photos, None for made-up ones; kind: one of KINDS; size: width, height in px; own: probability that a page
    is written in our own strokes although there is a pool; clean: no shadows, blur, noise or compression;
    numbers: a page of numbers as people write them, and nothing else; apart: digits that stand alone, and nothing else.
    Raises ValueError for another kind.
    """
    width, height = size or _choose(rng, SIZES)
    kind = kind or (str(_choose(rng, {k: KINDS[k] for k in PAGES})) if numbers else None)
    kind = kind or str(_choose(rng, KINDS))
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind}")
    if kind == "empty" and rng.random() < 0.42:
        image = background(rng, width, height, backgrounds)
        camera.light(rng, image)
        return Scene(camera.expose(rng, image, 40.0, 0.8), kind=kind)
    writer = Writer(rng, digits, others, own)
    sheet = sheets.lay(rng, kind, width, height, backgrounds)
    digit_height = _digit_height(rng, sheet.page)
    sheets.furnish(rng, sheet, digit_height, kind)
    write = _numbers if numbers else _apart_digits if apart else _write
    marks = write(rng, writer, sheet, kind, digit_height)
    if sheet.ground == "paper" and rng.random() < (0.5 if kind == "empty" else 0.22):
        full = rng.random() < (0.6 if kind == "empty" else 0.15)
        sheets.add_print(rng, sheet, digit_height, full, [m.box for m in marks])
    inked = _inked(rng, sheet, "poster" if kind == "huge" else sheet.ground, marks, digit_height)
    covered = _covered(rng, sheet, kind)
    smallest = min((i.coverage.shape[0] for m, i, _ in inked if m.label >= 0), default=40)
    contrast = min((pen.contrast for _, _, pen in inked), default=0.8)
    if clean:
        picture = cv2.convertScaleAbs(sheet.image, alpha=225)
    else:
        camera.light(rng, sheet.image, kind == "screen")
        picture = camera.expose(rng, sheet.image, float(smallest), contrast)
    return truth(picture, kind, [(m, i) for m, i, _ in inked], sheet.clip, covered, marks)


def _digit_height(rng: np.random.Generator, page: Surface) -> float:
    """A height for the digits of the page in page px: from 15 px in the frame to a third of the page."""
    side = min(page.width, page.height)
    least = 15.0 / max(0.2, page.scale(page.width / 2, page.height / 2))
    low = max(least, rng.choice([0.028, 0.075]) * side)
    high = max(1.3 * low, rng.choice([0.12, 0.28, 0.55], p=[0.3, 0.4, 0.3]) * side)
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _write(rng: np.random.Generator, writer: Writer, sheet: sheets.Sheet, kind: str, height: float) -> list[Placed]:
    size = (sheet.page.width, sheet.page.height)
    if kind == "huge":
        return writing.single(rng, writer, size, float(rng.uniform(0.3, 0.97)))
    most = int(np.exp(rng.uniform(np.log(2), np.log(100))))
    if kind == "empty":
        if rng.random() < 0.25:
            return []
        marks = writing.lines(rng, writer, size, height, sheet.ruling, 3 * most, letters=True)
        return marks if rng.random() < 0.7 else writing.scattered(rng, writer, size, height, most, 1.0)
    if sheet.slots and rng.random() < 0.85:
        marks = writing.cells(rng, writer, height, sheet.slots, most)
    else:
        layout = str(_choose(rng, {"lines": 0.36, "numbers": 0.28, "scattered": 0.2, "single": 0.08, "column": 0.08}))
        if layout == "lines":
            marks = writing.lines(rng, writer, size, height, sheet.ruling, most)
        elif layout == "scattered":
            letters = float(rng.choice([0.0, rng.uniform(0.1, 0.6)], p=[0.6, 0.4]))
            marks = writing.scattered(rng, writer, size, height, min(most, 50), letters)
        elif layout == "single":
            marks = writing.single(rng, writer, size, float(rng.uniform(0.08, 0.6)))
        elif layout == "numbers":
            marks = number_pages.rows(rng, writer, size, height, sheet.ruling, most)
        elif rng.random() < 0.5:
            marks = number_pages.column(rng, writer, size, height, most)
        else:
            marks = writing.column(rng, writer, size, height, most)
    if rng.random() < 0.07:
        marks = marks + writing.framed(rng, marks, height)
    return marks


def _apart_digits(
    rng: np.random.Generator, writer: Writer, sheet: sheets.Sheet, kind: str, height: float
) -> list[Placed]:
    """A page of digits anywhere on it, each alone."""
    return writing.scattered(rng, writer, (sheet.page.width, sheet.page.height), height, int(rng.integers(20, 60)), 0.0)


def _numbers(rng: np.random.Generator, writer: Writer, sheet: sheets.Sheet, kind: str, height: float) -> list[Placed]:
    """A page of numbers, mostly in rows."""
    size, most = (sheet.page.width, sheet.page.height), int(np.exp(rng.uniform(np.log(8), np.log(80))))
    if rng.random() < 0.2:
        return number_pages.column(rng, writer, size, height, most)
    return number_pages.rows(rng, writer, size, height, sheet.ruling, most)


def _inked(
    rng: np.random.Generator,
    sheet: sheets.Sheet,
    ground: str,
    marks: list[Placed],
    digit_height: float,
) -> list[tuple[Placed, pens.Ink, pens.Pen]]:
    """Ink the marks onto the frame in place; returns those of which anything lies in it, with their ink."""
    page, image = sheet.page, sheet.image
    h, w = image.shape[:2]
    if not marks:
        return []
    heights = [m.box[3] - m.box[1] for m in marks if m.label >= 0] or [digit_height]
    drawing = [pens.choose_pen(rng, float(np.median(heights)), ground) for _ in range(3)]
    changes = rng.random() < 0.12
    out = []
    for mark in marks:
        pen = drawing[int(rng.integers(3))] if changes or (_apart(mark) and rng.random() < 0.1) else drawing[0]
        x0, y0, x1, y1 = mark.box
        scale = page.scale((x0 + x1) / 2, (y0 + y1) / 2)
        ink = pens.ink([page.map(s) for s in mark.strokes], pen.width * scale, pen, rng, (w, h))
        if ink is None:
            continue
        _apply(image, ink, pen, sheet.clip)
        out.append((mark, ink, pen))
    return out


def _apart(mark: Placed) -> bool:
    """Whether it is a mark for itself, no digit: often in another ink."""
    return mark.label < 0 and not mark.name.endswith(IN_A_WORD)


def _apply(image: np.ndarray, ink: pens.Ink, pen: pens.Pen, clip: np.ndarray | None) -> None:
    part = overlap(ink, image.shape[:2])
    if part is None:
        return
    rows, columns, own_rows, own_columns = part
    cover = ink.coverage[own_rows, own_columns]
    if clip is not None:
        cover = cover * clip[rows, columns]
    region = image[rows, columns]
    for c, colour in enumerate(pen.colour):
        if pen.opaque:
            region[..., c] += cover * (colour - region[..., c])
        else:
            region[..., c] *= 1 - cover * (1 - colour)


def _covered(rng: np.random.Generator, sheet: sheets.Sheet, kind: str) -> np.ndarray | None:
    """Lay fingers or a pen over the page in some frames; what they cover (h, w) float32, or None."""
    page, image = sheet.page, sheet.image
    h, w = image.shape[:2]
    unit = float(rng.uniform(0.05, 0.13)) * min(page.width, page.height)
    if kind in ("sheet", "screen") and rng.random() < 0.5:
        edge = page.outline()
        inside = edge[((edge > -30) & (edge < (w + 30, h + 30))).all(axis=1)]
        covered = camera.fingers(rng, image, inside if len(inside) else edge, unit)
        return np.maximum(covered, camera.fingers(rng, image, edge, unit)) if rng.random() < 0.4 else covered
    if kind in ("page", "huge", "board", "empty") and rng.random() < 0.08:
        edge = np.array([[0, 0], [w, 0], [w, h], [0, h], [w / 2, h], [0, h / 2], [w, h / 2]], np.float64)
        return camera.fingers(rng, image, edge, unit)
    if rng.random() < 0.04:
        return camera.stick(rng, image, unit * 0.6)
    return None


def stream(
    seed: int,
    digits: Sequence[Character] | None = None,
    others: Sequence[Character] | None = None,
    backgrounds: Sequence[str | Path] | None = None,
    *,
    start: int = 0,
    **options: Any,
) -> Iterator[Scene]:
    """Frames without end, in this process; frame i depends on the seed and i alone. Options as of render."""
    index = start
    while True:
        yield render(np.random.default_rng([seed, index]), digits, others, backgrounds, **options)
        index += 1
