"""Frames, and the thread that reads them ahead of who takes them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from livedigits.errors import LivedigitsError

AHEAD = 4  # frames of a file decoded before they are asked for


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes
    ----------
    image : (h, w, 3) uint8, BGR
    index : its number in the source, from 0; of a camera's frames, those that were dropped are counted too
    time : seconds; in a video since its first frame, of a camera since it was opened
    source : the path, URL or index as given
    dropped : how many frames of the source were dropped so far, because newer ones were there
    """

    image: np.ndarray
    index: int
    time: float
    source: str
    dropped: int = 0


class Source:
    """An iterator of frames that a thread reads, and a context manager that ends the thread and frees the device.

    A live source hands over the newest frame and drops older ones; it ends in a LivedigitsError, as a camera has no
    end of its own. A file hands over every frame, decoded ahead.

    Attributes
    ----------
    name : the path, URL or index as given
    live : whether frames come in real time
    fps : frames a second as the file has it; None when unknown, and for live sources
    count : number of frames as the file has it, often an estimate; None when unknown, and for live sources
    """

    def __init__(self, name: str, live: bool, fps: float | None, count: int | None, feed: Feed) -> None:
        self.name = name
        self.live = live
        self.fps = fps
        self.count = count
        self._feed = feed
        # also for who forgets to close: a thread that still reads while Python goes down aborts the process
        self._finalizer = weakref.finalize(self, feed.close)

    @property
    def dropped(self) -> int:
        """How many frames were dropped so far, because newer ones were there."""
        return self._feed.dropped

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame = self._feed.take()
        if frame is None:
            raise StopIteration
        return frame

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the iteration, wait for the thread and free the device or file; may be called more than once."""
        self._finalizer()


class Feed:
    """Runs an iterator of frames in a thread; holds the newest (live), or up to AHEAD until they are taken.

    Parameters
    ----------
    frames : runs in the thread; what it raises is raised by `take`, after its frames
    release : called in the thread when that is done
    patience : seconds without a frame after which a live source is given up; None is for files, read one by one
    label : what an error message calls the source
    """

    def __init__(
        self, frames: Iterator[Frame], release: Callable[[], object], patience: float | None = None, label: str = ""
    ) -> None:
        self.dropped = 0
        self._frames = frames
        self._release = release
        self._patience = patience
        self._label = label
        self._ready: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._begun = False
        self._closed = False
        self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="livedigits-source", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for frame in self._frames:
                if not self._put(frame):
                    break
        except BaseException as error:  # whatever it is, it belongs to who takes the frames
            self._error = error
        finally:
            self._release()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, frame: Frame) -> bool:
        with self._changed:
            if self._patience is not None:
                self.dropped += len(self._ready)
                self._ready.clear()
            else:
                self._changed.wait_for(lambda: self._closed or len(self._ready) < AHEAD)
            self._begun = True
            self._ready.append(replace(frame, dropped=self.dropped))
            self._changed.notify_all()
            return not self._closed

    def take(self) -> Frame | None:
        """Wait for the next frame; None after the end or after close. Raises what the iterator raised."""
        with self._changed:
            news = self._changed.wait_for(lambda: self._ready or self._ended or self._closed, self._patience)
            if self._closed:
                return None
            if not news:
                verb = "stopped delivering" if self._begun else "delivers no"
                raise LivedigitsError(f"{self._label} {verb} frames: none for {self._patience:g} seconds")
            if self._ready:
                frame = self._ready.popleft()
                self._changed.notify_all()
                return frame
            if self._error is not None:
                raise self._error
            return None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        # The garbage collector may run this in the thread itself. A driver that hangs must not hang us for ever.
        if self._thread is not threading.current_thread():
            self._thread.join(None if self._patience is None else 2 * self._patience)
