"""Files -> units of work and parts of the output: the same for the same files, whoever does the work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Pictures a unit: what a process is handed at a time. More cost less each, and leave cores without work at the end.
PICTURES = 16
# Units of pictures a part.
UNITS = 32
# s a range of a video: more are joined less often, and leave cores without work at the end.
RANGE = 60.0
# s that a range is read from before it begins: after so long a reader knows what it would have known from the start.
OVERLAP = 4.0


class Unit(NamedTuple):
    """Pictures, or frames of one video from `start` on and before `end`, s; None is to its end."""

    paths: tuple[str, ...]
    video: bool
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Part:
    """A file of the output: its number, and the units whose rows it holds, in order."""

    number: int
    units: tuple[Unit, ...]

    @property
    def goes_on(self) -> bool:
        """Whether it goes on with the video of the part before it."""
        return self.units[0].start > 0

    @property
    def inputs(self) -> int:
        """How many pictures and ranges of videos it has."""
        return sum(len(unit.paths) for unit in self.units)


def plan(files: Sequence[str], is_video: Callable[[str], bool], seconds: Callable[[str], float | None]) -> list[Part]:
    """The parts of a batch.

    Parameters
    ----------
    is_video : whether a file is read as a video
    seconds : how long a video is, about; None where it is not known, or cannot be read
    """
    parts: list[Part] = []
    pictures: list[str] = []

    def close() -> None:
        units = [Unit(tuple(pictures[i : i + PICTURES]), False) for i in range(0, len(pictures), PICTURES)]
        if units:
            parts.append(Part(len(parts), tuple(units)))
        pictures.clear()

    for file in files:
        if is_video(file):
            close()
            for unit in _ranges(file, seconds(file)):
                parts.append(Part(len(parts), (unit,)))
        else:
            pictures.append(file)
            if len(pictures) == PICTURES * UNITS:
                close()
    close()
    return parts


def _ranges(file: str, seconds: float | None) -> Iterator[Unit]:
    count = max(1, round((seconds or 0.0) / RANGE))
    for i in range(count):
        yield Unit((file,), True, i * RANGE, None if i == count - 1 else (i + 1) * RANGE)


def fingerprint(parts: Sequence[Part], options: Mapping[str, object]) -> str:
    """Tells whether two batches are the same: a digest of all that decides about rows and parts."""
    content = json.dumps([[list(map(list, part.units)) for part in parts], dict(options)], default=str, sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
