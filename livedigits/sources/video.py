"""Video files: each frame, decoded ahead, with its own number and time."""

from __future__ import annotations

import itertools
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.sources import standard_input
from livedigits.sources.capture import picture
from livedigits.sources.feed import Feed, ThreadedSource
from livedigits.sources.filetypes import HEAD, MOVING, PICTURE_SUFFIXES, is_cut_short, is_video
from livedigits.types import Frame, well_formed

T = TypeVar("T")


def read_frame(step: Callable[[], Any], name: str) -> np.ndarray | None:
    """The frame that a step of a capture, `read` or `retrieve`, gives; LivedigitsError where it cannot be decoded."""
    return picture(_decoded(step, name))


def _decoded(step: Callable[[], T], name: str) -> T:
    """What a step of decoding returns; its error is one of the file."""
    try:
        return step()
    except cv2.error as error:
        raise LivedigitsError(f"{name}: a frame cannot be decoded ({error.err})") from None


def open_video(
    path: str | os.PathLike[str],
    start: float | None = None,
    end: float | None = None,
    every: int = 1,
    after: int = -1,
) -> ThreadedSource:
    """Open a video file, or with "-" standard input, as a source of its frames, upright as its rotation entry says.

    A frame's time is the file's own where the file has one, else index / fps. Frames that are left out keep their
    numbers and times from the others; they are decoded, because only so the numbers are exact in every file. The
    source's fps and count are those of the frames that it gives.

    Parameters
    ----------
    start, end : s; frames from start on and before end
    every : every nth of these frames, from the first one
    after : no frame up to this number: what was read before

    Raises
    ------
    LivedigitsError: missing, a folder, empty, a picture, or no video; on iteration, after the last frame that can be
        decoded, that the file is cut short, or has ended before start.
    """
    name = os.fspath(path)
    if name == standard_input.NAME:
        given = standard_input.open_stream()
        capture = cv2.VideoCapture(given.place, cv2.CAP_FFMPEG)
    else:
        _check_file(name)
        given = standard_input.Opened(name, lambda: None)
        capture = _capture(name)

    def release() -> None:
        capture.release()
        given.close()

    image = read_frame(capture.read, name) if capture.isOpened() and not _is_text(capture) else None
    if image is None:
        release()
        raise LivedigitsError(_why_no_video(name))
    fps = capture.get(cv2.CAP_PROP_FPS)
    sane_fps = fps if 0.1 <= fps <= 300 else None  # browsers' recordings say 1000
    count = _count(capture) if sane_fps else None
    part = _Part(start or 0.0, math.inf if end is None else end, every, after)
    frames = _video_frames(capture, image, name, sane_fps, count, part)
    return ThreadedSource(
        name,
        False,
        sane_fps and sane_fps / every,
        part.count(count, sane_fps) if count and sane_fps else None,
        Feed(frames, release),
    )


def checked_capture(name: str) -> Any:
    """OpenCV's capture of a video file, behind its first frame; raises LivedigitsError as open_video."""
    _check_file(name)
    capture = _capture(name)
    if not capture.isOpened() or _is_text(capture) or read_frame(capture.read, name) is None:
        capture.release()
        raise LivedigitsError(_why_no_video(name))
    return capture


def seconds_of(name: str) -> float | None:
    """About how long a video file is, s; None where it does not say, or cannot be read."""
    try:
        capture = checked_capture(name)
    except LivedigitsError:
        return None
    fps, count = capture.get(cv2.CAP_PROP_FPS), _count(capture)
    capture.release()
    return count / fps if count and 0.1 <= fps <= 300 else None


@dataclass(frozen=True)
class _Part:
    """What open_video() was asked for."""

    start: float
    end: float
    every: int
    after: int

    def count(self, count: int, fps: float) -> int:
        """About how many frames it is, of a file with so many."""
        first = math.ceil(self.start * fps)
        return max(0, math.ceil((min(count, self.end * fps) - max(first, self.after + 1)) / self.every))


def _check_file(name: str) -> None:
    if os.path.isdir(name):
        raise LivedigitsError(f"{name} is a folder, not a video (for a folder of pictures: livedigits image {name})")
    if not os.path.exists(name):
        raise LivedigitsError(f"{name}: no such file")
    if not os.access(name, os.R_OK):
        raise LivedigitsError(f"{name}: no permission to read it")
    if os.path.isfile(name) and os.path.getsize(name) == 0:
        raise LivedigitsError(f"{name} is empty")
    if os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES - MOVING:
        from livedigits.sources.images import is_picture

        if is_picture(name):  # FFmpeg would make a video of one frame of it
            raise LivedigitsError(f"{name} is a picture, not a video: use: livedigits image {name}")


def _why_no_video(name: str) -> str:
    from livedigits.sources.images import is_picture

    if name == standard_input.NAME:
        return f"{standard_input.SAID} cannot be read as a video: it is no video, damaged, or cut short"
    if not os.path.isfile(name):
        return f"{name} cannot be read as a video: it is no video, damaged, or cut short"
    with open(name, "rb") as file:
        if is_video(file.read(HEAD)):
            return f"{name} cannot be read as a video: it is damaged or cut short"
    if is_picture(name):
        return f"{name} is a picture, not a video: use: livedigits image {name}"
    return f"{name} is no video and no picture, or too damaged to be read as one"


def _capture(name: str) -> Any:
    # An absolute path: "12:30.mp4" would be taken for a protocol. FFmpeg only: the others read "digit2.jpg" as the
    # beginning of a sequence, or write to standard error.
    path = os.path.abspath(name)
    if path == well_formed(path):
        return cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    with tempfile.TemporaryDirectory() as folder:  # OpenCV crashes on a name that is no UTF-8
        link = os.path.join(folder, f"video{well_formed(os.path.splitext(path)[1])}")
        try:
            os.symlink(path, link)
        except OSError as error:
            raise LivedigitsError(f"{name} cannot be opened by this name ({error.strerror}): rename it") from None
        return cv2.VideoCapture(link, cv2.CAP_FFMPEG)


def _is_text(capture: Any) -> bool:
    """FFmpeg renders text files as video."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")


def _count(capture: Any) -> int | None:
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)  # unknown is any negative number
    return int(count) if 0 < count < 1e9 else None


def _video_frames(
    capture: Any, image: np.ndarray | None, name: str, fps: float | None, count: int | None, part: _Part
) -> Iterator[Frame]:
    tick = 1 / (fps or 25.0)
    begin = capture.get(cv2.CAP_PROP_POS_MSEC)
    seconds, first = 0.0, None
    for index in itertools.count():
        if seconds >= part.end:
            return
        if seconds >= part.start:
            first = index if first is None else first
            if index > part.after and (index - first) % part.every == 0:
                image = read_frame(capture.retrieve, name) if image is None else image
                if image is None:
                    break
                yield Frame(image, index, seconds, name)
        image = None
        if not _decoded(capture.grab, name):
            index += 1
            break
        position = (capture.get(cv2.CAP_PROP_POS_MSEC) - begin) / 1000
        # some files have no times, others repeat them
        seconds = position if position > seconds else seconds + tick
    # the count alone proves nothing: of trimmed files, and where the sound is longer, it is too high
    if is_cut_short(name) and (count is None or index < count):
        of = "" if count is None else f" of {count}"
        raise LivedigitsError(f"{name} ended early, after {index}{of} frames: the file is cut short")
    if first is None:
        raise LivedigitsError(f"{name} lasts {seconds:.1f} s, there is nothing from {part.start:g} s on")
