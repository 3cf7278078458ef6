"""Lines of JSON, to a file or to standard output."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from livedigits.errors import LivedigitsError


class LineFile:
    """A file of one JSON object a line; "-" is standard output.

    Each line is written whole and at once, so that who reads the file meanwhile never meets half an object.

    Parameters
    ----------
    path : the file, or "-"
    append : go on behind what is in the file; otherwise it is emptied

    Raises
    ------
    LivedigitsError: the file cannot be written
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self.path = str(path)
        self._mode = "ab" if append else "wb"
        self._file: IO[bytes] | None = None

    def __enter__(self) -> LineFile:
        if self.path != "-":
            try:
                self._file = open(self.path, self._mode, buffering=0)
            except OSError as error:
                raise LivedigitsError(f"cannot write {self.path}: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, entry: dict[str, Any]) -> None:
        """Writes one line."""
        # ASCII: any file name can be written so, whatever the terminal's encoding, and comes back as it was.
        line = json.dumps(entry) + "\n"
        try:
            if self._file is None:
                sys.stdout.write(line)
                sys.stdout.flush()
            else:
                rest = line.encode("ascii")
                while rest:
                    rest = rest[self._file.write(rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise LivedigitsError(f"cannot write {self.path}: {error.strerror}") from error
