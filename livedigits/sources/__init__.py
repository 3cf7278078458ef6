"""Where frames come from: cameras, network streams, video files and pictures.

Handed in is what a user named: an index, a device, an address, a path, or a file's bytes. Out come frames (a BGR
image, its number, its time, its source's name) from a Source, or a LivedigitsError that says in one line why there are
none. It imports from no other room.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from livedigits.types import Frame


class Source(Protocol):
    """An iterator of frames, and a context manager that frees the device or file."""

    @property
    def name(self) -> str:
        """The path, URL or index as given."""

    @property
    def live(self) -> bool:
        """Whether frames come in real time: only the newest is handed over, and older ones are dropped."""

    @property
    def timed(self) -> bool:
        """Whether frames follow each other in time; pictures do not."""

    @property
    def fps(self) -> float | None:
        """Frames a second as a file has it; None when unknown, and for live sources."""

    @property
    def count(self) -> int | None:
        """Number of frames, of a video often an estimate; None when unknown, and for live sources."""

    @property
    def dropped(self) -> int:
        """How many frames were dropped so far, because newer ones were there."""

    @property
    def notice(self) -> str:
        """What is wrong with a live source at the moment, in one line; "" when nothing is."""

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more."""

    def news(self) -> list[str]:
        """A line for each trouble of a live source that began or was over since the last call."""

    def take(self, timeout: float) -> Frame | None:
        """The next frame; None where none comes within so many seconds, or none will come any more.

        Raises
        ------
        LivedigitsError: what ended the source, or keeps a frame from being read
        """

    def __iter__(self) -> Iterator[Frame]: ...

    def __next__(self) -> Frame: ...

    def __enter__(self) -> Source: ...

    def __exit__(self, *exc: object) -> None: ...

    def close(self) -> None:
        """Ends the iteration, and frees the device or file; may be called more than once."""
