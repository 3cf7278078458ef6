"""What clients send: bodies within their limits, and pictures that are measured before they are decoded."""

from __future__ import annotations

import asyncio
import functools
import io
import os
import re
from collections.abc import AsyncGenerator, Awaitable
from typing import IO, TypeVar

import numpy as np
from PIL import Image
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from livedigits.errors import LivedigitsError
from livedigits.sources.images import COMMON_FORMATS, OTHER_FORMATS, decode_bytes
from livedigits.web.limits import MB

T = TypeVar("T")
DRAINED = 64 * MB  # of a body too large: read and thrown away, as a client that still sends does not hear the answer
FORM_OVERHEAD = 10_000  # bytes that a multipart body may have beyond its file


class Body:
    """The body of a request, raw or a multipart field `file`, with its limit.

    Parameters
    ----------
    what : "picture" or "video", for the sentences of refusals
    limit : bytes
    seconds : for it to arrive

    Raises
    ------
    HTTPException: 400 without a file, 408 too slow, 413 too large, on reading
    """

    def __init__(self, request: Request, what: str, limit: int, seconds: float) -> None:
        self.request = request
        self.what = what
        self.limit = limit
        self.seconds = seconds
        self.name = clean_name(request.query_params.get("name"), "upload")
        self._is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")

    async def read(self) -> bytes:
        """All of it."""
        memory = io.BytesIO()
        await self.save(memory)
        return memory.getvalue()

    async def save(self, file: IO[bytes]) -> None:
        """Write it into a file."""
        await self._in_time(self._save_form(file) if self._is_form else self._save_raw(file))
        if not file.tell():
            raise HTTPException(400, f"There is no {self.what} in the request: its body is empty.")

    async def _in_time(self, reading: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(reading, self.seconds)
        except (TimeoutError, asyncio.TimeoutError):
            raise HTTPException(408, f"The {self.what} took longer than {self.seconds:g} s to arrive.") from None
        except ClientDisconnect:
            raise HTTPException(400, f"The {self.what} did not arrive whole.") from None

    async def _save_raw(self, file: IO[bytes]) -> None:
        async for chunk in self._chunks(self.limit):
            file.write(chunk)

    async def _save_form(self, file: IO[bytes]) -> None:
        chunks = self._chunks(self.limit + FORM_OVERHEAD)
        try:
            form = await MultiPartParser(self.request.headers, chunks, max_files=1, max_fields=10).parse()
        except (MultiPartException, KeyError, ValueError, UnicodeDecodeError):
            raise HTTPException(400, "The multipart body is damaged, or has more than one file.") from None
        await self._take(form, file)

    async def _take(self, form: FormData, file: IO[bytes]) -> None:
        try:
            field = form.get("file")
            if not isinstance(field, UploadFile):
                raise HTTPException(400, "There is no file in the multipart field `file`.")
            self.name = clean_name(field.filename, self.name)
            while chunk := await field.read(MB):
                file.write(chunk)
        finally:
            await form.close()

    async def _chunks(self, limit: int) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in self.request.stream():
            size += len(chunk)
            if size <= limit:
                yield chunk
            elif size > limit + DRAINED:
                break
        if size > limit:
            raise HTTPException(413, f"The {self.what} is too large: at most {self.limit / MB:g} MB are taken.")


def clean_name(name: str | None, otherwise: str) -> str:
    """A file's name as results carry it: no folders, no control characters, of bounded length."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", os.path.basename((name or "").replace("\\", "/")))
    return name.strip()[:120] or otherwise


def decode_picture(data: bytes, name: str, max_pixels: int) -> np.ndarray:
    """Decode an upload, (h, w, 3) uint8 BGR, once its header says that it is not too large.

    Raises
    ------
    HTTPException: 413 too many pixels, 415 no picture, or damaged
    """
    most = f"at most {max_pixels / MB:g} megapixels are taken"
    try:
        width, height = _size(data)
    except Image.DecompressionBombError:
        raise HTTPException(413, f"{name} has too many pixels: {most}.") from None
    if width * height > max_pixels:
        raise HTTPException(413, f"{name} is too large: it has {width} x {height} pixels, and {most}.")
    try:
        return decode_bytes(data, name)
    except LivedigitsError as error:
        raise HTTPException(415, re.sub(r" \(for videos: .*\)$", "", str(error)) + ".") from None


def _size(data: bytes) -> tuple[int, int]:
    """Width and height in px as the header says; 0, 0 where it cannot be read."""
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as picture:
            return picture.size
    except Image.DecompressionBombError:
        raise
    except Exception:  # damaged headers raise errors of almost any type; decoding says what is wrong
        return 0, 0


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in COMMON_FORMATS + OTHER_FORMATS if name in Image.OPEN)
