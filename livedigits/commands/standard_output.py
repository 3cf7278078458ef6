"""Standard output that remembers why it could not be written: a full disk is told, a reader that has gone is not."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from livedigits.commands import console
from livedigits.errors import OutputError


class StandardOutput(io.TextIOWrapper):
    """Writes where another stream writes, and any file name in that one's encoding.

    Attributes
    ----------
    failure : the last error of writing; None without one
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(
            stream.buffer,
            encoding=stream.encoding,
            errors="backslashreplace",  # as to standard error
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self.failure: OSError | None = None

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self.failure = error
            raise


def failed(error: OSError) -> bool:
    """Whether an error comes from writing to standard output."""
    return isinstance(sys.stdout, StandardOutput) and sys.stdout.failure is error


def give_up() -> OSError | None:
    """Why standard output did not take all that was written; the rest is dropped, as Python would try it again."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except ValueError:  # it is closed
        return None
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        return error
    return None


def tell(problem: OSError) -> int:
    """Prints what is wrong with standard output, but not that its reader has gone; returns the exit status.

    That is 141 where the reader has gone, as `head` does once it has its lines: what a shell makes of SIGPIPE.
    """
    if isinstance(problem, BrokenPipeError):
        return 141
    console.error(OutputError("-", problem.strerror))
    return 1
