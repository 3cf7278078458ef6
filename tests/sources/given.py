"""A source of frames that a test has at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from livedigits.types import Frame


class Given:
    """A Source of the frames given; `timed` as for pictures, or for a video."""

    name = "given"
    live = False
    fps = count = None
    dropped = 0
    notice = ""

    def __init__(self, frames: Iterable[Frame], timed: bool = True) -> None:
        self.timed = timed
        self.ended = False
        self._frames = iter(frames)

    def news(self) -> list[str]:
        return []

    def take(self, timeout: float) -> Frame | None:
        frame = next(self._frames, None)
        self.ended = frame is None
        return frame

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame = self.take(0.0)
        if frame is None:
            raise StopIteration
        return frame

    def __enter__(self) -> Given:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self.ended = True
