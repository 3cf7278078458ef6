"""Whether livedigits can work here, and what to do where it cannot: checks that return rows and print nothing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livedigits import __version__, process
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    import numpy as np

    from livedigits.recognition.reader import Reader

REAL_TIME = 33.0  # ms a frame: 30 frames a second
FRAMES = 60  # of the sample video that are timed
EXTRAS = {"train": ("tensorflow", "keras", "matplotlib", "jinja2"), "web": ("starlette", "uvicorn", "websockets")}
NUMBER = "407"
REINSTALL = "install livedigits again"
PACKAGES = {"cv2": "opencv-python", "ai_edge_litert": "ai-edge-litert"}  # where a module's package has another name


@dataclass(frozen=True)
class Check:
    """What one check found.

    name : what was checked; ok : whether it is as it should be; text : what was found;
    advice : what to do about it, "" where there is nothing to do; essential : without it nothing can be read
    """

    name: str
    ok: bool
    text: str
    advice: str = ""
    essential: bool = False


def checks() -> Iterator[Check]:
    """All checks, each as soon as it is done: versions, network, speed, display, cameras, encoder, extras.

    A check that fails unexpectedly is a row that says so. None of them uses the internet.
    """
    yield _guarded("versions", versions, True)
    reader: list[Reader] = []
    yield _guarded("network", lambda: network(reader), True)
    if reader:
        yield _guarded("speed", lambda: speed(reader[0]))
    for name, check in (("display", display), ("cameras", cameras), ("video encoder", encoder)):
        yield _guarded(name, check)
    for extra, packages in EXTRAS.items():
        yield installed(extra, packages)


def versions() -> Check:
    """livedigits, Python and the packages that reading needs."""
    import cv2
    import numpy

    from livedigits.recognition.classifier import has_litert

    runtime = (
        f"LiteRT {importlib.metadata.version('ai-edge-litert')}" if has_litert() else "no LiteRT: OpenCV in its place"
    )
    text = f"livedigits {__version__}, Python {platform.python_version()}, OpenCV {cv2.__version__}, "
    text += f"numpy {numpy.__version__}, {runtime}"
    fine = sys.version_info >= (3, 10)
    return Check("versions", fine, text, "" if fine else "use Python 3.10 or newer", True)


def network(made: list[Reader]) -> Check:
    """Whether the network loads and reads a picture whose digits are known; the reader is put into `made`."""
    from livedigits.recognition.reader import Reader

    reader = Reader()
    made.append(reader)
    digits = reader.read(page(NUMBER))
    found = "".join(str(digits.labels[i]) for i in digits.boxes[:, 0].argsort())
    fine = found == NUMBER
    text = f"loads, and reads {NUMBER}" if fine else f"reads {found or 'nothing'} where {NUMBER} is written"
    return Check("network", fine, text, "" if fine else REINSTALL, True)


def speed(reader: Reader) -> Check:
    """How long a frame takes: of the sample video, where that is not installed of one drawn here."""
    from livedigits.recognition.video_reader import VideoReader
    from livedigits.sources.sample import sample_video
    from livedigits.sources.video import open_video

    try:
        path = Path(sample_video())
    except LivedigitsError:
        name, frames = "a drawn page of 1280x720", [(page(NUMBER, 2), i / 30) for i in range(FRAMES)]
    else:
        name = path.name
        with open_video(path) as source:
            frames = [(frame.image, frame.time) for frame, _ in zip(source, range(FRAMES), strict=False)]
    process.tune()  # as the commands do, whose speed this is
    video = VideoReader(reader)
    took = []
    for image, moment in frames:
        began = time.perf_counter()
        video.read(image, moment)
        took.append(time.perf_counter() - began)
    ms = statistics.median(took) * 1000
    fine = ms <= REAL_TIME
    advice = "" if fine else "frames will be dropped: end other programs, or ask the camera for less, --size 640x480"
    return Check("speed", fine, f"{ms:.1f} ms a frame, {1000 / ms:.0f} a second ({name})", advice)


def display() -> Check:
    """Whether a window can be shown."""
    from livedigits.outputs.display import display_problem

    problem = display_problem()
    if problem is None:
        return Check("display", True, "a window can be shown")
    return Check("display", False, problem, "use --no-window with --json or --save, or: livedigits web")


def cameras() -> Check:
    """The cameras attached to this machine."""
    from livedigits.sources.devices import devices

    found = devices()
    if not found:
        return Check("cameras", False, "none was found", "plug one in, or: livedigits camera rtsp://... or http://...")
    text = "; ".join(f"{device.index}: {device.problem or device.mode}" for device in found)
    fine = any(not device.problem for device in found)
    return Check("cameras", fine, text, "" if fine else "end the program that uses it, or join the group video")


def encoder() -> Check:
    """Whether there is an ffmpeg that writes H.264."""
    import subprocess

    import imageio_ffmpeg

    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-hide_banner", "-encoders"]
    listed = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20).stdout
    if " libx264 " in listed:
        return Check("video encoder", True, f"H.264, ffmpeg {imageio_ffmpeg.get_ffmpeg_version()}")
    return Check("video encoder", False, f"{program} has no H.264", "pip install --force-reinstall imageio-ffmpeg")


def installed(extra: str, packages: tuple[str, ...]) -> Check:
    """Whether the packages of an extra are there; they are not imported."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if not missing:
        return Check(f"extra {extra}", True, "installed")
    command = f"pip install 'livedigits[{extra}]'"
    return Check(f"extra {extra}", False, f"not installed ({', '.join(missing)})", f"where you want it: {command}")


def page(digits: str, scale: int = 1) -> np.ndarray:
    """Digits in a row as a person might write them: (360 * scale, 640 * scale, 3) uint8 BGR."""
    import numpy as np

    from livedigits.training.synthesis import pens, strokes

    rng = np.random.default_rng(3)
    hand = strokes.new_hand(rng, tidy=1.0)
    size, x = (640 * scale, 360 * scale), 80.0 * scale
    coverage = np.zeros(size[::-1], np.float32)
    for digit in digits:
        lines = strokes.polyline(strokes.digit(int(digit), rng, hand), 70.0 * scale, x, 140.0 * scale)
        coverage = np.maximum(coverage, pens.draw_lines(lines, size[::-1], pens.plain_pen("pen", 4.0 * scale), rng))
        x = float(max(line[:, 0].max() for line in lines)) + 35 * scale
    return np.repeat((230 - 195 * coverage).astype(np.uint8)[..., None], 3, axis=2)


def table(rows: list[Check]) -> str:
    """The checks for people: a line each, and under it what to do."""
    width = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        mark = "ok" if row.ok else "FAIL" if row.essential else "--"
        lines.append(f"{row.name:<{width}}  {mark:<4}  {row.text}")
        if row.advice:
            lines.append(f"{'':<{width}}        {row.advice}")
    return "\n".join(lines)


def _guarded(name: str, check: Callable[[], Check], essential: bool = False) -> Check:
    """A check's row; where it fails, one that says how."""
    try:
        return check()
    except Exception as error:  # whatever is broken here is what this is to find
        text = " ".join(str(error).split()) or type(error).__name__
        return Check(name, False, text, _cure(error) or (REINSTALL if essential else ""), essential)


def _cure(error: Exception) -> str:
    if "cannot open shared object file" in str(error):
        return "on Debian and Ubuntu: sudo apt-get install libgl1 libglib2.0-0"
    if isinstance(error, ImportError) and error.name:
        package = error.name.split(".")[0]
        return f"pip install --force-reinstall {PACKAGES.get(package, package)}"
    return ""
