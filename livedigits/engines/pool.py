"""Processes of this machine that work on tasks: answers in order, few held; one that dies costs time alone."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from livedigits import process
from livedigits.errors import LivedigitsError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

# Tasks a process that may be under way or waiting for an earlier one: more even out tasks of unlike length, and hold
# more answers. Chosen by trying, and not swept.
AHEAD = 4
# Processes that a task may cost before it is given up: a picture that kills its reader shall not kill them all.
TRIES = 3

_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy locks that threads of OpenCV hold


class Died(LivedigitsError):
    """A task was given up, because each process that worked on it died."""

    def __init__(self) -> None:
        super().__init__(f"the process that worked on it died, {TRIES} times: out of memory?")


@dataclass(eq=False)
class _Worker:
    """A process, this end of its pipe, and the numbers of the tasks that it has: works on, and is to do next."""

    process: Any
    pipe: Connection
    numbers: deque[int] = field(default_factory=deque)


class Pool(Generic[Task, Answer]):
    """Processes that work on tasks; to be entered, which starts them, and left, which ends them at once.

    Parameters
    ----------
    workers : how many processes
    make : called once in each process, makes the function that turns a task into an answer; must be picklable, as
        tasks and answers must
    queued : how many tasks wait in each process for the one that it works on, so that it need not wait for the next;
        for tasks that are short, and small: what does not fit its pipe while it fills ours would stop both

    Attributes
    ----------
    lost : how many processes died and were replaced
    """

    def __init__(self, workers: int, make: Callable[[], Callable[[Task], Answer]], queued: int = 0) -> None:
        self.cores = workers
        self._queued = queued
        self.lost = 0
        self._make = make
        self._workers: list[_Worker] = []

    def __enter__(self) -> Pool[Task, Answer]:
        self._workers = [self._started() for _ in range(self.cores)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers = []

    def map(self, tasks: Iterable[Task]) -> Iterator[Answer | Exception]:
        """The answer to each task, in order; in its place what the function raised, or Died.

        Tasks are taken as they are needed: those under way, and answers that wait for an earlier one, are together
        AHEAD a process at most.
        """
        waiting: dict[int, Task] = {}
        answers: dict[int, Answer | Exception] = {}
        again: deque[int] = deque()
        died: dict[int, int] = {}
        coming = enumerate(tasks)
        due = 0
        while True:
            for worker in self._free():
                number = self._next(coming, waiting, again, answers, due)
                if number is None:
                    break
                self._give(worker, number, waiting[number])
            if due in answers:  # whose place is free for another task
                yield answers.pop(due)
                due += 1
                continue
            if not waiting:
                return
            for worker in self._heard():
                numbers, answer = self._answer(worker)
                number = numbers[0]
                if isinstance(answer, _Gone):
                    again.extend(numbers[1:])
                    died[number] = died.get(number, 0) + 1
                    if died[number] < TRIES:
                        again.append(number)
                        continue
                    answer = Died()
                answers[number] = answer
                del waiting[number]

    def _free(self) -> list[_Worker]:
        """Who can be given a task, those that have none first; once for each task that they can be given."""
        free = ((has, worker) for worker in self._workers for has in range(len(worker.numbers), self._queued + 1))
        return [worker for _, worker in sorted(free, key=lambda each: each[0])]

    def _next(
        self, coming: Iterator[tuple[int, Task]], waiting: dict[int, Task], again: deque[int], answers: Any, due: int
    ) -> int | None:
        """The number of the next task to be given out, which then waits; None where none is to be now."""
        if again:
            return again.popleft()
        if len(waiting) + len(answers) >= AHEAD * self.cores:
            return None
        for number, task in coming:
            waiting[number] = task
            return number
        return None

    def _started(self) -> _Worker:
        here, there = _SPAWN.Pipe()
        child = _SPAWN.Process(target=_work, args=(there, self._make), daemon=True, name="livedigits-worker")
        child.start()
        there.close()  # so that the end of the process is heard as the end of the pipe
        return _Worker(child, here)

    def _give(self, worker: _Worker, number: int, task: Task) -> None:
        worker.numbers.append(number)
        with contextlib.suppress(OSError):  # it has died, which is heard next
            worker.pipe.send(task)

    def _heard(self) -> list[_Worker]:
        """The workers that have answered or died; waits for one."""
        busy = {worker.pipe: worker for worker in self._workers if worker.numbers}
        return [busy[pipe] for pipe in wait(list(busy))]  # type: ignore[index]

    def _answer(self, worker: _Worker) -> tuple[list[int], Any]:
        """What a worker has answered, and to which task; of one that died, which is replaced, all its tasks."""
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            worker.pipe.close()
            self.lost += 1
            self._workers[self._workers.index(worker)] = self._started()
            return list(worker.numbers), _Gone()
        return [worker.numbers.popleft()], answer


class _Gone:
    """Stands for the answer of a process that died."""


def _work(pipe: Connection, make: Callable[[], Callable[[Any], Any]]) -> None:
    """The life of a process: answers tasks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the whole group on Ctrl-C; who began it ends it
    process.quiet_opencv()
    process.tune()
    function = make()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):  # nobody is there any more
            return
        answer = answered(function, task)
        try:
            pipe.send(answer)
        except OSError:
            return


def answered(function: Callable[[Any], Any], task: Any) -> Any:
    """What a function makes of a task, or in its place an exception that can be pickled."""
    try:
        return function(task)
    except LivedigitsError as error:
        return LivedigitsError(str(error))  # others do not come out of a pipe as they went in
    except Exception:
        return RuntimeError(traceback.format_exc())
