"""Videos that are sent: read frame by frame, their results streamed as JSON Lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import cv2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from livedigits.errors import LivedigitsError
from livedigits.live.summary import Summary
from livedigits.recognition.video_reader import VideoReader
from livedigits.sources import Source
from livedigits.sources.filetypes import HEAD, is_video
from livedigits.sources.video import open_video
from livedigits.types import Result
from livedigits.web.answers import answer
from livedigits.web.limits import MB
from livedigits.web.upload import Body
from livedigits.web.work import Work, address_of

BATCH_SECONDS = 0.2  # one job in the threads: short, for the others who wait
NO_VIDEO = "is not a video that is read here: MP4, MOV, WebM, MKV, AVI, Ogg, MPEG, FLV or WMV."


async def read_video(request: Request) -> Response:
    """POST /api/video: a line for each frame as it is read, and one for the whole."""
    work: Work = request.app.state.work
    limits = work.limits
    stack = contextlib.AsyncExitStack()
    try:
        path = stack.enter_context(_temporary())
        body = Body(
            *(request, "video", limits.video_bytes),
            *(10 * limits.body_seconds, limits.idle_seconds, work.arriving_videos),
        )
        with open(path, "wb") as file:
            await body.save(file)
        await stack.enter_async_context(work.videos.place(address_of(request)))
        video = await work.run(_SentVideo, path, body.name, VideoReader(work.reader), limits.video_pixels)
        stack.push_async_callback(work.run, video.close)
    except BaseException:
        await stack.aclose()
        raise
    return _Lines(work, video, stack)


class _Lines(StreamingResponse):
    """The lines of a video; it is closed when they end, also where nobody waits for them any more."""

    def __init__(self, work: Work, video: _SentVideo, stack: contextlib.AsyncExitStack) -> None:
        super().__init__(_lines(work, video), media_type="application/x-ndjson")
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # not within what was cancelled: the file, the decoder and its threads go at once
            await asyncio.shield(asyncio.ensure_future(self._stack.aclose()))


@contextlib.contextmanager
def _temporary() -> Iterator[str]:
    handle, path = tempfile.mkstemp(prefix="livedigits-")
    os.close(handle)
    try:
        yield path
    finally:
        os.unlink(path)


async def _lines(work: Work, video: _SentVideo) -> AsyncIterator[str]:
    while not video.ended:
        yield await work.run(video.batch)


class _SentVideo:
    """A video that is read, a batch of frames at a time.

    Raises
    ------
    HTTPException: 413 too many pixels, 415 no video
    """

    def __init__(self, path: str, name: str, reader: VideoReader, max_pixels: int) -> None:
        with open(path, "rb") as file:  # FFmpeg reads playlists, too, and would open what they name
            known = is_video(file.read(HEAD))
        if not known:
            raise HTTPException(415, f"{name} {NO_VIDEO}")
        _check_size(path, name, max_pixels)
        try:
            self._source: Source = open_video(path)
        except LivedigitsError as error:
            raise HTTPException(415, str(error).replace(path, name) + ".") from None
        self._name = name
        self._path = path
        self._reader = reader
        self._summary = Summary()
        self.ended = False

    def batch(self) -> str:
        """JSON Lines of the next frames; at the end the line with the whole video's text, or the error."""
        lines = []
        end = time.monotonic() + BATCH_SECONDS
        try:
            while time.monotonic() < end:
                frame = next(self._source)
                digits = self._reader.read(frame.image, frame.time)
                result = Result(replace(frame, source=self._name), digits)
                self._summary.add(result)
                lines.append(answer(result))
        except StopIteration:
            lines.append(self._end())
        except LivedigitsError as error:
            lines.append({**self._end(), "error": str(error).replace(self._path, self._name) + "."})
        return "".join(json.dumps(line) + "\n" for line in lines)

    def _end(self) -> dict[str, Any]:
        """The last line; its text is the digits that were followed, in the order in which they came into view."""
        self.ended = True
        return {"end": True, "frames": self._summary.frames, "text": " ".join(map(str, self._summary.tracks))}

    def close(self) -> None:
        self._source.close()


def _check_size(path: str, name: str, max_pixels: int) -> None:
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    try:
        width, height = (int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    finally:
        capture.release()
    if width * height > max_pixels:
        most = f"{max_pixels / MB:g} megapixels are taken"
        raise HTTPException(413, f"{name} is too large: its frames have {width} x {height} pixels, and at most {most}.")
