"""Keeps freed memory for the next frame.

Each stage makes pictures of a megabyte or more and frees them 30 times a second. glibc hands such pieces back to the
system and gets them anew, page by page: on 720p frames that took a quarter of the time of the finest level.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
KEPT = 64 << 20  # bytes of freed memory that stay with the process
LARGEST = 32 << 20  # bytes: the largest piece that glibc lets come from kept memory


def keep_freed() -> None:
    """Lets the process keep memory that it freed; without effect where the C library is not glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # Windows, macOS, musl
        return
    mallopt(_TRIM_THRESHOLD, KEPT)
    mallopt(_MMAP_THRESHOLD, LARGEST)
