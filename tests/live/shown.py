"""What tests of windows share: a display of their own, a command with a window on it, and videos to show."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

# Runs a command with a window, and prints what the window shows whenever it has changed.
CHILD = """
import json, sys
from livedigits.cli import main
from livedigits.live.window import Window

last = None
refresh = Window._refresh
def told(self):
    global last
    refresh(self)
    result, boxed = self._shown[0], bool(self.correcting and self.correcting.box)
    place = self.playing.status if self.playing else None
    state = dict(frame=result.frame.index, digits=result.digits.labels.tolist(), paused=self._paused, boxed=boxed,
        place=place, notice=self._notice)
    if self.course is not None:
        state |= dict(asked=self.course.label, told=self.course.said)
    if state != last:
        last = state
        print(json.dumps(state), flush=True)
Window._refresh = told
main(sys.argv[1:])
"""


class Xvfb:
    """A display of the test's own, on a number that is free."""

    def __init__(self) -> None:
        # -noreset: else it turns away who comes while it forgets the one before
        arguments = ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.display = ":" + self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class Shown:
    """A command with a window in a process of its own, which the test clicks and presses keys in."""

    def __init__(self, display: str, *arguments: str) -> None:
        self._environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, env=self._environment, text=True
        )
        self._deadline = threading.Timer(60, self.process.kill)  # a test that waits in vain fails and does not hang
        self._deadline.start()
        self.wait(lambda said: len(said["digits"]) == 1)
        self._window = self.do("search", "--sync", "--onlyvisible", "--name", "livedigits").split()[0]
        self.do("windowfocus", "--sync", self._window)

    def do(self, *arguments: str) -> str:
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout

    def press(self, key: str) -> None:
        self.do("key", key)

    def move(self, x: float, y: float) -> None:
        """To a place in px of the frame; the window is as large."""
        self.do("mousemove", "--window", self._window, str(round(x)), str(round(y)))

    def wait(self, wanted: Any) -> dict[str, Any]:
        """What the window shows as soon as it is what is wanted."""
        assert self.process.stdout is not None
        said = {}
        for line in self.process.stdout:
            said = json.loads(line) if line.startswith("{") else said
            if said and wanted(said):
                return dict(said)
        raise AssertionError(f"the window ended with {said}")

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self._deadline.cancel()
        self.process.kill()
        self.process.communicate()


def film(path: Path, frames: Sequence[np.ndarray]) -> str:
    """A video of these frames (h, w, 3) uint8 BGR, ten a second; its path."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return str(path)
