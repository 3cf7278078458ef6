"""Measures what matters live: how old a frame is when its result is there, and that this does not grow with time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from livedigits.diagnostics import Loop
from livedigits.diagnostics.throughput import spread
from livedigits.recognition.reader import Reading
from livedigits.sources.camera import open_camera
from livedigits.types import Frame, Result

EDGE = 60.0  # s: the first and the last minute are compared, of shorter runs the first and the last quarter


class Slowed:
    """Reads frames `factor` times slower: it sleeps the rest, so that other threads have the processor.

    Attributes
    ----------
    began : when the reading of the last frame began, in s of time.monotonic()
    """

    def __init__(self, look: Callable[[Frame], Reading], factor: float) -> None:
        self.began = 0.0
        self._look = look
        self._factor = factor

    def __call__(self, frame: Frame) -> Reading:
        self.began = time.monotonic()
        reading = self._look(frame)
        if self._factor > 1:
            time.sleep((self._factor - 1) * (time.monotonic() - self.began))
        return reading


@dataclass
class Arrivals:
    """When each frame was captured, when its reading began and ended, in s of time.monotonic(); and its number."""

    captured: list[float] = field(default_factory=list)
    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    index: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """What measure_live() returns of them: latency, lag, and frames a second of camera and reader."""
        captured, began, ended = (np.array(times) for times in (self.captured, self.began, self.ended))
        latency, waited = ended - captured, began - captured
        edge = min(EDGE, (ended[-1] - ended[0]) / 4) if len(ended) else 0.0
        first, last = ended <= ended[:1] + edge, ended >= ended[-1:] - edge
        span = captured[-1] - captured[0] if len(captured) > 1 else 0.0
        interval = span / (self.index[-1] - self.index[0]) if span > 0 else 0.0
        return {
            "camera_fps": round(1 / interval, 1) if interval else None,
            "fps": round((len(ended) - 1) / (ended[-1] - ended[0]), 1) if len(ended) > 1 else None,
            "latency": spread(latency),
            "edge_seconds": round(float(edge), 1),
            "first": spread(latency[first]),
            "last": spread(latency[last]),
            "median_lag": round(float(np.median(waited) / interval), 2) if interval else None,
            "max_lag": round(float(waited.max() / interval), 2) if interval else None,
        }


def measure_live(
    loop: Loop,
    look: Callable[[Frame], Reading],
    camera: str,
    seconds: float = 30.0,
    slow: float = 1.0,
    say: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Runs the live loop on a camera or stream without a window.

    Parameters
    ----------
    loop : runs it
    look : reads a frame
    camera : as for open_camera()
    seconds : how long
    slow : how many times longer than it takes the reader shall take for each frame; 1 leaves it as it is
    say : is called with a line when the camera is in trouble, and when that is over

    Returns
    -------
    camera, width and height in px, seconds that it took, slow; frames read, and dropped because newer ones were there;
    camera_fps and fps, that come and that are read; latency: {"median", "p99", "max"} in ms from capture to result;
    first, last: the same for the first and last edge_seconds; median_lag, max_lag: the age of a frame when its reading
    began, in frame times of the camera: below 1 the newest was read, more is a queue or a busy machine; troubles: their
    lines.

    Raises
    ------
    LivedigitsError: no such camera
    """
    slowed = Slowed(look, slow)
    arrivals, troubles = Arrivals(), []
    size = 0, 0

    def on_result(result: Result) -> None:
        nonlocal size
        frame = result.frame
        arrivals.ended.append(time.monotonic())
        arrivals.began.append(slowed.began)
        arrivals.captured.append(frame.captured)
        arrivals.index.append(frame.index)
        size = frame.image.shape[1], frame.image.shape[0]

    def trouble(line: str) -> None:
        troubles.append(line)
        say(line)

    with open_camera(camera) as source:
        end = threading.Timer(seconds, source.close)
        end.start()
        try:
            summary = loop(source, slowed, on_result=on_result, say=trouble)
        finally:
            end.cancel()
    if summary.signal:
        raise KeyboardInterrupt(summary.signal)
    return {
        "camera": camera,
        "width": size[0],
        "height": size[1],
        "cpus": os.cpu_count(),
        "seconds": round(summary.seconds, 1),
        "slow": slow,
        "frames": summary.frames,
        "dropped": summary.dropped,
        **arrivals.figures(),
        "troubles": troubles,
    }


def live_table(figures: dict[str, Any]) -> str:
    """The figures of measure_live() for people."""
    slow = f", read {figures['slow']:g} times slower" if figures["slow"] > 1 else ""
    rows = [("latency, ms", "median", "p99", "max")]
    edge = f"{figures['edge_seconds']:g} s"
    for name, key in (("all", "latency"), (f"first {edge}", "first"), (f"last {edge}", "last")):
        ms = figures[key]
        rows.append((name, f"{ms['median']:.1f}", f"{ms['p99']:.1f}", f"{ms['max']:.1f}"))
    shown = [
        ("frames read", figures["frames"]),
        ("frames dropped, newer ones were there", figures["dropped"]),
        ("frames a second from the camera", _known(figures["camera_fps"])),
        ("frames a second read", _known(figures["fps"])),
        ("lag before reading, frame times, median", _known(figures["median_lag"])),
        ("the same, greatest", _known(figures["max_lag"])),
    ]
    return "\n".join(
        [
            f"{figures['camera']}: {figures['seconds']:.0f} s of {figures['width']}x{figures['height']}, "
            f"{figures['cpus']} processors{slow}",
            "",
            *(f"{name:<14}{median:>9}{p99:>9}{most:>9}" for name, median, p99, most in rows),
            "",
            *(f"{name:<40}{value:>8}" for name, value in shown),
        ]
    )


def _known(figure: float | None) -> str:
    return "unknown" if figure is None else str(figure)
