"""The pool of processes: each task has its answer, in order, however unevenly they come."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livedigits.engines.pool import AHEAD, Pool


@dataclass(frozen=True)
class Waits:
    """Task 0 waits until as many others are done as one process may run ahead; each leaves a file."""

    folder: Path

    def __call__(self) -> Callable[[int], int]:
        def done(task: int) -> int:
            while task == 0 and len(list(self.folder.iterdir())) < 2 * AHEAD - 1:
                pass
            (self.folder / str(task)).touch()
            return task

        return done


def test_a_slow_first_task_loses_none_of_those_that_come_after(tmp_path: Path) -> None:
    with Pool(2, Waits(tmp_path)) as pool:
        assert list(pool.map(range(5 * AHEAD))) == list(range(5 * AHEAD))


@dataclass(frozen=True)
class DiesOnce:
    """Ends its process at one task, the first time; `folder` remembers."""

    folder: Path

    def __call__(self) -> Callable[[int], int]:
        def done(task: int) -> int:
            if task == 3 and not (self.folder / "died").exists():
                (self.folder / "died").touch()
                os._exit(1)
            with (self.folder / f"{task}").open("a") as file:
                file.write(".")
            return task

        return done


def test_tasks_that_wait_in_a_process_that_dies_are_done_by_another_once(tmp_path: Path) -> None:
    with Pool(2, DiesOnce(tmp_path), queued=2) as pool:
        assert list(pool.map(range(30))) == list(range(30))
    assert pool.lost == 1
    assert all((tmp_path / f"{task}").read_text() == "." for task in range(30))
