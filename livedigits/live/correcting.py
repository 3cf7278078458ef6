"""Corrections in the window: a digit of the held picture is clicked, or a box drawn over one that was missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.live.dragging import Dragging
from livedigits.live.furniture import draw_box
from livedigits.profiles.teaching import Teacher, crops
from livedigits.profiles.watching import WatchedProfile
from livedigits.types import NO_DIGIT, Box, Digits, Result

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

NONE = ("n", "\x08", "\x7f", "\xff")
"""Keys of "that is none": n, Backspace and Delete as X11 and macOS give it."""
HINT = "what is it? 0 to 9, Delete: none"
_BLUE = (230, 120, 40)  # BGR


class Correcting:
    """What the mouse chose, and what the keys say of it; pictures are (h, w, 3) uint8 BGR.

    Parameters
    ----------
    teacher : learns it
    read : reads a picture anew with what was learned

    Attributes
    ----------
    box : what is corrected, in px of the frame; None for nothing
    """

    def __init__(self, teacher: Teacher, read: Callable[[np.ndarray], Digits]) -> None:
        self.box: Box | None = None
        self._teacher, self._read = teacher, read
        self._drag: Dragging | None = None
        self._at = (0, 0)
        self._keys: list[str] = []

    @staticmethod
    def of(reader: Reader) -> Correcting | None:
        """Teaches the profile of a reader; None where it has no file that learns."""
        return Correcting(Teacher(reader.learned), reader.read) if isinstance(reader.learned, WatchedProfile) else None

    def take(self, reader: Reader) -> None:
        """Pictures are read anew by this reader from now on."""
        self._read = reader.read

    @property
    def choosing(self) -> bool:
        """Whether something is chosen, or about to be."""
        return self.box is not None or self._drag is not None

    def clear(self) -> None:
        """Another picture is shown."""
        self.box = self._drag = None

    def mouse(self, event: int, x: int, y: int) -> None:
        """Takes an event of OpenCV's mouse, in px of the picture that is shown."""
        if event == cv2.EVENT_LBUTTONDOWN:
            self._drag, self._at = Dragging(), (x, y)
        if self._drag is not None:
            self._drag.mouse(event, x, y)

    def look(self, result: Result, shown: tuple[int, ...], mirrored: bool) -> bool:
        """Takes what the mouse did since; whether there is something else to draw.

        result : what is shown, in a picture of the shape `shown`
        """
        drag = self._drag
        if drag is None or not drag.moved:
            return False
        drag.moved = False
        if drag.done:
            frame = result.frame.image.shape
            self._drag, self.box = None, drag.box(shown, frame, mirrored) or self._clicked(result, shown, mirrored)
        return True

    def _clicked(self, result: Result, shown: tuple[int, ...], mirrored: bool) -> Box | None:
        high, wide = result.frame.image.shape[:2]
        x, y = self._at[0] * wide / shown[1], self._at[1] * high / shown[0]
        x = wide - x if mirrored else x
        for left, top, width, height in result.digits.boxes.tolist():
            if left <= x <= left + width and top <= y <= top + height:
                return left, top, width, height
        return None

    def takes(self, key: str) -> bool:
        """Whether a key is about what was chosen, or takes a correction back."""
        return (self.box is not None and (key in NONE or key in "0123456789")) or (key == "u" and bool(self._keys))

    def press(self, key: str, result: Result) -> tuple[Result, str]:
        """Does what a key that it `takes` stands for: the picture's new result, and a line that says so."""
        try:
            if key == "u":
                said = f"taken back; this profile now has {crops(self._teacher.undo(self._keys.pop()))}"
            else:
                assert self.box is not None
                label = NO_DIGIT if key in NONE else int(key)
                lesson = self._teacher.learn(result.frame.image, self.box, label)
                self._keys.append(lesson.key)
                said = str(lesson)
        except LivedigitsError as error:
            return result, str(error)
        self.clear()
        return replace(result, digits=self._read(result.frame.image)), said

    def draw(self, canvas: np.ndarray, frame: tuple[int, ...], mirrored: bool) -> None:
        """Draws what is chosen, or the box as it grows, onto the canvas, which shows a frame of this shape."""
        if self._drag is not None:
            self._drag.draw(canvas)
        elif self.box is not None:
            draw_box(canvas, self.box, frame, mirrored, _BLUE)
