"""Where frames come from: cameras and network streams, of which only the newest frame counts, and video files."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.containers import is_cut_short
from livedigits.errors import LivedigitsError
from livedigits.feed import Feed, Frame, Source

__all__ = ["Frame", "Source", "open_camera", "open_video", "working_cameras"]

PICTURE_SUFFIXES = frozenset(
    (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff", ".pbm")
    + (".pgm", ".ppm", ".pnm", ".jp2", ".avif", ".heic", ".heif")
)
RETRY_SECONDS = 1.0  # a camera may deliver a broken frame now and then; for longer than this it is gone
URL = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)


def open_camera(
    source: str | int,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    patience: float = 5.0,
) -> Source:
    """Open a camera or a network stream as a live source.

    Parameters
    ----------
    source : index ("0"), device path ("/dev/video0"), or rtsp://, http:// or https:// URL
    size : (width, height) in px to ask a camera for; it may give another
    fps : frames a second to ask a camera for; it may give another
    patience : seconds to wait for a stream to open, and for each frame

    Raises
    ------
    LivedigitsError: no such camera, busy, or no answer; on iteration, after the last frame, that it stopped.
    """
    name = str(source)
    if URL.match(name):
        capture, label = _open_stream(name, patience), name
        frames = _live_frames(capture, _read, name, f"{label} stopped: the stream ended, or the connection was lost")
    else:
        capture, label = _open_device(name, size, fps), f"camera {name}"
        ended = f"{label} stopped delivering frames: it is unplugged, or busy in another program"
        frames = _live_frames(capture, _read_patiently, name, ended)
    return Source(name, True, None, None, Feed(frames, capture.release, patience, label))


def _open_stream(url: str, patience: float) -> Any:
    milliseconds = int(patience * 1000)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise LivedigitsError(f"{url} cannot be reached, or sends no video: check the address and that it is running")
    if url[:4].lower() == "http" and _count(capture) is not None:
        # it would be read as fast as the network allows, and most of it dropped
        capture.release()
        raise LivedigitsError(f"{url} is a file, not a live stream: download it and use: livedigits video FILE")
    return capture


def _open_device(name: str, size: tuple[int, int] | None, fps: float | None) -> Any:
    index = _device_index(name)
    capture = _capture_device(index)
    if not capture.isOpened():
        capture.release()
        raise LivedigitsError(_why_no_camera(name, index))
    if size is not None:
        if sys.platform == "linux":  # raw pictures of this size pass USB at a few frames a second
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    if fps is not None:
        capture.set(cv2.CAP_PROP_FPS, fps)
    return capture


def _device_index(name: str) -> int:
    if re.fullmatch(r"[0-9]{1,4}", name):
        return int(name)
    device = re.fullmatch(r"/dev/video([0-9]+)", os.path.realpath(name))  # also /dev/v4l/by-id/...
    if device:
        return int(device[1])
    suffix = os.path.splitext(name)[1].lower()
    if os.path.isdir(name) or (os.path.exists(name) and suffix in PICTURE_SUFFIXES):
        raise LivedigitsError(f"{name} is no camera: to read pictures use: livedigits image {name}")
    if os.path.isfile(name):
        raise LivedigitsError(f"{name} is a file, not a camera: use: livedigits video {name}")
    raise LivedigitsError(
        f"{name} is no camera: give an index such as 0, a device such as /dev/video0, or an rtsp:// or http:// URL"
    )


def _capture_device(index: int) -> Any:
    # on Linux the other backends have no cameras to offer, only messages on standard error
    return cv2.VideoCapture(index, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)


def _why_no_camera(name: str, index: int) -> str:
    device = f"/dev/video{index}"
    if os.path.exists(device) and not os.access(device, os.R_OK | os.W_OK):
        return f"camera {name}: no permission to open {device} (on most systems, the group video has it)"
    if os.path.exists(device):
        reason = f"camera {name} is busy in another program, or is no video camera"
    elif sys.platform == "linux":
        reason = f"there is no camera {name}"
    else:
        reason = f"there is no camera {name}, or it is busy or not allowed for this program"
    others = ", ".join(str(i) for i in working_cameras(excluded=index))
    return f"{reason}; cameras that work: {others}" if others else f"{reason}; no other camera was found"


def working_cameras(excluded: int | None = None) -> list[int]:
    """The indices of the cameras that open, without `excluded`."""
    working = []
    for index in camera_candidates():
        if index == excluded:
            continue
        capture = _capture_device(index)
        opened = capture.isOpened()
        capture.release()
        if opened:
            working.append(index)
        elif sys.platform != "linux":
            break  # there the indices have no gaps, and each failure costs time
    return working


def camera_candidates() -> list[int]:
    """The indices that could be cameras; on Linux, of the devices that there are."""
    if sys.platform != "linux":
        return list(range(10))
    devices = (re.fullmatch(r"video([0-9]+)", path.name) for path in Path("/dev").glob("video*"))
    return sorted(int(device[1]) for device in devices if device)


def _live_frames(capture: Any, read: Callable[[Any, str], np.ndarray | None], name: str, ended: str) -> Iterator[Frame]:
    start = time.monotonic()
    for index in itertools.count():
        image = read(capture, name)
        if image is None:
            raise LivedigitsError(ended)
        yield Frame(image, index, time.monotonic() - start, name)


def _read_patiently(capture: Any, name: str) -> np.ndarray | None:
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        with contextlib.suppress(LivedigitsError):
            image = _read(capture, name)
            if image is not None:
                return image
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


def _read(capture: Any, name: str) -> np.ndarray | None:
    try:
        ok, image = capture.read()
    except cv2.error as error:
        raise LivedigitsError(f"{name}: a frame cannot be decoded ({error.err})") from None
    if not ok or image is None or image.size == 0:
        return None
    return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image


def open_video(path: str | os.PathLike[str]) -> Source:
    """Open a video file as a source of all its frames, upright as its rotation entry says.

    A frame's time is the file's own where the file has one, else index / fps.

    Raises
    ------
    LivedigitsError: missing, a folder, empty, a picture, or no video; on iteration, after the last frame that can be
        decoded, that the file is cut short.
    """
    name = os.fspath(path)
    _check_file(name)
    # An absolute path: "12:30.mp4" would be taken for a protocol. FFmpeg only: the others read "digit2.jpg" as the
    # beginning of a sequence, or write to standard error.
    capture = cv2.VideoCapture(os.path.abspath(name), cv2.CAP_FFMPEG)
    image = _read(capture, name) if capture.isOpened() and not _is_text(capture) else None
    if image is None:
        capture.release()
        raise LivedigitsError(f"{name} cannot be read as a video: it is no video, damaged, or cut short")
    fps = capture.get(cv2.CAP_PROP_FPS)
    sane_fps = fps if 0.1 <= fps <= 300 else None  # browsers' recordings say 1000
    count = _count(capture) if sane_fps else None
    frames = _video_frames(capture, image, name, sane_fps, count)
    return Source(name, False, sane_fps, count, Feed(frames, capture.release))


def _check_file(name: str) -> None:
    if os.path.isdir(name):
        raise LivedigitsError(f"{name} is a folder, not a video (for a folder of pictures: livedigits image {name})")
    if not os.path.exists(name):
        raise LivedigitsError(f"{name}: no such file")
    if not os.access(name, os.R_OK):
        raise LivedigitsError(f"{name}: no permission to read it")
    if os.path.isfile(name) and os.path.getsize(name) == 0:
        raise LivedigitsError(f"{name} is empty")
    if os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES - {".gif", ".apng"}:
        raise LivedigitsError(f"{name} is a picture, not a video: use: livedigits image {name}")


def _is_text(capture: Any) -> bool:
    """FFmpeg renders text files as video."""
    return int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"ansi")


def _count(capture: Any) -> int | None:
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)  # unknown is any negative number
    return int(count) if 0 < count < 1e9 else None


def _video_frames(
    capture: Any, image: np.ndarray | None, name: str, fps: float | None, count: int | None
) -> Iterator[Frame]:
    tick = 1 / (fps or 25.0)
    start = capture.get(cv2.CAP_PROP_POS_MSEC)
    seconds = 0.0
    for index in itertools.count():
        if image is None:
            break
        yield Frame(image, index, seconds, name)
        image = _read(capture, name)
        position = (capture.get(cv2.CAP_PROP_POS_MSEC) - start) / 1000
        # some files have no times, others repeat them
        seconds = position if position > seconds else seconds + tick
    # the count alone proves nothing: of trimmed files, and where the sound is longer, it is too high
    if is_cut_short(name) and (count is None or index < count):
        of = "" if count is None else f" of {count}"
        raise LivedigitsError(f"{name} ended early, after {index}{of} frames: the file is cut short")
