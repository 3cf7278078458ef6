"""Frames and fields -> the value of each field: of pictures, each for itself; of a video, with what was there before.

A field whose pixels look as they did is not read again: in most frames of a video nothing is, and many fields cost
little. Where many change at once, by a hand or a shadow, they take turns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.fields.alignment import Place
from livedigits.fields.cutting import around
from livedigits.fields.definition import Field, FieldSet
from livedigits.fields.following import Following
from livedigits.fields.print import Print
from livedigits.fields.reading import Erase, FieldReader
from livedigits.fields.registration import Registration
from livedigits.fields.settling import Read, Settling, Shown
from livedigits.sources.images import decode
from livedigits.types import Box, FieldValue, Frame

Locate = Callable[[np.ndarray], "Place | None"]
"""An image (h, w, 3) or (h, w) uint8 -> where the anchor lies in it; None: it is not found."""

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# px: height of what is compared of a field. More sees smaller changes, and costs time.
GLANCE = 24
# Grey levels by which a stroke's width of it must differ. Less reads again for noise, more misses faint ink.
CHANGED = 6.0
# Channel of BGR that is compared: of the three the least noisy, and all ink shows in it.
GREEN = 1
# Fields of one frame that are read. More costs frames that are late, fewer let the last one wait longer.
MOST = 4

NOWHERE: Box = (0, 0, 0, 0)
UNREGISTERED = Read("", None, 0.0, "unregistered")


class Spot(NamedTuple):
    """Where a field is in a picture: its corners (4, 2) float64, px, and what takes print out of its cuts."""

    corners: np.ndarray
    erase: Erase | None = None


class Places:
    """Where fields are in a picture.

    Parameters
    ----------
    fields : their corners
    locate : finds the anchor in it; None for fields that have none
    anchor : (h, w, 3) or (h, w) uint8, the anchor's picture; None for none
    """

    def __init__(self, fields: FieldSet, locate: Locate | None = None, anchor: np.ndarray | None = None) -> None:
        self._fields, self._locate = fields, locate
        self._place: Place | None = None  # the last one, and what followed from it
        self._spots: list[Spot] = []
        self._corners = [] if anchor is None else fields.corners(anchor.shape)  # px of the anchor
        self._print = None if anchor is None else Print(anchor, self._corners)

    def __call__(self, image: np.ndarray) -> list[Spot] | None:
        """Where each field is in an image; None where the anchor is not found in it."""
        if self._locate is None or self._print is None:
            return [Spot(corners) for corners in self._fields.corners(image.shape)]
        place = self._locate(image)
        if place is None:
            return None
        if place is not self._place:
            erase = [partial(self._print.erased, place=place, number=i) for i in range(len(self._corners))]
            self._spots = [Spot(place.map(c), e) for c, e in zip(self._corners, erase, strict=True)]
            self._place = place
        return self._spots


def places(fields: FieldSet, followed: bool) -> Places:
    """Where fields are: by their anchor, if they have one; in the frames of one video it is followed.

    Raises
    ------
    LivedigitsError: the anchor's picture cannot be read
    """
    if fields.anchor is None:
        return Places(fields)
    anchor = decode(fields.anchor)
    registration = Registration(anchor)
    return Places(fields, Following(registration).place if followed else registration.place, anchor)


class Pictures:
    """The fields of pictures, each for itself: nothing settles.

    Parameters
    ----------
    reader : reads them
    fields : which they are
    places : where they are; None for a scene without an anchor
    """

    def __init__(self, reader: FieldReader, fields: FieldSet, places: Places | None = None) -> None:
        self._reader, self._fields, self._places = reader, fields, places or Places(fields)

    def __call__(self, frame: Frame) -> dict[str, FieldValue]:
        """Each field's value, by its name."""
        spots = self._places(frame.image)
        if spots is None:
            return {field.name: _value(Shown(*UNREGISTERED, None), NOWHERE) for field in self._fields}
        corners = [spot.corners for spot in spots]
        read = [self._reader.read(frame.image, s.corners, f, s.erase) for s, f in zip(spots, self._fields, strict=True)]
        shown = [Settling(None).update(each, frame.time) for each in read]
        boxes = [around(c, frame.image.shape) for c in corners]
        values = [_value(s._replace(since=None), b, c) for s, b, c in zip(shown, boxes, corners, strict=True)]
        return dict(zip(self._fields.names, values, strict=True))


@dataclass
class _Watched:
    """One field of a video.

    Attributes
    ----------
    field : which it is
    settling : its value
    glance : what it looked like when it was read last, (h, w) uint8; None where it has not been read yet
    read : what was read then
    alike : how often it was read since it changed
    shown : what is shown of it
    waits : frames since it should have been read
    corners, box : where it is, and the box around that
    """

    field: Field
    settling: Settling
    glance: np.ndarray | None = None
    read: Read = UNREGISTERED
    alike: int = 0
    shown: Shown | None = None
    waits: int = 0
    corners: np.ndarray | None = None
    box: Box = NOWHERE

    def put(self, corners: np.ndarray, shape: tuple[int, ...]) -> None:
        """Where it is in the next frame, (4, 2) px; what has moved is read again."""
        if self.corners is None or not np.array_equal(self.corners, corners):
            self.corners, self.box = corners, around(corners, shape)
            self.glance = None if self.glance is None else np.zeros((0, 0), np.uint8)

    def due(self, glance: np.ndarray) -> bool:
        """Whether it is to be read: it looks otherwise than before, or what stands there is still to settle."""
        if _changed(self.glance, glance):
            self.alike = 0
            return True
        rules = self.field.settle
        return rules is not None and self.alike < rules.frames and self.read.state in ("read", "doubtful")


class Watching:
    """The fields of one video or camera, whose values settle by their rules.

    Parameters
    ----------
    reader : reads them
    fields : which they are
    places : where they are; None for a scene without an anchor
    """

    def __init__(self, reader: FieldReader, fields: FieldSet, places: Places | None = None) -> None:
        self._reader, self._fields, self._places = reader, fields, places or Places(fields)
        self._shape: tuple[int, ...] = ()
        self._watched: list[_Watched] = []

    def __call__(self, frame: Frame) -> dict[str, FieldValue]:
        """Each field's value in the next frame, by its name."""
        image = frame.image
        if image.shape != self._shape:  # nothing is where it was
            self._shape = image.shape
            self._watched = [_Watched(field, Settling(field.settle)) for field in self._fields]
        spots = self._places(image)
        if spots is None:
            for each in self._watched:
                each.glance, each.read = None, UNREGISTERED
                each.shown = each.settling.update(UNREGISTERED, frame.time)
                each.corners, each.box = None, NOWHERE
            return self._values()
        for each, spot in zip(self._watched, spots, strict=True):
            each.put(spot.corners, image.shape)
        glances = [_glance(image, each.box) for each in self._watched]
        due = [i for i, (each, g) in enumerate(zip(self._watched, glances, strict=True)) if each.due(g)]
        due.sort(key=lambda i: -self._watched[i].waits)
        first = [i for i in due if self._watched[i].glance is None]
        now = set(due[: max(MOST, len(first))])
        for i, (each, glance, spot) in enumerate(zip(self._watched, glances, spots, strict=True)):
            if i in now:
                each.read, each.glance = self._reader.read(image, spot.corners, each.field, spot.erase), glance
                each.alike, each.waits = each.alike + 1, 0
            elif i in due:  # what it holds now is not known, and what was read before says nothing about it
                each.waits += 1
                continue
            each.shown = each.settling.update(each.read, frame.time)
        return self._values()

    def add(self, field: Field, places: Places) -> None:
        """Reads one more field from the next frame on; `places` are those of all fields, the new one last."""
        self._fields, self._places = replace(self._fields, fields=(*self._fields, field)), places
        self._watched.append(_Watched(field, Settling(field.settle)))

    def _values(self) -> dict[str, FieldValue]:
        values = {
            each.field.name: _value(each.shown or Shown(*UNREGISTERED, None), each.box, each.corners)
            for each in self._watched
        }
        for each in self._watched:  # an event is told once
            each.shown = each.shown and each.shown._replace(event=None)
        return values


def _value(shown: Shown, box: Box, corners: np.ndarray | None = None) -> FieldValue:
    text, value, confidence, state, since, event = shown
    four = None if corners is None else tuple((float(x), float(y)) for x, y in corners)
    return FieldValue(text, value, confidence, state, box, since, event, four)


def _glance(image: np.ndarray, box: Box) -> np.ndarray:
    """A field in grey, reduced to what is compared, (h, w) uint8; of what lies outside of the picture nothing."""
    x, y, w, h = box
    if not w or not h:
        return np.zeros((1, 1), np.uint8)
    part = image[y : y + h, x : x + w]
    grey = part if part.ndim == 2 else cv2.extractChannel(part, GREEN)
    high = min(GLANCE, h)
    return cv2.resize(grey, (max(1, round(w * high / h)), high), interpolation=cv2.INTER_AREA)


def _changed(before: np.ndarray | None, now: np.ndarray) -> bool:
    """Whether a field looks otherwise than before, but for its light."""
    if before is None or before.shape != now.shape:
        return True
    difference = cv2.subtract(now, before, dtype=cv2.CV_32F)
    shift = cv2.mean(difference)[0]
    low, most, _, _ = cv2.minMaxLoc(cv2.blur(difference, (3, 3)))
    return max(most - shift, shift - low) > CHANGED
