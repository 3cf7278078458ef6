"""Videos: each gives its frames, or some of them and a LivedigitsError."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.sources.video import open_video
from tests.fuzz.mutation import mutated

mutate = mutated

FRAMES = 400  # that are read of one at most: a damaged count or rate may promise any number
CODECS = {
    "mp4": ("libx264", "yuv420p"),
    "mkv": ("libx264", "yuv420p"),
    "webm": ("libvpx", "yuv420p"),
    "avi": ("mjpeg", "yuvj420p"),
    "mov": ("mpeg4", "yuv420p"),
    "ts": ("mpeg2video", "yuv420p"),
    "flv": ("flv", "yuv420p"),
    "wmv": ("wmv2", "yuv420p"),
}


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="livedigits-fuzz-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def corpus() -> list[bytes]:
    """Eight frames in every container that is read."""
    found = []
    for suffix, (codec, pixels) in CODECS.items():
        path = _folder() / f"seed.{suffix}"
        writer = imageio_ffmpeg.write_frames(
            str(path), (64, 48), fps=25, codec=codec, pix_fmt_out=pixels, macro_block_size=1, ffmpeg_log_level="quiet"
        )
        writer.send(None)
        for i in range(8):
            frame = np.full((48, 64, 3), 230, np.uint8)
            frame[10:40, 5 * i + 4 : 5 * i + 9] = 30
            writer.send(frame)
        writer.close()
        found.append(path.read_bytes())
    return found


def right(data: bytes) -> bool:
    """Whether frames are arrays with times that grow, until the end or a refusal in one line."""
    path = _folder() / f"input-{os.getpid()}"
    path.write_bytes(data)
    before, good = -1.0, True
    with contextlib.suppress(LivedigitsError), open_video(path) as source:
        for frame in source:
            image = frame.image
            good &= image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and before <= frame.time < 1e12
            before = frame.time
            if frame.index >= FRAMES:
                break
    return good
