"""The loop: each frame of a source is read, and what was read goes to the sinks and the window."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from livedigits.recognition.video_reader import VideoReader
from livedigits.sources.feed import Source
from livedigits.types import Digits

if TYPE_CHECKING:
    from livedigits.live.window import Window
    from livedigits.outputs import Sink
    from livedigits.recognition.reader import Reader
    from livedigits.types import Frame

_TRACKS_KEPT = 10_000  # a camera may run for weeks
_WAIT = 0.1  # s between two looks at the window's keys while a camera sends nothing


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

    def add(self, frame: Frame, digits: Digits) -> None:
        """Counts one frame's digits."""
        self.frames += 1
        self.dropped = frame.dropped
        self.digits += len(digits)
        if not len(digits):
            return
        self.counts += np.bincount(digits.labels, minlength=10)
        if digits.tracks is not None:
            for i in (i for number in digits.numbers for i in number.digits):
                self._votes.setdefault(int(digits.tracks[i]), np.zeros(10, np.int64))[digits.labels[i]] += 1
            while len(self._votes) > _TRACKS_KEPT:
                del self._votes[next(iter(self._votes))]


def run(
    source: Iterable[Frame],
    reader: Reader,
    sinks: Sequence[Sink] = (),
    window: Window | None = None,
    *,
    follow: bool = True,
    paced: bool = False,
    tracks: int = 0,
    make_video_reader: Callable[[Reader, int], VideoReader] | None = None,
    on_frame: Callable[[Frame, Digits], None] | None = None,
    summary: Summary | None = None,
    say: Callable[[str], None] | None = None,
) -> Summary:
    """Reads all frames of a source, or until the user ends it.

    Ctrl-C, a termination signal and the window's keys end it early and cleanly: the frame at hand is written to all
    sinks or to none, and the summary tells. Entering and leaving source, sinks and window is the caller's.

    Parameters
    ----------
    source : yields Frame: a camera, a video file or pictures
    reader : reads them
    sinks : each gets every frame and its digits
    window : shows every frame; a file's no faster than it was recorded, a picture until a key is pressed
    follow : the frames follow each other in time; False for pictures, each of which is read for itself
    paced : without a window, too, a file is read no faster than it was recorded
    tracks : numbers of tracks up to this one are taken
    make_video_reader : what follows a video, of a reader and the highest number of a track so far; None for VideoReader
    on_frame : is called after the sinks
    summary : is filled and returned; for callers who want it after an error, too
    say : is called with a line when a live source is in trouble, and when that is over

    Raises
    ------
    LivedigitsError: what source, reader or a sink raises
    """
    summary = summary or Summary()
    pace = Pace(live=getattr(source, "live", False))
    began = time.monotonic()
    make = make_video_reader or VideoReader
    video = make(reader, tracks)
    shape: tuple[int, ...] = ()

    def idle(notice: str) -> bool:
        summary.closed = window is not None and not window.wait(notice)
        return not summary.closed

    with _Interrupts() as interrupts:
        try:
            for frame in _arriving(source, idle, say):
                if follow and shape not in ((), frame.image.shape):  # nothing is where it was
                    video = make(reader, video.last_track)
                shape = frame.image.shape
                reading = video.look(frame.image, frame.time) if follow else reader.look(frame.image)
                digits = reading.digits
                pace.tick()
                with interrupts.held():
                    for sink in sinks:
                        sink.write(frame, digits)
                    summary.add(frame, digits)
                    if on_frame is not None:
                        on_frame(frame, digits)
                if window is not None:
                    seconds = pace.seconds_early(frame.time) if follow else math.inf
                    status = pace.status(frame.dropped) if follow else ""
                    window.trouble = getattr(source, "notice", "")
                    if not window.show(frame, digits, reading, status, seconds):
                        summary.closed = True
                        break
                    pace.shown(frame.captured)
                elif paced:
                    time.sleep(pace.seconds_early(frame.time))
        except KeyboardInterrupt:
            summary.signal = interrupts.number or int(signal.SIGINT)
        finally:
            summary.seconds = time.monotonic() - began
    return summary


def _arriving(
    source: Iterable[Frame], idle: Callable[[str], bool], say: Callable[[str], None] | None
) -> Iterator[Frame]:
    """The frames of a source; while a live one sends none, `idle` gets its notice, and ends it by returning False."""
    if not (isinstance(source, Source) and source.live):
        yield from source
        return
    going = True
    while going and not source.ended:
        frame = source.take(_WAIT)
        notice = source.notice
        for line in source.news():
            if say is not None:
                say(line)
        if frame is not None:
            yield frame
        else:
            going = idle(notice)


class Pace:
    """How fast and how late frames come, and how long a file's frame must wait to play no faster than recorded."""

    def __init__(self, live: bool = False) -> None:
        self._live = live
        self._ticks: deque[float] = deque(maxlen=30)
        self._late: deque[tuple[float, float]] = deque()  # when frames were shown, and their age; of the last second
        self._start = math.nan

    def tick(self) -> None:
        """A frame was read."""
        self._ticks.append(time.monotonic())

    def shown(self, captured: float) -> None:
        """A frame that was captured then (s of time.monotonic()) has been shown."""
        now = time.monotonic()
        self._late.append((now, now - captured))
        while self._late[0][0] < now - 1.0:
            self._late.popleft()

    @property
    def latency(self) -> float:
        """Seconds from capture to display, the median over the last second; nan before the first frame."""
        return float(np.median([late for _, late in self._late])) if self._late else math.nan

    @property
    def fps(self) -> float:
        """Frames a second over the last 30; 0.0 before the second one."""
        if len(self._ticks) < 2 or self._ticks[-1] == self._ticks[0]:
            return 0.0
        return (len(self._ticks) - 1) / (self._ticks[-1] - self._ticks[0])

    def seconds_early(self, moment: float) -> float:
        """Seconds until the moment (s) of a file has come; a file that fell behind, or paused, plays on from there."""
        if self._live:
            return 0.0
        now = time.monotonic()
        if not now - moment <= self._start:
            self._start = now - moment
        return self._start + moment - now

    def status(self, dropped: int) -> str:
        """Frames a second, and of a live source latency and frames dropped: "29 fps   41 ms   3 dropped"."""
        parts = [f"{self.fps:.0f} fps"] if self.fps else []
        if self._live:
            parts += [f"{self.latency * 1000:.0f} ms"] if self._late else []
            parts.append(f"{dropped} dropped")
        return "   ".join(parts)


class _Interrupts:
    """While entered, Ctrl-C and termination raise KeyboardInterrupt, but not within held(): there it comes after.

    So no line and no frame is cut in two. A second Ctrl-C does not wait. Outside the main thread this does nothing,
    because Python delivers signals nowhere else.
    """

    def __init__(self) -> None:
        self.number = 0
        self._holding = False
        self._pending = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pending:
            raise KeyboardInterrupt

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self.number = number
        if self._holding and not self._pending:
            self._pending = True
        else:
            raise KeyboardInterrupt
