"""The truth about a rendered frame: which mark stands where, how much of its ink is to be seen, how strongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.training.synthesis.pens import Ink
from livedigits.training.synthesis.writers import Placed

Box = tuple[float, float, float, float]
"""x, y, width, height in px of the frame."""

FAINTEST, LEAST_VISIBLE = 12.0, 0.5
"""Fainter digits, in grey levels of ink against ground, and those of which less is to be seen, are to be ignored."""


class Mark(NamedTuple):
    """One written mark in a frame.

    label: 0 to 9, or -1 for no digit; box: tight about its ink as far as it lies in the frame and is not covered;
    visible: share of its ink that is to be seen, 0..1; contrast: of ink to ground in the picture in its strongest
    channel, in grey levels 0..255; name: what it shows ("7", "A", "underline"); light: whether its ink is lighter than
    the ground in that channel; number: which number of the page its digit belongs to, None where that was not planned.
    """

    label: int
    box: Box
    visible: float
    contrast: float
    name: str
    light: bool = False
    number: int | None = None


@dataclass(frozen=True)
class Scene:
    """A rendered frame.

    image: (h, w, 3) uint8 BGR; digits and others: the marks that are digits and those that are not; ignore: boxes of
    marks that are too faint or too much covered to be called either; broken: numbers (as of Mark) that have such a
    digit, or one outside of the frame.
    """

    image: np.ndarray
    digits: list[Mark] = field(default_factory=list)
    others: list[Mark] = field(default_factory=list)
    ignore: list[Box] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    kind: str = ""


def overlap(ink: Ink, shape: tuple[int, int]) -> tuple[slice, slice, slice, slice] | None:
    """The part of the ink in the frame: rows and columns of the frame, rows and columns of its coverage."""
    h, w = ink.coverage.shape
    y0, y1 = max(0, ink.y), min(shape[0], ink.y + h)
    x0, x1 = max(0, ink.x), min(shape[1], ink.x + w)
    if y1 <= y0 or x1 <= x0:
        return None
    return slice(y0, y1), slice(x0, x1), slice(y0 - ink.y, y1 - ink.y), slice(x0 - ink.x, x1 - ink.x)


def truth(
    picture: np.ndarray,
    kind: str,
    inked: Sequence[tuple[Placed, Ink]],
    clip: np.ndarray | None,
    covered: np.ndarray | None,
    written: Sequence[Placed] = (),
) -> Scene:
    """The truth about the marks, from their coverage and the finished picture; written: those outside of it, too."""
    scene = Scene(picture, kind=kind)
    for placed, ink in inked:
        part = overlap(ink, picture.shape[:2])
        if part is None:
            continue
        rows, columns, own_rows, own_columns = part
        seen = ink.coverage[own_rows, own_columns]
        for mask, keep in ((clip, 1.0), (covered, -1.0)):
            if mask is not None:
                seen = seen * (mask[rows, columns] if keep > 0 else 1 - mask[rows, columns])
        solid = seen > 0.3 * max(0.3, float(ink.coverage.max()))
        ys, xs = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        if not len(ys):
            continue
        box = (float(columns.start + xs[0]), float(rows.start + ys[0]), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1))
        visible = float(seen.sum() / max(1e-6, float(ink.coverage.sum())))
        contrast = _contrast(picture[rows, columns], seen)
        mark = Mark(placed.label, box, round(visible, 3), abs(contrast), placed.name, contrast < 0, placed.number)
        if placed.label >= 0 and (visible < LEAST_VISIBLE or abs(contrast) < FAINTEST):
            scene.ignore.append(box)
        else:
            (scene.digits if placed.label >= 0 else scene.others).append(mark)
    shown = Counter(mark.number for mark in scene.digits)
    planned = Counter(mark.number for mark in written if mark.number is not None)
    scene.broken.update(number for number, digits in planned.items() if shown[number] < digits)
    return scene


def _contrast(picture: np.ndarray, coverage: np.ndarray) -> float:
    """Ground less ink, of their means in the strongest channel of a part (h, w, 3) of the picture."""
    on = (coverage > 0.5 * coverage.max()).astype(np.uint8)
    off = (coverage < 0.05).astype(np.uint8)
    if not on.any() or not off.any():
        return 255.0
    difference = np.subtract(cv2.mean(picture, off)[:3], cv2.mean(picture, on)[:3])
    return round(float(difference[np.abs(difference).argmax()]), 1)
