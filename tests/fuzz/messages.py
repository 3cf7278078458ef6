"""Messages: HTTP, WebSocket, drawings, --resume's lines and corrections as JSON, fields as TOML, forms and regions,
and names; each is read or refused.

The first byte of an input says what the rest is; well-formed ones are made here, or kept in `corpus/messages`.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import io
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from starlette.exceptions import HTTPException

from livedigits.commands.console import line
from livedigits.errors import LivedigitsError
from livedigits.fields.file import form_of, region_field, written
from livedigits.fields.file import parsed as parsed_fields
from livedigits.fields.form import MOST_OPTIONAL
from livedigits.outputs.hosts import Hosts
from livedigits.outputs.resume import left_to_read
from livedigits.profiles.given import corrections
from livedigits.types import well_formed
from livedigits.web.drawing import parsed as parsed_drawing
from livedigits.web.guard import same_origin
from livedigits.web.limits import Limits
from livedigits.web.upload import clean_name
from tests.fuzz.mutation import crossed
from tests.fuzz.serving import Served

TOML = b"""anchor = "form.png"
unit = "share"
[fields.home]
region = [0.1, 0.2, 0.3, 0.4]
expect = "##?:##"
least = 3
greatest = 1e3
confidence = 0.9
settle = {frames = 3, seconds = 0.5, step = 10, falls = false, recover = 2.0}
[fields."g\\u00fcest"]
region = [[1, 2], [30, 2], [30, 20], [1, 20]]
"""
CROP = base64.b64encode(bytes(28 * 28)).decode()
STROKES = {"width": 60, "height": 40, "strokes": [{"points": [[9, 9], [9, 30, 0.5]], "width": 4}]}
UPGRADE = (
    b"GET /api/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)
CORRECTIONS = b"""{"source": "a.png", "box": [1, 2.5, 30, 40], "digit": 7}

{"source": "a.mp4", "frame": 3, "digits": [{"box": [1, 2, 3, 4], "digit": null}, {"box": [1, 2, 3, 4], "digit": "9"}]}
"""
FORMS = (b"-#?##.#", b"##?:##/##", b"#,### kg", b"120,80,200,90", b"1.5,-2,3e1,4")
KEPT = Path(__file__).parent / "corpus" / "messages"
NAMES = (
    b"localhost:8420",
    b"http://[::1]:8420",
    b"https://\xc3\xa4.example",
    b"C:\\a\\b/12:30.mp4",
    b"\x1b[2J\r\n.png",
)


@functools.cache
def corpus() -> list[bytes]:
    """Messages of every kind as well-behaved clients send them."""
    file = io.BytesIO()
    Image.fromarray(np.full((28, 28), 200, np.uint8)).save(file, "PNG")
    picture, drawing = file.getvalue(), json.dumps(STROKES).encode()
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + picture + b"\r\n--b--\r\n"
    requests = [
        _request(b"POST /api/read?details=1&name=a.png", picture),
        _request(b"POST /api/annotate", picture),
        _request(b"POST /api/read", form, b"Content-Type: multipart/form-data; boundary=b\r\n"),
        _request(b"POST /api/read", b"5\r\nabcde\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n", length=False),
        _request(b"POST /api/drawing", drawing, b"Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"),
        _request(b"POST /api/fields/parsed?toml=%5Bfields.a%5D%0Aregion%3D%5B1%2C2%2C3%2C4%5D", b"x"),
        _request(b"POST /api/fields?toml=%5Bfields.a%5D%0Aregion%3D%5B1%2C2%2C3%2C4%5D%0Aexpect%3D%22%23%22", picture),
        _request(b"POST /api/why", json.dumps({"crop": CROP, "around": CROP, "digit": 7}).encode()),
        _request(b"POST /api/learn?box=1,2,3,4&digit=7", picture),
        _request(b"POST /api/video?name=a.mp4", b"\0\0\0\x18ftypmp42"),
        b"GET /static/%2e%2e/app.js?a=1 HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-5\r\nIf-None-Match: x\r\n\r\n",
    ]
    frames = [_frame(2, picture), _frame(1, b"text"), _frame(9, b"ping"), _frame(8, b"\x03\xe8bye")]
    lines = [{"source": "a.mp4", "frame": i, "time": i / 25, "digits": [{"track": i}]} for i in range(3)]
    done = "".join(json.dumps(entry) + "\n" for entry in lines).encode()
    return [
        *(b"H" + request for request in requests),
        *(b"W" + frame for frame in (*frames, frames[0] + frames[3])),
        *(b"J" + drawing, b"R" + done, b"C" + CORRECTIONS, b"T" + TOML),
        *(b"F" + form for form in FORMS),
        *(b"N" + name for name in NAMES),
        *(path.read_bytes() for path in sorted(KEPT.iterdir())),
    ]


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """A message of the same kind."""
    return data[:1] + crossed(data[1:], [other[1:] for other in corpus()], rng)


def right(data: bytes) -> bool:
    """Whether a message is answered, read or refused as its kind is, and the server tells of no fault."""
    kind = KINDS.get(data[:1])
    return kind is None or kind(data[1:])


def _request(first: bytes, body: bytes, headers: bytes = b"", length: bool = True) -> bytes:
    headers += b"Content-Length: %d\r\n" % len(body) if length else b""
    return first + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n" + body


def _frame(kind: int, data: bytes) -> bytes:
    """A frame of a WebSocket as clients send it, masked with zeros."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return bytes([0x80 | kind]) + size + bytes(4) + data


@functools.cache
def _server() -> Served:
    served = Served()
    atexit.register(served.end)
    return served


def _http(data: bytes) -> bool:
    said = _server().answer(data)
    broken = b"HTTP/1.1 500" in said
    return not broken and not _faults()


def _websocket(data: bytes) -> bool:
    _server().answer(UPGRADE + data)
    return not _faults()


def _faults() -> list[str]:
    told, _server().said[:] = list(_server().said), []
    return told


def _drawing(data: bytes) -> bool:
    with contextlib.suppress(HTTPException):
        parsed_drawing(io.BytesIO(data), Limits())
    return True


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="livedigits-fuzz-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _file(data: bytes) -> str:
    """The path of a file that holds this."""
    path = _folder() / f"input-{os.getpid()}"
    path.write_bytes(data)
    return str(path)


def _resume(data: bytes) -> bool:
    with contextlib.suppress(LivedigitsError):
        left_to_read(_file(data), ["a.mp4"])
    return True


def _corrections(data: bytes) -> bool:
    with contextlib.suppress(LivedigitsError):
        return all(0 <= found.label <= 10 and min(found.box[2:]) > 0 for found in corrections(_file(data)))
    return True


def _fields(data: bytes) -> bool:
    """What is read is the same again when it has been written."""
    with contextlib.suppress(LivedigitsError):
        fields = parsed_fields(data.decode("utf-8", "replace"), Path(), "input")
        return parsed_fields(written(fields), Path(), "input") == fields
    return True


def _form(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(LivedigitsError):
        region_field("place", text)
    with contextlib.suppress(LivedigitsError):
        form = form_of(text, "place")
        return (
            form.optional > MOST_OPTIONAL
            or not form.is_number
            or form.value(form.written()[0].replace("#", "1")) is not None
        )
    return True


def _name(data: bytes) -> bool:
    text = data.decode("utf-8", "surrogateescape")
    Hosts("127.0.0.1").allows(text)
    same_origin(text, "localhost:8420")
    name = clean_name(text, "upload")
    well_formed(name).encode()
    return 0 < len(name) <= 120 and "/" not in name and not {"\n", "\x1b"} & set(line(text))


KINDS: dict[bytes, Callable[[bytes], bool]] = {
    b"H": _http,
    b"W": _websocket,
    b"J": _drawing,
    b"R": _resume,
    b"C": _corrections,
    b"T": _fields,
    b"F": _form,
    b"N": _name,
}
