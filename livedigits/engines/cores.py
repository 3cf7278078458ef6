"""Where work is done, as a user says it: on so many cores, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from livedigits import process
from livedigits.engines import Engine, Make


@dataclass(frozen=True)
class Cores:
    """So many cores of this machine (jobs; None for all that the process may use), or the Ray cluster of an address."""

    jobs: int | None = None
    address: str | None = None

    def engine(self, make: Make, tasks: int) -> Engine:
        """What does the work, for so many tasks: more processes than those are not started."""
        if self.address is not None:
            from livedigits.engines.ray_engine import RayEngine

            return RayEngine(self.address, make)
        from livedigits.engines.pool import Pool

        return Pool(max(1, min(self.jobs or process.cores(), tasks)), make)

    def map(self, make: Make, tasks: Sequence[Any]) -> Iterator[Any]:
        """The answers to tasks, in order; what the function raised is raised here, and Died for a task that kills."""
        if not tasks:
            return
        with self.engine(make, len(tasks)) as engine:
            for answer in engine.map(tasks):
                if isinstance(answer, Exception):
                    raise answer
                yield answer
