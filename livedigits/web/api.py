"""The API for programs and for the page: pictures are posted, JSON or an annotated picture comes back."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

import cv2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from livedigits import __version__
from livedigits.annotate.overlay import draw
from livedigits.live.following import Single, as_read
from livedigits.profiles.teaching import Teacher
from livedigits.types import Frame, Result
from livedigits.web.answers import answer, detailed
from livedigits.web.cameras import Cameras
from livedigits.web.openapi import description
from livedigits.web.phone import is_local
from livedigits.web.upload import Body, decode_picture, memory_of
from livedigits.web.work import Work, address_of

T = TypeVar("T")
CHUNK = 256_000  # bytes of a picture that are sent at a time


async def read(request: Request) -> Response:
    """POST /api/read: the JSON of a picture's digits; with ?details=1 also what the network saw of each.

    With ?upright=1 a page that lies on its side or upside down is read upright, as the command `image` does.
    """
    work: Work = request.app.state.work
    file, name = await picture(request, work)
    with file:
        told = await run(request, file, name, _read, _asked(request, "details"), _asked(request, "upright"))
        return JSONResponse(told)


async def annotate(request: Request) -> Response:
    """POST /api/annotate: the picture with its digits drawn on it, as PNG; ?upright=1 as for /api/read."""
    work: Work = request.app.state.work
    file, name = await picture(request, work)
    with file:
        return SentPicture(await run(request, file, name, _annotate, _asked(request, "upright")))


async def info(request: Request) -> Response:
    """GET /api/info: version, limits, this machine's cameras that may be watched, the profile in use, a phone's way."""
    work: Work = request.app.state.work
    cameras: Cameras = request.app.state.cameras
    limits = {"picture_bytes": work.limits.picture_bytes, "video_bytes": work.limits.video_bytes}
    local, door = is_local(request), request.app.state.phone
    profile = await work.run(_told, request.app.state.teacher, local)
    # Who gets the address has the key in it.
    phone = {"address": door.address, "fingerprint": door.certificate.fingerprint} if door and local else None
    told = {"version": __version__, "limits": limits, "cameras": cameras.offered(local), "profile": profile}
    return JSONResponse({**told, "phone": phone})


async def openapi(request: Request) -> Response:
    """GET /api/openapi.json"""
    return JSONResponse(description(request.app.state.work.limits))


async def picture(request: Request, work: Work) -> tuple[IO[bytes], str]:
    """The picture that a request brings, and its name."""
    limits = work.limits
    body = Body(request, "picture", limits.picture_bytes, limits.body_seconds, limits.idle_seconds, work.arriving)
    return await body.spooled(), body.name


async def run(request: Request, file: IO[bytes], name: str, read: Callable[..., T], *args: object) -> T:
    """What `read` returns of a picture, in the thread that is for pictures of its size."""
    work: Work = request.app.state.work
    limits = work.limits
    memory = await work.run(memory_of, file, name, limits.picture_pixels, limits.picture_memory)
    return await work.run_measured(address_of(request), memory, read, work, file, name, *args)


def _asked(request: Request, option: str) -> bool:
    return request.query_params.get(option) in ("1", "true")


def _read(work: Work, file: IO[bytes], name: str, details: bool, upright: bool) -> dict[str, Any]:
    frame = Frame(decode_picture(file, name), 0, 0.0, name)
    reading = Single(work.reader, upright)(frame)
    result = Result(as_read(frame, reading), reading.digits)
    return detailed(result, reading) if details else answer(result)


def _annotate(work: Work, file: IO[bytes], name: str, upright: bool) -> str:
    """The path of a temporary file with the annotated picture, as PNG: in memory a large one would be there thrice."""
    frame = Frame(decode_picture(file, name), 0, 0.0, name)
    reading = Single(work.reader, upright)(frame)
    frame = as_read(frame, reading)  # of a large picture that was turned the other is let go
    drawn = draw(frame.image, reading.digits)
    handle, path = tempfile.mkstemp(".png", "livedigits-")
    os.close(handle)
    if not cv2.imwrite(path, drawn):
        os.unlink(path)
        raise HTTPException(507, "There is no room on the server's disk for the annotated picture.")
    return path


class SentPicture(StreamingResponse):
    """A PNG file that is sent, and deleted however that ends."""

    def __init__(self, path: str) -> None:
        super().__init__(_chunks(path), media_type="image/png", headers={"Content-Length": str(os.path.getsize(path))})
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with contextlib.suppress(OSError):  # Windows keeps it while it is read
                os.unlink(self._path)


def _chunks(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _told(teacher: Teacher | None, local: bool) -> dict[str, Any] | None:
    """The profile as the page says it; None where nothing is learned.

    local : only this machine asks; others are not told in which folder the file is
    """
    if teacher is None:
        return None
    path, samples = teacher.watched.path, teacher.watched.profile.samples
    return {"name": str(path) if local else path.name, "samples": len(samples), "counts": samples.counts.tolist()}
