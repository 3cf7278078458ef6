"""The thread that reads frames ahead of who takes them."""

from __future__ import annotations

import atexit
import threading
import time as clock
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from livedigits.errors import LivedigitsError
from livedigits.sources.health import Health
from livedigits.types import Frame

AHEAD = 4  # frames of a file decoded before they are asked for
POLL = 0.5  # s: on Windows, Ctrl-C is heard only between two waits
GRACE = 0.25  # s that close() waits for a live source: most send a frame sooner, what takes longer may hang
HANGING = 10.0  # s that Python's end waits for it all the same
THREAD = "livedigits-source"


class ThreadedSource:
    """A Source whose frames a thread reads: of a live one the newest, of a file every frame, decoded ahead.

    Attributes
    ----------
    mode : what a camera was asked for and gives, in one line; "" for all else
    """

    timed = True

    def __init__(
        self,
        name: str,
        live: bool,
        fps: float | None,
        count: int | None,
        feed: Feed,
        health: Health | None = None,
        mode: str = "",
    ) -> None:
        self.name = name
        self.live = live
        self.fps = fps
        self.count = count
        self.mode = mode
        self._feed = feed
        self._health = health
        # also for who forgets to close: a thread that still reads while Python goes down aborts the process
        self._finalizer = weakref.finalize(self, feed.close)

    @property
    def dropped(self) -> int:
        return self._feed.dropped

    @property
    def damaged(self) -> int:
        """Damaged pictures of a live source so far."""
        return self._health.faults if self._health else 0

    @property
    def notice(self) -> str:
        return self._health.notice() if self._health else ""

    @property
    def ended(self) -> bool:
        return self._feed.ended

    def news(self) -> list[str]:
        return self._health.news() if self._health else []

    def take(self, timeout: float) -> Frame | None:
        return self._feed.take(timeout)

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        while (frame := self._feed.take(POLL)) is None:
            if self._feed.ended:
                raise StopIteration
        return frame

    def __enter__(self) -> ThreadedSource:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the thread, and frees the device or file.

        A driver or network that hangs does not hang this: then the thread frees the device when it comes back.
        """
        self._finalizer()


class Feed:
    """Runs an iterator of frames in a thread; holds the newest (live), or up to AHEAD until they are taken.

    Parameters
    ----------
    frames : runs in the thread; what it raises is raised by `take`, after its frames
    release : called in the thread when that is done
    patience : seconds without a frame after which a live source is given up; None is for files, read one by one
    label : what an error message calls the source
    stop : called by `close`, to end the iterator's own waiting
    lasting : once a live source has delivered a frame it is not given up
    """

    def __init__(
        self,
        frames: Iterator[Frame],
        release: Callable[[], object],
        patience: float | None = None,
        label: str = "",
        stop: Callable[[], object] = lambda: None,
        lasting: bool = False,
    ) -> None:
        self.dropped = 0
        self._frames = frames
        self._release = release
        self._patience = patience
        self._label = label
        self._stop = stop
        self._lasting = lasting
        self._ready: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._waiting: float | None = None  # since when, for the next frame
        self._begun = False
        self._closed = False
        self._done = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether `take` has nothing to give any more."""
        with self._changed:
            return self._closed or (self._done and not self._ready and self._error is None)

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
                self._done = True
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

    def take(self, timeout: float) -> Frame | None:
        """Wait for the next frame; None after `timeout` s, after the end and after close.

        Raises what the iterator raised.
        """
        with self._changed:
            now = clock.monotonic()
            self._waiting = now if self._waiting is None else self._waiting
            patience = None if self._lasting and self._begun else self._patience
            left = timeout if patience is None else self._waiting + patience - now
            self._changed.wait_for(lambda: self._ready or self._done or self._closed, max(0.0, min(timeout, left)))
            if self._closed:
                return None
            if self._ready:
                self._waiting = None
                frame = self._ready.popleft()
                self._changed.notify_all()
                return frame
            if self._error is not None:
                raise self._error
            if not self._done and patience is not None and left <= timeout:
                verb = "stopped delivering" if self._begun else "delivers no"
                raise LivedigitsError(f"{self._label} {verb} frames: none for {patience:g} seconds")
            return None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        self._stop()
        # The garbage collector may run this in the thread itself.
        if self._thread is threading.current_thread():
            return
        self._thread.join(None if self._patience is None else GRACE)


@atexit.register
def _wait() -> None:
    """A thread that comes back from a driver while Python goes down aborts the process."""
    deadline = clock.monotonic() + HANGING
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(max(0.0, deadline - clock.monotonic()))


def hanging() -> bool:
    """Whether a driver or a network still holds up the thread of a source, closed or not."""
    return any(thread.name == THREAD for thread in threading.enumerate())
