"""What stood in the frame before and was not a digit: a shelf that does not move is not read thirty times a second.

A region of the same box and layer that the network rejected clearly is rejected again without asking, for RECHECK
seconds at most: whatever is new in the picture is read at once, whatever stays is read again once a second. Layers that
a frame was not searched for are remembered until the next frame that is searched for them.
"""

from __future__ import annotations

import numpy as np

from livedigits.recognition.boxes import iou
from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions
from livedigits.types import NO_DIGIT

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Intersection over union: the same region again; a camera's noise moves its edge by a pixel. Less takes what is new for
# old, more reads a still shelf again and again.
SAME = 0.9
# Probability of "no digit" from which on a region is remembered. Less saves more, and delays doubtful digits.
CLEARLY = 0.95
# s after which a region is read again. More saves more, and delays a digit that was clearly rejected once.
RECHECK = 1.0
# Parts of RECHECK in which the regions of one frame are read again, so that not all are in one frame.
SPREAD = 10
# Intersection over union with a digit that is tracked: its region is always read; one bad frame shall not count.
TRACKED = 0.3
_Place = tuple[float, bool, int]  # scale, polarity and top of a layer


class RejectionCache:
    """Remembers the rejected regions of the last frame in which their layer was looked at."""

    def __init__(self) -> None:
        self.boxes = np.empty((0, 4), np.int32)
        self.places = np.empty(0, np.int64)  # numbers of their layers' places
        self.until = np.empty(0)  # s: when they are read again
        self.numbers: dict[_Place, int] = {}
        self.count = 0

    def known(self, regions: Regions, time: float, tracked: np.ndarray) -> np.ndarray:
        """(n,) bool: regions that were rejected a moment ago. It remembers them for the next frame.

        Parameters
        ----------
        time : seconds, not before that of the frame before
        tracked : (k, 4) boxes of digits that are followed; their regions are always read: one bad frame shall not count
        """
        places = self._places(regions)
        looked = np.isin(self.places, [self._number(layer) for layer in regions.layers])
        old = self._only(looked & (time < self.until))
        known = np.zeros(len(regions), bool)
        best = np.empty(0, np.int64)
        if len(regions) and len(old[0]):
            alike = (iou(regions.boxes, old[0]) >= SAME) & (places[:, None] == old[1])
            known = alike.any(1) & ~(iou(regions.boxes, tracked) > TRACKED).any(1)
            best = alike.argmax(1)[known]
        rest = self._only(~looked)
        self._keep(rest, (regions.boxes[known], places[known], old[2][best]))
        return known

    def add(self, regions: Regions, probabilities: np.ndarray, time: float) -> None:
        """Remembers those of the newly read regions that are clearly not a digit; probabilities (n, 11)."""
        rejected = probabilities[:, NO_DIGIT] >= CLEARLY
        turns = 7 * (self.count + np.arange(int(rejected.sum()))) % SPREAD + 1
        self.count += len(turns)
        until = time + RECHECK * turns / SPREAD
        self._keep(self._only(slice(None)), (regions.boxes[rejected], self._places(regions)[rejected], until))

    def _only(self, index: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.boxes[index], self.places[index], self.until[index]

    def _keep(self, *parts: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        self.boxes, self.places, self.until = (np.concatenate(columns) for columns in zip(*parts, strict=True))

    def _number(self, layer: Layer) -> int:
        return self.numbers.setdefault((layer.scale, layer.light, layer.top), len(self.numbers))

    def _places(self, regions: Regions) -> np.ndarray:
        return np.array([self._number(layer) for layer in regions.layers], np.int64)[regions.layer]
