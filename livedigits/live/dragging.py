"""A rectangle that is drawn with the mouse over what a window shows."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.annotate.primitives import AMBER, DARK
from livedigits.types import Box

LEAST = 6
"""px of the window's picture: a rectangle that is narrower or lower was a click."""


class Dragging:
    """The rectangle, in px of the picture that is shown.

    Attributes
    ----------
    moved : whether it has changed since it was drawn last
    done : whether the button was let go
    """

    def __init__(self) -> None:
        self._start: tuple[int, int] | None = None
        self._end = (0, 0)
        self.moved = self.done = False

    def mouse(self, event: int, x: int, y: int) -> None:
        """Takes an event of OpenCV's mouse."""
        if event == cv2.EVENT_LBUTTONDOWN:
            self._start = self._end = x, y
        elif self._start is None or self.done or event not in (cv2.EVENT_MOUSEMOVE, cv2.EVENT_LBUTTONUP):
            return
        else:
            self._end, self.done = (x, y), event == cv2.EVENT_LBUTTONUP
        self.moved = True

    def draw(self, canvas: np.ndarray) -> None:
        """Draws it onto the canvas (h, w, 3) uint8 BGR."""
        self.moved = False
        if self._start is not None:
            cv2.rectangle(canvas, self._start, self._end, DARK, 4)
            cv2.rectangle(canvas, self._start, self._end, AMBER, 2)

    def box(self, shown: tuple[int, ...], frame: tuple[int, ...], mirrored: bool) -> Box | None:
        """The rectangle in px of a frame of this shape, which is shown in a picture of that one, perhaps mirrored.

        Clipped to the frame; None for a click.
        """
        if self._start is None:
            return None
        (x0, x1), (y0, y1) = (sorted((a, b)) for a, b in zip(self._start, self._end, strict=True))
        if x1 - x0 < LEAST or y1 - y0 < LEAST:
            return None
        high, wide = frame[:2]
        left, right = (min(max(x * wide / shown[1], 0), wide) for x in (x0, x1))
        top, bottom = (min(max(y * high / shown[0], 0), high) for y in (y0, y1))
        if mirrored:
            left, right = wide - right, wide - left
        box = round(left), round(top), round(right - left), round(bottom - top)
        return box if min(box[2:]) >= 1 else None
