"""Networks: each is used, or refused in one line, within the memory and time of a trial.

Each is tried in a process of its own, forked from one that has imported all, as livedigits does with a fresh one.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition import trial_process
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.reader import Reader
from livedigits.recognition.shipped import shipped
from tests.fuzz.mutation import changed

mutate = changed

SECONDS = 60  # for a trial, as livedigits.recognition.trial gives it, and for a page afterwards
FAILED = 9  # exit status of a fork that raised something


@functools.cache
def _path() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="livedigits-fuzz-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "input.tflite"


def corpus() -> list[bytes]:
    """The networks that come with livedigits; of the last nothing but a refusal can come."""
    return [Path(shipped("digits.tflite")).read_bytes()] * 9 + [Path(shipped("strips.tflite")).read_bytes()]


def right(data: bytes) -> bool:
    """Whether a network is refused by its trial, or a page is read with it, or refused in one line.

    Whatever ends the trial's process is a refusal, which is what it is for.
    """
    path = _path()
    path.write_bytes(data)
    return _forked(lambda: trial_process.main(path)) != 0 or _forked(lambda: _read(path)) == 0


def _read(path: Path) -> int:
    page = np.full((120, 200, 3), 230, np.uint8)
    page[30:90, 40:48] = page[30:90, 120:128] = 30
    with contextlib.suppress(LivedigitsError):
        Reader(Classifier(path, tried=True)).read(page)
    return 0


def _forked(run: Callable[[], int]) -> int | None:
    """The exit status of what runs in a fork, FAILED where it raised something; None where it took too long."""
    child = os.fork()
    if not child:
        status = FAILED
        try:
            signal.alarm(SECONDS)
            status = run()
        finally:  # in every case: a fork must not go on with what its parent does
            os._exit(status)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return None if code == -signal.SIGALRM else code
