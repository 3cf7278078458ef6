"""The description of the API, OpenAPI 3.1, with the limits in force."""

from __future__ import annotations

from typing import Any

from livedigits import __version__
from livedigits.web.limits import MB, Limits

Schema = dict[str, Any]

WEBSOCKETS = """\
Two WebSockets are not part of OpenAPI.

`/api/live`: each binary message is a frame, a picture such as JPEG; the answer to the newest one comes as text, a
Result with `dropped`, or `{{"frame": n, "error": "..."}}`. `frame` counts the frames as they came, from 0. A frame may
have {frame_bytes:g} MB and {frame_pixels:g} megapixels.

`/api/watch?source=S`: a camera of the server's machine, S from /api/info. A Result comes as text, then its picture as
binary JPEG; any message asks for the next.

{connections} WebSockets may be open at a time. Browsers may use the API only from the server's own page."""


def description(limits: Limits) -> Schema:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "livedigits",
            "version": __version__,
            "description": WEBSOCKETS.format(
                frame_bytes=limits.frame_bytes / MB,
                frame_pixels=limits.frame_pixels / MB,
                connections=limits.connections,
            ),
        },
        "paths": {
            "/api/read": {"post": _read(limits)},
            "/api/annotate": {"post": _annotate(limits)},
            "/api/drawing": {"post": _drawing(limits)},
            "/api/fields": {"post": _fields(limits)},
            "/api/fields/parsed": {"post": _parsed()},
            "/api/learn": {"post": _learn(limits)},
            "/api/learn/undo": {"post": _undo()},
            "/api/why": {"post": _why()},
            "/api/video": {"post": _video(limits)},
            "/api/info": {
                "get": {
                    "summary": "Version, limits, cameras, profile, a phone's way in",
                    "responses": {"200": _json({})},
                }
            },
        },
        "components": {"schemas": _schemas()},
    }


def _read(limits: Limits) -> Schema:
    return {
        "summary": "Read the digits in a picture",
        "description": _picture_limits(limits),
        "parameters": [
            _query("name", "string", "What `source` shall be in the result; of a multipart body the file's name."),
            _query("details", "boolean", "Give each digit its `probabilities`, `crop` and `around`, too."),
            _UPRIGHT,
        ],
        "requestBody": _body("image/*"),
        "responses": {"200": _json(_ref("Result")), **_errors(400, 403, 408, 413, 415, 503)},
    }


def _strokes() -> Schema:
    number = {"type": "number"}
    points = {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 2, "maxItems": 3, "items": number}}
    stroke = {"type": "object", "required": ["points", "width"], "properties": {"points": points, "width": number}}
    return {
        "type": "object",
        "required": ["width", "height", "strokes"],
        "properties": {"width": number, "height": number, "strokes": {"type": "array", "items": stroke}},
    }


def _drawing(limits: Limits) -> Schema:
    return {
        "summary": "Read the digits that strokes make up, who drew what when",
        "description": _drawing_limits(limits),
        "requestBody": {"required": True, "content": _DRAWING},
        "responses": {"200": _json(_ref("Result")), **_errors(400, 403, 408, 413, 503)},
    }


_DRAWING: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Drawing"}}}
_TOML = "The text of a file of fields, as `--fields` takes it."


def _fields(limits: Limits) -> Schema:
    return {
        "summary": "Read the fields of a picture",
        "description": _picture_limits(limits),
        "parameters": [_query("toml", "string", f"{_TOML} It must not have an anchor."), _query("name", "string", "")],
        "requestBody": _body("image/*"),
        "responses": {"200": _json({"type": "object"}), **_errors(400, 403, 408, 413, 415, 503)},
    }


def _parsed() -> Schema:
    return {
        "summary": "Take a file of fields apart",
        "parameters": [_query("toml", "string", _TOML)],
        "responses": {"200": _json({"type": "object"}), **_errors(400, 403)},
    }


def _learn(limits: Limits) -> Schema:
    return {
        "summary": "Learn what a box of a picture, or of a drawing's strokes, truly shows, into the profile in use",
        "description": f"A picture: {_picture_limits(limits)} Or a drawing, of which the strokes with their middles in "
        f"the box are meant: {_drawing_limits(limits)}",
        "parameters": [
            _query("box", "string", "x,y,width,height in px, as a digit's `box`, or drawn around one that was missed."),
            _query("digit", "string", "0 to 9, or none."),
        ],
        "requestBody": _body("image/*", _DRAWING),
        "responses": {"200": _json({"type": "object"}), **_errors(400, 403, 408, 409, 413, 415, 503)},
    }


def _why() -> Schema:
    channel = {"type": "string", "description": "as a digit's details have it"}
    properties = {"crop": channel, "around": channel, "digit": {"type": "integer", "minimum": 0, "maximum": 9}}
    asked = {"type": "object", "required": ["crop", "around", "digit"], "properties": properties}
    return {
        "summary": "Which parts of a digit's crop speak for it",
        "description": "`evidence` is 28x28 numbers row by row: by how much the log odds of the digit fall without "
        "that part; below 0 where it speaks against the digit.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {"200": _json({"type": "object"}), **_errors(400, 403, 408, 413, 503)},
    }


def _undo() -> Schema:
    return {
        "summary": "Take back what was learned",
        "parameters": [_query("key", "string", "The `key` of the answer.")],
        "responses": {"200": _json({"type": "object"}), **_errors(403, 409, 503)},
    }


def _annotate(limits: Limits) -> Schema:
    png = {"description": "The picture with its digits drawn on it", "content": {"image/png": {}}}
    return {
        "summary": "Draw the digits onto a picture",
        "description": _picture_limits(limits),
        "parameters": [_UPRIGHT],
        "requestBody": _body("image/*"),
        "responses": {"200": png, **_errors(400, 403, 408, 413, 415, 503)},
    }


def _video(limits: Limits) -> Schema:
    lines = {"description": "JSON Lines: a Result a frame, then an End", "content": {"application/x-ndjson": {}}}
    return {
        "summary": "Read the digits in a video",
        "description": f"At most {limits.video_bytes / MB:g} MB, frames of {limits.video_pixels / MB:g} megapixels, "
        f"{10 * limits.body_seconds:g} s to arrive, {limits.videos} videos at a time.",
        "parameters": [_query("name", "string", "What `source` shall be in the results.")],
        "requestBody": _body("video/*"),
        "responses": {"200": lines, **_errors(400, 403, 408, 413, 415, 503)},
    }


def _picture_limits(limits: Limits) -> str:
    return (
        f"At most {limits.picture_bytes / MB:g} MB and {limits.picture_pixels / MB:g} megapixels, "
        f"{limits.body_seconds:g} s to arrive; {limits.uploads} pictures at a time, {limits.waiting} more wait."
    )


def _drawing_limits(limits: Limits) -> str:
    return (
        f"At most {limits.drawing_strokes} strokes and {limits.drawing_points} points, "
        f"{limits.drawing_side} px a side. A point is x, y and, if known, the pen's pressure, 1 for its width."
    )


def _body(kind: str, other: Schema | None = None) -> Schema:
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
    return {"required": True, "content": {kind: {}, "multipart/form-data": {"schema": form}, **(other or {})}}


def _query(name: str, kind: str, text: str) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": text}


_UPRIGHT = _query("upright", "boolean", "Read a page that lies on its side or upside down upright, as `image` does.")


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Schema) -> Schema:
    return {"description": "JSON", "content": {"application/json": {"schema": schema}}}


def _errors(*codes: int) -> Schema:
    meanings = {
        400: "No file, or not all of it arrived",
        403: "Another host or origin",
        408: "It took too long to arrive",
        409: "Nothing is learned here, or the profile cannot be written",
        413: "Too many bytes or pixels",
        415: "No picture or video, or a damaged one",
        503: "The server is busy",
    }
    return {str(code): _json(_ref("Error")) | {"description": meanings[code]} for code in codes}


def _schemas() -> Schema:
    integer, number, string = {"type": "integer"}, {"type": "number"}, {"type": "string"}
    digit = {
        "digit": {"type": "integer", "minimum": 0, "maximum": 9},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "box": {"type": "array", "items": integer, "description": "x, y, width, height in pixels"},
        "track": {"type": ["integer", "null"], "description": "the digit's identity from frame to frame"},
        "probabilities": {"type": "array", "items": number, "description": "of 0 to 9; what is missing to 1: none"},
        "crop": {"type": ["string", "null"], "description": "28x28 bytes as the network got them, in base64"},
        "around": {"type": ["string", "null"], "description": "the same of what stands around it, from twice as far"},
    }
    joined = {
        "text": {"type": "string", "pattern": "^[0-9]+$"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "that the whole number is right"},
        "box": {"type": "array", "items": integer, "description": "around all its digits, as theirs"},
        "digits": {"type": "array", "items": integer, "description": "which of `digits`, in reading order"},
        "complete": {"type": "boolean", "description": "false where it was probably cut short"},
    }
    result = {
        "source": string,
        "frame": integer,
        "time": {"type": "number", "description": "seconds"},
        "width": integer,
        "height": integer,
        "digits": {"type": "array", "items": _ref("Digit")},
        "numbers": {"type": "array", "items": _ref("Number"), "description": "in reading order; a digit is in one"},
        "text": {"type": "string", "description": "the numbers, line by line"},
    }
    turned = {"enum": [90, 180, 270], "description": "degrees clockwise by which it was turned; the rest is of that"}
    end = {"end": {"const": True}, "frames": integer, "text": string, "error": string}
    return {
        "Digit": {"type": "object", "properties": digit, "required": ["digit", "confidence", "box", "track"]},
        "Number": {"type": "object", "properties": joined, "required": list(joined)},
        "Result": {"type": "object", "properties": {**result, "turned": turned}, "required": list(result)},
        "End": {"type": "object", "properties": end, "required": ["end", "frames", "text"]},
        "Drawing": _strokes(),
        "Error": {"type": "object", "properties": {"error": string}, "required": ["error"]},
    }
