"""What was found in a frame, before those regions that overlap are chosen from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livedigits.recognition.classifier import Head
from livedigits.recognition.regions import Regions
from livedigits.recognition.suppression import suppress
from livedigits.types import Digits


@dataclass(frozen=True, eq=False)
class Found:
    """Regions of a frame and what is known of them.

    Attributes
    ----------
    regions : n of them
    crops : (n, 28, 28, 2) float32 in 0..1
    probabilities : (n, 11) float32, the last column for "no digit"
    is_digit : (n,) float32, probability of a digit, with what stands around it
    is_drawing : somebody has drawn it, and there is no clutter to doubt
    head : what was learned beside the network when the frame came; None for nothing
    """

    regions: Regions
    crops: np.ndarray
    probabilities: np.ndarray
    is_digit: np.ndarray
    is_drawing: bool
    head: Head | None = None

    def digits(self, least: float, between: float, expected: np.ndarray) -> Digits:
        """The digits among them; parameters as of `suppress`."""
        regions = self.regions
        explained, touching = regions.explained, regions.touching
        return suppress(regions.boxes, self.is_digit, self.probabilities, least, between, expected, explained, touching)
