"""The API for programs and for the page: pictures are posted, JSON or an annotated picture comes back."""

from __future__ import annotations

from typing import Any

import cv2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livedigits import __version__
from livedigits.annotate.overlay import draw
from livedigits.types import Frame, Result
from livedigits.web.answers import answer, detailed
from livedigits.web.cameras import Cameras
from livedigits.web.openapi import description
from livedigits.web.upload import Body, decode_picture
from livedigits.web.work import Work


async def read(request: Request) -> Response:
    """POST /api/read: the JSON of a picture's digits; with ?details=1 also what the network saw of each."""
    work: Work = request.app.state.work
    details = request.query_params.get("details") in ("1", "true")
    async with work.pictures:
        data, name = await _picture(request, work)
        return JSONResponse(await work.run(_read, work, data, name, details))


async def annotate(request: Request) -> Response:
    """POST /api/annotate: the picture with its digits drawn on it, as PNG."""
    work: Work = request.app.state.work
    async with work.pictures:
        data, name = await _picture(request, work)
        return Response(await work.run(_annotate, work, data, name), media_type="image/png")


async def info(request: Request) -> Response:
    """GET /api/info: version, limits, and the cameras of this machine that may be watched."""
    work: Work = request.app.state.work
    cameras: Cameras = request.app.state.cameras
    limits = {"picture_bytes": work.limits.picture_bytes, "video_bytes": work.limits.video_bytes}
    return JSONResponse({"version": __version__, "limits": limits, "cameras": cameras.offered()})


async def openapi(request: Request) -> Response:
    """GET /api/openapi.json"""
    return JSONResponse(description(request.app.state.work.limits))


async def _picture(request: Request, work: Work) -> tuple[bytes, str]:
    body = Body(request, "picture", work.limits.picture_bytes, work.limits.body_seconds)
    return await body.read(), body.name


def _read(work: Work, data: bytes, name: str, details: bool) -> dict[str, Any]:
    image = decode_picture(data, name, work.limits.picture_pixels)
    reading = work.reader.look(image)
    result = Result(Frame(image, 0, 0.0, name), reading.digits)
    return detailed(result, reading) if details else answer(result)


def _annotate(work: Work, data: bytes, name: str) -> bytes:
    image = decode_picture(data, name, work.limits.picture_pixels)
    return bytes(cv2.imencode(".png", draw(image, work.reader.read(image)))[1])
