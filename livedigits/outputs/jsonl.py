"""A sink: JSON Lines, one object a frame; and how lines of JSON get to a file or to standard output."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from pathlib import Path
from typing import IO, Any

from livedigits.errors import OutputError
from livedigits.types import Result


class LineFile:
    """A file of lines, most of them one JSON object each; "-" is standard output.

    Each line is written whole and at once, so that who reads the file meanwhile never meets half of one. What was in
    the file stays until begin() or the first line: a run that fails before leaves it as it was, and one that ends
    without a line empties it.

    Parameters
    ----------
    path : the file, or "-"
    append : go on behind what is in the file; otherwise it is emptied

    Attributes
    ----------
    broken : whether a line could not be written

    Raises
    ------
    OutputError: the file cannot be written; on entering, too
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self.path = str(path)
        self.broken = False
        self._begun = append
        self._written = self._existed = False
        self._file: IO[bytes] | None = None

    def __enter__(self) -> LineFile:
        if self.path != "-":
            self._existed = os.path.lexists(self.path)
            try:
                self._file = open(self.path, "ab", buffering=0)  # which empties nothing yet
            except OSError as error:
                raise OutputError(self.path, error.strerror) from error
        elif sys.stdout is None:
            raise OutputError(self.path, "it is closed")
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        if self._file is None:
            return
        try:
            if kind is None and not self.broken:
                self.begin()
        finally:
            self._file.close()
            if kind is not None and not self._existed and not self._written:
                with contextlib.suppress(OSError):
                    os.unlink(self.path)

    def begin(self) -> None:
        """Empties the file where that is still to be done."""
        if self._begun or self._file is None:
            return
        try:
            if stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):  # pipes and devices hold nothing
                self._file.truncate(0)
        except OSError as error:
            self._fail(error)
        self._begun = True

    def write(self, entry: dict[str, Any]) -> None:
        """Writes one object."""
        # ASCII: any terminal's encoding and any program takes it.
        self.write_line(json.dumps(entry) + "\n")

    def write_line(self, line: str) -> None:
        """Writes one line, its end included; as UTF-8 into a file."""
        self.begin()
        try:
            if self._file is None:
                sys.stdout.write(line)
                sys.stdout.flush()
            else:
                rest = line.encode("utf-8")
                while rest:
                    rest = rest[self._file.write(rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            self._fail(error)
        self._written = True

    def _fail(self, error: OSError) -> None:
        self.broken = True
        raise OutputError(self.path, error.strerror) from error


class JsonLines:
    """JSON Lines, one object a frame, to a file or ("-") to standard output.

    Parameters
    ----------
    path : the file, or "-"
    append : go on behind what is in the file; otherwise the first line empties it, or an end without an error

    Raises
    ------
    LivedigitsError: the file cannot be written
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self._lines = LineFile(path, append)

    def __enter__(self) -> JsonLines:
        self._lines.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._lines.__exit__(kind)

    def write(self, result: Result) -> None:
        """Writes one line."""
        self._lines.write(result.to_json())


def write_figures(figures: dict[str, Any], path: str) -> None:
    """Writes the figures as JSON to a file, or ("-") to standard output.

    Raises
    ------
    LivedigitsError: the file cannot be written
    """
    text = json.dumps(figures, indent=2) + "\n"
    try:
        if path == "-":
            print(text, end="", flush=True)
        else:
            Path(path).write_text(text, encoding="utf-8")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(path, error.strerror) from error
