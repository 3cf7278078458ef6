"""What stood in the frame before and was no digit: a shelf that does not move is not read thirty times a second.

A region of the same box and layer that the network refused clearly is refused again without asking, for RECHECK seconds
at most: whatever is new in the picture is read at once, whatever stays is read anew once a second. Layers that a frame
was not searched for are remembered until the next that is.
"""

from __future__ import annotations

import numpy as np

from livedigits.recognition.boxes import iou
from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions
from livedigits.types import NO_DIGIT

SAME = 0.9  # intersection over union; a camera's noise moves the edge of a region by a pixel
CLEARLY = 0.95  # probability of "no digit"
RECHECK = 1.0  # s
TRACKED = 0.3  # intersection over union with a digit that is followed
SPREAD = 10  # parts of RECHECK in which the regions of one frame are read anew, so that not all are in one frame
_Place = tuple[float, bool, int]  # scale, polarity and top of a layer


class RejectionCache:
    """Remembers the refused regions of the last frame in which their layer was looked at."""

    def __init__(self) -> None:
        self.boxes = np.empty((0, 4), np.int32)
        self.places = np.empty(0, np.int64)  # numbers of their layers' places
        self.until = np.empty(0)  # s: when they are read anew
        self.numbers: dict[_Place, int] = {}
        self.count = 0

    def known(self, regions: Regions, time: float, tracked: np.ndarray) -> np.ndarray:
        """(n,) bool: regions that were refused a moment ago. It remembers them for the next frame.

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
        """Remembers those of the newly read regions that are clearly no digit; probabilities (n, 11)."""
        refused = probabilities[:, NO_DIGIT] >= CLEARLY
        turns = 7 * (self.count + np.arange(int(refused.sum()))) % SPREAD + 1
        self.count += len(turns)
        until = time + RECHECK * turns / SPREAD
        self._keep(self._only(slice(None)), (regions.boxes[refused], self._places(regions)[refused], until))

    def _only(self, index: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.boxes[index], self.places[index], self.until[index]

    def _keep(self, *parts: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        self.boxes, self.places, self.until = (np.concatenate(columns) for columns in zip(*parts, strict=True))

    def _number(self, layer: Layer) -> int:
        return self.numbers.setdefault((layer.scale, layer.light, layer.top), len(self.numbers))

    def _places(self, regions: Regions) -> np.ndarray:
        return np.array([self._number(layer) for layer in regions.layers], np.int64)[regions.layer]
