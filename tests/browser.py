"""A real browser and a real server for the tests of the page."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.training.synthesis import strokes

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@contextmanager
def playwright() -> Iterator[Any]:
    """The driver of browsers; skips where there is none, or no browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_api.sync_playwright() as driver:
        yield driver


@contextmanager
def chromium(driver: Any, *flags: str) -> Iterator[Any]:
    """A headless browser."""
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


def camera_flags(folder: Path) -> list[str]:
    """What makes the browser take the sample video for a camera; skips without ffmpeg."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("there is no ffmpeg to make the camera's pictures with")
    file = folder / "camera.mjpeg"
    scale = ["-vf", "scale=-2:480,crop=640:480", "-q:v", "3", "-f", "mjpeg"]
    command = [ffmpeg, "-loglevel", "error", "-ss", "2", "-t", "6", "-i", str(ROOT / "samples" / "sheet.mp4")]
    subprocess.run([*command, *scale, str(file)], check=True)
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    return [*fake, f"--use-file-for-fake-video-capture={file}"]


class Server:
    """`livedigits web` in a process of its own, at a port that it keeps when it is started again."""

    def __init__(self, *options: str) -> None:
        self.options = options
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        pytest.importorskip("uvicorn", reason="the extra web is not installed")
        command = [sys.executable, "-m", "livedigits", "web", "--no-open", "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        assert self.url in self.process.stdout.readline()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def lines_of(text: str, left: float, top: float, height: float, seed: int = 5) -> list[list[tuple[float, float]]]:
    """Our own strokes of a row of digits, as points in px."""
    rng = np.random.default_rng(seed)
    hand = strokes.new_hand(rng, tidy=1.0)
    lines = []
    for letter in text:
        digit = strokes.polyline(strokes.digit(int(letter), rng, hand), height, left, top)
        for line in digit:
            points = line[:: max(1, len(line) // 14)]
            lines.append([(float(x), float(y)) for x, y in (*points, line[-1])])
        left = max(float(line[:, 0].max()) for line in digit) + 0.35 * height
    return lines


def draw(page: Any, text: str, left: float = 60, top: float = 60, height: float = 120, seed: int = 5) -> None:
    """Write digits onto the page's paper with the mouse."""
    box = page.locator("#paper").bounding_box()
    for line in lines_of(text, left, top, height, seed):
        page.mouse.move(box["x"] + line[0][0], box["y"] + line[0][1])
        page.mouse.down()
        for x, y in line[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.up()


def saved(page: Any, button: str) -> Path:
    """The file that a button of the page saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(download.value.path())
