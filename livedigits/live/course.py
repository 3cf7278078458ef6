"""Teaching from the start before a camera: 0 to 9 are asked for in the window, and each is learned as it is held up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from livedigits.annotate.primitives import ACCENT, AMBER
from livedigits.errors import LivedigitsError
from livedigits.live.furniture import draw_box, draw_lesson
from livedigits.profiles.inspection import name
from livedigits.profiles.marked import crops_of
from livedigits.profiles.teaching import Teacher
from livedigits.profiles.watching import WatchedProfile
from livedigits.types import CLASSES, Box, Digit, Result

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

ROUNDS = 15
"""How often each digit is asked for at most, as on the page."""
# s for which a digit must keep its place, and by how much of its height it may stray. Less takes a digit while it is
# still being written, or blurred; more lets people wait. Chosen by trying, and not swept.
STEADY, STRAYS = 0.4, 0.1
# Correlation of two crops from which on they are the same writing, looked at again: so that a key that is pressed twice
# teaches nothing wrong. Of 360 marks in two noisy frames each it was 0.97 in the median, of 4,860 pairs of different
# digits of one hand 0.953 at most. What the mouse chooses is taken in any case.
SAME = 0.96
TAKE, BACK = (" ", "\r", "\n"), ("\x08", "\x7f")
BEGIN = "space: take what is seen; 0 to 9: another digit; Backspace: take the last one back; q: end"


@dataclass(frozen=True)
class Taken:
    """A digit that was learned.

    key : of its lesson; label : what was asked for; crop : (28, 28, 2) uint8
    sure : probability of the label since, 0 to 1; track : as it was followed, or -1
    """

    key: str
    label: int
    crop: np.ndarray
    sure: float
    track: int


class Course:
    """Which digit is asked for, what is seen of it, and what was learned; pictures are (h, w, 3) uint8 BGR.

    Of several digits in a frame the one in the middle is meant, and those that are new before those that were taken.

    Parameters
    ----------
    teacher : learns them

    Attributes
    ----------
    label : the digit that is asked for
    taken : what was learned, the last one last
    said : what came of the last key
    """

    def __init__(self, teacher: Teacher) -> None:
        self.label = 0
        self.taken: list[Taken] = []
        self.said = BEGIN
        self._teacher = teacher
        self._meant: Digit | None = None  # in the result that is shown
        self._box: Box | None = None  # where that one has been since
        self._since = 0.0
        self._steady = self._wanted = False  # whether it keeps its place, and is to be taken when it does

    @staticmethod
    def of(reader: Reader) -> Course | None:
        """Teaches the profile of a reader; None where it has no file that learns."""
        return Course(Teacher(reader.learned)) if isinstance(reader.learned, WatchedProfile) else None

    @property
    def holds(self) -> int:
        """How many samples the profile has."""
        return len(self._teacher.watched.profile.samples)

    @property
    def counts(self) -> np.ndarray:
        """(11,) int: how often each digit was taken."""
        return np.bincount([taken.label for taken in self.taken], minlength=CLASSES)

    @property
    def hint(self) -> str:
        """What to do with a box that the mouse chose."""
        return f"space: it is the {self.label}"

    @property
    def ended(self) -> bool:
        """Whether each digit was taken so often that no more are asked for."""
        return bool((self.counts[:10] >= ROUNDS).all())

    def look(self, result: Result) -> None:
        """A new frame is shown; takes the digit in it that was to be taken once it is steady."""
        meant = self._meant = _middlemost(result, {taken.track for taken in self.taken})
        if meant is None:
            self._box, self._steady, self._wanted = None, False, False
            return
        x, y, _, h = box = meant.box
        before = self._box
        if before is None or max(abs(x - before[0]), abs(y - before[1]), abs(h - before[3])) > STRAYS * h:
            self._box, self._since = box, result.frame.time
        self._steady = result.frame.time - self._since >= STEADY
        if self._steady and self._wanted:
            self._take(result, box, meant.track)

    def press(self, key: str, result: Result, chosen: Box | None) -> bool:
        """Does what a key stands for; False where it is about something else.

        result : what is shown
        chosen : the box that the mouse chose in it; None for none
        """
        if key in TAKE:
            if chosen is not None:
                self._take(result, chosen, None)
            elif self._meant is None:
                self.said = "no digit is read there: hold it still, or draw a box around it with the mouse"
            else:
                self._wanted, self.said = True, "hold it still"
                if self._steady:
                    self._take(result, self._meant.box, self._meant.track)
        elif key in BACK:
            self._back()
        elif key in "0123456789":
            self.label, self._wanted = int(key), False
        else:
            return False
        return True

    def _take(self, result: Result, box: Box, track: int | None) -> None:
        """Learns what is in a box of the picture, and asks for the next."""
        self._wanted = False
        watched, label = self._teacher.watched, self.label
        try:
            crop = crops_of(result.frame.image, np.array([box]))[0]
            again = next((t for t in self.taken if t.label != label and _alike(t.crop, crop)), None)
            if again is not None and track is not None:
                self.said = f"that is the {again.label} that was taken before: write a {label}, or click it"
                return
            (before,) = watched.classifier(crop[None].astype(np.float32) / 255, watched.head())
            lesson = self._teacher.learn_crop(crop, label)
            (now,) = watched.classifier(crop[None].astype(np.float32) / 255, watched.head())
        except LivedigitsError as error:
            self.said = str(error)
            return
        self.taken.append(Taken(lesson.key, label, crop, float(now[label]), -1 if track is None else track))
        seen = int(before.argmax())
        took = "no digit" if name(seen) == "none" else f"a {seen}"
        self.said = f"it took this for {took}, and is now {_percent(now[label])} sure that it is a {label}"
        self._next()

    def _next(self) -> None:
        counts = self.counts[:10]
        if counts.min() == counts[self.taken[-1].label]:  # the last one of a round
            last = {taken.label: taken.sure for taken in self.taken}
            self.said += f"; 0 to 9: {_percent(sum(last.values()) / 10)} on the whole. More makes it surer, q ends"
        if not self.ended:
            following = [(self.label + step) % 10 for step in range(1, 11)]
            self.label = next(label for label in following if counts[label] < ROUNDS)

    def _back(self) -> None:
        """Takes the last lesson back, and asks for it again."""
        if not self.taken:
            self.said = "nothing was taken yet"
            return
        last = self.taken.pop()
        self.label, self._wanted = last.label, False
        try:
            self._teacher.undo(last.key)
            self.said = f"the {last.label} is taken back"
        except LivedigitsError as error:
            self.said = str(error)

    def draw(self, canvas: np.ndarray, result: Result, mirrored: bool, chosen: bool) -> None:
        """Draws what is asked for, what is meant and what came of the last one onto the canvas (h, w, 3) uint8 BGR.

        result : what the canvas shows, perhaps mirrored
        chosen : whether the mouse chose what is meant
        """
        if self._meant is not None and not chosen:
            colour = ACCENT if self._steady else AMBER
            draw_box(canvas, self._meant.box, result.frame.image.shape, mirrored, colour)
        title = f"write a {self.label}"
        times = f"{min(int(self.counts[self.label]) + 1, ROUNDS)} of {ROUNDS}"
        draw_lesson(canvas, title, times, self.said.split("; "), self.taken[-1].crop[..., 0] if self.taken else None)


def _middlemost(result: Result, taken: set[int]) -> Digit | None:
    """The digit that is meant: the one in the middle, those of these tracks last."""
    digits = result.digits
    if not len(digits):
        return None
    high, wide = result.frame.image.shape[:2]
    off = np.linalg.norm(digits.boxes[:, :2] + digits.boxes[:, 2:] / 2 - (wide / 2, high / 2), axis=1)
    if digits.tracks is not None:
        off = off + np.isin(digits.tracks, list(taken)) * (wide + high)
    return list(digits)[int(off.argmin())]


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two crops (28, 28, 2) uint8 show the same writing."""
    one, other = (cv2.GaussianBlur(crop[..., 0], (3, 3), 0).ravel().astype(np.float64) for crop in (one, other))
    return bool(np.corrcoef(one, other)[0, 1] >= SAME)


def _percent(share: float) -> str:
    return f"{min(99, round(100 * float(share)))} %"
