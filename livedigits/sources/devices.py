"""Cameras attached to this machine: which there are, what they deliver, and why one does not open."""

from __future__ import annotations

import contextlib
import os
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from livedigits.errors import LivedigitsError
from livedigits.sources.filetypes import PICTURE_SUFFIXES

NONE_FOUND = (
    "no camera was found: plug one in, pass it on where this runs in a container or virtual machine, or give the "
    "address of a network camera, rtsp:// or http://"
)
_SYSFS = Path("/sys/class/video4linux")
# Of Linux's linux/videodev2.h: ioctl VIDIOC_QUERYCAP on struct v4l2_capability, and flags in its fields.
_QUERYCAP, _CAPABILITY = 0x80685600, struct.Struct("16s32s32sIII3I")
_CAPTURES, _HAS_DEVICE_CAPS = 0x00000001 | 0x00001000, 0x80000000


@dataclass(frozen=True)
class Mode:
    """What a camera is asked for, or delivers; None is its own choice, or unknown.

    size : (width, height) px; fps : frames a second; fourcc : the code of its pixel format, such as "MJPG"
    """

    size: tuple[int, int] | None = None
    fps: float | None = None
    fourcc: str | None = None

    def __str__(self) -> str:
        size = f"{self.size[0]}x{self.size[1]}" if self.size else ""
        fps = f"{self.fps:g} fps" if self.fps else ""
        return ", ".join(filter(None, (" at ".join(filter(None, (size, fps))), self.fourcc)))


@dataclass(frozen=True)
class Device:
    """A camera of this machine: index; name, "" where unknown; what it delivers; why it does not, "" where it does."""

    index: int
    name: str
    mode: Mode
    problem: str = ""


def open_device(name: str, mode: Mode) -> Any:
    """A cv2.VideoCapture on a camera, asked for a mode.

    Raises
    ------
    LivedigitsError: no such camera, busy, or not allowed; names those that work
    """
    index = device_index(name)
    capture = _capture(index)
    if not capture.isOpened():
        capture.release()
        raise LivedigitsError(_why_no_camera(name, index))
    fourcc = mode.fourcc
    if mode.size is not None and sys.platform == "linux":
        fourcc = fourcc or "MJPG"  # raw pictures of this size pass USB at a few frames a second
    if fourcc is not None:  # first: drivers choose the size within the format
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*fourcc))
    if mode.size is not None:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size[1])
    if mode.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
    return capture


def granted(capture: Any) -> Mode:
    """The mode that an open cv2.VideoCapture says it delivers."""
    width, height, fps = (
        capture.get(setting) for setting in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
    )
    code = int(capture.get(cv2.CAP_PROP_FOURCC))
    letters = struct.pack("<I", code & 0xFFFFFFFF).decode("latin-1").strip("\0 ")
    return Mode(
        (int(width), int(height)) if width > 0 and height > 0 else None,
        round(fps, 2) if 0 < fps < 1000 else None,
        letters if letters.isascii() and letters.isprintable() and letters else None,
    )


def compared(asked: Mode, given: Mode) -> str:
    """What a camera gives, and in brackets what it was asked for in vain: "1280x720 at 30 fps (asked for 60 fps)"."""
    fourcc = asked.fourcc if (asked.fourcc or "").upper() != (given.fourcc or "").upper() else None
    # drivers answer with the exact rate of their clock, 29.97 for 30
    fps = asked.fps if asked.fps and abs(asked.fps - (given.fps or 0.0)) > 0.01 * asked.fps else None
    missed = Mode(asked.size if asked.size != given.size else None, fps, fourcc)
    text = str(given) or "a mode that the driver does not tell"
    return f"{text} (asked for {missed})" if str(missed) else text


def device_index(name: str) -> int:
    """The index of a camera given as index, device path, or a link to one.

    Raises
    ------
    LivedigitsError: the name is that of no camera
    """
    if re.fullmatch(r"[0-9]{1,4}", name):
        return int(name)
    device = re.fullmatch(r"/dev/video([0-9]+)", os.path.realpath(name))  # also /dev/v4l/by-id/...
    if device:
        return int(device[1])
    suffix = os.path.splitext(name)[1].lower()
    if os.path.isdir(name) or (os.path.exists(name) and suffix in PICTURE_SUFFIXES):
        raise LivedigitsError(f"{name} is no camera: to read pictures use: livedigits image {name}")
    if os.path.isfile(name):
        raise LivedigitsError(f"{name} is a file, not a camera: use: livedigits video {name}")
    raise LivedigitsError(
        f"{name} is no camera: give an index such as 0, a device such as /dev/video0, or an rtsp:// or http:// URL"
    )


def absent(index: int) -> str:
    """Why a camera that worked before does not open, in a few words; "" where that cannot be told."""
    path = f"/dev/video{index}"
    if sys.platform != "linux":
        return ""
    if not os.path.exists(path):
        return "unplugged"
    return "busy in another program" if os.access(path, os.R_OK | os.W_OK) else "no permission to open it"


def working_cameras(excluded: int | None = None) -> list[int]:
    """The indices of the cameras that open, without `excluded`."""
    return [device.index for device in devices(excluded) if not device.problem]


def devices(excluded: int | None = None) -> list[Device]:
    """The cameras of this machine, without `excluded`; each is opened for a moment, and not read from."""
    found = []
    for index in camera_candidates():
        if index == excluded or _no_video(index):
            continue
        capture = _capture(index)
        opened = capture.isOpened()
        mode = granted(capture) if opened else Mode()
        capture.release()
        if opened:
            found.append(Device(index, _name(index), mode))
        elif sys.platform != "linux":
            break  # there the indices have no gaps, and each failure costs time
        else:
            found.append(Device(index, _name(index), mode, absent(index)))
    return found


def camera_candidates() -> list[int]:
    """The indices that could be cameras; on Linux, of the devices that there are."""
    if sys.platform != "linux":
        return list(range(10))
    found = (re.fullmatch(r"video([0-9]+)", path.name) for path in Path("/dev").glob("video*"))
    return sorted(int(device[1]) for device in found if device)


def _capture(index: int) -> Any:
    # on Linux the other backends have no cameras to offer, only messages on standard error
    return cv2.VideoCapture(index, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)


def _why_no_camera(name: str, index: int) -> str:
    device = f"/dev/video{index}"
    if os.path.exists(device) and not os.access(device, os.R_OK | os.W_OK):
        return f"camera {name}: no permission to open {device} (on most systems, the group video has it)"
    if os.path.exists(device):
        reason = f"camera {name} is busy in another program, or is no video camera"
    elif sys.platform == "linux":
        reason = f"there is no camera {name}"
    else:
        reason = f"there is no camera {name}, or it is busy or not allowed for this program"
    others = ", ".join(str(i) for i in working_cameras(excluded=index))
    return f"{reason}; cameras that work: {others}" if others else f"{reason}; no other camera was found"


def _name(index: int) -> str:
    with contextlib.suppress(OSError):
        return (_SYSFS / f"video{index}" / "name").read_text(errors="replace").strip()
    return ""


def _no_video(index: int) -> bool:
    """Whether a device surely delivers no pictures: webcams have a second one that has only data about them."""
    if sys.platform != "linux":
        return False
    import fcntl

    answer = bytearray(_CAPABILITY.size)
    try:
        descriptor = os.open(f"/dev/video{index}", os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.ioctl(descriptor, _QUERYCAP, answer)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    *_, whole, own, _, _, _ = _CAPABILITY.unpack(answer)
    return not (own if whole & _HAS_DEVICE_CAPS else whole) & _CAPTURES
