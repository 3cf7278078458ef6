"""What becomes of a run whose display goes away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.outputs.display_link import Link, reachable
from tests.live.shown import Xvfb, film
from tests.profiles.hand import drawing

FRAMES = 60
linux = pytest.mark.skipif(sys.platform != "linux", reason="links to displays are looked at on Linux only")


@pytest.fixture
def four(tmp_path: Path) -> str:
    """6 s of a 4."""
    image = np.full((240, 320, 3), 255, np.uint8)
    image[20:220, 60:260] = drawing(4)
    return film(tmp_path / "four.avi", [image] * FRAMES)


@linux
@pytest.mark.slow
@pytest.mark.parametrize("paused", [False, True])
def test_reading_goes_on_where_the_display_goes_away(xvfb: Xvfb, four: str, tmp_path: Path, paused: bool) -> None:
    rows = tmp_path / "read.jsonl"
    environment = {**os.environ, "DISPLAY": xvfb.display, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = (  # the display goes away between two calls of Qt, which ends the process where it goes away within one
        "import sys; from livedigits.cli import main; from livedigits.live.window import Window\n"
        "refresh, shown = Window._refresh, 0\n"
        "def told(self):\n"
        "    global shown\n"
        f"    self._paused = {paused} and shown > 4\n"
        "    refresh(self); shown += 1\n"
        "    if shown == 5: print('shown', flush=True); sys.stdin.readline()\n"
        "Window._refresh = told\n"
        "main(sys.argv[1:])"
    )
    arguments = ["video", four, "--no-profile", "--json", str(rows), "--save", str(tmp_path / "read.mp4")]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", child, *arguments], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "shown\n"
        xvfb.kill()
        said, errors = process.communicate("\n", timeout=60)
    assert process.returncode == 0, errors
    assert errors.count("the display has gone away: reading on without a window\n") == 1
    assert "broke" not in errors and f"{FRAMES} frames" in said
    assert [json.loads(line)["frame"] for line in rows.read_text().splitlines()] == list(range(FRAMES))
    assert cv2.VideoCapture(str(tmp_path / "read.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


@linux
def test_a_display_that_nobody_serves_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    assert not reachable()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{taken.getsockname()[1] - 6000}")
        assert not reachable()
        taken.listen()
        assert reachable()


@linux
def test_a_link_is_broken_when_the_other_end_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".X11-unix").mkdir()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as link:
        server.bind(str(tmp_path / ".X11-unix" / "X7"))
        server.listen()
        link.connect(str(tmp_path / ".X11-unix" / "X7"))
        other, _ = server.accept()
        watched = Link()
        assert not watched.broken
        other.close()
        assert watched.broken
