"""The link to an X11 display, watched: Qt ends the process when it breaks, so nothing may be asked of it then."""

from __future__ import annotations

import os
import select
import socket
import sys
from pathlib import Path

_FDS = Path("/proc/self/fd")
_PORTS = range(6000, 6064)  # of X11 by TCP, display 0 to 63


def reachable() -> bool:
    """Whether something answers where DISPLAY points; True where that cannot be asked."""
    host, _, number = os.environ.get("DISPLAY", "").rpartition(":")
    number = number.partition(".")[0]
    if sys.platform != "linux" or not number.isdecimal():
        return True
    if host not in ("", "unix"):
        places: list[tuple[int, object]] = [(socket.AF_INET, (host.strip("[]"), 6000 + int(number)))]
    else:
        path = f"/tmp/.X11-unix/X{number}"
        places = [(socket.AF_UNIX, f"\0{path}"), (socket.AF_UNIX, path)]
    return any(_connects(family, place) for family, place in places)


def _connects(family: int, place: object) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as link:
        link.settimeout(1.0)
        try:
            link.connect(place)  # type: ignore[arg-type]
        except OSError:
            return False
    return True


class Link:
    """The links of this process to displays, as they are when it is made; on Linux only."""

    def __init__(self) -> None:
        self._watched = None
        if sys.platform != "linux":
            return
        self._watched = select.poll()
        for fd in os.listdir(_FDS):
            if _to_display(int(fd)):
                self._watched.register(int(fd), select.POLLHUP)

    @property
    def broken(self) -> bool:
        """Whether one of them is at its end."""
        return self._watched is not None and bool(self._watched.poll(0))


def _to_display(fd: int) -> bool:
    try:
        if not os.readlink(_FDS / str(fd)).startswith("socket:"):
            return False
        with socket.socket(fileno=os.dup(fd)) as link:
            peer = link.getpeername()
    except OSError:
        return False
    if isinstance(peer, tuple):
        return peer[1] in _PORTS
    return "/.X11-unix/X" in (peer.decode(errors="replace") if isinstance(peer, bytes) else peer)
