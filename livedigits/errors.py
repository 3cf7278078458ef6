"""The exceptions that livedigits raises for what a user can cause and put right."""

from __future__ import annotations

import os


class LivedigitsError(Exception):
    """Says in one line what went wrong, with which file or device, and what to do about it."""


class OutputError(LivedigitsError):
    """An output cannot be written: `path` as it was given ("-" is standard output), and why."""

    def __init__(self, path: str | os.PathLike[str], reason: object) -> None:
        self.path = os.fspath(path)
        super().__init__(f"cannot write {'standard output' if self.path == '-' else self.path}: {reason}")
