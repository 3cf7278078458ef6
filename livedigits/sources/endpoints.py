"""Where a live source is read from: a camera attached to this machine, or a network stream."""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any, Protocol

import cv2
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.sources import devices
from livedigits.sources.capture import picture
from livedigits.sources.devices import Mode
from livedigits.sources.refusal import why_refused

URL = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)
PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]*(?=@)")
RETRY_SECONDS = 1.0  # a camera may deliver a broken frame now and then; for longer than this it is gone
READ_SECONDS = 2.0  # a stream that stalls for so long is opened again: a dead connection tells nothing by itself
READ_MOST = 10.0  # the same for one that sends a frame in several seconds
OPEN_SECONDS = 2.0  # for opening it again: so long most take at most, and it is to be back that soon


class Endpoint(Protocol):
    """Where a live source is read from.

    name : as the user gave it; label : what messages call it; ended : the message when it stops for good
    retry : seconds for which a read may fail before the source counts as lost
    skips : reads that may fail before that is looked at
    """

    name: str
    label: str
    ended: str
    retry: float

    @property
    def skips(self) -> int: ...

    def open(self) -> Any:
        """An open cv2.VideoCapture; raises LivedigitsError."""

    def picture(self, taken: tuple[bool, np.ndarray | None]) -> np.ndarray | None:
        """The image (h, w, 3) uint8 BGR of what its retrieve() answered; None of a broken frame."""

    def lost(self, seconds: float, frames: int) -> str:
        """Why reading failed, after `frames` frames and a last read of so many seconds; "" where unknown."""

    def absent(self) -> str:
        """Why it does not open again; "" where unknown."""


FRAME_PIXELS = 36_000_000
"""Of the largest frames that are read, 8K: each takes nine bytes a pixel."""


def check_frame(label: str, width: int, height: int) -> None:
    """Raises LivedigitsError where frames are too large to be read."""
    if width * height > FRAME_PIXELS:
        raise LivedigitsError(
            f"{label} sends frames of {width} x {height} pixels, and at most {FRAME_PIXELS // 1_000_000} megapixels "
            "are read: have it send smaller ones"
        )


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height as a JPEG's header says, before it is decoded; 0, 0 of a damaged one."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            size = data[place + 5 : place + 9]
            return int.from_bytes(size[2:], "big"), int.from_bytes(size[:2], "big")
        place += 1 if kind == 0xFF else 2 + length
    return 0, 0


class Stream:
    """A network stream, read through FFmpeg.

    Parameters
    ----------
    url : rtsp://, http:// or https://
    patience : seconds that the first opening may take
    lasting : it will be opened again; otherwise each read may take `patience`, too
    """

    retry = 0.0
    _JUNK = 1000  # lines or pieces of 127 bytes; at a stream's end it takes 0.1 s to try them all

    def __init__(self, url: str, patience: float, lasting: bool) -> None:
        self.name = url
        self.label = PASSWORD.sub(r"\1***", url)
        self.ended = f"{self.label} stopped: the stream ended, or the connection was lost"
        self._open_limit = patience
        self._read_limit = READ_SECONDS if lasting else patience
        self._jpeg = False

    def open(self) -> Any:
        began = time.monotonic()
        capture = cv2.VideoCapture(self.name, cv2.CAP_FFMPEG, self._settings())
        if not capture.isOpened():
            capture.release()
            raise LivedigitsError(why_refused(self.name, self.label))
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)  # unknown is any negative number
        if self.name[:4].lower() == "http" and 0 < count < 1e9:
            # it would be read as fast as the network allows, and most of it dropped
            capture.release()
            raise LivedigitsError(
                f"{self.label} is a file, not a live stream: download it and use: livedigits video FILE"
            )
        check_frame(self.label, *(int(capture.get(k)) for k in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)))
        # Asked for pictures, OpenCV would squeeze those of another size into that of the first: it gives their files.
        motion_jpeg = int(capture.get(cv2.CAP_PROP_FOURCC)) == cv2.VideoWriter.fourcc(*"MJPG")
        self._jpeg = motion_jpeg and capture.set(cv2.CAP_PROP_FORMAT, -1)
        # the next time it will not take much longer
        self._open_limit = min(self._open_limit, max(OPEN_SECONDS, 3 * (time.monotonic() - began)))
        return capture

    @property
    def skips(self) -> int:
        """FFmpeg looks for the next part of an MJPEG stream line by line, and each that is none is an error."""
        return self._JUNK if self._jpeg else 0

    def picture(self, taken: tuple[bool, np.ndarray | None]) -> np.ndarray | None:
        ok, data = taken
        if not self._jpeg or not ok or data is None:
            return picture(taken)
        check_frame(self.label, *_jpeg_size(data.tobytes()))
        return cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)

    def _settings(self) -> list[int]:
        return [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(self._open_limit * 1000)),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(self._read_limit * 1000)),
            # FFmpeg's threads decode a frame each, and hand over the first when all have one: 8 threads, 0.23 s late
            *(cv2.CAP_PROP_N_THREADS, 1),
        ]

    def lost(self, seconds: float, frames: int) -> str:
        if seconds < 0.9 * self._read_limit:
            return "the connection was lost"
        if frames < 3:  # it may be slow and not dead
            self._read_limit = min(2 * self._read_limit, max(READ_MOST, self._read_limit))
        return ""

    def absent(self) -> str:
        return "it cannot be reached"


class Attached:
    """A camera attached to this machine, asked for a mode."""

    skips = 0

    def __init__(self, name: str, mode: Mode) -> None:
        self.name = name
        self.label = f"camera {name}"
        self.ended = f"{self.label} stopped delivering frames: it is unplugged, or busy in another program"
        self.retry = RETRY_SECONDS
        self._mode = mode

    def open(self) -> Any:
        return devices.open_device(self.name, self._mode)

    def picture(self, taken: tuple[bool, np.ndarray | None]) -> np.ndarray | None:
        return picture(taken)

    def granted(self, capture: Any) -> str:
        """What it gives beside what it was asked for, in one line."""
        return f"{self.label}: {devices.compared(self._mode, devices.granted(capture))}"

    def lost(self, seconds: float, frames: int) -> str:
        reason = self.absent()
        return reason if reason == "unplugged" else ""  # the others mean opening, and it was open

    def absent(self) -> str:
        # a link such as /dev/v4l/by-id/... is gone with its camera
        with contextlib.suppress(LivedigitsError):
            return devices.absent(devices.device_index(self.name))
        return "unplugged"
