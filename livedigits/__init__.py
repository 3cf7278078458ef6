"""livedigits reads handwritten digits, live: from a camera, videos and pictures.

import livedigits
for digit in livedigits.read("page.jpg"):
    print(digit.digit, digit.confidence, digit.box)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livedigits.errors import LivedigitsError
    from livedigits.recognition.reader import Reader, read
    from livedigits.types import Digit, Digits

__version__ = "0.1.0"
__all__ = ["Digit", "Digits", "LivedigitsError", "Reader", "read"]

# All of these count only when they are set before cv2 is imported.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # livedigits says itself what went wrong
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")  # else Windows takes 10 s to open a camera
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")  # s: a webcam that stalls is opened again
# Qt looks for fonts that the wheel does not bring, and says so a hundred times.
os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;qt.qpa.fonts=false;*.warning=false")

_HOMES = {
    "Digit": "types",
    "Digits": "types",
    "LivedigitsError": "errors",
    "Reader": "recognition.reader",
    "read": "recognition.reader",
}


def __getattr__(name: str) -> Any:
    # OpenCV takes 0.1 s to import: not for `livedigits --help`.
    if name not in _HOMES:
        raise AttributeError(f"module 'livedigits' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"livedigits.{_HOMES[name]}"), name)
