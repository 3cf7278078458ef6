"""What the rooms hand to each other: frames, digits, numbers, results; and how they are written as JSON."""

from __future__ import annotations

import re
import time as clock
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np

Box = tuple[int, int, int, int]
"""x, y, width, height in px."""

NO_DIGIT = 10
"""What a region is that is none of the ten digits: its label, and its column of a network's probabilities (n, 11)."""

CLASSES = NO_DIGIT + 1

FieldState = Literal["read", "settled", "doubtful", "refused", "missing", "unregistered"]
"""What is known of a field.

read : as its rules allow, and not settled, or there is nothing to settle
settled : it has held for as long as asked for
doubtful : as the rules allow, but less sure than asked for
refused : there are digits, but no reading of them is allowed; the text is what was seen
missing : there is nothing
unregistered : the scene was not found in the picture, and so the field was not
"""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a source.

    Attributes
    ----------
    image : (h, w, 3) uint8, BGR
    index : its number in the source, from 0; of a camera's frames, those that were dropped are counted too
    time : seconds; in a video since its first frame, of a camera since it was opened
    source : the path, URL or index as given
    dropped : how many frames of the source were dropped so far, because newer ones were there
    captured : s of time.monotonic() when the camera or stream delivered it; of a file's frame, when it was decoded
    at : wall clock when a live source delivered it, Unix seconds; None for files
    turned : degrees clockwise by which a picture of a page on its side or upside down was turned
    """

    image: np.ndarray
    index: int
    time: float
    source: str
    dropped: int = 0
    captured: float = field(default_factory=clock.monotonic)
    at: float | None = None
    turned: int = 0


class Digit(NamedTuple):
    """One digit of a frame: its value 0..9, confidence 0..1, box (x, y, w, h) in px, and track id or None."""

    digit: int
    confidence: float
    box: Box
    track: int | None


@dataclass(frozen=True)
class Number:
    """A number of one or more digits.

    Attributes
    ----------
    text : its digits, leading zeros included
    confidence : 0..1, probability that the whole number is right: that all digits are, and none is missing
    box : x, y, width, height in px around all its digits
    digits : indices of its digits, in reading order
    line : index of its line on the page, from the top
    angle : degrees by which its line is turned, clockwise on the screen
    baseline : (x, y) in px of the left and the right end of the line under its digits
    complete : False where ink beside or between its digits says that it was probably cut short
    is_sure : sure enough to be shown as a number, by the confidence asked for; its digits are shown in any case
    """

    text: str
    confidence: float
    box: Box
    digits: tuple[int, ...]
    line: int
    angle: float
    baseline: tuple[tuple[float, float], tuple[float, float]]
    complete: bool = True
    is_sure: bool = True

    def scaled(self, factor: float) -> Number:
        """The number in a frame that is larger by a factor; its box is rounded to whole px."""
        x, y, w, h = (round(side * factor) for side in self.box)
        (left, top), (right, bottom) = ((x * factor, y * factor) for x, y in self.baseline)
        return replace(self, box=(x, y, w, h), baseline=((left, top), (right, bottom)))

    def mirrored(self, width: int) -> Number:
        """The number in a flipped frame; the ends of its baseline change places, so that the first is the left one."""
        x, y, w, h = self.box
        (left, left_y), (right, right_y) = self.baseline
        baseline = (width - right, right_y), (width - left, left_y)
        return replace(self, box=(width - x - w, y, w, h), angle=-self.angle, baseline=baseline)

    def to_json(self) -> dict[str, Any]:
        """An entry of the `numbers` list of the JSON contract."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "box": list(self.box),
            "digits": list(self.digits),
            "complete": self.complete,
        }


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of a drawing, from where the pen was put down to where it was lifted.

    Attributes
    ----------
    points : (n, 2) float32 x, y in px of the drawing, n at least 1
    widths : (n,) float32 px, how broad the pen was at each
    """

    points: np.ndarray
    widths: np.ndarray


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits read in one frame, as arrays of equal length n, and the numbers that they form.

    Two are equal (`==`, a bool) where all their arrays and numbers are.

    Attributes
    ----------
    boxes : (n, 4) int32, x, y, width, height in frame pixels
    labels : (n,) int64, 0..9
    confidences : (n,) float32, 0..1: probability that the region is this digit
    probabilities : (n, 10) float32, 0..1: one column a digit; what is missing to 1 is "no digit"
    tracks : (n,) int64, the digit's identity from frame to frame; None for single pictures
    numbers : in reading order; no digit is in two of them. A reader gives each digit one, made by hand there are none

    Raises
    ------
    ValueError: an array of another shape, or arrays of different lengths.
    """

    boxes: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray
    probabilities: np.ndarray
    tracks: np.ndarray | None = None
    numbers: tuple[Number, ...] = ()

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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Digits):
            return NotImplemented
        if (self.tracks is None) != (other.tracks is None) or self.numbers != other.numbers:
            return False
        arrays = zip(self._arrays().values(), other._arrays().values(), strict=True)
        return all(np.array_equal(mine, theirs) for mine, theirs in arrays)

    __hash__ = None  # type: ignore[assignment]  # arrays can change

    def __getitem__(self, index: Any) -> Digits:
        """The digits that a mask, slice or index array selects; an int keeps the array form.

        A number stays where all its digits are selected, once each; any other is left out, as its text and box would
        be wrong. Digits that are left without one can be grouped again (recognition.grouping.grouped).
        """
        if isinstance(index, (int, np.integer)):
            index = [index]
        selected = {name: array[index] for name, array in self._arrays().items()}
        return replace(self, **selected, numbers=self._numbers_of(np.arange(len(self))[index]) if self.numbers else ())

    def _arrays(self) -> dict[str, np.ndarray]:
        """The arrays there are, by the names of their fields."""
        arrays = {"boxes": self.boxes, "labels": self.labels, "confidences": self.confidences}
        arrays["probabilities"] = self.probabilities
        return arrays if self.tracks is None else {**arrays, "tracks": self.tracks}

    def _numbers_of(self, selected: np.ndarray) -> tuple[Number, ...]:
        """The numbers whose digits are all among the selected ones (k,) int, with their new indices."""
        places: dict[int, list[int]] = {}
        for place, i in enumerate(selected.tolist()):
            places.setdefault(i, []).append(place)
        kept = (number for number in self.numbers if all(len(places.get(i, ())) == 1 for i in number.digits))
        return tuple(replace(number, digits=tuple(places[i][0] for i in number.digits)) for number in kept)

    def scaled(self, factor: float) -> Digits:
        """The same digits and numbers in a frame that is larger by a factor; boxes are rounded to whole px."""
        boxes = (self.boxes * factor).round().astype(np.int32)
        return replace(self, boxes=boxes, numbers=tuple(number.scaled(factor) for number in self.numbers))

    def mirrored(self, width: int) -> Digits:
        """The same digits and numbers in a frame, so many px wide, that is flipped left to right.

        Numbers keep text, members and their order: what stands on the page has not changed.
        """
        boxes = self.boxes.copy()
        boxes[:, 0] = width - boxes[:, 0] - boxes[:, 2]
        return replace(self, boxes=boxes, numbers=tuple(number.mirrored(width) for number in self.numbers))

    def in_reading_order(self) -> Digits:
        """The digits in the order in which one reads their numbers, those without a number last."""
        order = dict.fromkeys(i for number in self.numbers for i in number.digits)
        return self[[*order, *(i for i in range(len(self)) if i not in order)]] if order else self

    def to_json(self) -> list[dict[str, Any]]:
        """The `digits` list of the JSON contract."""
        return [
            {"digit": d.digit, "confidence": round(d.confidence, 4), "box": list(d.box), "track": d.track} for d in self
        ]


class FieldEvent(NamedTuple):
    """What has just happened to a field.

    kind : "settled", "changed" (from one settled value to the next), "refused" (a reading that its rules forbid is
        seen) or "recovered" (what the rules forbade was seen for so long that it holds all the same)
    text : the reading that it is about
    was : the text that had settled before; None where none had
    """

    kind: Literal["settled", "changed", "refused", "recovered"]
    text: str
    was: str | None = None


@dataclass(frozen=True)
class FieldValue:
    """What a named place of the picture holds.

    Attributes
    ----------
    text : as read, signs that its form has included; of one that was refused what was seen, else "" where nothing was
    value : the number that the text is; None where there is none, or where its form is no number ("12:30")
    confidence : 0..1, probability that the text is right and whole
    state : what is known of it
    box : x, y, width, height in px of the frame, around the field
    since : time of the frame from which on the value holds, s; None where there is no value
    event : what has just happened, in this frame; for lists of events, and no part of the frame's JSON
    corners : the field's own, four (x, y) in px of the frame, the upper left of its text first; None where it was not
        found, and no part of the JSON either
    """

    text: str
    value: int | float | None
    confidence: float
    state: FieldState
    box: Box
    since: float | None = None
    event: FieldEvent | None = None
    corners: tuple[tuple[float, float], ...] | None = None

    def scaled(self, factor: float) -> FieldValue:
        """The field in a frame that is larger by a factor; its box is rounded to whole px."""
        x, y, w, h = (round(side * factor) for side in self.box)
        corners = self.corners and tuple((x * factor, y * factor) for x, y in self.corners)
        return replace(self, box=(x, y, w, h), corners=corners)

    def mirrored(self, width: int) -> FieldValue:
        """The field in a flipped frame, so many px wide; its corners keep their order, as its text does."""
        x, y, w, h = self.box
        corners = self.corners and tuple((width - x, y) for x, y in self.corners)
        return replace(self, box=(width - x - w, y, w, h), corners=corners)

    def to_json(self) -> dict[str, Any]:
        """An entry of the `fields` object of the JSON contract."""
        return {
            "text": self.text,
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "state": self.state,
            "box": list(self.box),
            "since": None if self.since is None else round(self.since, 4),
        }


@dataclass(frozen=True)
class Result:
    """A frame and all that was read in it, fields by their names: what a sink takes."""

    frame: Frame
    digits: Digits
    fields: Mapping[str, FieldValue] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object of the JSON contract that stands for a frame.

        source as `well_formed` has it, frame, time in s, of a live source `at` as ISO 8601 with its zone, width and
        height in px, `turned` where the picture was, digits, numbers, and fields where they were asked for
        """
        height, width = self.frame.image.shape[:2]
        at = self.frame.at
        return {
            "source": well_formed(self.frame.source),
            "frame": self.frame.index,
            "time": round(self.frame.time, 4),
            **({} if at is None else {"at": iso_time(at)}),
            "width": width,
            "height": height,
            **({"turned": self.frame.turned} if self.frame.turned else {}),
            "digits": self.digits.to_json(),
            "numbers": [number.to_json() for number in self.digits.numbers],
            **({"fields": {name: value.to_json() for name, value in self.fields.items()}} if self.fields else {}),
        }


def iso_time(at: float) -> str:
    """Unix seconds as ISO 8601 in this machine's zone, to the millisecond: 2026-11-24T21:05:03.250+01:00."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def well_formed(name: str) -> str:
    """A source's name as it stands in JSON: U+FFFD for each byte of a file name that is not UTF-8.

    Python holds such bytes as lone surrogates; escaped, they are JSON that jq and others refuse.
    """
    return re.sub("[\ud800-\udfff]", "\ufffd", name)
