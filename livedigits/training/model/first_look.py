"""Rendered frames as the reader sees them before it looks for digits that touch: for the fits around that network."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from livedigits.recognition.crop import crop
from livedigits.recognition.reader import Reader, scan
from livedigits.recognition.regions import FULL_SCAN, Regions
from livedigits.recognition.suppression import NO_BOXES


class FirstLook:
    """Finds and reads regions. Instances go to worker processes: the reader is made at the first frame, not before.

    Parameters
    ----------
    model : the classifier's .tflite file
    """

    def __init__(self, model: Path):
        self.model = model
        self._reader: Reader | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"model": self.model, "_reader": None}

    def __call__(self, image: np.ndarray) -> tuple[Regions, np.ndarray]:
        """The regions of an image (h, w, 3) uint8, and the probability (n,) that each is one digit."""
        regions, is_drawing = scan(image, FULL_SCAN)
        found = self.reader.classified(regions, crop(regions), is_drawing, NO_BOXES)
        return regions, found.is_digit

    @property
    def reader(self) -> Reader:
        """With this classifier."""
        self._reader = self._reader or Reader(self.model)
        return self._reader

    def classified(self, regions: Regions) -> np.ndarray:
        """Probabilities (n, 11) float32 of regions."""
        return self.reader.classifier(crop(regions))
