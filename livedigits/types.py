"""Digits: what every stage hands on, a struct of arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from livedigits.recognition.grouping import Number, group


class Digit(NamedTuple):
    """One digit of a frame: its value 0..9, confidence 0..1, box (x, y, w, h) in px, and track id or None."""

    digit: int
    confidence: float
    box: tuple[int, int, int, int]
    track: int | None


@dataclass(frozen=True)
class Digits:
    """The digits read in one frame, as arrays of equal length n.

    Attributes
    ----------
    boxes : (n, 4) int32, x, y, width, height in frame pixels
    labels : (n,) int64, 0..9
    confidences : (n,) float32, 0..1: probability that the mark is this digit
    probabilities : (n, 10) float32, 0..1: one column a digit; what is missing to 1 is "no digit"
    tracks : (n,) int64, the digit's identity from frame to frame; None for single pictures

    Raises
    ------
    ValueError: an array of another shape, or arrays of different lengths.
    """

    boxes: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray
    probabilities: np.ndarray
    tracks: np.ndarray | None = None

    def __post_init__(self) -> None:
        n = len(self.boxes)
        expected: dict[str, tuple[int, ...]] = {
            "boxes": (n, 4),
            "labels": (n,),
            "confidences": (n,),
            "probabilities": (n, 10),
            "tracks": (n,),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, but has {array.shape}")

    @classmethod
    def empty(cls) -> Digits:
        """No digits."""
        return cls(
            np.empty((0, 4), np.int32),
            np.empty(0, np.int64),
            np.empty(0, np.float32),
            np.empty((0, 10), np.float32),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def __iter__(self) -> Iterator[Digit]:
        for i in range(len(self)):
            x, y, w, h = (int(v) for v in self.boxes[i])
            track = None if self.tracks is None else int(self.tracks[i])
            yield Digit(int(self.labels[i]), float(self.confidences[i]), (x, y, w, h), track)

    def __getitem__(self, index: Any) -> Digits:
        """The digits that a mask, slice or index array selects; an int keeps the array form."""
        if isinstance(index, (int, np.integer)):
            index = [index]
        return replace(self, **{f.name: a[index] for f in fields(self) if (a := getattr(self, f.name)) is not None})

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers that the digits form, in reading order; each digit is in exactly one."""
        return group(self.boxes, self.labels, self.confidences)

    def with_numbers(self, numbers: tuple[Number, ...]) -> Digits:
        """The same digits, grouped as given; a choice of them is grouped anew."""
        digits = replace(self)
        vars(digits)["numbers"] = numbers
        return digits

    def scaled(self, factor: float) -> Digits:
        """The same digits and numbers in a frame that is larger by a factor; boxes are rounded to whole px."""
        boxes = (self.boxes * factor).round().astype(np.int32)
        return self._placed(boxes, [_scaled(number, factor) for number in self.numbers])

    def mirrored(self, width: int) -> Digits:
        """The same digits and numbers in a frame, so many px wide, that is flipped left to right.

        Numbers keep text, members and their order: what stands on the page has not changed.
        """
        boxes = self.boxes.copy()
        boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
        return self._placed(boxes, [_mirrored(number, width) for number in self.numbers])

    def _placed(self, boxes: np.ndarray, numbers: list[Number]) -> Digits:
        return replace(self, boxes=boxes).with_numbers(tuple(numbers))

    def in_reading_order(self) -> Digits:
        """The digits in the order in which one reads them, in the same numbers."""
        order = [i for number in self.numbers for i in number.digits]
        place = {i: k for k, i in enumerate(order)}
        numbers = (replace(number, digits=tuple(place[i] for i in number.digits)) for number in self.numbers)
        return self[order].with_numbers(tuple(numbers)) if order else self

    def to_json(self) -> list[dict[str, Any]]:
        """The `digits` list of the JSON contract."""
        return [
            {"digit": d.digit, "confidence": round(d.confidence, 4), "box": list(d.box), "track": d.track} for d in self
        ]


def _scaled(number: Number, factor: float) -> Number:
    x, y, w, h = (round(side * factor) for side in number.box)
    (left, top), (right, bottom) = ((x * factor, y * factor) for x, y in number.baseline)
    return replace(number, box=(x, y, w, h), baseline=((left, top), (right, bottom)))


def _mirrored(number: Number, width: int) -> Number:
    """The number in a flipped frame; the ends of its baseline change places, so that the first is the left one."""
    x, y, w, h = number.box
    (left, left_y), (right, right_y) = number.baseline
    baseline = (width - right, right_y), (width - left, left_y)
    return replace(number, box=(width - x - w, y, w, h), angle=-number.angle, baseline=baseline)
