"""What a run came to: counted while it goes on, told when it is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from livedigits.types import Result

_TRACKS_KEPT = 10_000  # a camera may run for weeks


@dataclass
class Summary:
    """What a run came to.

    frames read; digits in them, all frames together; seconds it took; frames that a live source dropped; counts (10,)
    of each digit in all frames; closed: the user ended it in the window; signal: the signal number that ended it, or 0;
    until: time of the last frame, s.
    """

    frames: int = 0
    digits: int = 0
    seconds: float = 0.0
    dropped: int = 0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(10, np.int64))
    closed: bool = False
    signal: int = 0
    until: float = 0.0
    _votes: dict[int, np.ndarray] = field(default_factory=dict)
    _leads: dict[int, Counter[int]] = field(default_factory=dict)  # of a track: the first tracks of its numbers
    _texts: dict[int, Counter[str]] = field(default_factory=dict)  # of a first track: what its number was read as

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def tracks(self) -> list[int]:
        """The digits that were followed, in the order in which they came into view: each track's likeliest label.

        Of more than a few frames, tracks of fewer than 5 are left out: most are something that looked like a digit in
        passing.
        """
        return [int(votes.argmax()) for votes in self._votes.values() if votes.sum() >= self._least]

    @property
    def numbers(self) -> list[str]:
        """The numbers that were followed, in the order in which they came into view: what each was read as most often.

        A number goes on as long as its first digit does. What was a number of its own only while the rest of its number
        was not read is left out, and so is what `tracks` leaves out.
        """
        leading = (lead for lead, leads in self._leads.items() if leads.most_common(1)[0][0] == lead)
        counted = (self._texts[lead] for lead in leading if lead in self._texts)
        return [texts.most_common(1)[0][0] for texts in counted if texts.total() >= self._least]

    @property
    def _least(self) -> int:
        """Frames in which something must have been seen."""
        return min(5, 1 + self.frames // 3)

    def add(self, result: Result) -> None:
        """Counts one frame's digits."""
        digits = result.digits
        self.frames += 1
        self.dropped = result.frame.dropped
        self.until = result.frame.time
        self.digits += len(digits)
        if not len(digits):
            return
        self.counts += np.bincount(digits.labels, minlength=10)
        if digits.tracks is not None:
            for number in digits.numbers:
                members = [int(digits.tracks[i]) for i in number.digits]
                self._texts.setdefault(members[0], Counter())[number.text] += 1
                for track, i in zip(members, number.digits, strict=True):
                    self._votes.setdefault(track, np.zeros(10, np.int64))[digits.labels[i]] += 1
                    self._leads.setdefault(track, Counter())[members[0]] += 1
            for kept in (self._votes, self._leads, self._texts):
                while len(kept) > _TRACKS_KEPT:
                    del kept[next(iter(kept))]
