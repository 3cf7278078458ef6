"""Reader: find, crop, classify, choose, track, in order."""

from __future__ import annotations

import copy
import functools
import time as clock
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from livedigits.process import keep_freed
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.crop import crop
from livedigits.recognition.flat_images import MARKS, drawn, ink_is_light
from livedigits.recognition.grouping import Grouping
from livedigits.recognition.regions import THOROUGH, Look, find
from livedigits.recognition.rejection_cache import Refusals
from livedigits.recognition.schedule import Turns
from livedigits.recognition.suppression import NONE, choose
from livedigits.recognition.tracker import Tracker
from livedigits.types import Digits

BETWEEN = 0.65  # of min_confidence: enough in a picture for a digit between others of its number


@dataclass(frozen=True)
class Reading:
    """What each stage made of a frame: for the debug view and the benchmark.

    Attributes
    ----------
    boxes : (n, 4) int32, the marks, frame px
    crops : (n, 28, 28, 2) float32 in 0..1, as the network got them
    probabilities : (n, 11) float32, the last column for "no digit"
    mask : (h, w) uint8, 0 or 1: dark ink at the finest level that was looked at
    seconds : time spent in each stage
    """

    boxes: np.ndarray
    crops: np.ndarray
    probabilities: np.ndarray
    mask: np.ndarray
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ink(self) -> np.ndarray:
        """The thresholded frame as a picture, (h, w) uint8, 0 or 255."""
        return self.mask * np.uint8(255)


class Reader:
    """Reads digits: pictures with `read`, the frames of a video or a camera with `follow`.

    Parameters
    ----------
    model : path of a .tflite network; None for the shipped one
    min_confidence : least probability 0..1 of a digit that is returned; None for the one the network was made for,
        which is another in drawings, and in pictures BETWEEN times that for a digit between others of its number

    Raises
    ------
    LivedigitsError: the network is missing, damaged or of another shape
    """

    def __init__(self, model: str | Path | None = None, min_confidence: float | None = None):
        cv2.setNumThreads(1)  # for pictures as small as these, more threads wait longer than they work
        keep_freed()
        self.classifier = Classifier(model)
        if min_confidence is None:
            self.min_confidence = self.classifier.min_confidence
            self.min_confidence_drawn = self.classifier.min_confidence_drawn
            self.between = BETWEEN * self.min_confidence
        else:  # who asks for a confidence gets no less
            self.min_confidence = self.min_confidence_drawn = self.between = min_confidence
        self.last: Reading | None = None
        self.tracker: Tracker
        self.grouping: Grouping
        self.refusals: Refusals
        self.turns: Turns
        self.light: bool  # whether digits of the last frame were in light ink,
        self.coarse: bool  # or such that only a coarse look finds
        self.reset()

    def read(self, image: np.ndarray) -> Digits:
        """The digits in one picture; it neither needs nor leaves a memory of others.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8 grey

        Raises
        ------
        ValueError: another shape or dtype
        """
        _check(image)
        return self._read(image, THOROUGH, self.min_confidence, self.between)

    def follow(self, image: np.ndarray, time: float) -> Digits:
        """The digits in the next frame of a video or a camera, each with its track.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
        time : seconds, not before that of the frame before

        Raises
        ------
        ValueError: another shape or dtype
        """
        _check(image)
        look = self.turns.look(image, time, self.light, self.coarse)
        least = self.tracker.least
        digits = self._read(image, look, least, least, time)
        start = clock.perf_counter()
        height, width = image.shape[:2]
        digits = self.grouping.update(self.tracker.update(digits, time, (width, height)))
        assert self.last is not None
        self.last.seconds["track"] = clock.perf_counter() - start
        return digits

    def reset(self, tracks: int = 0) -> None:
        """Forgets the frames before: the next is of another video. Numbers of tracks up to `tracks` are taken."""
        self.tracker = Tracker(self.min_confidence)
        self.tracker.count = tracks
        self.grouping = Grouping()
        self.turns = Turns()
        self.light = self.coarse = False
        self.refusals = Refusals()

    def sibling(self) -> Reader:
        """A reader with the same network and tracks of its own, for another video at the same time.

        Each thread needs a reader of its own; siblings share what is large, the network.
        """
        sibling = copy.copy(self)
        sibling.reset()
        sibling.last = None
        return sibling

    def _read(
        self, image: np.ndarray, look: Look, min_confidence: float, between: float, time: float | None = None
    ) -> Digits:
        """The digits in a picture or, with a `time`, in a frame of a video, which uses and leaves a memory."""
        times = [clock.perf_counter()]
        marks = find(image, look)
        light = ink_is_light(image) if len(marks) <= MARKS else None
        if light is not None:  # what is left of the ground between strokes is no ink
            marks = marks.only(marks.light == light)
        refused = np.empty((0, 4), np.int32)
        if time is not None:
            known = self.refusals.known(marks, time, self.tracker.boxes)
            refused, marks = marks.boxes[known], marks.only(~known)
        times.append(clock.perf_counter())
        crops = crop(marks)
        times.append(clock.perf_counter())
        probabilities = self.classifier(crops)
        if light is not None:
            digit, min_confidence = drawn(probabilities), min(min_confidence, self.min_confidence_drawn)
        else:
            digit = self.classifier.context.digit(marks, probabilities, image.shape, refused)
        followed = self.tracker.expected(time) if time is not None else NONE
        digits = choose(marks.boxes, digit, probabilities, min_confidence, between, followed, marks.explained)
        if time is not None:
            self.refusals.add(marks, probabilities, time)
            source = (marks.boxes[:, None] == digits.boxes).all(2).any(1)
            self.light, self.coarse = bool(marks.light[source].any()), bool(marks.coarse[source].any())
        times.append(clock.perf_counter())
        seconds = dict(zip(("find", "crop", "classify"), np.diff(times).tolist(), strict=True))
        self.last = Reading(marks.boxes, crops, probabilities, marks.layers[0].mask, seconds)
        return digits


def _check(image: np.ndarray) -> None:
    if not isinstance(image, np.ndarray):
        raise TypeError(f"image must be a numpy array, but is of type {type(image).__name__}")
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f"image must be (h, w, 3) or (h, w) uint8, but is {image.shape} {image.dtype}")


def read(image: np.ndarray | str | Path, model: str | Path | None = None) -> Digits:
    """The digits in one picture.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey, or the path of a picture
    model : path of a .tflite network; None for the shipped one

    Raises
    ------
    LivedigitsError: the picture or the network cannot be read
    """
    if isinstance(image, (str, Path)):
        from livedigits.sources.images import decode

        image = decode(image)
    elif not isinstance(image, np.ndarray):
        raise TypeError(f"give a picture's path or a numpy array, not {type(image).__name__}")
    return _reader(model).read(image)


@functools.lru_cache(maxsize=2)
def _reader(model: str | Path | None) -> Reader:
    return Reader(model)
