"""livedigits reads handwritten digits, live: from a camera, videos and pictures.

import livedigits
for digit in livedigits.read("page.jpg"):
    print(digit.digit, digit.confidence, digit.box)

A Reader reads pictures and remembers nothing; a VideoReader remembers one video, so that its digits carry tracks.
Neither changes anything for the process: what the commands set for theirs is in livedigits.process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livedigits.errors import LivedigitsError
    from livedigits.profiles.profile import Profile
    from livedigits.recognition.reader import Reader, read
    from livedigits.recognition.video_reader import VideoReader
    from livedigits.types import Digit, Digits, Number

__version__ = "0.1.0"
__all__ = ["Digit", "Digits", "LivedigitsError", "Number", "Profile", "Reader", "VideoReader", "read"]

_HOMES = {
    "Digit": "types",
    "Digits": "types",
    "LivedigitsError": "errors",
    "Number": "types",
    "Profile": "profiles.profile",
    "Reader": "recognition.reader",
    "VideoReader": "recognition.video_reader",
    "read": "recognition.reader",
}


def __getattr__(name: str) -> Any:
    # OpenCV takes 0.1 s to import: not for `livedigits --help`.
    if name not in _HOMES:
        raise AttributeError(f"module 'livedigits' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"livedigits.{_HOMES[name]}"), name)
