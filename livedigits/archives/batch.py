"""A batch: units of work go to an engine, and parts are written in their order as their rows come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from livedigits.archives.joining import COMPARED, joined
from livedigits.archives.plan import Part, Unit
from livedigits.archives.rows import Row, Rows, failed
from livedigits.archives.store import Store
from livedigits.engines import Engine


@dataclass
class Totals:
    """What a batch came to: rows, inputs that could not be read (`failed`), parts written and kept, seconds."""

    rows: int = 0
    failed: int = 0
    written: int = 0
    kept: int = 0
    seconds: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def add(self, rows: Sequence[Row]) -> None:
        """Counts rows."""
        self.rows += len(rows)
        self.failed += sum("error" in row for row in rows)
        self.seconds = time.monotonic() - self._began

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0


def run(
    parts: Sequence[Part],
    there: set[str],
    store: Store,
    engine: Engine,
    on_unit: Callable[[Unit, Totals], Any] = lambda unit, totals: None,
    totals: Totals | None = None,
) -> Totals:
    """Reads the parts that are not there and writes each when all its rows are.

    Parameters
    ----------
    there : names of the parts that are written already
    engine : works on units, with a UnitReader
    on_unit : called after each unit
    totals : is filled and returned; for callers who want it after an error or an interruption, too

    Raises
    ------
    OutputError: a part cannot be written
    """
    totals = totals or Totals()
    missing = [part for part in parts if store.name(part.number) not in there]
    totals.kept = len(parts) - len(missing)
    answers = engine.map(unit for part in missing for unit in part.units)
    state: dict[str, Any] = {}
    before = -1
    for part in missing:
        if not part.goes_on:
            state = {"tracks": 0, "tail": []}
        elif before != part.number - 1:
            state = store.state(part.number - 1)
        rows: list[Row] = []
        for unit in part.units:
            answer = next(answers)
            read, state = _taken(unit, answer, state)
            rows += read
            totals.add(read)
            on_unit(unit, totals)
        store.write(part.number, rows, state)
        totals.written += 1
        before = part.number
    return totals


def _taken(unit: Unit, answer: Rows | Exception, state: dict[str, Any]) -> tuple[list[Row], dict[str, Any]]:
    """The rows of a unit as they are written, and the state after it."""
    if isinstance(answer, Exception):
        return [failed(path, answer) for path in unit.paths], {"tracks": state["tracks"], "tail": []}
    if not unit.video:
        return answer.rows, state
    rows, tracks = joined(answer, state["tail"], state["tracks"])
    return rows, {"tracks": tracks, "tail": rows[-COMPARED:]}
