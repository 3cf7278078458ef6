"""What tells whether and how fast livedigits works here: the doctor's checks, throughput, latency.

Handed in are a machine, a network and a video, and the Loop that is measured. Out come findings with advice, and
figures. It may import from training, outputs, annotate, recognition and sources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from livedigits.outputs import Sink
    from livedigits.recognition.reader import Reading
    from livedigits.sources import Source
    from livedigits.types import Frame, Result


class Run(Protocol):
    """What a loop came to: frames read and dropped, seconds, frames a second, and the signal that ended it, or 0."""

    frames: int
    dropped: int
    seconds: float
    signal: int

    @property
    def fps(self) -> float: ...


class Loop(Protocol):
    """What reads all frames of a source, as live.loop.run does; `say` is told of a live source's troubles."""

    def __call__(
        self,
        source: Source,
        look: Callable[[Frame], Reading],
        sinks: Sequence[Sink] = (),
        *,
        on_result: Callable[[Result], object] = ...,
        say: Callable[[str], object] = ...,
    ) -> Run: ...
