"""Whether there is a display on which OpenCV can show a window."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2

_PROBE = "import os, cv2; cv2.namedWindow('livedigits'); os._exit(0)"
_PROBE_SECONDS = 20.0


def display_problem() -> str | None:
    """Why no window can be shown here, in a few words; None where one can.

    OpenCV aborts the process when a window cannot be opened, and no try/except sees that. So this asks first: what
    the environment and the build say, then a child process that opens a window and is gone (about 0.2 s).
    """
    if "GUI:                           NONE" in cv2.getBuildInformation():
        return "this OpenCV was built without windows (opencv-python-headless)"
    if sys.platform in ("win32", "darwin"):
        return None
    if not os.environ.get("DISPLAY"):
        if os.environ.get("WAYLAND_DISPLAY"):
            return "OpenCV needs X11, and this Wayland session offers none (XWayland)"
        return "there is no display (DISPLAY is not set)"
    prepare_qt()
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"the display {os.environ['DISPLAY']} does not answer"
    if probe.returncode == 0:
        return None
    platform = os.environ.get("QT_QPA_PLATFORM")
    because = f" (QT_QPA_PLATFORM is {platform})" if platform else ""
    return f"OpenCV cannot open one on display {os.environ['DISPLAY']}{because}"


def prepare_qt() -> None:
    """Has Qt use X11 where a Wayland session's environment asks for its Wayland plugin."""
    # OpenCV's wheel brings the X11 plugin alone; any Wayland session that sets DISPLAY serves it as well.
    if os.environ.get("QT_QPA_PLATFORM", "").startswith("wayland"):
        os.environ["QT_QPA_PLATFORM"] = "xcb"
