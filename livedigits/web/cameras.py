"""Cameras of the machine that runs the server, each opened once for all who watch it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np

from livedigits.annotate.primitives import shrink
from livedigits.errors import LivedigitsError
from livedigits.recognition.reader import Reader
from livedigits.recognition.video_reader import VideoReader
from livedigits.sources.camera import open_camera
from livedigits.sources.devices import camera_candidates
from livedigits.types import Frame, Result
from livedigits.web.answers import answer

T = TypeVar("T")
SHOWN = 1280  # px: longest side of the pictures that are sent; they are read in full
QUALITY = 80


@dataclass(frozen=True)
class Shot:
    """A frame as it is shown: its number in the source, its picture and its result."""

    number: int
    jpeg: bytes
    answer: dict[str, Any]


class Cameras:
    """The cameras that may be watched.

    Parameters
    ----------
    reader : reads the cameras, each with a memory of its own
    named : sources that are offered to everybody
    """

    def __init__(self, reader: Reader, named: Iterable[str]) -> None:
        self._reader = reader
        self._named = tuple(named)
        self._watched: dict[str, Watched] = {}

    def offered(self, local: bool) -> list[str]:
        """The sources that may be watched now.

        local : who asks is at this machine, whose own cameras are offered, too
        """
        return list(dict.fromkeys((*self._named, *(_attached() if local else ()))))

    @contextlib.asynccontextmanager
    async def watch(self, source: str) -> AsyncIterator[Watched]:
        """The camera, open while somebody watches."""
        camera = self._watched.get(source)
        if camera is None or camera.ended:
            camera = self._watched[source] = Watched(source, VideoReader(self._reader))
        camera.viewers += 1
        try:
            yield camera
        finally:
            camera.viewers -= 1
            if not camera.viewers:
                camera.stop()
                if self._watched.get(source) is camera:
                    del self._watched[source]


def _attached() -> list[str]:
    # Elsewhere it is not known which there are without opening them all.
    return [str(index) for index in camera_candidates()] if sys.platform == "linux" else ["0"]


class Watched:
    """A camera that a thread reads, a frame whenever a viewer waits for one."""

    def __init__(self, source: str, reader: VideoReader) -> None:
        self.viewers = 0
        self.ended = False
        self._source = source
        self._reader = reader
        self._newest: Shot | None = None
        self._error: LivedigitsError | None = None
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._wanted = threading.Event()
        threading.Thread(target=self._run, name=f"livedigits-watch-{source}", daemon=True).start()

    async def newer(self, number: int) -> Shot:
        """The newest frame, as soon as there is one after that of this number.

        Raises
        ------
        LivedigitsError: the camera cannot be opened, or stopped
        """
        while self._newest is None or self._newest.number <= number:
            if self._error is not None:
                raise self._error
            self._wanted.set()
            await self._news.wait()
        return self._newest

    def stop(self) -> None:
        """Let go of the camera."""
        self.ended = True
        self._wanted.set()

    def _run(self) -> None:
        try:
            with open_camera(self._source, lasting=False) as source:
                for frame in source:
                    self._in_loop(self._show, self._shot(frame))
                    self._wanted.wait()
                    self._wanted.clear()
                    if self.ended:
                        break
        except LivedigitsError as error:
            self._in_loop(self._fail, error)

    def _shot(self, frame: Frame) -> Shot:
        digits = self._reader.read(frame.image, frame.time)
        told = {**answer(Result(frame, digits)), "dropped": frame.dropped}
        return Shot(frame.index, _jpeg(frame.image), told)

    def _in_loop(self, function: Callable[[T], None], news: T) -> None:
        """Has the server's thread call the function: what viewers wait for changes only there."""
        with contextlib.suppress(RuntimeError):  # the server has gone meanwhile
            self._loop.call_soon_threadsafe(function, news)

    def _show(self, shot: Shot) -> None:
        self._newest = shot
        self._wake()

    def _fail(self, error: LivedigitsError) -> None:
        self._error = error
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        """Ends the wait of all viewers, and begins the next."""
        self._news.set()
        self._news = asyncio.Event()


def _jpeg(image: np.ndarray) -> bytes:
    """(h, w, 3) uint8 BGR -> JPEG of at most SHOWN px."""
    return bytes(cv2.imencode(".jpg", shrink(image, SHOWN)[0], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
