"""Frames -> a video file that players and browsers take, through the ffmpeg that imageio-ffmpeg brings."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np

from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs import matroska
from livedigits.sources.filetypes import VIDEOS_SAVED

_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "21")
_VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "34", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1")
_MP4_LIKE = (".mp4", ".m4v", ".mov")
_WHO = r"^(\[[^]]* @ 0x[0-9a-f]+\] )+"  # which part of ffmpeg speaks


class Encoder:
    """Writes frames into a video file; ffmpeg starts with the first one, at its size.

    Parameters
    ----------
    path : the file; its suffix chooses the kind
    fps : frames a second
    timed : each frame comes with its own time, and is shown until the next one's; fps is that of .avi, which knows no
        uneven times, and gives the last frame its length

    Attributes
    ----------
    written : number of frames written

    Raises
    ------
    LivedigitsError: the suffix is not in VIDEOS_SAVED; open(): the file cannot be written, or there is no ffmpeg;
        write() and close(): ffmpeg fails
    """

    def __init__(self, path: str | Path, fps: float, timed: bool = False) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() not in VIDEOS_SAVED:
            known = ", ".join(VIDEOS_SAVED)
            raise LivedigitsError(f"cannot save a video as {self.path}: its name must end in one of {known}")
        self.fps = fps
        self.timed = timed
        self.written = 0
        self._ticks = -1  # of the frame before
        self._existed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: IO[bytes] | None = None

    def open(self) -> None:
        """Makes sure that the file can be written; what is in it stays until the first frame."""
        self._exe = _ffmpeg()
        self._existed = self.path.exists()
        try:
            with open(self.path, "ab"):
                pass
        except OSError as error:
            raise OutputError(self.path, error.strerror) from error

    def write(self, image: np.ndarray, seconds: float = 0.0) -> None:
        """Adds a frame (h, w, 3) uint8 BGR, of the same size as the first.

        `seconds` since the first frame count where frames are timed; one that is no later than the frame before is
        left out.
        """
        ticks = round(seconds / matroska.TICK)
        if self.timed and ticks <= self._ticks:
            return
        if self._process is None:
            self._start(image.shape[1], image.shape[0])
        assert self._process is not None and self._process.stdin is not None
        try:
            if self.timed:
                if not self.written:
                    self._process.stdin.write(matroska.header(image.shape[1], image.shape[0], 1 / self.fps))
                self._process.stdin.write(matroska.frame_header(ticks, image.size))
            self._process.stdin.write(np.ascontiguousarray(image).data)
        except OSError as error:
            self._process.wait()
            raise self._failure() from error
        self._ticks = ticks
        self.written += 1

    def close(self, quietly: bool = False) -> None:
        """Waits until the file is whole; a file that got no frame is removed where it was not there before."""
        if self._process is None:
            if not self._existed:
                self.path.unlink(missing_ok=True)
            return
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # where ffmpeg has gone, its exit status tells
            self._process.stdin.close()
        try:
            status = self._process.wait()
        except KeyboardInterrupt:
            self._process.wait()  # ffmpeg does not hear Ctrl-C and finishes; only a second one stops the waiting
            raise
        if status and not quietly:
            raise self._failure()
        if not status and not self.timed and self.path.suffix.lower() in _MP4_LIKE and _knows_hybrid():
            _index_first(self._exe, self.path)

    def _start(self, width: int, height: int) -> None:
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as ffmpeg is
        self._process = subprocess.Popen(
            [self._exe, *_arguments(self.path, width, height, self.fps, self.timed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._messages,
            # Out of the terminal's reach: Ctrl-C must not kill ffmpeg before it has finished the file.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def _failure(self) -> OutputError:
        assert self._messages is not None
        self._messages.seek(0)
        lines = self._messages.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else "the encoder stopped"
        return OutputError(self.path, re.sub(_WHO, "", reason))


def _ffmpeg() -> str:
    import imageio_ffmpeg

    try:
        return imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise LivedigitsError("no ffmpeg to save a video with: pip install --force-reinstall imageio-ffmpeg") from error


@functools.cache
def _knows_hybrid() -> bool:
    """Whether this ffmpeg (7.1 and newer) can write .mp4 in fragments that it makes one whole file of in the end."""
    told = subprocess.run([_ffmpeg(), "-hide_banner", "-h", "muxer=mp4"], capture_output=True, stdin=subprocess.DEVNULL)
    return b"hybrid_fragmented" in told.stdout


def _index_first(exe: str, path: Path) -> None:
    """Brings the index of a video to its beginning, so that it plays while it loads; without room it stays."""
    part = path.with_name(f".livedigits-{os.getpid()}-{path.name}")
    told = ["-y", "-v", "error", "-i", f"file:{path.absolute()}", "-c", "copy", "-movflags", "+faststart"]
    try:
        done = subprocess.run(
            [exe, *told, f"file:{part.absolute()}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",
        )
        if done.returncode == 0 and path.is_file() and not path.is_symlink():
            part.replace(path)
    except OSError:
        pass
    finally:
        part.unlink(missing_ok=True)


def _codec(suffix: str) -> tuple[str, ...]:
    if suffix == ".webm":
        return _VP9
    return (*_H264, "-movflags", "+faststart") if suffix in _MP4_LIKE else _H264


def _arguments(path: Path, width: int, height: int, fps: float, timed: bool) -> list[str]:
    """What ffmpeg is told: BGR frames of this size come in, a file that every player and browser takes goes out."""
    rate = str(Fraction(fps).limit_denominator(100_000))
    source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", rate, "-i", "-"]
    times = []
    if timed:
        source = ["-f", "matroska", "-i", "-"]
        # Without B-frames: with them, .mp4 takes a video for shorter than it is by the time of the last few frames.
        times = ["-fps_mode", "passthrough", "-enc_time_base", f"1:{round(1 / matroska.TICK)}", "-bf", "0"]
    # Players know 4:2:0 only, which needs even sides; the colours are named so that none has to guess.
    shape = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    colours = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    codec = _codec(path.suffix.lower())
    if "-movflags" in codec and _knows_hybrid():
        # Written in fragments, each of which plays: what was recorded before the disk was full is not lost.
        times += ["-movflags", "hybrid_fragmented+frag_keyframe", "-g", str(round(2 * fps))]
    if timed and path.suffix.lower() == ".avi":
        shape, times = f"fps={rate},{shape}", []
    return ["-y", "-v", "error", *source, "-an", "-vf", shape, *codec, *colours, *times, f"file:{path.absolute()}"]
