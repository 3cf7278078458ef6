"""A range of a video's frames, found without decoding what is before it: exact numbers and times, or from the start."""

from __future__ import annotations

import functools
import math
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np

from livedigits.sources.feed import Feed, ThreadedSource
from livedigits.sources.filetypes import is_cut_short
from livedigits.sources.video import checked_capture, open_video, read_frame
from livedigits.types import Frame

# s before a range to which a file is told to jump: it lands on a frame that is whole in itself, and perhaps behind it.
BACK = 1.0
# s by which a frame's time may differ from that in the container's list: these are rounded to its clock.
EXACT = 0.002


def open_range(path: str, start: float, end: float | None, every: int = 1) -> ThreadedSource:
    """The frames of a video from start on and before end, s, as `open_video` gives them.

    Where the container has a list of times that the decoder agrees with, what is before is jumped over; else it is
    decoded.

    Parameters
    ----------
    every : frames whose numbers are no multiple of it need not be given: where that is cheaper they are not

    Raises
    ------
    LivedigitsError: as open_video
    """
    if start > 2 * BACK and not is_cut_short(path):
        times = frame_times(path)
        jumped = None if times is None else _jumped(path, times, start)
        if jumped is not None:
            capture, index, begin = jumped
            frames = _frames(capture, index, begin, path, start, math.inf if end is None else end, every)
            fps = capture.get(cv2.CAP_PROP_FPS)
            return ThreadedSource(path, False, fps if 0.1 <= fps <= 300 else None, None, Feed(frames, capture.release))
    return open_video(path, start or None, end, 1 if start else every)


@functools.lru_cache(maxsize=4)
def frame_times(path: str) -> np.ndarray | None:
    """Seconds of each frame since the first, (n,) float64, from the container alone; None where it has none, or twice.

    A file is read once through for it, and not decoded.
    """
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy"]
    done = subprocess.run([*command, "-f", "framecrc", "-"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    clock = re.search(r"^#tb 0: (\d+)/(\d+)", done.stdout, re.M)
    if done.returncode or clock is None:
        return None
    ticks = [line.split(",")[2] for line in done.stdout.splitlines() if line[:1] not in ("#", "")]
    times = np.sort(np.array(ticks, np.int64)) * (int(clock[1]) / int(clock[2]))
    return times - times[0] if len(times) > 1 and (np.diff(times) > 0).all() else None


def _jumped(path: str, times: np.ndarray, start: float) -> tuple[Any, int, float] | None:
    """A capture behind its frame of this number, and the file's own time, ms, of its first frame; None where it fails.

    That frame is before the first one from start on.
    """
    capture = checked_capture(path)
    begin = capture.get(cv2.CAP_PROP_POS_MSEC)
    for back in (BACK, 10 * BACK):
        capture.set(cv2.CAP_PROP_POS_MSEC, begin + 1000 * max(0.0, start - back))
        if not capture.grab():
            break
        now = (capture.get(cv2.CAP_PROP_POS_MSEC) - begin) / 1000
        index = int(np.abs(times - now).argmin())
        if abs(times[index] - now) > EXACT:
            break
        if now < start:
            return capture, index, begin
    capture.release()
    return None


def _frames(capture: Any, index: int, begin: float, name: str, start: float, end: float, every: int) -> Iterator[Frame]:
    while capture.grab():
        index += 1
        seconds = (capture.get(cv2.CAP_PROP_POS_MSEC) - begin) / 1000
        if seconds >= end:
            return
        if seconds >= start and index % every == 0:
            image = read_frame(capture.retrieve, name)
            if image is None:
                return
            yield Frame(image, index, seconds, name)
