"""What the commands set for their whole process. Nothing else in livedigits does: programs ask for it by name."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator

OPENCV_ENVIRONMENT = {
    "OPENCV_LOG_LEVEL": "SILENT",  # livedigits says itself what went wrong
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",  # else Windows takes 10 s to open a camera
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "2",  # s: a webcam that stalls is opened again
    # Qt looks for fonts that the wheel does not bring, and says so a hundred times.
    "QT_LOGGING_RULES": "*.debug=false;qt.qpa.fonts=false;*.warning=false",
}

# A process of its own, so that what TensorFlow says last before it aborts (no AVX, say) still comes through.
_TENSORFLOW_FILTER = r"""
import re, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
noise = re.compile(
    rb"WARNING: All log messages before absl|[IW]\d{4} \d\d:\d\d:"
    rb"|\d{4}-\d\d-\d\d [\d:.]+: [IW] |To enable the following instructions:"
    rb"|(E\d{4} |\d{4}-\d\d-\d\d [\d:.]+: E ).*Unable to register cu"
)
for line in sys.stdin.buffer:
    if not noise.match(line):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
KEPT = 64 << 20  # bytes of freed memory that stay with the process
LARGEST = 32 << 20  # bytes: the largest piece that glibc lets come from kept memory


def quiet_opencv() -> None:
    """Sets environment variables that keep OpenCV quiet and its cameras quick, where the user has not set them.

    They count only when this is called before cv2 is imported.
    """
    for name, value in OPENCV_ENVIRONMENT.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """While TensorFlow or Keras is imported: what they remark about the machine is left out of standard error.

    Its native code writes some of that before any log level counts. Errors and all other lines come through, also
    when the process dies; so does everything where the user has set TF_CPP_MIN_LOG_LEVEL.
    """
    chosen = "TF_CPP_MIN_LOG_LEVEL" in os.environ
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if chosen or "tensorflow" in sys.modules:
        yield
        return
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    command = [sys.executable, "-I", "-S", "-c", _TENSORFLOW_FILTER]
    with os.fdopen(kept, "wb"), subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as remarks:
        assert remarks.stdin is not None
        os.dup2(remarks.stdin.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def tune() -> None:
    """Sets OpenCV's threads and the C library's memory for reading frame after frame; imports cv2."""
    import cv2

    cv2.setNumThreads(1)  # for pictures as small as these, more threads wait longer than they work
    keep_freed()


def keep_freed() -> None:
    """Lets the process keep memory that it freed; without effect where the C library is not glibc.

    Each stage makes pictures of a megabyte or more and frees them 30 times a second. glibc hands such pieces back to
    the system and takes new ones, page by page: on 720p frames that took a quarter of the time of the finest level.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # Windows, macOS, musl
        return
    mallopt(_TRIM_THRESHOLD, KEPT)
    mallopt(_MMAP_THRESHOLD, LARGEST)


def allow_large_pictures() -> None:
    """Lets Pillow open pictures of more than 178 megapixels: livedigits.sources.images measures them itself."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
