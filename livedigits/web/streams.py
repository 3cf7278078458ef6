"""The WebSockets: frames of a browser's camera come and results go; or both go, from a camera of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from typing import IO, Any

from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect

from livedigits.errors import LivedigitsError
from livedigits.recognition.video_reader import VideoReader
from livedigits.types import Frame, Result
from livedigits.web.answers import answer
from livedigits.web.cameras import Cameras
from livedigits.web.phone import is_local
from livedigits.web.upload import decode_picture, memory_of
from livedigits.web.work import Place, Work, address_of

TRY_AGAIN = 1013
UNSUPPORTED = 1003
POLICY = 1008


async def live(socket: WebSocket) -> None:
    """A browser's camera: each binary message is a picture, each answer the newest one's result.

    The answer's `frame` counts the pictures as they came, so that the browser knows which one it is about; `dropped`
    says how many were passed over because newer ones were there.
    """
    work: Work = socket.app.state.work
    async with _place(socket, work) as place:
        if place is not None:
            await _LiveStream(socket, work, place).run()


class _LiveStream:
    """One browser's camera: its reader, and the newest frame that waits."""

    def __init__(self, socket: WebSocket, work: Work, place: Place) -> None:
        self.socket = socket
        self.place = place
        self.work = work
        self.reader = VideoReader(work.reader)
        self.start = time.monotonic()
        self.received = self.dropped = 0
        self.newest: tuple[bytes, int, float] | None = None
        self.news = asyncio.Event()

    async def run(self) -> None:
        answering = asyncio.create_task(self._answer())
        try:
            while True:
                message = await self.socket.receive()
                self.place.hear()
                if message["type"] == "websocket.disconnect":
                    break
                if message.get("bytes") is None:
                    await self.socket.close(UNSUPPORTED, "Frames are binary messages: pictures, such as JPEG.")
                    break
                self._take(message["bytes"])
        finally:
            await _cancel(answering)
            self._pass_over()

    def _pass_over(self) -> bool:
        """Whether a frame waited, which now does not."""
        if self.newest is None:
            return False
        self.work.frames_memory -= len(self.newest[0])
        self.newest = None
        return True

    def _take(self, data: bytes) -> None:
        self.dropped += self._pass_over()
        if self.work.frames_memory + len(data) > self.work.limits.frames_memory:
            self.received += 1
            self.dropped += 1
            return
        self.work.frames_memory += len(data)
        self.newest = data, self.received, time.monotonic() - self.start
        self.received += 1
        self.news.set()

    async def _answer(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may close at any moment
            while True:
                await self.news.wait()
                self.news.clear()
                if self.newest is None:
                    continue
                data, index, seconds = self.newest
                self._pass_over()
                await self.socket.send_text(await self._result(data, index, seconds))

    async def _result(self, data: bytes, index: int, seconds: float) -> str:
        try:
            limits, file = self.work.limits, io.BytesIO(data)
            if len(data) > limits.frame_bytes:
                raise HTTPException(413, "The frame is too large.")
            memory = await self.work.run(memory_of, file, "The frame", limits.frame_pixels, limits.picture_memory)
            result = await self.work.run_measured(self.place.address, memory, self._read, file, index, seconds)
        except HTTPException as error:
            result = {"frame": index, "error": error.detail}
        return json.dumps({**result, "dropped": self.dropped})

    def _read(self, file: IO[bytes], index: int, seconds: float) -> dict[str, Any]:
        image = decode_picture(file, "The frame")
        digits = self.reader.read(image, seconds)
        return answer(Result(Frame(image, index, seconds, "camera"), digits))


async def watch(socket: WebSocket) -> None:
    """A camera of this machine, ?source=: its result as text, then its picture as JPEG; a message asks for the next."""
    work: Work = socket.app.state.work
    cameras: Cameras = socket.app.state.cameras
    async with _place(socket, work) as place:
        if place is None:
            return
        source = socket.query_params.get("source", "")
        if source not in cameras.offered(is_local(socket)):
            await socket.close(POLICY, "That camera of the server's machine is not offered.")
            return
        asked = asyncio.Semaphore(1)
        showing = asyncio.create_task(_show(socket, cameras, source, asked))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                place.hear()
                if asked.locked():  # one is shown at a time, however often it is asked for
                    asked.release()
        finally:
            await _cancel(showing)


async def _show(socket: WebSocket, cameras: Cameras, source: str, asked: asyncio.Semaphore) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        async with cameras.watch(source) as camera:
            number = -1
            try:
                while True:
                    await asked.acquire()
                    shot = await camera.newer(number)
                    number = shot.number
                    await socket.send_text(json.dumps(shot.answer))
                    await socket.send_bytes(shot.jpeg)
            except LivedigitsError as error:
                await socket.send_text(json.dumps({"error": f"{error}."}))
                await socket.close()


@contextlib.asynccontextmanager
async def _place(socket: WebSocket, work: Work) -> Any:
    """Accept the WebSocket where there is a place for one more; where not, it is told so and closed."""

    async def close() -> None:
        await socket.close(TRY_AGAIN, "Others came, and nothing was heard of this connection.")

    with work.sockets.place(address_of(socket), close) as place:
        await socket.accept()
        if place is None:
            await socket.close(TRY_AGAIN, "Too many connections: try again in a moment.")
        yield place


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
