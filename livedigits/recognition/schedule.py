"""Frame of a video -> what of it is scanned: everything in turn, so that each frame costs about the same.

A full scan costs five times as much as a usual one. Digits that only it shows stay on their tracks between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from livedigits.recognition.ink import ALL_ROWS, working_size
from livedigits.recognition.regions import FULL_SCAN, ScanPlan
from livedigits.recognition.tracker import FORGOTTEN

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# s between extras: fewer than half of a camera's 30 frames have one; after half a second all was looked at. Less finds
# new digits sooner, and costs more.
EVERY = 0.07
# px: short side of a frame from which on its finest level is left to the extras, because it costs most.
LARGE = 600
# Strips of the finest level, one in each of its extras. More cost less each, and take longer for all.
STRIPS = 4


class Cycle(NamedTuple):
    """What is scanned in each frame, and in its place at each extra."""

    usual: ScanPlan
    extras: tuple[ScanPlan, ...]


_LITTLE = ScanPlan(None, lines=False, light=False, coarse=False)
_STRIPS = tuple(_LITTLE._replace(finest=(i / STRIPS, (i + 1) / STRIPS)) for i in range(STRIPS))
_OTHERS = _LITTLE._replace(lines=True), _LITTLE._replace(light=True), _LITTLE._replace(coarse=True)
LARGE_FRAMES = Cycle(_LITTLE, (*_STRIPS, *_OTHERS))
SMALL_FRAMES = Cycle(_LITTLE._replace(finest=ALL_ROWS), tuple(plan._replace(finest=ALL_ROWS) for plan in _OTHERS))


class Schedule:
    """Remembers which extra of a video is next."""

    def __init__(self) -> None:
        self.due = -np.inf  # s: when the last extra was
        self.count = 0

    def plan(self, image: np.ndarray, time: float, light: bool = False, coarse: bool = False) -> ScanPlan:
        """What to scan of the next frame; of the first one, or after a pause, everything.

        Parameters
        ----------
        time : seconds
        light, coarse : as of `also`
        """
        if not self.due <= time < self.due + FORGOTTEN:
            self.due = time
            return FULL_SCAN
        plan, extras = LARGE_FRAMES if working_size(image) >= LARGE else SMALL_FRAMES
        if time >= self.due + EVERY:
            plan = extras[self.count % len(extras)]
            self.due = max(self.due + EVERY, time - EVERY)  # a slow camera has an extra in each frame, and no arrears
            self.count += 1
        return also(plan, light, coarse)


def also(plan: ScanPlan, light: bool, coarse: bool) -> ScanPlan:
    """The plan, with scans of light and of coarse ink where digits that only these find were in the frame before."""
    return plan._replace(light=plan.light or light, coarse=plan.coarse or coarse)
