"""Files that are their user's alone: a profile, a key."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from livedigits.errors import LivedigitsError


def write(path: Path, content: bytes) -> None:
    """Writes the file anew; whoever reads it meanwhile gets the old or the new one, whole. Nobody else can read it.

    It is on the disk when this returns, so that a process that is killed, or a machine that stops, loses nothing.

    Raises
    ------
    LivedigitsError: it cannot be written
    """
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        if part is not None:
            with contextlib.suppress(OSError):
                os.unlink(part)
        raise LivedigitsError(f"{path} cannot be written: {error.strerror or error}") from None


def _sync_folder(folder: Path) -> None:
    """Makes a file's new name last; Windows needs no such step, and has none."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
