"""What a process holds: looked at from outside, through /proc."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

LOOK = 0.05  # s between two looks at how far it is
# Shares of a run: when all has been used for the first time, the middle, and the end, before which it must be looked at
MARKS = (0.05, 0.5, 0.98)


class Held(NamedTuple):
    """Resident memory in MB, threads, and open handles of a process and those that it started, all together."""

    memory: float
    threads: int
    handles: int


def held(pid: int) -> Held:
    """What a process and those that it started hold now."""
    memory = threads = handles = 0
    for one in family(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            status = dict(line.split(":", 1) for line in Path(f"/proc/{one}/status").read_text().splitlines())
            memory += int(status["VmRSS"].split()[0])
            threads += int(status["Threads"])
            handles += len(os.listdir(f"/proc/{one}/fd"))
    return Held(memory / 1024, threads, handles)


def family(pid: int) -> list[int]:
    """A process, and those that it started, and they."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parents[int(path.parent.name)] = int(path.read_text().rsplit(")", 1)[1].split()[1])
    found = [pid]
    for one in found:  # grows meanwhile
        found += [child for child, parent in parents.items() if parent == one]
    return found


def watched(pid: int, done: Iterator[int], count: int, say: Callable[[str], object] = print) -> list[Held]:
    """What a process holds when so much of `count` is done as MARKS say.

    done : gives how much is done, each time that it is asked for; it may end before `count`
    """
    found: list[Held] = []
    for number in done:
        if number < MARKS[len(found)] * count:
            continue
        found.append(held(pid))
        memory, threads, handles = found[-1]
        say(f"{number:>9} done: {memory:7.1f} MB, {threads} threads, {handles} handles")
        if len(found) == len(MARKS):
            break
    return found


@contextmanager
def command(folder: Path, *given: str, before: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """`livedigits` with these arguments in a process of its own, in which Python runs `before` first.

    What it says goes to `said` and `told` in the folder, standard output and error.
    """
    code = f"{before}\nimport sys\nfrom livedigits.cli import main\nsys.exit(main())"
    with open(folder / "said", "wb") as said, open(folder / "told", "wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *given], stdin=subprocess.DEVNULL, stdout=said, stderr=told
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def until_ended(process: subprocess.Popen[bytes], done: Callable[[], int]) -> Iterator[int]:
    """How much is done, again and again.

    Raises
    ------
    RuntimeError: the process has ended
    """
    while process.poll() is None:
        yield done()
        time.sleep(LOOK)
    raise RuntimeError(f"it ended with status {process.returncode}")
