"""Recording what a camera shows: takes that start and stop at any time, and whose failure ends nothing else."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from livedigits.errors import LivedigitsError
from livedigits.outputs.paths import next_take
from livedigits.outputs.video import VideoFile
from livedigits.types import Result

AHEAD = 4
"""Frames that wait to be written; where the encoder is slower than the camera, more are left out."""


class Recording:
    """A sink that writes annotated videos of a live source, one a take, each as long as its take was.

    A thread writes, so that neither a slow encoder nor a slow disk holds up the reader. A take that fails, for
    instance because the disk is full, is reported and ended; reading goes on.

    Parameters
    ----------
    first : the video of the first take, which begins at once; later ones, named by the time, go beside it. Without it
        all are named so, in the current folder, and the first begins with start().
    report : gets a line about each take that was saved or has failed; may be called from another thread

    Attributes
    ----------
    notice : the last line that was reported
    failed : whether any take has failed
    lost : frames that were read and are in no video, because the encoder or the disk was slower than the camera

    Raises
    ------
    LivedigitsError: on entering: the first video cannot be written
    """

    def __init__(self, first: Path | None = None, report: Callable[[str], None] = lambda line: None) -> None:
        self.notice = ""
        self.failed = False
        self.lost = 0
        self._first = first
        self._report = report
        self._take: _Take | None = None
        self._ending: list[_Take] = []

    def __enter__(self) -> Recording:
        if self._first is not None:
            self._take = _Take(self._first, self._ended)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for take in self._ending:
            take.join()

    @property
    def on(self) -> bool:
        """Whether a take is under way."""
        return self._take is not None and not self._take.over

    @property
    def seconds(self) -> float:
        """How long the take under way is; 0.0 without one, and before its first frame."""
        return self._take.seconds if self._take is not None and self.on else 0.0

    def toggle(self) -> None:
        """Starts a take, or stops the one under way."""
        if self.on:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Starts a take where none is under way; where it cannot be written, that is reported."""
        if self.on:
            return
        self.stop()
        path = next_take(self._first)
        try:
            self._take = _Take(path, self._ended)
        except LivedigitsError as error:
            self._ended(path, error, False)

    def stop(self) -> None:
        """Ends the take under way; its file is finished in the background, so that the live picture does not wait."""
        if self._take is not None:
            self._take.stop()
            self._ending = [take for take in self._ending if not take.over] + [self._take]
            self._take = None

    def write(self, result: Result) -> None:
        """Adds a frame to the take under way."""
        if self._take is not None:
            self.lost += not self._take.write(result)

    def _ended(self, path: Path, error: LivedigitsError | None, empty: bool) -> None:
        self.failed = self.failed or error is not None
        self.notice = f"recording stopped: {error}" if error else f"nothing to record: no {path}"
        if error is None and not empty:
            self.notice = f"recorded {path}"
        self._report(self.notice)


class _Take:
    """One video and the thread that writes it; ended() gets its path, what went wrong, and whether it is empty.

    Raises
    ------
    LivedigitsError: the video cannot be written
    """

    def __init__(self, path: Path, ended: Callable[[Path, LivedigitsError | None, bool], None]) -> None:
        self.over = False
        self._path = path
        self._ended = ended
        self._frames: queue.Queue[Result | None] = queue.Queue(AHEAD)
        self._began = self._last = (0.0, 0.0)  # clock and the frame's time, s
        self._until: float | None = None  # where it ends, as frames have it
        self._empty = True
        self._video = VideoFile(path, true_time=True).__enter__()
        self._thread = threading.Thread(target=self._run, name="livedigits-recording")
        self._thread.start()

    @property
    def seconds(self) -> float:
        return 0.0 if self._empty else time.monotonic() - self._began[0]

    def write(self, result: Result) -> bool:
        """Whether the frame is taken: where the encoder is behind it is left out."""
        try:
            self._frames.put_nowait(result)
            taken = True
        except queue.Full:
            taken = self.over  # by a take that has failed, which is told otherwise
        self._last = time.monotonic(), result.frame.time
        if self._empty:
            self._began, self._empty = self._last, False
        return taken

    def stop(self) -> None:
        if not self._empty:
            self._until = self._last[1] + time.monotonic() - self._last[0]
        while not self.over:
            with suppress(queue.Full):
                self._frames.put(None, timeout=0.1)
                break

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        problem = None
        try:
            with ExitStack() as stack:
                stack.push(self._video)
                while (result := self._frames.get()) is not None:
                    self._video.write(result)
                if self._until is not None:  # what came last was shown until then
                    self._video.hold(self._until)
        except LivedigitsError as error:
            problem = error
        finally:
            self.over = True
        self._ended(self._path, problem, self._empty)
