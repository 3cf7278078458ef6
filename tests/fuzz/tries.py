"""One mutated input after another, in this process or in one that an input may end."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("pictures", "videos", "networks", "messages")
HANGS = 180  # s after which an input counts as one that never ends


def fuzz(kind: str, seconds: float, seed: int, most: int = sys.maxsize, keep: Path | None = None) -> tuple[int, int]:
    """How many inputs were tried in this time, and how many of them were faults, which are kept in a folder."""
    counts = [0, 0]
    _tries(kind, seconds, seed, most, keep, counts)
    return counts[0], counts[1]


def _tries(kind: str, seconds: float, seed: int, most: int, keep: Path | None, counts: Any) -> None:
    module, rng = importlib.import_module(f"tests.fuzz.{kind}"), np.random.default_rng(seed)
    seeds, end = module.corpus(), time.monotonic() + seconds
    while counts[0] < most and time.monotonic() < end:
        data = seeds[int(rng.integers(len(seeds)))]
        data = module.mutate(data, rng)
        if keep is not None:
            signal.alarm(HANGS)
            (keep / f"{kind}-last").write_bytes(data)  # found there when it ends the process
        raised = ""
        try:
            good = module.right(data)
        except Exception:
            good, raised = False, traceback.format_exc()
        counts[0] += 1
        if not good:
            counts[1] += 1
            if keep is not None:
                (keep / f"{kind}-{seed}-{counts[0]}").write_bytes(data)
                (keep / f"{kind}-{seed}-{counts[0]}.txt").write_text(raised)
    signal.alarm(0)


def quietly(*given: Any) -> None:
    """In a process of its own, which an input may end; native code tells of each damaged one."""
    for output in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    _tries(*given)
