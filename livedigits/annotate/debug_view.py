"""The debug view of a frame: its candidates, the thresholded frame, and what the network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from livedigits.annotate.primitives import (
    ACCENT,
    DARK,
    MUTED,
    WHITE,
    Colour,
    as_percent,
    fit,
    outline,
    paste,
    text_line,
)
from livedigits.types import NO_DIGIT

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reading

REFUSED: Colour = (110, 105, 225)
_HEADER = 30  # px above the crops


def draw_debug(image: np.ndarray, reading: Reading) -> np.ndarray:
    """What the stages made of a frame: its candidates, the thresholded frame, and the crops as the network gets them.

    Each crop carries the label that the network gave it and the probability of that label in percent; a crop with a
    green frame was taken for a digit, one with a grey frame ("no") was not.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR
    reading : what the reader made of this image

    Returns
    -------
    (h', 1280, 3) uint8 BGR
    """
    width, height = 640, max(120, min(480, round(640 * image.shape[0] / image.shape[1])))
    best = reading.probabilities.argmax(axis=1) if len(reading.probabilities) else np.empty(0, np.int64)
    marked = image.copy()
    short = min(image.shape[:2])
    for i in np.argsort(best != NO_DIGIT, kind="stable"):  # digits last, over what was refused
        x, y, w, h = reading.regions[i].tolist()
        if best[i] == NO_DIGIT:
            cv2.rectangle(marked, (x, y), (x + w - 1, y + h - 1), REFUSED, max(1, short // 500))
        else:
            outline(marked, x, y, w, h, ACCENT, short)
    ink = cv2.cvtColor(reading.ink, cv2.COLOR_GRAY2BGR)
    views = np.hstack([fit(view, width, height, DARK, cv2.INTER_NEAREST) for view in (marked, ink)])
    for x, title in ((8, f"{len(best)} candidates"), (width + 8, "thresholded")):
        paste(views, text_line(title, 12, WHITE, DARK), x, 8)
    return np.vstack([views, _sheet(reading.crops, reading.probabilities, best, 2 * width)])


def _sheet(crops: np.ndarray, probabilities: np.ndarray, best: np.ndarray, width: int, rows: int = 4) -> np.ndarray:
    """The crops at double size in rows, digits first, each with its label: (h, width, 3) uint8 BGR."""
    cell, columns = 64, width // 64
    sheet = np.full((rows * 80 + _HEADER, width, 3), DARK, np.uint8)
    certainty = probabilities.max(axis=1) if len(best) else np.empty(0, np.float32)
    # The surest digits first, and of what was refused the closest misses.
    order = np.lexsort((np.where(best == NO_DIGIT, certainty, -certainty), best == NO_DIGIT))
    shown = order[: rows * columns]
    for place, i in enumerate(shown):
        x, y = place % columns * cell, place // columns * 80 + _HEADER
        crop = (np.clip(crops[i, :, :, 0], 0, 1) * 255).astype(np.uint8)
        paste(
            sheet,
            cv2.cvtColor(cv2.resize(crop, (56, 56), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR),
            x + 4,
            y + 2,
        )
        refused = best[i] == NO_DIGIT
        colour = MUTED if refused else ACCENT
        cv2.rectangle(sheet, (x + 3, y + 1), (x + 60, y + 58), colour, 1)
        label = "no" if refused else str(best[i])
        paste(sheet, text_line(f"{label} {as_percent(certainty[i])}", 9, colour, DARK, 2), x + 4, y + 61)
    hidden = len(order) - len(shown)
    title = "crops as the network gets them" + (f", {hidden} more not shown" if hidden else "")
    paste(sheet, text_line(title, 12, WHITE, DARK), 8, 2)
    return sheet
