"""POST /api/why: which parts of a digit's crop speak for it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import IO, Any

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livedigits.recognition.crop import SIZE
from livedigits.recognition.occlusion import evidence
from livedigits.web.upload import Body
from livedigits.web.work import Work, address_of

BYTES = 10_000
"""Of a body: twice what two channels in base64 need, and room for spaces."""
WHAT = (
    "What is asked is {crop, around, digit}: both as /api/read?details=1 and /api/drawing give them, the digit 0 to 9."
)


async def why(request: Request) -> Response:
    """POST /api/why: JSON {crop, around, digit} -> {evidence: 28x28 numbers, row by row}; above 0 speaks for it."""
    work: Work = request.app.state.work
    limits = work.limits
    body = Body(request, "crop", BYTES, limits.body_seconds, limits.idle_seconds, work.arriving)
    with await body.spooled() as file:
        return JSONResponse(await work.run_measured(address_of(request), 0, _why, work, file))


def _why(work: Work, file: IO[bytes]) -> dict[str, Any]:
    file.seek(0)
    try:
        told = json.loads(file.read())
        channels = [np.frombuffer(base64.b64decode(told[name], validate=True), np.uint8) for name in ("crop", "around")]
        crop = np.stack([channel.reshape(SIZE, SIZE) for channel in channels], -1).astype(np.float32) / 255
        label = told["digit"]
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise HTTPException(400, WHAT) from None
    if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label <= 9:
        raise HTTPException(400, WHAT)
    parts = evidence(crop, label, work.reader.classifier, work.reader.head())
    return {"evidence": [round(float(part), 2) for part in parts.ravel()]}
