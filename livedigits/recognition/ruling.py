"""Ruled, squared and table lines: recognised as long, thin and straight, and taken out of the ink.

A line is a chain of horizontal (or vertical) runs: an opening by a short run keeps also a tilted line as a staircase
of runs that touch, so its whole length shows as one component. Where ink continues on both sides of a line the
stroke crosses it, and the crossing stays.
"""

from __future__ import annotations

import cv2
import imutils
import numpy as np

from livedigits.recognition.ink import Layer, threshold

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# px of a level: the shortest run of a line. A line of 3 px tilted by 8 degrees still has such runs; less eats strokes.
RUN = 17
# px of a level: shorter straight strokes may belong to a digit. Less takes the bars of large digits for lines.
LONG = 70
# The same as a share of the level's short side.
LONG_SHARE = 0.15
# px of a level: mean thickness of a line. More takes broad strokes for lines, less leaves thick ruling in.
THICK = 7
# Rise over run of a line: more takes slanted strokes for lines.
SLOPE = 0.3
# px beyond THICK over which ink on both sides of a line is joined again. More joins the line's neighbours.
CROSSING = 3

_NEIGHBOURS = np.ones((3, 3), np.uint8)


def without_lines(layer: Layer, lined: np.ndarray) -> np.ndarray | None:
    """The ink of a layer without the long straight lines; None when there are none.

    The threshold is computed again without them: a faint digit beside a strong table line had fallen below it.

    Parameters
    ----------
    lined : (h, w) uint8, 0 or 1: the ink in which lines are looked for

    Returns
    -------
    (h, w) uint8, 0 or 1
    """
    long = max(LONG, LONG_SHARE * layer.short_side)
    horizontal, vertical = _lines(lined, (RUN, 1), long), _lines(lined, (1, RUN), long)
    found = [lines for lines in (horizontal, vertical) if lines is not None]
    if not found:
        return None
    ink = layer.ink
    for lines in found:
        ink = cv2.subtract(ink, cv2.dilate(lines, _NEIGHBOURS) * np.uint8(255))
    kept = threshold(ink, layer.light)
    # A stroke that crosses a line has ink on both sides of it: closing across the line brings the crossing back.
    reach = THICK + CROSSING
    for crossed, kernel in ((horizontal, np.ones((reach, 1), np.uint8)), (vertical, np.ones((1, reach), np.uint8))):
        if crossed is not None:
            near = cv2.dilate(crossed, _NEIGHBOURS) & layer.mask
            kept |= cv2.morphologyEx(kept, cv2.MORPH_CLOSE, kernel) & near
    return kept


def _lines(mask: np.ndarray, run: tuple[int, int], long: float) -> np.ndarray | None:
    """(h, w) uint8, 1 on the lines of one direction, one px of blur around them included; None when there are none."""
    runs = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(run[::-1], np.uint8))
    contours = imutils.grab_contours(cv2.findContours(runs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE))
    straight = [c for c in contours if len(c) > long and _straight(c, long, horizontal=run[0] > 1)]
    if not straight:
        return None
    found = cv2.drawContours(np.zeros_like(mask), straight, -1, 1, cv2.FILLED)
    side = np.ones((3, 1) if run[0] > 1 else (1, 3), np.uint8)
    return cv2.dilate(found, side) & mask


def _straight(contour: np.ndarray, long: float, horizontal: bool) -> bool:
    _, _, width, height = cv2.boundingRect(contour)
    length, across = (width, height) if horizontal else (height, width)
    return length >= long and across <= SLOPE * length + THICK and cv2.contourArea(contour) <= THICK * length
