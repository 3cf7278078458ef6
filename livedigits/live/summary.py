"""What a run came to: counted while it goes on, told when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from livedigits.types import Result

_TRACKS_KEPT = 10_000  # a camera may run for weeks


@dataclass
class Summary:
    """What a run came to.

    frames read; digits in them, all frames together; seconds it took; frames that a live source dropped; counts (10,)
    of each digit in all frames; closed: the user ended it in the window; signal: the signal number that ended it, or 0.
    """

    frames: int = 0
    digits: int = 0
    seconds: float = 0.0
    dropped: int = 0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(10, np.int64))
    closed: bool = False
    signal: int = 0
    _votes: dict[int, np.ndarray] = field(default_factory=dict)

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
        least = min(5, 1 + self.frames // 3)
        return [int(votes.argmax()) for votes in self._votes.values() if votes.sum() >= least]

    def add(self, result: Result) -> None:
        """Counts one frame's digits."""
        digits = result.digits
        self.frames += 1
        self.dropped = result.frame.dropped
        self.digits += len(digits)
        if not len(digits):
            return
        self.counts += np.bincount(digits.labels, minlength=10)
        if digits.tracks is not None:
            for i in (i for number in digits.numbers for i in number.digits):
                self._votes.setdefault(int(digits.tracks[i]), np.zeros(10, np.int64))[digits.labels[i]] += 1
            while len(self._votes) > _TRACKS_KEPT:
                del self._votes[next(iter(self._votes))]
