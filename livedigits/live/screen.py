"""A window of OpenCV: pictures on the screen, keys and the mouse; and what becomes of it when its display goes away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from livedigits.outputs.display import prepare_qt
from livedigits.outputs.display_link import Link, reachable

_FLAGS = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
# of pollKey: X11's symbols (OpenCV's Qt gives them, too), Windows' virtual keys, macOS' function keys
_NAMED = {
    "left": (0xFF51, 0x250000, 63234),
    "up": (0xFF52, 0x260000, 63232),
    "right": (0xFF53, 0x270000, 63235),
    "down": (0xFF54, 0x280000, 63233),
    "home": (0xFF50, 0x240000, 63273),
    "end": (0xFF57, 0x230000, 63275),
}
_NAMES = {code: name for name, codes in _NAMED.items() for code in codes}
_MODIFIERS = range(0xFFE1, 0xFFEF)  # Shift, Control and their like, of X11
_NAP = 0.005  # s between two looks at keys and display


class Screen:
    """A window, which is made when the first picture is shown, and lost with its display.

    Qt ends the whole process when it finds its link to the display broken, so the link is looked at before Qt is.

    Parameters
    ----------
    title : the window's title
    mouse : called with OpenCV's mouse events, their place in px of the picture that is shown

    Attributes
    ----------
    open : there is a window
    lost : its display has gone away, or went before there was one: nothing is shown any more, and no key comes
    """

    def __init__(self, title: str, mouse: Callable[[int, int, int, int, Any], None]) -> None:
        self.open = self.lost = False
        self._title = title
        self._mouse = mouse
        self._link: Link | None = None

    def show(self, image: np.ndarray, size: tuple[int, int] | None = None) -> None:
        """Shows a picture (h, w, 3) uint8 BGR; with `size` the window becomes so many px wide and high."""
        if not self.open and not self.lost:
            self._create()
        if self._gone():
            return
        if size is not None:
            cv2.resizeWindow(self._title, *size)
        cv2.imshow(self._title, image)

    def key(self, seconds: float) -> str:
        """The key that is pressed within so many s: a lower-case character, a name such as "left", or "" for none.

        Delete is "\\xff". The window draws itself meanwhile.
        """
        end = time.monotonic() + seconds
        while not self._gone():
            code = cv2.pollKey()
            if code >= 0 and (code & 0xFFFF) not in _MODIFIERS:
                return _NAMES.get(code) or _NAMES.get(code & 0xFFFF) or chr(code & 0xFF).lower()
            left = end - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, _NAP))
        return ""

    @property
    def closed(self) -> bool:
        """Whether its close button was pressed."""
        if self._gone():
            return False
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True

    def close(self) -> None:
        """Closes it; closing twice is fine."""
        if self.open and not self._gone():
            self.open = False
            cv2.destroyAllWindows()
            cv2.waitKey(1)  # lets the window go now and not at the end of the process

    def _create(self) -> None:
        if not reachable():
            self.lost = True
            return
        prepare_qt()
        cv2.namedWindow(self._title, _FLAGS)
        cv2.setMouseCallback(self._title, self._mouse)
        self._link = Link()
        self.open = True

    def _gone(self) -> bool:
        if self._link is not None and self._link.broken:
            self.open, self.lost, self._link = False, True, None
        return self.lost
