"""The same digit from frame to frame: identity, a label decided by several frames, a box that does not jump.

A digit of the new frame continues the track whose predicted place and size it fits best. The sheet moves as one, so
all tracks are first carried along by the motion that most of them share. A label is decided by the evidence of all
recent frames; it is shown once it was seen twice and likely, or is sure, and kept over a few frames in which it is
not found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from livedigits.recognition.boxes import holds, shared
from livedigits.recognition.suppression import NO_BOXES, SHARED
from livedigits.types import Digits

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Share of the evidence kept from frame to frame: about the last seven frames decide. More is steadier and slower.
MEMORY = 0.85
# Confidence at which a digit is shown at its first frame. Less shows digits sooner, and more that are none.
SURE = 0.9
# Of min_confidence: enough for a digit that is tracked already. Less keeps digits over blurred frames, and false ones.
GOING_ON = 0.5
# s that a digit which is not found goes on being shown, at least and at most. More flickers less and trails more;
UNSEEN = (0.15, 0.6)
# between them it is so many times the seconds between its last sightings: small ones are looked for every 0.5 s.
PATIENCE = 1.5
# Share of that pause that is remembered when it gets shorter.
PAUSE_MEMORY = 0.8
# s between the sightings of a new digit, until more is known.
RARE = 0.35
# s after which a digit gets a new track when it returns. More mistakes a new digit for an old one.
FORGOTTEN = 1.0
# Of a digit's longest side: how far it may be from where it was expected. More swaps neighbours, less loses
# fast sheets.
REACH = 0.9
# How many times larger or smaller it may have become.
LIKE = 1.8
# What a change of size, in logarithms, and another label cost in a match, against a distance of one longest side.
SIZE_COST, LABEL_COST = 0.5, 0.35
# Of a digit's box: one that was not found and is farther out of the frame than that has left it.
INSIDE = 0.5
# Share of the new box in the shown one. More follows changes of size faster, and jumps more.
BOX = 0.6
# Share of the new velocity in the predicted one. More follows turns faster, and overshoots more.
VELOCITY = 0.5
# Least probability that counts as evidence: one bad frame shall not outweigh all others.
LEAST_EVIDENCE = 1e-4
# Of the evidence: what is kept of it when the reader has learned. It only tells what was shown from what never was.
FORGOTTEN_EVIDENCE = 1e-3


@dataclass
class Track:
    """One digit over time: box (4,) float x, y, w, h px; evidence (10,) summed log probabilities; hits in frames."""

    number: int
    box: np.ndarray
    evidence: np.ndarray
    probabilities: np.ndarray
    seen: float
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))
    hits: int = 1
    shown: bool = False
    pause: float = RARE  # s between the last sightings, the longer ones remembered

    def lasts(self, time: float) -> bool:
        """Whether it is still shown, found or not."""
        return time - self.seen <= min(max(UNSEEN[0], PATIENCE * self.pause), UNSEEN[1])

    @property
    def label(self) -> int:
        return int(self.evidence.argmax())

    @property
    def confidence(self) -> float:
        return float(self.probabilities[self.label])


class Tracker:
    """Gives the digits of successive frames their identities and steady labels.

    Parameters
    ----------
    min_confidence : a new track starts at this

    Attributes
    ----------
    least : enough for one that goes on
    """

    def __init__(self, min_confidence: float):
        self.min_confidence = min_confidence
        self.tracks: list[Track] = []
        self.count = 0
        self.time = 0.0

    @property
    def least(self) -> float:
        """Enough for a digit that is followed."""
        return GOING_ON * self.min_confidence

    @property
    def boxes(self) -> np.ndarray:
        """(n, 4) float64 x, y, width, height, px: the digits that are followed, where they were last."""
        return np.array([t.box for t in self.tracks], np.float64).reshape(-1, 4)

    def expected(self, time: float) -> np.ndarray:
        """(n, 4) float64: where the digits that are followed are expected at a time, s, after the last frame's."""
        elapsed = min(max(time - self.time, 0.0), FORGOTTEN)
        boxes = self.boxes
        if len(boxes):
            boxes[:, :2] += elapsed * np.stack([t.velocity for t in self.tracks])
        return boxes

    def update(self, digits: Digits, time: float, size: tuple[int, int], unseen: np.ndarray = NO_BOXES) -> Digits:
        """The digits to show for a frame, with tracks set, cut off at its edges.

        Parameters
        ----------
        digits : as found in this frame, weak ones included; tracks are not looked at
        time : seconds; one before that of the last call begins another video
        size : width, height of the frame in px
        unseen : (m, 4) boxes in which this frame was not searched for all digits
        """
        if time < self.time:  # another video
            self.tracks = []
        elapsed = min(max(time - self.time, 0.0), FORGOTTEN)
        self.time = time
        self.tracks = [t for t in self.tracks if time - t.seen <= FORGOTTEN]
        matched = self._match(digits, elapsed)
        taken = set()
        for track, i in matched:
            taken.add(i)
            _continue(track, digits, i, time, elapsed)
        self._carry([t for t, _ in matched], time, elapsed)
        for i in range(len(digits)):
            if i not in taken and digits.confidences[i] >= self.min_confidence:
                self.count += 1
                probabilities = digits.probabilities[i].astype(np.float64)
                self.tracks.append(
                    Track(
                        self.count,
                        digits.boxes[i].astype(np.float64),
                        np.log(probabilities + LEAST_EVIDENCE),
                        probabilities,
                        time,
                    )
                )
        self._drop_doubles(time, unseen)
        return self._shown(time, size)

    def forget_labels(self) -> None:
        """The next sighting decides what each digit is: what reads them has learned. They stay the same digits."""
        for track in self.tracks:
            track.evidence *= FORGOTTEN_EVIDENCE
            track.hits = 0  # what is seen next is its probability
            track.pause = 0.0  # one that is no digit any more is not waited for

    def _match(self, digits: Digits, elapsed: float) -> list[tuple[Track, int]]:
        """Tracks and the digits that continue them, best fits first; each is used once."""
        if not self.tracks or not len(digits):
            return []
        old = np.stack([t.box for t in self.tracks])
        velocity = np.stack([t.velocity for t in self.tracks])
        new = digits.boxes.astype(np.float64)
        place = old[:, :2] + old[:, 2:] / 2 + velocity * elapsed
        distance = np.linalg.norm(place[:, None] - (new[:, :2] + new[:, 2:] / 2)[None], axis=2)
        size_old, size_new = old[:, 2:].max(1), new[:, 2:].max(1)
        ratio = np.maximum(size_old[:, None] / size_new, size_new / size_old[:, None])
        distance /= np.sqrt(size_old[:, None] * size_new)
        other = 1 - np.exp(np.stack([t.evidence - t.evidence.max() for t in self.tracks]))[:, digits.labels]
        cost = distance + SIZE_COST * np.log(ratio) + LABEL_COST * other
        cost[(distance > REACH) | (ratio > LIKE)] = np.inf
        pairs: list[tuple[Track, int]] = []
        used_tracks: set[int] = set()
        used_digits: set[int] = set()
        for flat in np.argsort(cost, axis=None, kind="stable"):
            i, j = divmod(int(flat), len(digits))
            if not np.isfinite(cost[i, j]):
                break
            if i not in used_tracks and j not in used_digits:
                used_tracks.add(i)
                used_digits.add(j)
                pairs.append((self.tracks[i], j))
        return pairs

    def _carry(self, matched: list[Track], time: float, elapsed: float) -> None:
        """Moves the tracks that were not found along with those that were: they are on the same sheet."""
        velocity = np.median([t.velocity for t in matched], axis=0) if matched else np.zeros(2)
        for track in self.tracks:
            if track.seen < time:
                track.velocity = velocity.copy()
                track.box[:2] += velocity * elapsed

    def _drop_doubles(self, time: float, unseen: np.ndarray) -> None:
        """Ends the tracks that were looked for and not found where another was: regions of one digit, found in turn."""
        found = np.array([t.seen == time for t in self.tracks], bool)
        if found.all() or not found.any():
            return
        boxes = np.stack([t.box for t in self.tracks])
        double = (shared(boxes, boxes[found]) > SHARED).any(1) & ~found & ~holds(unseen, boxes).any(0)
        self.tracks = [t for t, is_double in zip(self.tracks, double, strict=True) if not is_double]

    def _shown(self, time: float, size: tuple[int, int]) -> Digits:
        for track in self.tracks:
            seen = track.hits >= 2 and track.confidence >= self.min_confidence
            track.shown = track.shown or seen or track.confidence >= SURE
        shown = [t for t in self.tracks if t.shown and t.lasts(time) and t.confidence >= self.least]
        boxes = np.array([t.box for t in shown], np.float64).reshape(-1, 4)
        low = np.clip(boxes[:, :2], 0, size)
        extent = np.clip(boxes[:, :2] + boxes[:, 2:], 0, size) - low
        inside = extent.prod(1) >= INSIDE * boxes[:, 2:].prod(1)
        shown = [t for t, is_inside in zip(shown, inside, strict=True) if is_inside]
        # rounded apart they would end beyond the edge
        whole = np.clip(np.round(extent[inside]), 1, size)
        corner = np.minimum(np.round(low[inside]), size - whole)
        return Digits(
            np.concatenate([corner, whole], 1).astype(np.int32),
            np.array([t.label for t in shown], np.int64),
            np.array([t.confidence for t in shown], np.float32),
            np.array([t.probabilities for t in shown], np.float32).reshape(-1, 10),
            np.array([t.number for t in shown], np.int64),
        )


def _continue(track: Track, digits: Digits, i: int, time: float, elapsed: float) -> None:
    """The track takes in what this frame saw of its digit."""
    new = digits.boxes[i].astype(np.float64)
    probabilities = digits.probabilities[i].astype(np.float64)
    moved = (new[:2] + new[2:] / 2) - (track.box[:2] + track.box[2:] / 2)
    if elapsed > 0:
        track.velocity = (1 - VELOCITY) * track.velocity + VELOCITY * moved / elapsed
    expected = track.box + np.r_[moved, 0, 0]  # the place is taken at once, the size is smoothed: no trailing
    track.box = expected + BOX * (new - expected)
    track.evidence = MEMORY * track.evidence + np.log(probabilities + LEAST_EVIDENCE)
    track.hits += 1
    share = max(1 - MEMORY, 1 / track.hits)  # at first the mean: its first frame is likely its best
    track.probabilities += share * (probabilities - track.probabilities)
    track.pause = max(time - track.seen, PAUSE_MEMORY * track.pause)
    track.seen = time
