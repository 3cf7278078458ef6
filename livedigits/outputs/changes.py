"""What is news: which results of a video or a camera tell something that the ones before did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from livedigits.recognition.tracker import FORGOTTEN
from livedigits.types import Box, FieldValue, Number, Result, iso_time, well_formed

STEADY = 0.2
"""s that a value must stay the same before it is told. More tells fewer misreadings, and later."""


class News(NamedTuple):
    """A result that tells something new.

    result : its fields are those that have stayed the same for a moment; else the result as it is
    numbers : those that have stayed for a moment, in reading order
    new : of these the ones that were not there before
    """

    result: Result
    numbers: tuple[Number, ...]
    new: tuple[Number, ...]

    def values(self) -> dict[str, Any]:
        """What the picture holds now, for programs that want values and not boxes.

        source, frame, time in s, `at` of a live source as in Result.to_json; `fields` as there, or where none were
        asked for `numbers`: text, confidence and complete of each.
        """
        frame = self.result.frame
        head = {"source": well_formed(frame.source), "frame": frame.index, "time": round(frame.time, 4)}
        if frame.at is not None:
            head["at"] = iso_time(frame.at)
        if self.result.fields:
            return {**head, "fields": {name: value.to_json() for name, value in self.result.fields.items()}}
        whole = (number.to_json() for number in self.numbers)
        return {**head, "numbers": [{key: each[key] for key in ("text", "confidence", "complete")} for each in whole]}


@dataclass
class _Number:
    """A number that is there: since and until when in s, and whether it was told."""

    number: Number
    since: float
    until: float
    told: bool = False


@dataclass
class _Field:
    """A field: what it was told as, what it is now, and since when in s that is the same."""

    told: FieldValue | None
    now: FieldValue
    since: float


class Changes:
    """Which of successive results are news: the first, and those in which a field, or without fields a number, changed.

    What changes must stay so for STEADY, except where a field's own rules have settled it; a number is gone once its
    place is taken, or its digits are forgotten. A result of another source, or not after the last one, begins anew.

    Parameters
    ----------
    every : each result is news, as those of pictures are
    """

    def __init__(self, every: bool = False) -> None:
        self._every = every
        self._last: tuple[str, int] | None = None
        self._begin()

    def _begin(self) -> None:
        self._numbers: dict[tuple[str, int], _Number] = {}
        self._fields: dict[str, _Field] = {}
        self._first: float | None = None  # time of the first frame; None once something was told

    def update(self, result: Result) -> News | None:
        """What is new in a result; None where that is nothing."""
        if self._every:
            return News(result, result.digits.numbers, result.digits.numbers)
        frame = result.frame
        if self._last is None or frame.source != self._last[0] or frame.index <= self._last[1]:
            self._begin()
            self._first = frame.time
        self._last = frame.source, frame.index
        return self._news_of_fields(result) if result.fields else self._news_of_numbers(result)

    def _news_of_fields(self, result: Result) -> News | None:
        time, changed = result.frame.time, False
        for name, value in result.fields.items():
            field = self._fields.setdefault(name, _Field(None, value, time))
            if _content(value) != _content(field.now):
                field.since = time
            field.now = value
            if time - field.since >= STEADY or (value.event is not None and value.event.kind != "refused"):
                changed |= field.told is None or _content(field.told) != _content(value)
                field.told = value
        if self._first is not None:  # not before all are known, but for one that never is the same
            unknown = any(field.told is None for field in self._fields.values())
            changed = not unknown or time - self._first >= FORGOTTEN
        if not changed:
            return None
        self._first = None
        told = {name: self._fields[name].told or value for name, value in result.fields.items()}
        return News(replace(result, fields=told), (), ())

    def _news_of_numbers(self, result: Result) -> News | None:
        time = result.frame.time
        now = dict(_named(result.digits.numbers))
        for key, number in now.items():
            seen = self._numbers.setdefault(key, _Number(number, time, time))
            seen.number, seen.until = number, time
        new = [seen for key, seen in self._numbers.items() if key in now and not seen.told]
        new = [seen for seen in new if time - seen.since >= STEADY]
        for seen in new:
            seen.told = True
        gone = [key for key, seen in self._numbers.items() if key not in now and _over(seen, new, time)]
        lost = [self._numbers.pop(key) for key in gone]
        first = self._first is not None and time - self._first >= STEADY
        if not (new or first or any(seen.told for seen in lost)):
            return None
        self._first = None
        there = tuple(seen.number for seen in self._numbers.values() if seen.told)
        return News(result, _in_order(there), _in_order(tuple(seen.number for seen in new)))


def _over(seen: _Number, new: list[_Number], time: float) -> bool:
    """Whether a number that is not seen at this time (s) is gone, and not just hidden for a moment."""
    if not seen.told or time - seen.until > FORGOTTEN:
        return True
    return any(_meet(seen.number.box, other.number.box) for other in new)


def _meet(first: Box, second: Box) -> bool:
    """Whether two boxes have a part in common."""
    return all(first[i] < second[i] + second[i + 2] and second[i] < first[i] + first[i + 2] for i in (0, 1))


def _content(value: FieldValue) -> tuple[str, str]:
    """What of a field's value is a change when it is another; that it has settled is none."""
    return value.text, "read" if value.state == "settled" else value.state


def _named(numbers: tuple[Number, ...]) -> Iterator[tuple[tuple[str, int], Number]]:
    """Each number by its text and which of those of that text it is."""
    met: Counter[str] = Counter()
    for number in numbers:
        yield (number.text, met[number.text]), number
        met[number.text] += 1


def _in_order(numbers: tuple[Number, ...]) -> tuple[Number, ...]:
    """Numbers of several frames, as one reads them: by line, from the left."""
    return tuple(sorted(numbers, key=lambda number: (number.line, number.box[0])))
