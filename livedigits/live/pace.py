"""How fast and how late frames come, and how long a file's frame waits until it is time to show it."""

from __future__ import annotations

import math
import time
from collections import deque

import numpy as np


class Pace:
    """How fast and how late frames come, and how long a file's frame must wait to play no faster than recorded."""

    def __init__(self, live: bool = False) -> None:
        self._live = live
        self._ticks: deque[float] = deque(maxlen=30)
        self._late: deque[tuple[float, float]] = deque()  # when frames were shown, and their age; of the last second
        self._start = math.nan
        self._speed = 1.0

    def play(self, speed: float) -> None:
        """From now on a file is played at so many times the speed at which it was recorded."""
        if speed != self._speed:
            self._speed, self._start = speed, math.nan

    def tick(self) -> None:
        """A frame was read."""
        self._ticks.append(time.monotonic())

    def shown(self, captured: float) -> None:
        """A frame that was captured then (s of time.monotonic()) has been shown."""
        now = time.monotonic()
        self._late.append((now, now - captured))
        while self._late[0][0] < now - 1.0:
            self._late.popleft()

    @property
    def latency(self) -> float:
        """Seconds from capture to display, the median over the last second; nan before the first frame."""
        return float(np.median([late for _, late in self._late])) if self._late else math.nan

    @property
    def fps(self) -> float:
        """Frames a second over the last 30; 0.0 before the second one."""
        if len(self._ticks) < 2 or self._ticks[-1] == self._ticks[0]:
            return 0.0
        return (len(self._ticks) - 1) / (self._ticks[-1] - self._ticks[0])

    def seconds_early(self, moment: float) -> float:
        """Seconds until the moment (s) of a file has come; a file that fell behind, or paused, plays on from there."""
        if self._live:
            return 0.0
        now, due = time.monotonic(), moment / self._speed
        if not now - due <= self._start:
            self._start = now - due
        return self._start + due - now

    def status(self, dropped: int) -> str:
        """Frames a second, and of a live source latency and frames dropped: "29 fps   41 ms   3 dropped"."""
        parts = [f"{self.fps:.0f} fps"] if self.fps else []
        if self._live:
            parts += [f"{self.latency * 1000:.0f} ms"] if self._late else []
            parts.append(f"{dropped} dropped")
        return "   ".join(parts)


def place(seconds: float) -> str:
    """A place in a video as its options take it: "0:07", "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
