"""One mutated input after another, in this process or in one that an input may end."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("pictures", "videos", "networks", "messages")
HANGS = 180  # s after which an input counts as one that never ends
ALIKE = 20  # inputs that are kept of those that raised the same: they are found by the thousand


def fuzz(kind: str, seconds: float, seed: int, most: int = sys.maxsize, keep: Path | None = None) -> tuple[int, int]:
    """How many inputs were tried in this time, and how many of them were faults, which are kept in a folder."""
    counts = [0, 0]
    _tries(kind, seconds, seed, most, keep, counts)
    return counts[0], counts[1]


class Judge:
    """Tries inputs of a kind, with its module; counts them and the faults in `counts`, keeps these in a folder."""

    def __init__(self, kind: str, module: Any, seed: int, keep: Path | None, counts: Any) -> None:
        self._name, self._module, self._keep, self._counts = f"{kind}-{seed}", module, keep, counts
        self._last = None if keep is None else keep / f"{kind}-last"
        self._raised: Counter[str] = Counter()

    def __call__(self, data: bytes) -> None:
        if self._last is not None:
            self._last.write_bytes(data)  # found there when it ends the process
        raised = ""
        try:
            good = self._module.right(data)
        except Exception:
            good, raised = False, traceback.format_exc()
        self._counts[0] += 1
        if not good:
            self._counts[1] += 1
            self._raised[raised] += 1
            if self._keep is not None and self._raised[raised] <= ALIKE:
                (self._keep / f"{self._name}-{self._counts[0]}").write_bytes(data)
                (self._keep / f"{self._name}-{self._counts[0]}.txt").write_text(raised)


def _tries(kind: str, seconds: float, seed: int, most: int, keep: Path | None, counts: Any) -> None:
    module, rng = importlib.import_module(f"tests.fuzz.{kind}"), np.random.default_rng(seed)
    judge, seeds, end = Judge(kind, module, seed, keep, counts), module.corpus(), time.monotonic() + seconds
    while counts[0] < most and time.monotonic() < end:
        data = module.mutate(seeds[int(rng.integers(len(seeds)))], rng)
        if keep is not None:
            signal.alarm(HANGS)
        judge(data)
    signal.alarm(0)


def quietly(*given: Any) -> None:
    """In a process of its own, which an input may end; native code tells of each damaged one."""
    silence()
    _tries(*given)


def silence() -> None:
    """Standard output and error of this process go nowhere from now on."""
    for output in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
