"""POST /api/drawing: the strokes of a drawing as JSON, in the order in which they were drawn; its digits come back."""

from __future__ import annotations

import json
from typing import IO, Any

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livedigits.recognition import drawing
from livedigits.recognition.boxes import holds
from livedigits.recognition.strokes import bounds_of, crops_of
from livedigits.types import Frame, Result, Stroke
from livedigits.web.answers import detailed
from livedigits.web.limits import Limits
from livedigits.web.upload import Body
from livedigits.web.work import Work, address_of

WHAT = "A drawing is {width, height, strokes: [{points: [[x, y], ...], width}]}, all in px"


async def read_drawing(request: Request) -> Response:
    """POST /api/drawing: the JSON of the digits that strokes make up, with what the network saw of each."""
    work: Work = request.app.state.work
    with await drawing_of(request, work) as file:
        return JSONResponse(await work.run_measured(address_of(request), 0, _read, work, file))


async def drawing_of(request: Request, work: Work) -> IO[bytes]:
    """The drawing that a request brings."""
    limits = work.limits
    body = Body(request, "drawing", limits.drawing_bytes, limits.body_seconds, limits.idle_seconds, work.arriving)
    return await body.spooled()


def crop_of_drawing(work: Work, file: IO[bytes], box: tuple[float, ...]) -> np.ndarray:
    """The crop (28, 28, 2) uint8 of the strokes whose middles are in a box x, y, width, height, px, of a drawing.

    Raises
    ------
    HTTPException: 400 no drawing, or no stroke is there; 413 too large
    """
    strokes, _, _ = parsed(file, work.limits)
    bounds = np.array([bounds_of([stroke]) for stroke in strokes], np.float32).reshape(-1, 4)
    inside = np.flatnonzero(holds(np.array([box], np.float32), bounds)[0])
    if not len(inside):
        raise HTTPException(400, "There is no ink in the box: draw it around all strokes of the digit.")
    return np.asarray(np.round(crops_of([[strokes[i] for i in inside]])[0] * 255), np.uint8)


def _read(work: Work, file: IO[bytes]) -> dict[str, Any]:
    strokes, width, height = parsed(file, work.limits)
    reading = drawing.look(work.reader, strokes, width, height)
    blank = np.broadcast_to(np.uint8(255), (height, width, 3))  # results carry their picture's size alone
    return detailed(Result(Frame(blank, 0, 0.0, "drawing.png"), reading.digits), reading)


def parsed(file: IO[bytes], limits: Limits) -> tuple[list[Stroke], int, int]:
    """Strokes, width and height of a drawing.

    Raises
    ------
    HTTPException: 400 no such JSON, 413 too large, too many strokes or points
    """
    file.seek(0)
    try:
        told = json.loads(file.read())
        width, height = int(told["width"]), int(told["height"])
        strokes = [_stroke(one) for one in told["strokes"]]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise HTTPException(400, f"{WHAT}.") from None
    if width < 1 or height < 1:
        raise HTTPException(400, f"{WHAT}: its width and height are at least 1.")
    if max(width, height) > limits.drawing_side:
        raise HTTPException(413, f"The drawing is too large: at most {limits.drawing_side} px a side are taken.")
    if len(strokes) > limits.drawing_strokes:
        raise HTTPException(413, f"The drawing has too many strokes: at most {limits.drawing_strokes} are taken.")
    if sum(len(stroke.points) for stroke in strokes) > limits.drawing_points:
        raise HTTPException(413, f"The drawing has too many points: at most {limits.drawing_points} are taken.")
    reach = np.array([width, height], np.float32)
    for stroke in strokes:
        if (stroke.points < -reach).any() or (stroke.points > 2 * reach).any() or stroke.widths.max() > reach.max():
            raise HTTPException(400, f"{WHAT}: a stroke lies far outside.")
    return strokes, width, height


def _stroke(told: dict[str, Any]) -> Stroke:
    """One stroke; a third number of a point is the pen's pressure, 1 without one.

    Raises
    ------
    ValueError, TypeError, KeyError: it is none
    """
    points = np.array([[*point[:3], 1.0][:3] for point in told["points"]], np.float32).reshape(-1, 3)
    widths = float(told["width"]) * points[:, 2]
    if not len(points) or not np.isfinite(points).all() or not np.isfinite(widths).all() or widths.min() <= 0:
        raise ValueError("no stroke")
    return Stroke(points[:, :2], widths.astype(np.float32))
