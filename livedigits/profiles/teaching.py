"""Corrections one at a time, as people give them on the page and in the window: each is learned, or taken back."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.profiles.inspection import name
from livedigits.profiles.marked import crops_of
from livedigits.profiles.profile import Profile, changed
from livedigits.profiles.samples import Samples, checked_label
from livedigits.profiles.watching import WatchedProfile

KEPT = 200
"""Lessons that can be taken back; older ones are removed with `livedigits profile prune`."""


@dataclass(frozen=True)
class Lesson:
    """What one correction did: its key to take it back, its label, and how many samples the profile has since."""

    key: str
    label: int
    samples: int

    def __str__(self) -> str:
        return f"learned {name(self.label)}; this profile now has {crops(self.samples)}"


def crops(count: int) -> str:
    """So many samples, in words."""
    return f"{count} crop{'' if count == 1 else 's'}"


class Teacher:
    """Learns into the file of a watched profile, which its readers take with the next frame; threads may share it.

    Attributes
    ----------
    watched : the profile
    """

    def __init__(self, watched: WatchedProfile) -> None:
        self.watched = watched
        self._turn = threading.Lock()
        self._taken_back: OrderedDict[str, tuple[np.ndarray, Samples]] = OrderedDict()

    def learn(self, image: np.ndarray, box: tuple[float, float, float, float], label: int) -> Lesson:
        """What is in a box x, y, width, height, px, of a picture (h, w, 3) uint8 BGR is 0..9, or 10 for no digit.

        Raises
        ------
        ValueError: another label
        LivedigitsError: there is no ink in the box, or the profile is full, or cannot be read or written
        """
        return self.learn_crop(crops_of(image, np.array([box]))[0], checked_label(label))

    def learn_crop(self, crop: np.ndarray, label: int) -> Lesson:
        """The same of a crop (28, 28, 2) uint8."""
        before = Samples.none()

        def learned(found: Profile) -> Profile:
            nonlocal before
            before = found.samples[_same(found.samples, crop)]
            return found.learn(crop, label)

        new = changed(self.watched.path, learned, self.watched.classifier)
        lesson = Lesson(secrets.token_hex(8), label, len(new.samples))
        with self._turn:
            self._taken_back[lesson.key] = crop, before
            while len(self._taken_back) > KEPT:
                self._taken_back.popitem(last=False)
        return lesson

    def undo(self, key: str) -> int:
        """Takes a lesson back, by its key; what the same crop was before it is again. How many samples are left.

        Raises
        ------
        LivedigitsError: it was taken back already, or is too long ago; or the file cannot be read or written
        """
        with self._turn:
            found = self._taken_back.pop(key, None)
        if found is None:
            raise LivedigitsError("that cannot be taken back any more: see livedigits profile prune")
        crop, before = found

        def without(profile: Profile) -> Profile:
            left = profile.without(np.flatnonzero(_same(profile.samples, crop)))
            return left.with_samples(left.samples.joined(before))

        return len(changed(self.watched.path, without, self.watched.classifier).samples)


def _same(samples: Samples, crop: np.ndarray) -> np.ndarray:
    """Which samples (n,) bool have this crop."""
    return np.asarray((samples.crops == crop).all((1, 2, 3)))
