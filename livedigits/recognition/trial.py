"""A network that others made is tried once in a process of its own: there it may take memory and time, or crash.

A file of a few damaged bytes can ask for gigabytes, or end the process that runs it. What comes with livedigits, by the
checksum in its card, is not tried.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np

from livedigits.errors import LivedigitsError

PROCESS = "livedigits.recognition.trial_process"
SECONDS = 60  # a trial takes about one, on a busy machine ten
REFUSED = 3  # exit status of the process, with the reason on its standard output
LARGEST = 100_000_000  # bytes of a file; the shipped networks have 0.4 million


def checksum(content: bytes) -> str:
    """The checksum of a network as cards hold it under "sha256"."""
    return hashlib.sha256(content).hexdigest()


@functools.lru_cache(maxsize=8)
def try_out(path: Path, content: str) -> None:
    """Has another process load a network and compute with it.

    Parameters
    ----------
    content : its checksum: what was tried is not tried again

    Raises
    ------
    LivedigitsError: it cannot be used, and why
    """
    if not sys.executable:  # within another program, which is no Python to start
        return
    try:
        run = subprocess.run(
            [sys.executable, "-m", PROCESS, str(path)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise LivedigitsError(f"{path} takes more than {SECONDS} s to compute: is the file damaged?") from None
    except OSError:
        return
    if run.returncode == REFUSED:
        raise LivedigitsError(run.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
    if run.returncode:
        raise LivedigitsError(f"{path} cannot be run: it takes too much memory, or the file is damaged")


def check_answers(answers: np.ndarray, path: Path) -> None:
    """Raises LivedigitsError where a network's answers are no numbers, or for (n, 11) no probabilities."""
    if not np.isfinite(answers).all():
        raise LivedigitsError(f"{path} computes what is no number: the file is damaged, or its training has failed")
    if answers.ndim == 2 and (answers.min(initial=0) < -1e-3 or answers.sum(1).max(initial=0) > 1.05):
        raise LivedigitsError(f"{path} computes no probabilities: its last layer must be a softmax")
