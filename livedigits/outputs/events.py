"""Events: what changed, for programs: a digit or number has appeared, is read otherwise, is gone; a field settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedigits.errors import LivedigitsError
from livedigits.outputs.jsonl import LineFile
from livedigits.recognition.tracker import FORGOTTEN
from livedigits.types import Digits, FieldValue, Result, well_formed


@dataclass
class _Seen:
    """A digit or number that is there: what it is read as, in words of the event; since and until when it shows, s."""

    what: dict[str, Any]
    since: float
    until: float


class EventLog:
    """What happens to the digits and numbers of successive frames.

    A digit that is not shown for a moment and returns with its track was never gone; it is gone once its track cannot
    return any more. A number goes on as the one that has most of its digits.
    """

    def __init__(self) -> None:
        self._digits: dict[int, _Seen] = {}  # by track
        self._numbers: list[_Seen] = []
        self._frame: tuple[str, int, float] | None = None

    def update(self, result: Result) -> list[dict[str, Any]]:
        """The events of a frame; one of another source, or not after the last one, ends the source before.

        Each is {"event", "source", "frame", "time"} with "track", "digit", "confidence" and "box" of a digit, or
        "tracks", "number", "confidence" and "box" of a number. "event" is "appeared", "changed" with what it "was", or
        "gone" with the times "since" and "until" in s of its first and its last frame. Of a field they are as in
        FieldEvent: "event" is its kind, and there are "field", its name, "text", "value", null where it is no number or
        was refused, "was", null for nothing, "confidence", "box".
        """
        frame, digits = result.frame, result.digits
        events = []
        if self._frame is not None and (frame.source != self._frame[0] or frame.index <= self._frame[1]):
            events += self.end()
        self._frame = frame.source, frame.index, frame.time
        events += self._of_fields(result.fields)
        if digits.tracks is None:
            return events
        for digit in digits:
            assert digit.track is not None
            seen = self._digits.get(digit.track)
            what = _what({"track": digit.track, "digit": digit.digit}, digit.confidence, digit.box)
            events += self._met(seen, what, "digit")
            self._digits[digit.track] = _Seen(what, seen.since if seen else frame.time, frame.time)
        events += self._update_numbers(digits, frame.time)
        lost = [track for track, seen in self._digits.items() if frame.time - seen.until > FORGOTTEN]
        return events + self._gone([self._digits.pop(track) for track in lost])

    def end(self) -> list[dict[str, Any]]:
        """The events of the end of the source: all digits and numbers are gone."""
        lost = [*self._numbers, *self._digits.values()]
        self._numbers, self._digits = [], {}
        return self._gone(lost)

    def _of_fields(self, fields: Mapping[str, FieldValue]) -> list[dict[str, Any]]:
        events = []
        for name, now in fields.items():
            if now.event is not None:
                kind, text, was = now.event
                value = now.value if kind != "refused" and text == now.text else None
                what = _what({"field": name, "text": text, "value": value}, now.confidence, now.box)
                events.append(self._event(kind, what, was=was))
        return events

    def _update_numbers(self, digits: Digits, time: float) -> list[dict[str, Any]]:
        assert digits.tracks is not None
        tracks = [[int(digits.tracks[i]) for i in number.digits] for number in digits.numbers]
        before, self._numbers = self._numbers, []
        continued = _continued([seen.what["tracks"] for seen in before], tracks)
        events = []
        for i, number in enumerate(digits.numbers):
            seen = before[continued[i]] if i in continued else None
            what = _what({"tracks": tracks[i], "number": number.text}, number.confidence, number.box)
            events += self._met(seen, what, "number")
            self._numbers.append(_Seen(what, seen.since if seen else time, time))
        taken = {track for number in tracks for track in number}
        lost: list[_Seen] = []
        for i, seen in enumerate(before):
            if i not in continued.values():
                # one whose digits are all in others now cannot return, nor one whose digits are forgotten
                over = taken.issuperset(seen.what["tracks"]) or time - seen.until > FORGOTTEN
                (lost if over else self._numbers).append(seen)
        return events + self._gone(lost)

    def _met(self, seen: _Seen | None, what: dict[str, Any], key: str) -> list[dict[str, Any]]:
        if seen is None:
            return [self._event("appeared", what)]
        return [self._event("changed", what, was=seen.what[key])] if seen.what[key] != what[key] else []

    def _gone(self, lost: Iterable[_Seen]) -> list[dict[str, Any]]:
        return [self._event("gone", s.what, since=round(s.since, 4), until=round(s.until, 4)) for s in lost]

    def _event(self, event: str, what: dict[str, Any], **more: Any) -> dict[str, Any]:
        assert self._frame is not None
        source, index, time = self._frame
        return {"event": event, "source": well_formed(source), "frame": index, "time": round(time, 4), **what, **more}


def _what(name: dict[str, Any], confidence: float, box: tuple[int, int, int, int]) -> dict[str, Any]:
    return {**name, "confidence": round(confidence, 4), "box": list(box)}


def _continued(before: list[list[int]], now: list[list[int]]) -> dict[int, int]:
    """Which of the numbers before each number goes on, both as lists of tracks: {index now: index before}."""
    owner = {track: i for i, tracks in enumerate(before) for track in tracks}
    shared = [
        (count, i, j)
        for j, tracks in enumerate(now)
        for i, count in Counter(owner[track] for track in tracks if track in owner).items()
    ]
    continued: dict[int, int] = {}
    for count, i, j in sorted(shared, key=lambda entry: -entry[0]):
        if 2 * count >= len(before[i]) and j not in continued and i not in continued.values():
            continued[j] = i
    return continued


class Events:
    """A sink that writes the events of all frames as JSON Lines, to a file or ("-") to standard output.

    Raises
    ------
    LivedigitsError: the file cannot be written
    """

    def __init__(self, path: str | Path) -> None:
        self._lines = LineFile(path)
        self._log = EventLog()

    def __enter__(self) -> Events:
        self._lines.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if not self._lines.broken:
                self._write(self._log.end())
        except (LivedigitsError, OSError):
            if kind is None:  # else the error under way says more
                raise
        finally:
            self._lines.__exit__(kind)

    def write(self, result: Result) -> None:
        """Writes a line for each event of a frame."""
        self._lines.begin()  # that nothing happens is a result, too
        self._write(self._log.update(result))

    def _write(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._lines.write(event)
