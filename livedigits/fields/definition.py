"""What fields are: a name, a place in the picture, what may stand there, and when a value of it has settled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from livedigits.fields.form import Form, automaton
from livedigits.fields.form import number as number_of
from livedigits.recognition.automaton import Automaton

CONFIDENCE = 0.9
"""Below it a reading is doubtful, where nothing else is asked for: of rendered numbers above it one in 300 is wrong."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Settle:
    """When a value has settled.

    Attributes
    ----------
    frames : it was read alike in so many frames in a row,
    seconds : and for so long
    step : the largest change from one settled value to the next; None for any
    falls : whether a value may be less than the one that had settled before
    recover : frames that contradict a settled value alike after which theirs holds all the same
    """

    frames: int = 3
    seconds: float = 0.2
    step: float | None = None
    falls: bool = True
    recover: int = 15

    def allows(self, before: int | float | None, after: int | float | None) -> bool:
        """Whether one settled value may follow another; None for texts that are no numbers, which always may."""
        if before is None or after is None:
            return True
        # a tenth and two are no more than three tenths apart
        return (self.falls or after >= before) and (self.step is None or abs(after - before) <= self.step + 1e-9)


@dataclass(frozen=True)
class Field:
    """A named place of the picture.

    Attributes
    ----------
    name : what it is called in all outputs
    corners : upper left, upper right, lower right and lower left of its text as one reads it, (x, y) in the file's unit
    form : what stands there; None for digits, as many as there are
    least, greatest : of its value; None for no bound
    confidence : 0..1, below it a reading is doubtful; None for what is asked of all fields
    settle : when its value has settled; None where each frame counts for itself
    """

    name: str
    corners: tuple[Point, Point, Point, Point]
    form: Form | None = None
    least: float | None = None
    greatest: float | None = None
    confidence: float | None = None
    settle: Settle | None = None

    @cached_property
    def automaton(self) -> Automaton:
        """What reads the texts that it may hold; raises ValueError where there are none."""
        return automaton(self.form, self.least, self.greatest)

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.form is None or self.form.is_number

    def value(self, text: str) -> int | float | None:
        """The number that a text of its form is; None where it is none."""
        return number_of(text) if self.is_number else None


@dataclass(frozen=True)
class FieldSet:
    """Fields that belong together: those of one scene or form.

    Attributes
    ----------
    fields : in the order in which they were named
    share : whether their corners are shares of the width and height of the picture or anchor, not px
    anchor : path of a picture of the scene or the empty form, in whose px the corners then are; None for none
    """

    fields: tuple[Field, ...]
    share: bool = False
    anchor: Path | None = None

    def __len__(self) -> int:
        return len(self.fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def corners(self, shape: tuple[int, ...]) -> list[np.ndarray]:
        """The corners (4, 2) float64 of each field, px of a picture or anchor of this shape."""
        unit = np.array([shape[1], shape[0]], np.float64) if self.share else np.ones(2)
        return [np.array(field.corners, np.float64) * unit for field in self.fields]


def rectangle(x: float, y: float, width: float, height: float) -> tuple[Point, Point, Point, Point]:
    """The corners of an upright rectangle."""
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)
