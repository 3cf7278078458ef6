"""What native libraries write to standard error while they decode is held back, and given to who decodes.

libjpeg, libtiff and libpng tell of each damaged picture, a camera's a thousand lines a minute, and within OpenCV and
Pillow they cannot be told to be quiet.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_inside = 0  # how many calls hold it back now
_kept = -1  # standard error itself, meanwhile
_file = -1  # what is written meanwhile
_taken = 0  # bytes of it that were given to somebody

NOISE = re.compile(
    rb"Corrupt JPEG data|Premature end of JPEG|Inconsistent progression|Invalid (SOS|JPEG)|Unsupported (JPEG|marker)"
    rb"|Warning: unknown JFIF|Application transferred too|Unknown Adobe color|JPEG datastream|Not a JPEG|Bogus "
    rb"|lib(png|jpeg|tiff)\b|(TIFF\w*|\w*(Decode|Decoder|Setup\w*)|_?TIFF\w+|JPEGLib|Fax\w+|LZW\w*|ZIP\w*)(, \w+)*: "
)
"""How the lines of these libraries begin; all others are written on."""
LITERT = re.compile(rb"(INFO|WARNING|ERROR|VERBOSE): |[IWE]\d{4} ")
"""The same of LiteRT, which tells when it is loaded that it found the CPU."""


@contextlib.contextmanager
def held_back(noise: re.Pattern[bytes] = NOISE) -> Iterator[list[str]]:
    """While entered, in however many threads, nothing of this is written; afterwards its lines are in the list.

    What else is written to standard error meanwhile comes through afterwards. Where threads overlap, a line may be
    given to another than the one that caused it.
    """
    told: list[str] = []
    entered = _enter()
    try:
        yield told
    finally:
        if entered:
            told += _leave(noise)


def _enter() -> bool:
    """Whether it is held back now; not where there is no standard error."""
    global _inside, _kept, _file
    with _lock:
        if not _inside:
            try:
                _file = _nowhere() if _file < 0 else _file
                _kept = os.dup(2)
                os.dup2(_file, 2)
            except OSError:
                return False
        _inside += 1
        return True


def _leave(noise: re.Pattern[bytes]) -> list[str]:
    global _inside
    with _lock:
        _inside -= 1
        if not _inside:
            os.dup2(_kept, 2)
        lines = _written()
        with contextlib.suppress(OSError):
            for line in lines:
                if not noise.match(line):
                    os.write(_kept, line)
        if not _inside:
            os.close(_kept)
    return [" ".join(line.decode("utf-8", "replace").split()) for line in lines if noise.match(line)]


def _written() -> list[bytes]:
    """The lines in the file that nobody has had yet; at last it is emptied, as nothing is written into it any more."""
    global _taken
    size = os.fstat(_file).st_size
    content = _between(_taken, size) if size > _taken else b""
    if _inside:
        content = content[: content.rfind(b"\n") + 1]
    _taken += len(content)
    if not _inside and size:
        os.ftruncate(_file, 0)
        os.lseek(_file, 0, os.SEEK_SET)
        _taken = 0
    return content.splitlines(keepends=True)


def _between(start: int, end: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(_file, end - start, start)
    os.lseek(_file, start, os.SEEK_SET)
    return os.read(_file, end - start)


def _nowhere() -> int:
    """A file without a name; what threads write at once into it is appended, or one would overwrite another."""
    if hasattr(os, "memfd_create"):
        made = os.memfd_create("livedigits")
    else:
        with tempfile.TemporaryFile() as file:
            made = os.dup(file.fileno())
    if sys.platform != "win32":
        import fcntl

        fcntl.fcntl(made, fcntl.F_SETFL, fcntl.fcntl(made, fcntl.F_GETFL) | os.O_APPEND)
    return made
