"""Ctrl-C and termination, held back while a frame is written."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """While entered, Ctrl-C and termination raise KeyboardInterrupt, but not within held(): there it comes after.

    So no line and no frame is cut in two. A second Ctrl-C does not wait. Outside the main thread this does nothing,
    because Python delivers signals nowhere else.
    """

    def __init__(self) -> None:
        self.number = 0
        self._holding = False
        self._pending = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self._pending:
            raise KeyboardInterrupt

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self.number = number
        if self._holding and not self._pending:
            self._pending = True
        else:
            raise KeyboardInterrupt
