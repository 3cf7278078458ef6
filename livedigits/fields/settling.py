"""Readings of one field, frame by frame -> its settled value, by the field's rules, and always with a way back.

What has settled holds while a hand hides it. A reading that the rules forbid is refused; but those that are refused are
followed like a value of their own, as a rival, and when it has held for long enough, by the same rules, it takes over:
one wrong value cannot lock the right ones out, whether these stand still or go on counting.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from livedigits.fields.definition import Settle
from livedigits.types import FieldEvent, FieldState


class Read(NamedTuple):
    """What one frame says of a field.

    text, value, confidence : as of FieldValue
    state : "read", "doubtful", "refused", "missing" or "unregistered"
    """

    text: str
    value: int | float | None
    confidence: float
    state: FieldState


class Shown(NamedTuple):
    """What is shown of a field: as of FieldValue, all but its box."""

    text: str
    value: int | float | None
    confidence: float
    state: FieldState
    since: float | None
    event: FieldEvent | None = None


class _Run(NamedTuple):
    """Frames in a row that were read alike: what, how many, the times of the first and the last, s."""

    key: tuple[str, str]
    frames: int
    since: float
    until: float


class _Held(NamedTuple):
    """A value that has settled: its last reading, and since when it was there."""

    read: Read
    since: float


class _Rival(NamedTuple):
    """What contradicts the settled value: its last reading, and how many frames of it followed each other."""

    read: Read
    frames: int


class Settling:
    """The settled value of one field of one video.

    Parameters
    ----------
    rules : None where each frame counts for itself
    """

    def __init__(self, rules: Settle | None) -> None:
        self._rules = rules
        self._run: _Run | None = None
        self._held: _Held | None = None
        self._gone = False  # what has settled is not shown any more, but its rules go on
        self._rival: _Rival | None = None
        self._refused: str | None = None  # the reading that was told to be refused

    def update(self, read: Read, time: float) -> Shown:
        """What is shown after the next frame.

        Parameters
        ----------
        read : what it says
        time : s, not before that of the frame before
        """
        self._run = _continued(self._run, read, time)
        if self._rules is None:
            return self._each(read)
        if self._held is None:
            return self._first(read, self._rules)
        if read.state == "unregistered":  # says nothing about what stands there, and is told as it is
            return Shown("", None, 0.0, "unregistered", None)
        if self._gone:
            return self._back(read, self._rules)
        if read.state in ("read", "doubtful") and read.text == self._held.read.text:
            self._rival = self._refused = None
            if read.state == "read":
                self._held = self._held._replace(read=read)
            return self._shown()
        return self._contradicted(read, self._rules)

    def _each(self, read: Read) -> Shown:
        """Without rules: as it was read; the refusal is news when it begins."""
        assert self._run is not None
        refused = read.text if read.state == "refused" else None
        event = FieldEvent("refused", read.text) if refused is not None and self._refused is None else None
        self._refused = refused
        return Shown(*read, self._run.since if read.state == "read" else None, event)

    def _first(self, read: Read, rules: Settle) -> Shown:
        """Nothing has settled yet."""
        assert self._run is not None
        if read.state == "read" and self._steady(rules):
            self._held, self._refused = _Held(read, self._run.since), None
            return self._shown(FieldEvent("settled", read.text))
        event = self._refusal(read) if read.state == "refused" and self._steady(rules) else None
        return Shown(*read, self._run.since if read.state == "read" else None, event)

    def _back(self, read: Read, rules: Settle) -> Shown:
        """What had settled was gone: what comes after it follows the same rules."""
        assert self._run is not None and self._held is not None
        held = self._held.read
        self._rival = _rival(self._rival, read, rules)
        if read.state == "read" and self._steady(rules):
            if read.text == held.text:
                return self._taken(read, "settled")
            if rules.allows(held.value, read.value):
                return self._taken(read, "changed")
            if self._rival is not None and self._rival.frames >= rules.recover:
                return self._taken(read, "recovered")
        forbidden = read.state == "refused" or (read.state == "read" and not rules.allows(held.value, read.value))
        event = self._refusal(read) if forbidden and self._steady(rules) else None
        return Shown(*read, self._run.since if read.state == "read" else None, event)

    def _contradicted(self, read: Read, rules: Settle) -> Shown:
        """Something else is seen than what has settled."""
        assert self._run is not None and self._held is not None
        held = self._held.read
        self._rival = _rival(self._rival, read, rules)
        steady = self._steady(rules)
        if read.state == "read" and steady and rules.allows(held.value, read.value):
            return self._taken(read, "changed")
        if self._rival is not None and self._rival.frames >= rules.recover and steady:
            if read.state == "read":
                return self._taken(read, "recovered")
            if read.state in ("missing", "refused"):  # it is gone
                self._gone, self._rival = True, None
                event = FieldEvent("changed", "", held.text) if read.state == "missing" else None
                return Shown(*read, None, event or self._refusal(read))
        forbidden = read.state == "refused" or (read.state == "read" and not rules.allows(held.value, read.value))
        return self._shown(self._refusal(read) if forbidden and steady else None)

    def _taken(self, read: Read, kind: Literal["settled", "changed", "recovered"]) -> Shown:
        assert self._run is not None and self._held is not None
        was, self._held = self._held.read.text, _Held(read, self._run.since)
        self._gone, self._rival, self._refused = False, None, None
        return self._shown(FieldEvent(kind, read.text, None if kind == "settled" else was))

    def _refusal(self, read: Read) -> FieldEvent | None:
        """The event that a reading is refused; none where that was told already."""
        if self._refused == read.text:
            return None
        self._refused = read.text
        return FieldEvent("refused", read.text, self._held.read.text if self._held else None)

    def _steady(self, rules: Settle) -> bool:
        run = self._run
        return run is not None and run.frames >= rules.frames and run.until - run.since >= rules.seconds - 1e-9

    def _shown(self, event: FieldEvent | None = None) -> Shown:
        assert self._held is not None
        text, value, confidence, _ = self._held.read
        return Shown(text, value, confidence, "settled", self._held.since, event)


def _continued(run: _Run | None, read: Read, time: float) -> _Run:
    key = (read.state, read.text)
    if run is None or run.key != key:
        return _Run(key, 1, time, time)
    return run._replace(frames=run.frames + 1, until=time)


def _rival(rival: _Rival | None, read: Read, rules: Settle) -> _Rival | None:
    """The rival after one more reading that contradicts; a doubtful one says nothing."""
    if read.state not in ("read", "missing", "refused"):
        return rival
    if rival is None or rival.read.state != read.state:
        return _Rival(read, 1)
    goes_on = read.text == rival.read.text or (read.state == "read" and rules.allows(rival.read.value, read.value))
    return _Rival(read, rival.frames + 1 if goes_on else 1)
