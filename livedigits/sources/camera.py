"""A camera or network stream that is opened again whenever it stops.

States: open, from which frames are read until that fails; lost, in which it is tried again after ever longer pauses.
Only the first opening may fail for good. All of it runs in the thread of a Feed, which alone touches the capture.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.sources.devices import Mode
from livedigits.sources.endpoints import URL, Attached, Endpoint, Stream
from livedigits.sources.feed import Feed, ThreadedSource
from livedigits.sources.health import Health
from livedigits.sources.noise import held_back
from livedigits.types import Frame, well_formed

PAUSE, PAUSE_MOST = 0.1, 0.5  # s before it is tried again, doubled from try to try
SKIPPED = 1.0  # s: a read that fails later has waited for nothing, and not met with what is no picture
LATER, PAUSE_LATER = 60.0, 5.0  # after so many seconds without it, pauses grow up to this


def open_camera(
    source: str | int,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    patience: float = 5.0,
    *,
    fourcc: str | None = None,
    lasting: bool = True,
) -> ThreadedSource:
    """Open a camera or a network stream as a live source.

    A source that has delivered a frame and stops is opened again until it is back; `Source.notice` tells meanwhile.

    Parameters
    ----------
    source : index ("0"), device path ("/dev/video0"), or rtsp://, http:// or https:// URL
    size : (width, height) in px to ask a camera for; it may give another
    fps : frames a second to ask a camera for; it may give another
    patience : seconds to wait for a stream to open, and for the first frame
    fourcc : four letters of the pixel format to ask a camera for, such as "MJPG"; it may give another
    lasting : False for a source that ends in an error when it stops, or when `patience` passes without a frame

    Raises
    ------
    LivedigitsError: no such camera, busy, or no answer; on iteration, that it delivers nothing, or that it stopped
    """
    name = str(source)
    endpoint: Endpoint
    if URL.match(name):
        if name != well_formed(name):  # OpenCV crashes on it
            raise LivedigitsError(f"{name} is no address: what is no UTF-8 in it must be written as %XX")
        endpoint = Stream(name, patience, lasting)
        camera, mode = Camera(endpoint, lasting), ""
    else:
        endpoint = Attached(name, Mode(size, fps, fourcc))
        camera = Camera(endpoint, lasting)
        mode = endpoint.granted(camera.capture)
    feed = Feed(camera.frames(), camera.release, patience, endpoint.label, camera.stop, lasting)
    return ThreadedSource(name, True, None, None, feed, camera.health, mode)


class Camera:
    """The frames of an endpoint, numbered and timed through all its outages.

    Parameters
    ----------
    endpoint : is opened at once
    lasting : open it again whenever it stops; otherwise the frames end in a LivedigitsError

    Raises
    ------
    LivedigitsError: it does not open
    """

    def __init__(self, endpoint: Endpoint, lasting: bool = True) -> None:
        self.health = Health(endpoint.label)
        self.capture: Any = endpoint.open()
        self._endpoint = endpoint
        self._lasting = lasting
        self._stopped = threading.Event()
        self._counter = itertools.count()
        self._start = time.monotonic()

    def frames(self) -> Iterator[Frame]:
        """The frames, for ever; waits for each.

        Raises
        ------
        LivedigitsError: it stopped before its first frame, or is not lasting
        """
        tries, delivered, lost_at = 0, False, 0.0
        while self.capture is not None:
            for frame in self._open_frames():
                tries, delivered, lost_at = 0, True, 0.0
                yield frame
            if self._stopped.is_set():
                return
            if not (self._lasting and delivered):
                raise LivedigitsError(self._endpoint.ended)
            lost_at = lost_at or time.monotonic()
            self.release()
            while self.capture is None and not self._stopped.wait(pause(tries, time.monotonic() - lost_at)):
                tries += 1
                try:
                    self.capture = self._endpoint.open()
                except LivedigitsError:
                    self.health.lost(self._endpoint.absent())

    def stop(self) -> None:
        """Ends `frames`, from any thread, as soon as the driver or the network gives way."""
        self._stopped.set()

    def release(self) -> None:
        """Frees the device or connection."""
        if self.capture is not None:
            self.capture.release()
            self.capture = None

    def _open_frames(self) -> Iterator[Frame]:
        """The frames until reading fails."""
        count, skipped, failing = 0, 0, None
        while not self._stopped.is_set():
            began = time.monotonic()
            grabbed, image, now = self._grab()
            if grabbed:
                if skipped:
                    self.health.damaged("between its pictures comes what is none")
                skipped, failing = 0, None
                if image is not None:
                    count += 1
                    self.health.frame(image, now)
                    time_in, name = now - self._start, self._endpoint.name
                    yield Frame(image, next(self._counter), time_in, name, captured=now, at=time.time())
                continue
            skipped += 1
            if skipped <= self._endpoint.skips and now - began < SKIPPED:
                continue
            skipped, failing = 0, began if failing is None else failing
            if now - failing >= self._endpoint.retry:
                self.health.lost(self._endpoint.lost(now - began, count))
                return
            self._stopped.wait(0.02)

    def _grab(self) -> tuple[bool, np.ndarray | None, float]:
        """Whether there was a frame; its image (h, w, 3) uint8 BGR, None when it is broken; and when it came, in s."""
        grabbed, image = False, None
        now = time.monotonic()
        with contextlib.suppress(cv2.error):
            grabbed = self.capture.grab()
            now = time.monotonic()
            if grabbed:
                with held_back() as told:
                    image = self._endpoint.picture(self.capture.retrieve())
                if told or image is None:
                    self.health.damaged(told[0] if told else "a picture cannot be decoded")
        return grabbed, image, now


def pause(tries: int, seconds: float) -> float:
    """Seconds to wait before the next try, after so many tries and so many seconds without the source."""
    most = PAUSE_MOST if seconds < LATER else min(PAUSE_LATER, seconds / LATER)
    return min(PAUSE * 2.0 ** min(tries, 10), most)
