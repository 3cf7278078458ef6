"""What clients send: bodies within their limits, and pictures that are measured before they are decoded."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncGenerator, Awaitable
from typing import IO, TypeVar

import numpy as np
from PIL import Image
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from livedigits.errors import LivedigitsError
from livedigits.sources.images import decode_file, measured
from livedigits.web.limits import MB
from livedigits.web.work import Arrivals, address_of

T = TypeVar("T")
DRAINED = 64 * MB  # of a body too large: read and thrown away, as a client that still sends does not hear the answer
SPOOLED = MB // 4  # bytes of a picture that wait in memory; more wait on disk
FORM_OVERHEAD = 10_000  # bytes that a multipart body may have beyond its file


class Body:
    """The body of a request, raw or a multipart field `file`, with its limit.

    Parameters
    ----------
    what : "picture" or "video", for the sentences of refusals
    limit : bytes
    seconds : for it to arrive
    idle_seconds : for its next part to arrive
    arrivals : the bodies that arrive; this one is put out where there are too many and it is the oldest

    Raises
    ------
    HTTPException: 400 without a file, 408 too slow, 413 too large, 503 put out, on reading
    """

    def __init__(
        self, request: Request, what: str, limit: int, seconds: float, idle_seconds: float, arrivals: Arrivals
    ) -> None:
        self.request = request
        self.what = what
        self.limit = limit
        self.seconds = seconds
        self.idle_seconds = idle_seconds
        self.arrivals = arrivals
        self.name = clean_name(request.query_params.get("name"), "upload")
        self._is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")

    async def spooled(self) -> IO[bytes]:
        """All of it as a file, of which little is in memory."""
        file: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - the caller's
        try:
            await self.save(file)
        except BaseException:
            file.close()
            raise
        return file

    async def save(self, file: IO[bytes]) -> None:
        """Write it into a file."""
        await self._in_time(self._save_form(file) if self._is_form else self._save_raw(file))
        if not file.tell():
            raise HTTPException(400, f"There is no {self.what} in the request: its body is empty.")

    async def _in_time(self, reading: Awaitable[T]) -> T:
        try:
            return await self.arrivals.wait(reading, self.seconds, address_of(self.request))
        except (TimeoutError, asyncio.TimeoutError):
            late = f"took longer than {self.seconds:g} s to arrive, or nothing of it came for {self.idle_seconds:g} s"
            raise HTTPException(408, f"The {self.what} {late}.", {"Connection": "close"}) from None
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
        stream = aiter(self.request.stream())
        while (chunk := await asyncio.wait_for(anext(stream, None), self.idle_seconds)) is not None:
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


def memory_of(file: IO[bytes], name: str, max_pixels: int, max_memory: int) -> int:
    """Bytes that decoding an upload takes, as its header says.

    Raises
    ------
    HTTPException: 413 too many pixels, or too much memory
    """
    most = f"at most {max_pixels / MB:g} megapixels are taken"
    try:
        width, height, memory = measured(file)
    except Image.DecompressionBombError:
        raise HTTPException(413, f"{name} has too many pixels: {most}.") from None
    if width * height > max_pixels:
        raise HTTPException(413, f"{name} is too large: it has {width} x {height} pixels, and {most}.")
    if memory > max_memory:
        raise HTTPException(
            413,
            f"{name} is too large: to decode its {width} x {height} pixels takes {memory // MB} MB of memory, and at "
            f"most {max_memory // MB} may be taken; a PNG or JPEG takes less.",
        )
    return memory


def decode_picture(file: IO[bytes], name: str) -> np.ndarray:
    """Decode an upload, (h, w, 3) uint8 BGR, that `memory_of` has not refused.

    Raises
    ------
    HTTPException: 415 no picture, or damaged
    """
    try:
        return decode_file(file, name)
    except LivedigitsError as error:
        raise HTTPException(415, re.sub(r" \(for videos: .*\)$", "", str(error)) + ".") from None
