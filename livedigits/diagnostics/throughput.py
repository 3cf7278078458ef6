"""Measures how fast frames are read: each stage, the whole reader, decoding, and the first result of a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.diagnostics import Loop
from livedigits.outputs.images import save_picture
from livedigits.outputs.jsonl import JsonLines
from livedigits.recognition.reader import Reader
from livedigits.recognition.video_reader import VideoReader
from livedigits.sources.sample import sample
from livedigits.sources.video import open_video

STARTS = 5
READING = ("find", "crop", "classify")


def measure(loop: Loop, path: str, model: str | None = None) -> dict[str, Any]:
    """Reads a video several times, once of them by the loop, and one picture in new processes.

    Returns
    -------
    file, frames, width and height in px; stages: {name: {"median", "p99"}} in ms a frame, "find to classify" for the
    first three together, "reader" for all; decode_fps: frames a second of decoding alone; fps: of decoding, reading and
    writing JSON; cold_start: s from starting `livedigits image` to its end, median of 5.

    Raises
    ------
    LivedigitsError: no such video, or no such model
    """
    reader = Reader(model)
    _warm_up(path, reader)
    decode_fps, (width, height) = _decode(path)
    stages = _stages(path, reader)
    video = VideoReader(reader)
    with open_video(path) as source, JsonLines(os.devnull) as sink:
        summary = loop(source, lambda frame: video.look(frame.image, frame.time), [sink])
    if summary.signal:
        raise KeyboardInterrupt(summary.signal)
    return {
        "file": path,
        "frames": summary.frames,
        "width": width,
        "height": height,
        "cpus": os.cpu_count(),
        "stages": {name: spread(seconds) for name, seconds in stages.items()},
        "decode_fps": round(decode_fps, 1),
        "fps": round(summary.fps, 1),
        "cold_start": round(_cold_start(path, model), 3),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    size = f"{figures['width']}x{figures['height']}"
    tutorial = figures.get("tutorial")
    lines = [
        f"{figures['file']}: {figures['frames']} frames of {size}, {figures['cpus']} processors",
        "",
        f"{'ms a frame':<16}{'median':>8}{'p99':>8}",
        *(f"{name:<16}{ms['median']:>8.2f}{ms['p99']:>8.2f}" for name, ms in figures["stages"].items()),
        "",
        f"{'frames a second, from file to JSON':<40}{figures['fps']:>8.1f}",
        f"{'frames a second, decoding alone':<40}{figures['decode_fps']:>8.1f}",
        *(_tutorial_rows(tutorial) if tutorial else []),
        f"{'cold start to the first result, s':<40}{figures['cold_start']:>8.2f}",
    ]
    return "\n".join(lines)


def _tutorial_rows(tutorial: dict[str, float]) -> list[str]:
    return [
        f"{f'tutorial loop, one predict a {how}':<40}{tutorial[f'{how}_fps']:>8.2f}" for how in ("frame", "contour")
    ]


def _warm_up(path: str, reader: Reader, frames: int = 20) -> None:
    """The first frames are slower: memory is fetched and threads start."""
    video = VideoReader(reader)
    with open_video(path) as source:
        for frame, _ in zip(source, range(frames), strict=False):
            video.read(frame.image, frame.time)


def _decode(path: str) -> tuple[float, tuple[int, int]]:
    """Frames a second of decoding alone, and (width, height) px."""
    frames, size = 0, (0, 0)
    began = time.perf_counter()
    with open_video(path) as source:
        for frame in source:
            frames += 1
            size = frame.image.shape[1], frame.image.shape[0]
    return frames / (time.perf_counter() - began), size


def _stages(path: str, reader: Reader) -> dict[str, list[float]]:
    """Seconds of each frame in each stage and, as "reader", in all together."""
    stages: dict[str, list[float]] = {}
    whole = []
    video = VideoReader(reader)
    with open_video(path) as source:
        for frame in source:
            began = time.perf_counter()
            reading = video.look(frame.image, frame.time)
            whole.append(time.perf_counter() - began)
            for name, seconds in reading.seconds.items():
                stages.setdefault(name, []).append(seconds)
    together = np.sum([stages[name] for name in READING], axis=0).tolist()
    return {**stages, "find to classify": together, "reader": whole}


def spread(seconds: Sequence[float] | np.ndarray) -> dict[str, float]:
    """Median, 99th percentile and maximum in ms; zeros where nothing was measured."""
    if not len(seconds):
        return {"median": 0.0, "p99": 0.0, "max": 0.0}
    median, p99, most = np.percentile(seconds, [50, 99, 100]) * 1000
    return {name: round(float(ms), 2) for name, ms in (("median", median), ("p99", p99), ("max", most))}


def _cold_start(path: str, model: str | None) -> float:
    """Seconds from starting `livedigits image` on a picture to its end; the median of STARTS processes."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        picture = sample("one.png")
        if picture is None:
            picture = Path(folder) / "one.png"
            with open_video(path) as source:
                save_picture(picture, next(iter(source)).image)
        command = [sys.executable, "-m", "livedigits", "image", str(picture), *(["--model", model] if model else [])]
        paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        for _ in range(STARTS):
            began = time.perf_counter()
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))
