"""How a video file is played in the window: where it is, how fast it goes, and where it is to go on."""

from __future__ import annotations

import numpy as np

from livedigits.annotate.primitives import ACCENT, DARK, MUTED, fill
from livedigits.live.pace import place

STEP = 5.0
"""s that an arrow key goes back or forward."""
GRIP = 4
"""Times the bar's height: so near to the lower edge the mouse presses it."""
SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


class Playing:
    """The place and the speed of a video, as keys and the mouse change them.

    Parameters
    ----------
    name : of the file
    begin, end : s, the time of its first frame, and about that after its last
    rate : frames a second; None where unknown, then 25 are assumed

    Attributes
    ----------
    now : time of the frame that is shown, s
    speed : times that at which it was recorded
    jump : time from which on to go on, s; None to go on as it is
    step : the next frame alone is to be shown
    """

    def __init__(self, name: str, begin: float, end: float, rate: float | None) -> None:
        self.name = name
        self.begin, self.end = begin, max(begin, end)
        self.now, self.speed = begin, 1.0
        self.jump: float | None = None
        self.step = False
        self._tick = 1 / (rate or 25.0)

    def press(self, key: str) -> str | None:
        """Does what a key stands for; a line about it, or None where it stands for nothing here."""
        if key in ("left", "right"):
            return self.go(self.now + (STEP if key == "right" else -STEP))
        if key == "home":
            return self.go(self.begin)
        if key == "end":
            return self.go(self.end)
        if key in (".", ","):
            self.step = key == "."
            return "frame by frame" if self.step else self.go(self.now - self._tick, "frame by frame")
        if key in ("[", "]"):
            at = SPEEDS.index(self.speed) + (1 if key == "]" else -1)
            self.speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]
            return f"{self.speed:g} times its speed" if self.speed != 1 else "its own speed"
        return None

    def go(self, seconds: float, said: str = "") -> str:
        """It is to go on from there, or from the nearest time that it has; a line about it."""
        left = max(self.begin, self.end - 10 * self._tick)  # something is left to be shown at its end
        seconds = min(max(seconds, self.begin), left)
        self.jump = max(self.begin, seconds - 0.5 * self._tick)  # the frame of that time, and not the next
        return said or place(seconds)

    @property
    def status(self) -> str:
        """Where it is, and how fast: "0:07 / 0:20   x 2"."""
        speed = "" if self.speed == 1 else f"   x {self.speed:g}"
        return f"{place(self.now)} / {place(self.end)}{speed}"

    def hit(self, x: int, y: int, shape: tuple[int, ...]) -> bool:
        """Goes where the bar of a picture of this shape was pressed; False where that was not on the bar."""
        height, width = shape[:2]
        if y < height - GRIP * _thick(shape):
            return False
        self.go(self.begin + (self.end - self.begin) * x / width)
        return True

    def draw(self, canvas: np.ndarray) -> None:
        """Draws the bar along the lower edge of the canvas (h, w, 3) uint8 BGR."""
        height, width = canvas.shape[:2]
        top = height - _thick(canvas.shape)
        share = (self.now - self.begin) / (self.end - self.begin) if self.end > self.begin else 0.0
        at = round(width * min(max(share, 0.0), 1.0))
        fill(canvas, 0, top - 1, width, height, DARK)
        fill(canvas, at, top, width, height, MUTED)
        fill(canvas, 0, top, at, height, ACCENT)


def _thick(shape: tuple[int, ...]) -> int:
    """px, of the bar: as much as is left below the status."""
    return max(4, min(shape[:2]) // 100) - 1
