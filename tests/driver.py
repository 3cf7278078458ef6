"""A driver of cameras that are not there."""

from __future__ import annotations

import threading

import numpy as np

from tests.mjpeg import numbered


class Device:
    """A camera of the fake driver: delivers `frames` frames and dies; frame numbers in `broken` come as failures."""

    def __init__(self, frames: int | None = None, broken: tuple[int, ...] = (), gated: bool = False) -> None:
        self.frames = frames
        self.broken = broken
        self.settings: dict[int, float] = {}  # what it was asked for
        self.gives: dict[int, float] = {}
        self.busy = False
        self.released = 0
        self.reads = 0  # begun
        self._allowed = None if not gated else 0
        self._changed = threading.Condition()

    def allow(self, reads: int) -> None:
        """Let this many more reads succeed, and wait until the one after them has begun."""
        with self._changed:
            assert self._allowed is not None
            self._allowed += reads
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self.reads > (self._allowed or 0), 30)

    def free(self) -> None:
        """End the wait of a read that hangs."""
        with self._changed:
            self._allowed = None
            self._changed.notify_all()

    def read(self) -> tuple[bool, np.ndarray | None]:
        """One read, which takes as long as it is held up."""
        with self._changed:
            number, self.reads = self.reads, self.reads + 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._allowed is None or self._allowed > number)
        if number in self.broken:
            return False, None
        if self.frames is not None and number >= self.frames:
            return False, None
        return True, numbered(number)


class Capture:
    """Stands in for cv2.VideoCapture."""

    def __init__(self, device: Device | None) -> None:
        self.device = device
        self._released = False
        self._taken: tuple[bool, np.ndarray | None] = False, None

    def isOpened(self) -> bool:
        return self.device is not None and not self.device.busy

    def grab(self) -> bool:
        assert self.device is not None and not self._released, "read after release"
        self._taken = self.device.read()
        return self._taken[0]

    def retrieve(self) -> tuple[bool, np.ndarray | None]:
        return self._taken

    def get(self, setting: int) -> float:
        assert self.device is not None
        return self.device.gives.get(setting, 0.0)

    def set(self, setting: int, value: float) -> bool:
        assert self.device is not None
        self.device.settings[setting] = value
        return True

    def release(self) -> None:
        self._released = True
        if self.device is not None and not self.device.busy:
            self.device.released += 1
