"""A profile's file that is read again when it has changed: for readers whose profile goes on learning."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from livedigits.errors import LivedigitsError
from livedigits.profiles.head import HandHead
from livedigits.profiles.profile import Profile
from livedigits.recognition.classifier import Classifier

_Stamp = tuple[int, int, int] | None


class WatchedProfile:
    """The profile that a file holds at the moment; it is asked for once a frame, by several threads, too.

    To ask costs a look at the file's time, some microseconds. One that cannot be read leaves what was learned before.

    Parameters
    ----------
    path : of the file, which need not be there yet
    classifier : the network that reads
    say : called with a line when the file has become unreadable

    Attributes
    ----------
    path, classifier : as handed in

    Raises
    ------
    LivedigitsError: the file is there and cannot be read, or the network cannot learn
    """

    def __init__(self, path: Path, classifier: Classifier, say: Callable[[str], object] = lambda line: None) -> None:
        self.path = path
        self.classifier = classifier
        self._say = say
        self._turn = threading.Lock()
        self._stamp = _stamp(path)
        self._profile = Profile.load(path, classifier)
        self._profile.head()

    @property
    def profile(self) -> Profile:
        """What the file holds now."""
        stamp = _stamp(self.path)
        if stamp != self._stamp:
            with self._turn:
                if stamp != self._stamp:
                    self._take(stamp)
        return self._profile

    def head(self) -> HandHead | None:
        """What was learned, to read the next frame with."""
        return self.profile.head()

    def _take(self, stamp: _Stamp) -> None:
        try:
            new = Profile.load(self.path, self.classifier)
            new.head()  # before it counts: another thread's frame goes on with the old one
            self._profile = new
        except LivedigitsError as error:
            self._say(f"{error}; going on with what was learned before")
        self._stamp = stamp


def _stamp(path: Path) -> _Stamp:
    """What changes with each save: of a file that is replaced, its number, too."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
