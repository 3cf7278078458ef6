"""What work is spread over: the cores of this machine, or those of a Ray cluster.

Handed in are tasks, and what makes the function that turns one into an answer; both are pickled. Out come the answers
in the order of the tasks, the same on however many cores, whichever process or machine dies meanwhile. It imports no
other room: what the work is its callers know, archives (reading) and training (rendering, harvesting, mining).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

Make = Callable[[], Callable[[Any], Any]]
"""Is called once in each process, and makes the function that turns a task into an answer."""


class Engine(Protocol):
    """Pool on this machine, RayEngine on a cluster; to be entered, which starts it.

    cores : how many processes work
    lost : how many of them died and were replaced, as far as that is known
    """

    cores: int
    lost: int

    def __enter__(self) -> Any: ...

    def __exit__(self, *_: object) -> None: ...

    def map(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """The answer to each task, in order; in its place the exception that the function raised."""
        ...
