"""Standard input as a source: "-" in place of a file's name."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import NamedTuple

from livedigits.errors import LivedigitsError

NAME = "-"
SAID = "standard input"
"""What messages call it."""

_STDIN = 0
_FIRST = 1 << 16  # bytes that are looked at: the index of an MP4 that can be read as it comes is among them
_CHUNK = 1 << 16


class Opened(NamedTuple):
    """Standard input as FFmpeg can read it: an address or path for it, and what to call when that is over."""

    place: str
    close: Callable[[], object]


def read_all(most: int) -> bytes:
    """All of it; raises LivedigitsError where it is a terminal or closed, or has more than so many bytes."""
    _check()
    parts, size = [], 0
    while part := os.read(_STDIN, _CHUNK):
        parts.append(part)
        size += len(part)
        if size > most:
            raise LivedigitsError(f"{SAID} is too large: of a pipe at most {most // 1_000_000} MB are taken")
    return b"".join(parts)


def open_stream() -> Opened:
    """Standard input as a video: as it comes, where its container allows that, else once all of it is there.

    A file that is redirected is read as a file. MP4 and MOV files that have their index at the end, and on Windows all,
    are first written to a temporary file.

    Raises
    ------
    LivedigitsError: it is a terminal, closed or empty
    """
    _check()
    if sys.platform != "win32" and stat.S_ISREG(os.fstat(_STDIN).st_mode):
        return Opened(f"/dev/fd/{_STDIN}", lambda: None)
    head = _head()
    if not head:
        raise LivedigitsError(f"{SAID} is empty: pipe a video into it")
    if sys.platform == "win32" or (head[4:8] == b"ftyp" and b"moov" not in head):
        return _spooled(head)
    return _piped(head)


def _check() -> None:
    try:
        terminal = os.isatty(_STDIN)
        os.fstat(_STDIN)
    except OSError:
        raise LivedigitsError(f"{SAID} is closed") from None
    if terminal:
        raise LivedigitsError(f"{SAID} is this terminal: pipe something into it, as in: livedigits image - < page.jpg")


def _head() -> bytes:
    head = b""
    while len(head) < _FIRST and (part := os.read(_STDIN, _FIRST - len(head))):
        head += part
    return head


def _spooled(head: bytes) -> Opened:
    with tempfile.NamedTemporaryFile(prefix="livedigits-", delete=False) as file:
        file.write(head)
        while part := os.read(_STDIN, _CHUNK):
            file.write(part)

    def remove() -> None:
        with contextlib.suppress(OSError):
            os.unlink(file.name)

    return Opened(file.name, remove)


def _piped(head: bytes) -> Opened:
    """What was read already and what comes, in a pipe; a thread fills it, and ends when the other end is closed."""
    reading, writing = os.pipe()

    def fill() -> None:
        with contextlib.suppress(OSError), os.fdopen(writing, "wb", buffering=0) as pipe:
            pipe.write(head)
            while part := os.read(_STDIN, _CHUNK):  # not sys.stdin, whose lock Python would wait for at its end
                pipe.write(part)

    threading.Thread(target=fill, name="livedigits-stdin", daemon=True).start()
    return Opened(f"pipe:{reading}", lambda: os.close(reading))
