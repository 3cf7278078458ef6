"""The names of keys, as OpenCV's windows give them on X11, Windows and macOS."""

from __future__ import annotations

import cv2

# of waitKeyEx: X11's symbols (OpenCV's Qt gives them, too), Windows' virtual keys, macOS' function keys
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


def pressed(milliseconds: int) -> str:
    """The key that is pressed within so many ms: a lower-case character, a name such as "left", or "" for none.

    Delete is "\\xff". The window draws itself meanwhile.
    """
    code = cv2.waitKeyEx(milliseconds)
    if code < 0 or (code & 0xFFFF) in _MODIFIERS:
        return ""
    return _NAMES.get(code) or _NAMES.get(code & 0xFFFF) or chr(code & 0xFF).lower()
