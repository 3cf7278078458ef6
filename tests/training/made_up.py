"""A network that answers by comparing, and digits in a printed hand for it to read."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.dataset.files import Digits28
from livedigits.training.evaluation.material import Crops


def printed(digit: int, shift: int = 0) -> np.ndarray:
    """A digit (28, 28) uint8 in OpenCV's own hand."""
    image = np.zeros((28, 28), np.uint8)
    cv2.putText(image, str(digit), (7 + shift, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 255, 2, cv2.LINE_AA)
    return image


def digits(count: int) -> Digits28:
    labels = np.arange(count) % 10
    return Digits28(np.stack([printed(int(d), i % 3 - 1) for i, d in enumerate(labels)]), labels)


class Templates:
    """A network that compares with printed digits; what is like none of them is no digit."""

    min_confidence = 0.4
    channels = 1

    def __init__(self, classes: int = 11):
        self.templates = np.stack([printed(d).ravel() / 255.0 for d in range(10)])
        self.classes = classes

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        assert crops.ndim == 4 and crops.shape[1:] == (28, 28, 2) and crops.dtype == np.float32 and crops.max() <= 1
        distance = ((crops[..., 0].reshape(len(crops), 1, -1) - self.templates) ** 2).sum(2)
        logits = np.hstack([-distance / 3, np.full((len(crops), 1), -16.0 if self.classes == 11 else -np.inf)])
        power = np.exp(logits - logits.max(1, keepdims=True))
        chances: np.ndarray = (power / power.sum(1, keepdims=True)).astype(np.float32)
        return chances


def mixed() -> Crops:
    """Twenty digits of which two are labelled wrongly, ten empty crops and ten crosses."""
    made = digits(20)
    labels = made.labels.copy()
    labels[:2] = 5, 7
    nothing = np.zeros((20, 28, 28), np.uint8)
    for image in nothing[10:]:
        cv2.line(image, (4, 4), (24, 24), 255, 2)
        cv2.line(image, (24, 4), (4, 24), 255, 2)
    crops = np.full((40, 28, 28, 2), 128, np.uint8)
    crops[..., 0] = np.concatenate([made.images, nothing])
    return crops, np.concatenate([labels, np.full(20, 10)])
