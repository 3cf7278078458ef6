"""The API of corrections: what a picture's box truly shows is learned into the profile that the server reads with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import IO, TypeVar

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livedigits.errors import LivedigitsError
from livedigits.profiles.given import NONE, SIDE
from livedigits.profiles.inspection import name
from livedigits.profiles.marked import crops_of
from livedigits.profiles.teaching import Teacher
from livedigits.types import NO_DIGIT
from livedigits.web.api import picture, run
from livedigits.web.drawing import crop_of_drawing, drawing_of
from livedigits.web.upload import decode_picture
from livedigits.web.work import Work, address_of

T = TypeVar("T")
NOTHING_LEARNS = "Nothing is learned: livedigits web was started with --no-profile, or its network cannot learn."


async def learn(request: Request) -> Response:
    """POST /api/learn?box=x,y,w,h&digit=7: learns what the box of a picture, or of strokes, shows, 0 to 9 or none."""
    work: Work = request.app.state.work
    teacher = _teacher(request)
    box, label = _box(request.query_params.get("box", "")), _label(request.query_params.get("digit", ""))
    if request.headers.get("content-type", "") == "application/json":
        with await drawing_of(request, work) as file:
            crop = await work.run_measured(address_of(request), 0, crop_of_drawing, work, file, box)
    else:
        file, _ = await picture(request, work)
        with file:
            crop = await run(request, file, "The picture", _crop, box)
    async with work.learning.place(address_of(request)):
        lesson = await _answered(work, teacher.learn_crop, crop, label)
    return JSONResponse({"key": lesson.key, "digit": name(lesson.label), "samples": lesson.samples})


async def undo(request: Request) -> Response:
    """POST /api/learn/undo?key=...: takes back what was learned with that answer."""
    work: Work = request.app.state.work
    teacher = _teacher(request)
    async with work.learning.place(address_of(request)):
        left = await _answered(work, teacher.undo, request.query_params.get("key", ""))
    return JSONResponse({"samples": left})


def _teacher(request: Request) -> Teacher:
    teacher: Teacher | None = request.app.state.teacher
    if teacher is None:
        raise HTTPException(409, NOTHING_LEARNS)
    return teacher


async def _answered(work: Work, function: Callable[..., T], *args: object) -> T:
    try:
        return await work.run(function, *args)
    except LivedigitsError as error:
        raise HTTPException(409, _sentence(error)) from None


def _crop(work: Work, file: IO[bytes], name: str, box: tuple[float, ...]) -> np.ndarray:
    image = decode_picture(file, name)
    height, width = image.shape[:2]
    x, y, w, h = box
    if x >= width or y >= height or x + w <= 0 or y + h <= 0:
        raise HTTPException(400, f"The box is outside the picture of {width} x {height} px.")
    try:
        return crops_of(image, np.array([box]))[0]
    except LivedigitsError as error:
        raise HTTPException(400, _sentence(error)) from None


def _box(text: str) -> tuple[float, ...]:
    try:
        box = tuple(float(side) for side in text.split(",", 4))
    except ValueError:
        box = ()
    if len(box) != 4 or not all(math.isfinite(side) and abs(side) <= SIDE for side in box) or min(box[2:]) <= 0:
        raise HTTPException(400, "The box must be four numbers, x,y,width,height in px, of some width and height.")
    return box


def _label(text: str) -> int:
    if text == NONE:
        return NO_DIGIT
    if len(text) != 1 or text not in "0123456789":
        raise HTTPException(400, f"The digit must be 0 to 9, or {NONE}.")
    return int(text)


def _sentence(error: LivedigitsError) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
