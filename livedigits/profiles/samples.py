"""Corrections as they were given: crops of one hand and what each truly shows."""

from __future__ import annotations

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.crop import SIZE, from_mnist
from livedigits.types import CLASSES, NO_DIGIT

MOST = 5000
"""Samples of a profile: more would make a file and a fit that are no longer small."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Crops with labels, in the order in which they were given; no crop is there twice.

    Attributes
    ----------
    crops : (n, 28, 28, 2) uint8, the region and its surroundings as livedigits.recognition.crop makes them, in 0..255
    labels : (n,) uint8, 0..9, or 10 for what is no digit
    times : (n,) int64, s since 1970: when each was given

    Raises
    ------
    ValueError: arrays of another shape or dtype, or of different lengths, or another label
    """

    crops: np.ndarray
    labels: np.ndarray
    times: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.labels)
        expected = {"crops": ((n, SIZE, SIZE, 2), np.uint8), "labels": ((n,), np.uint8), "times": ((n,), np.int64)}
        for name, (shape, dtype) in expected.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != dtype:
                raise ValueError(f"{name} must be {shape} {np.dtype(dtype)}, but is {array.shape} {array.dtype}")
            array.setflags(write=False)
        if n and self.labels.max() >= CLASSES:
            raise ValueError(f"labels must be 0 to 9, or {NO_DIGIT} for no digit, but one is {self.labels.max()}")

    @staticmethod
    def none() -> Samples:
        """No samples."""
        return Samples(np.empty((0, SIZE, SIZE, 2), np.uint8), np.empty(0, np.uint8), np.empty(0, np.int64))

    @staticmethod
    def of(crops: np.ndarray, labels: Sequence[int] | np.ndarray, times: Sequence[float] | None = None) -> Samples:
        """Samples from crops as `as_crops` takes them; given now, where `times` (s since 1970) does not say."""
        crops = as_crops(crops)
        when = [clock.time()] * len(crops) if times is None else times
        checked = np.array([checked_label(label) for label in np.asarray(labels).tolist()], np.uint8)
        return Samples(crops, checked, np.array(when).astype(np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: np.ndarray) -> Samples:
        return Samples(self.crops[index], self.labels[index], self.times[index])

    @property
    def counts(self) -> np.ndarray:
        """(11,) int: samples of each digit and, last, of what is no digit."""
        return np.bincount(self.labels, minlength=CLASSES)

    def joined(self, *others: Samples) -> Samples:
        """These and the others, in the order in which they were given; of one crop its last label counts.

        Raises LivedigitsError where they are more than MOST.
        """
        parts = (self, *others)
        crops, labels, times = (
            np.concatenate([getattr(p, name) for p in parts]) for name in ("crops", "labels", "times")
        )
        last = {crop.tobytes(): i for i, crop in enumerate(crops)}
        kept = np.array(sorted(last.values()), np.int64)
        if len(kept) > MOST:
            raise LivedigitsError(f"a profile holds at most {MOST} samples, and this would be {len(kept)}: prune it")
        kept = kept[np.argsort(times[kept], kind="stable")]
        return Samples(crops[kept], labels[kept], times[kept])


def checked_label(label: int) -> int:
    """The label, 0..9 or 10 for no digit; ValueError for any other."""
    if not (isinstance(label, (int, np.integer)) and 0 <= label < CLASSES):
        raise ValueError(f"a label is 0 to 9, or {NO_DIGIT} for no digit, not {label!r}")
    return int(label)


def as_crops(crops: np.ndarray) -> np.ndarray:
    """Crops as Samples hold them, (n, 28, 28, 2) uint8.

    Parameters
    ----------
    crops : (28, 28) or (n, 28, 28), ink high on 0, as MNIST's, which are put on blank paper; or (28, 28, 2) or
        (n, 28, 28, 2) as livedigits.recognition.crop makes them; uint8 in 0..255 or floats in 0..1

    Raises
    ------
    ValueError: another shape or dtype
    """
    crops = np.asarray(crops)
    fits = crops.shape[-3:] == (SIZE, SIZE, 2) and crops.ndim in (3, 4)
    bare = crops.shape[-2:] == (SIZE, SIZE) and crops.ndim in (2, 3)
    if not (fits or bare) or crops.dtype.kind not in "uf" or (crops.dtype.kind == "u" and crops.dtype != np.uint8):
        raise ValueError(
            f"crops must be (28, 28) or (28, 28, 2), one or many, uint8 or float 0..1, not {crops.shape} {crops.dtype}"
        )
    if crops.dtype != np.uint8:
        crops = np.round(np.clip(crops, 0, 1) * 255).astype(np.uint8)
    if not fits:
        return np.round(from_mnist(crops.reshape(-1, SIZE, SIZE)) * 255).astype(np.uint8)
    return np.ascontiguousarray(crops.reshape(-1, SIZE, SIZE, 2))
