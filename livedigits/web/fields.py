"""The API of fields: a file of them is taken apart for the page, and a picture's fields are read."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livedigits.errors import LivedigitsError
from livedigits.fields.definition import Field, FieldSet
from livedigits.fields.file import parsed
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import Pictures
from livedigits.types import Frame
from livedigits.web.api import picture, run
from livedigits.web.upload import decode_picture
from livedigits.web.work import Work

NAME = "the file of fields"
ANCHORED = "has an anchor, which the server does not open: take it out, and give its picture"


async def read_fields(request: Request) -> Response:
    """POST /api/fields?toml=...: what a picture holds in the fields that a file's text names, which has no anchor."""
    work: Work = request.app.state.work
    fields = _parsed(request.query_params.get("toml", ""))
    if fields.anchor is not None:
        raise HTTPException(400, f"{NAME} {ANCHORED}.")
    file, name = await picture(request, work)
    with file:
        return JSONResponse(await run(request, file, name, _read, fields))


async def parse_fields(request: Request) -> Response:
    """POST /api/fields/parsed?toml=...: the fields that a file's text names, as JSON."""
    fields = _parsed(request.query_params.get("toml", ""))
    anchor = None if fields.anchor is None else fields.anchor.as_posix()
    return JSONResponse({"anchor": anchor, "share": fields.share, "fields": [_told(field) for field in fields]})


def _parsed(text: str) -> FieldSet:
    try:
        return parsed(text, Path(), NAME)
    except LivedigitsError as error:
        raise HTTPException(400, f"{error}.") from None


def _told(field: Field) -> dict[str, Any]:
    """A field as the page holds it."""
    rules = field.settle
    settle = None if rules is None else {key: getattr(rules, key) for key in type(rules).__dataclass_fields__}
    return {
        "name": field.name,
        "corners": field.corners,
        "expect": field.form.text if field.form else "",
        "least": field.least,
        "greatest": field.greatest,
        "confidence": field.confidence,
        "settle": settle,
    }


def _read(work: Work, file: IO[bytes], name: str, fields: FieldSet) -> dict[str, Any]:
    image = decode_picture(file, name)
    values = Pictures(FieldReader(work.reader), fields)(Frame(image, 0, 0.0, name))
    height, width = image.shape[:2]
    return {"width": width, "height": height, "fields": {key: value.to_json() for key, value in values.items()}}
