"""Going on with a run that was interrupted: what its JSON Lines hold, and how much of each file is left to read."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from livedigits.errors import LivedigitsError
from livedigits.types import well_formed

_BEGINNING = b'{"source": '


@dataclass
class Done:
    """What was read of one video: its first and last frame, their times in s, frames, and the highest track."""

    source: str
    first: int
    last: int
    begin: float
    end: float
    frames: int = 1
    tracks: int = 0

    @property
    def every(self) -> float:
        """Frames from one line to the next."""
        return (self.last - self.first) / (self.frames - 1) if self.frames > 1 else math.nan


def read_done(path: str) -> list[Done]:
    """The videos that a file of JSON Lines holds, in its order; a last line that is incomplete is cut off the file.

    Raises
    ------
    LivedigitsError: the file cannot be read or written, or holds something else
    """
    done: list[Done] = []
    if not os.path.exists(path):
        return done
    try:
        with open(path, "r+b") as file:
            whole = 0
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    if not line.startswith(_BEGINNING[: len(line)]):
                        raise _foreign(path, number)
                    file.truncate(whole)
                    break
                _add(done, _parsed(line, path, number))
                whole += len(line)
    except OSError as error:
        raise LivedigitsError(f"cannot resume {path}: {error.strerror}") from error
    return done


def _parsed(line: bytes, path: str, number: int) -> tuple[str, int, float, int]:
    """Source, frame, time and highest track of a line."""
    try:
        entry = json.loads(line)
        tracks = [digit["track"] or 0 for digit in entry["digits"]]
        return str(entry["source"]), int(entry["frame"]), float(entry["time"]), max(tracks, default=0)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise _foreign(path, number) from error


def _foreign(path: str, number: int) -> LivedigitsError:
    return LivedigitsError(f"cannot resume {path}: line {number} is none that livedigits video --json writes")


def _add(done: list[Done], line: tuple[str, int, float, int]) -> None:
    source, index, time, tracks = line
    last = done[-1] if done else None
    if last is None or last.source != source or index <= last.last:
        done.append(Done(source, index, index, time, time, tracks=tracks))
    else:
        last.last, last.end, last.tracks, last.frames = index, time, max(last.tracks, tracks), last.frames + 1


def left_to_read(
    path: str, files: Sequence[str], start: float | None = None, every: int = 1
) -> list[tuple[str, Done | None, bool]]:
    """Each file, what is done of it, and whether the run had gone on to a later one.

    Parameters
    ----------
    path : JSON Lines of the interrupted run
    files, start, every : as that run was given them

    Raises
    ------
    LivedigitsError: the file cannot be read, or is of another run
    """
    done = read_done(path)
    places: list[int] = []
    names = [well_formed(file) for file in files]
    for video in done:
        after = places[-1] + 1 if places else 0
        if video.source not in names[after:]:
            raise LivedigitsError(
                f"cannot resume {path}: it holds {video.source}, which is not next among the files given"
            )
        places.append(names.index(video.source, after))
        _check(path, video, start, every)
    found = dict(zip(places, done, strict=True))
    return [(file, found.get(i), i < max(places, default=0)) for i, file in enumerate(files)]


def _check(path: str, video: Done, start: float | None, every: int) -> None:
    """Raises LivedigitsError where a video was read with other options."""
    if video.frames > 1 and video.every != every:
        raise LivedigitsError(f"cannot resume {path}: it holds {video.source} with another --every")
    if (video.first > 0) if not start else (video.begin < start - 1e-4):
        raise LivedigitsError(f"cannot resume {path}: it holds {video.source} with another --start")
