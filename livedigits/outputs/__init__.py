"""Where results go: JSON lines, lists of events, annotated videos and pictures, recordings, a view over HTTP.

Handed in are results and the paths or addresses that a user named. Out come files that are whole or not there, and
streams. What takes results is a Sink. It may import from annotate, recognition and sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from livedigits.types import Result


class Sink(Protocol):
    """What takes the result of each frame; a context manager.

    It opens its output when it is entered, so that a path that cannot be written is known before reading starts, and
    leaves it whole when it is left, whatever the reason. What was there before stays until there is something to write.
    """

    def write(self, result: Result) -> None:
        """Takes the result of a frame; raises LivedigitsError where that cannot be written."""

    def __enter__(self) -> Sink: ...

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None: ...
