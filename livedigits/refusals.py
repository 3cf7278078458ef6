"""What stood in the frame before and was no digit: a shelf that does not move is not read thirty times a second.

A mark of the same box and layer that the network refused clearly is refused again without asking, for RECHECK frames
at most: whatever is new in the picture is read at once, whatever stays is read anew a few times a second.
"""

from __future__ import annotations

import numpy as np

from livedigits.boxes import iou
from livedigits.find import Marks

SAME = 0.9  # intersection over union; a camera's noise moves the edge of a mark by a pixel
CLEARLY = 0.95  # probability of "no digit"
RECHECK = 10  # frames


class Refusals:
    """Remembers the refused marks of the last frame."""

    def __init__(self) -> None:
        self.boxes = np.empty((0, 4), np.int32)
        self.scales = np.empty(0)
        self.ages = np.empty(0, np.int64)
        self.count = 0

    def known(self, marks: Marks) -> np.ndarray:
        """(n,) bool: marks that were refused a moment ago. It remembers them for the next frame."""
        scales = _scales(marks)
        known = np.zeros(len(marks), bool)
        if len(marks) and len(self.boxes):
            alike = (iou(marks.boxes, self.boxes) >= SAME) & (scales[:, None] == self.scales)
            best = alike.argmax(1)
            known = alike.any(1) & (self.ages[best] < RECHECK)
            self.ages = self.ages[best[known]] + 1
        else:
            self.ages = np.empty(0, np.int64)
        self.boxes, self.scales = marks.boxes[known], scales[known]
        return known

    def add(self, marks: Marks, probabilities: np.ndarray) -> None:
        """Remembers those of the newly read marks that are clearly no digit; probabilities (n, 11)."""
        refused = probabilities[:, -1] >= CLEARLY
        count = int(refused.sum())
        self.boxes = np.concatenate([self.boxes, marks.boxes[refused]])
        self.scales = np.concatenate([self.scales, _scales(marks)[refused]])
        # Not all at once: the work of reading them anew is spread over the frames, in an order that stays spread.
        self.ages = np.concatenate([self.ages, 7 * (self.count + np.arange(count)) % RECHECK])
        self.count += count


def _scales(marks: Marks) -> np.ndarray:
    """(n,) float: the scale of each mark's layer, negative for light ink."""
    scales = np.array([-layer.scale if layer.light else layer.scale for layer in marks.layers])
    return scales[marks.layer] if len(marks) else np.empty(0)
