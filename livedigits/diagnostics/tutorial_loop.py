"""The loop of the tutorials, to measure livedigits against: threshold, contours, and the network on each of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from livedigits.sources.video import open_video

FRAMES = 20
SECONDS = 30.0
LEAST = (5, 15)  # px wide and high: tutorials leave smaller contours out, as noise


def measure(path: str, frames: int = FRAMES, seconds: float = SECONDS) -> dict[str, float]:
    """How fast the tutorials' loop reads the first frames of a video, writing JSON as livedigits does.

    Parameters
    ----------
    path : the video
    frames, seconds : at most so many frames, and no frame begun after so many seconds, in each of the two ways

    Returns
    -------
    contour_fps : frames a second with a model.predict for each contour, as most have it
    frame_fps : frames a second with one model.predict a frame
    contours : mean number of contours a frame

    Raises
    ------
    LivedigitsError: no such video
    ImportError: there is no TensorFlow
    """
    from livedigits.training.model import network

    model = network.build("cnn")  # its weights do not matter here

    def predict(batch: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict(batch, verbose=0))

    # The first calls build the graph and are slower.
    for count in (1, 32):
        predict(np.zeros((count, 28, 28, 1), np.float32))
    contour_fps, contours = _read(path, frames, seconds, lambda crops: [predict(crop[None])[0] for crop in crops])
    frame_fps, _ = _read(path, frames, seconds, lambda crops: predict(crops) if len(crops) else [])
    return {"contour_fps": round(contour_fps, 3), "frame_fps": round(frame_fps, 3), "contours": round(contours, 1)}


def _read(path: str, frames: int, seconds: float, answer: Callable[[np.ndarray], Any]) -> tuple[float, float]:
    """Frames a second, and contours a frame."""
    count = contours = 0
    began = time.perf_counter()
    with open_video(path) as source, open(os.devnull, "w") as out:
        for frame in source:
            boxes, crops = prepare(frame.image)
            labels = [int(np.argmax(probabilities)) for probabilities in answer(crops)]
            json.dump([{"digit": digit, "box": box} for digit, box in zip(labels, boxes, strict=True)], out)
            count, contours = count + 1, contours + len(boxes)
            if count == frames or time.perf_counter() - began > seconds:
                break
    return count / (time.perf_counter() - began), contours / max(count, 1)


def prepare(image: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
    """Boxes [x, y, w, h] of the outer contours in an image (h, w, 3) uint8 BGR, and crops (n, 28, 28, 1) float32."""
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY_INV, 11, 2)
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [list(cv2.boundingRect(contour)) for contour in contours]
    boxes = [box for box in boxes if box[2] >= LEAST[0] and box[3] >= LEAST[1]]
    crops = np.zeros((len(boxes), 28, 28, 1), np.float32)
    for crop, (x, y, w, h) in zip(crops, boxes, strict=True):
        crop[..., 0] = cv2.resize(ink[y : y + h, x : x + w], (28, 28), interpolation=cv2.INTER_AREA) / 255
    return boxes, crops
