"""What a cv2.VideoCapture answers, as the picture that all stages expect."""

from __future__ import annotations

import cv2
import numpy as np


def picture(taken: tuple[bool, np.ndarray | None]) -> np.ndarray | None:
    """The image (h, w, 3) uint8 BGR of what a cv2.VideoCapture answered; None without one."""
    ok, image = taken
    if not ok or image is None or image.size == 0:
        return None
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
