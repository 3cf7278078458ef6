"""Frame of a video -> what of it is looked at: everything in turn, so that each frame costs about the same.

A thorough look costs five times as much as a usual one. Digits that only it shows stay on their tracks between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livedigits.recognition.ink import ALL_ROWS, working_size
from livedigits.recognition.regions import THOROUGH, Look
from livedigits.recognition.tracker import FORGOTTEN

EVERY = 0.07  # s between turns: fewer than half of a camera's 30 frames; after half a second all was looked at
LARGE = 600  # px: short side of a frame from which on its finest level is left to the turns,
STRIPS = 4  # one of so many strips of it in each


class Plan(NamedTuple):
    """What is looked at in each frame, and in its place at each turn."""

    usual: Look
    turns: tuple[Look, ...]


_LITTLE = Look(None, lines=False, light=False, coarse=False)
_STRIPS = tuple(_LITTLE._replace(finest=(i / STRIPS, (i + 1) / STRIPS)) for i in range(STRIPS))
_OTHERS = _LITTLE._replace(lines=True), _LITTLE._replace(light=True), _LITTLE._replace(coarse=True)
LARGE_FRAMES = Plan(_LITTLE, (*_STRIPS, *_OTHERS))
SMALL_FRAMES = Plan(_LITTLE._replace(finest=ALL_ROWS), tuple(look._replace(finest=ALL_ROWS) for look in _OTHERS))


class Turns:
    """Remembers whose turn it is in a video."""

    def __init__(self) -> None:
        self.due = -np.inf  # s: when the last turn was
        self.count = 0

    def look(self, image: np.ndarray, time: float, light: bool, coarse: bool) -> Look:
        """What to look at in the next frame; of the first one, or after a pause, everything.

        Parameters
        ----------
        time : seconds
        light, coarse : whether digits that only such a look finds were in the frame before; then it is taken again
        """
        if not self.due <= time < self.due + FORGOTTEN:
            self.due = time
            return THOROUGH
        look, turns = LARGE_FRAMES if working_size(image) >= LARGE else SMALL_FRAMES
        if time >= self.due + EVERY:
            look = turns[self.count % len(turns)]
            self.due = max(self.due + EVERY, time - EVERY)  # a slow camera has a turn in each frame, and no arrears
            self.count += 1
        return look._replace(light=look.light or light, coarse=look.coarse or coarse)
