"""The loop: each frame of a source is read, and what was read goes to the sinks and the window."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from livedigits.live.following import Following, as_read
from livedigits.live.interrupts import Interrupts
from livedigits.live.overlap import overlapped
from livedigits.live.pace import Pace
from livedigits.live.summary import Summary
from livedigits.types import FieldValue, Frame, Result

if TYPE_CHECKING:
    from livedigits.live.window import Window
    from livedigits.outputs import Sink
    from livedigits.recognition.reader import Reading
    from livedigits.sources import Source

_WAIT = 0.1  # s between two looks at the window's keys while no frame comes


def run(
    source: Source,
    look: Callable[[Frame], Reading],
    sinks: Sequence[Sink] = (),
    window: Window | None = None,
    *,
    fields: Callable[[Frame], Mapping[str, FieldValue]] | None = None,
    paced: bool = False,
    on_result: Callable[[Result], object] = lambda result: None,
    summary: Summary | None = None,
    say: Callable[[str], object] = lambda line: None,
    threads: int = 0,
) -> Summary:
    """Reads all frames of a source, or until the user ends it.

    Ctrl-C, a termination signal and the window's keys end it early and cleanly: the frame at hand is written to all
    sinks or to none, and the summary tells; so does a jump in the window's video, which the caller makes. Entering and
    leaving source, sinks and window is the caller's.

    Parameters
    ----------
    source : a camera, a video file or pictures
    look : reads a frame
    sinks : each gets every result
    window : shows every frame; a file's no faster than it was recorded, a picture until a key is pressed
    fields : reads the fields of a frame
    paced : without a window, too, a file is read no faster than it was recorded
    on_result : is called after the sinks
    summary : is filled and returned; for callers who want it after an error, too
    say : is called with a line when a live source is in trouble, and when that is over
    threads : that scan the frames of a file ahead of the one that is read, where `look` is a Following

    Raises
    ------
    LivedigitsError: what source, look or a sink raises
    """
    summary = summary or Summary()
    pace = Pace(source.live)
    began = time.monotonic()

    def idle(notice: str) -> bool:
        summary.closed = window is not None and not window.wait(notice)
        return not summary.closed

    with Interrupts() as interrupts:
        try:
            for frame, reading in _read(_arriving(source, idle, say), look, threads):
                result = Result(frame, reading.digits, fields(frame) if fields else {})
                pace.tick()
                with interrupts.held():
                    for sink in sinks:
                        sink.write(result)
                    summary.add(result)
                    on_result(result)
                if window is not None:
                    window.trouble = source.notice
                    if not _show(window, source, result, reading, pace):
                        summary.closed = True
                        break
                    if window.playing is not None and window.playing.jump is not None:
                        break
                elif paced:
                    time.sleep(pace.seconds_early(frame.time))
        except KeyboardInterrupt:
            summary.signal = interrupts.number or int(signal.SIGINT)
        finally:
            summary.seconds += time.monotonic() - began
    return summary


def _read(frames: Iterator[Frame], look: Callable[[Frame], Reading], threads: int) -> Iterator[tuple[Frame, Reading]]:
    if threads and isinstance(look, Following):
        yield from overlapped(frames, look, threads)
        return
    for frame in frames:
        reading = look(frame)
        yield as_read(frame, reading), reading


def _show(window: Window, source: Source, result: Result, reading: Reading, pace: Pace) -> bool:
    """Shows a result until it is time for the next; False when the user ends it."""
    frame = result.frame
    if not source.timed:
        return window.show(result, reading, seconds=math.inf)
    if window.playing is not None:
        pace.play(window.playing.speed)
    going = window.show(result, reading, pace.status(frame.dropped), pace.seconds_early(frame.time))
    pace.shown(frame.captured)
    return going


def _arriving(source: Source, idle: Callable[[str], bool], say: Callable[[str], object]) -> Iterator[Frame]:
    """The frames of a source; while it gives none, `idle` gets its notice, and ends it by returning False."""
    while not source.ended:
        frame = source.take(_WAIT)
        notice = source.notice  # asked for first: a silence becomes news when it is noticed
        for line in source.news():
            say(line)
        if frame is not None:
            yield frame
        elif not source.ended and not idle(notice):
            return
