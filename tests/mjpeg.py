"""Frames that carry their number in the picture, and a camera that sends them as MJPEG over HTTP on loopback."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType

import cv2
import numpy as np

BITS = 16
BLOCK = 16  # px; a bit is a block, wide enough to outlive compression
BOUNDARY = b"livedigits"


def numbered(number: int, height: int = 96, width: int = BITS * BLOCK, time: float | None = None) -> np.ndarray:
    """A grey frame, (height, width, 3) uint8, with 16 black or white blocks in its top rows: `number` in binary.

    With a time in s of time.monotonic(), a second row of blocks has its milliseconds, up to 65.5 s.
    """
    frame = np.full((height, width, 3), 128, np.uint8)
    values = [number] if time is None else [number, int(time * 1000)]
    for row, value in enumerate(values):
        for bit in range(BITS):
            block = slice(row * BLOCK, (row + 1) * BLOCK), slice(bit * BLOCK, (bit + 1) * BLOCK)
            frame[block] = 255 if value >> bit & 1 else 0
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number that `numbered` wrote into a frame."""
    return _value(frame, 0)


def age_of(frame: np.ndarray, now: float) -> float:
    """Seconds from the time that `numbered` wrote into a frame to `now`."""
    return (int(now * 1000) - _value(frame, 1)) % (1 << BITS) / 1000


def _value(frame: np.ndarray, row: int) -> int:
    centres = frame[row * BLOCK + BLOCK // 2, BLOCK // 2 : BITS * BLOCK : BLOCK].mean(axis=1)
    return sum(1 << bit for bit, value in enumerate(centres) if value > 128)


class MjpegCamera:
    """Serves frames with their number and time to everyone who connects to `url`, each connection from number 0.

    What it does can be changed at any moment: its attributes count from the next frame on, and methods make it
    stall, break off, go down and come back.

    Parameters
    ----------
    frames : how many frames a connection gets; None is without end
    then : what comes after them: "end" the stream, "drop" the connection in the middle of a frame, or "stall"
    interval : seconds between frames

    Attributes
    ----------
    size : (width, height) px of the frames, at least 256x32
    black : whether frames are all black
    picture : what is sent in place of numbered frames, (h, w, 3) uint8 BGR; None for those
    junk : bytes that are sent between parts
    spoiled : bytes that stand in the place of some of each picture's
    connections : how many there were so far
    """

    def __init__(self, frames: int | None = None, then: str = "end", interval: float = 0.01) -> None:
        self.interval = interval
        self.size = BITS * BLOCK, 96
        self.black = False
        self.picture: np.ndarray | None = None
        self.junk = self.spoiled = b""
        self.connections = 0
        self._frames = frames
        self._then = then
        self._port = 0
        self._changed = threading.Condition()
        self._stopped = self._stalled = False
        self._broken = 0  # frames to send cut short
        self._sent = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> MjpegCamera:
        self.up()
        self.url = f"http://127.0.0.1:{self._port}/video"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self.down()
        for thread in list(self._threads):
            thread.join()

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def down(self) -> None:
        """Listen no more, and cut all connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()

    def drop(self) -> None:
        """Cut all connections without a farewell."""
        with self._changed:
            for connection in self._open:
                _reset(connection)
            self._changed.notify_all()

    def stall(self) -> None:
        """Send nothing, to nobody, until `go_on`; connections stay open."""
        with self._changed:
            self._stalled = True

    def go_on(self) -> None:
        with self._changed:
            self._stalled = False
            self._changed.notify_all()

    def send_broken(self, frames: int = 1) -> None:
        """Send so many pictures without their last fifth, each as a part of its own, and wait until that is done."""
        with self._changed:
            self._broken = frames
            assert self._changed.wait_for(lambda: not self._broken, 30)

    def wait_sent(self, number: int) -> None:
        """Wait until the frame of this number was sent."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._sent > number, 30), f"frame {number} was not sent"

    @property
    def sent(self) -> int:
        """How many frames were sent so far, to the connection that is farthest."""
        return self._sent

    def _start(self, target: Callable[[socket.socket], None], argument: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(argument,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                self.connections += 1
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # whoever watched went away
            connection.settimeout(5)
            connection.recv(4096)
            connection.sendall(
                b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n" % BOUNDARY
            )
            self._send_frames(connection)
        with self._changed:
            self._open.discard(connection)

    def _send_frames(self, connection: socket.socket) -> None:
        number = 0
        while self._frames is None or number < self._frames:
            with self._changed:
                self._changed.wait_for(lambda: not self._stalled or self._stopped)
                if self._stopped:
                    return
            connection.sendall(self._part(number, 0.8 if self._broken else 1.0))
            number += 1
            with self._changed:
                self._broken = max(0, self._broken - 1)
                self._sent = max(self._sent, number)
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._stopped, self.interval)
        if self._then == "drop":
            connection.sendall(self._part(number)[:200])
            _reset(connection)
        elif self._then == "stall":
            with self._changed:
                self._changed.wait_for(lambda: self._stopped)

    def _part(self, number: int, share: float = 1.0) -> bytes:
        width, height = self.size
        frame = numbered(number, height, width, time.monotonic()) if self.picture is None else self.picture
        jpeg = cv2.imencode(".jpg", frame * 0 if self.black else frame)[1].tobytes()
        jpeg = jpeg[: int(share * len(jpeg))]
        at = len(jpeg) * 4 // 5  # behind the tables
        jpeg = jpeg[:at] + self.spoiled + jpeg[at + len(self.spoiled) :]
        return b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n%s" % (
            BOUNDARY,
            len(jpeg),
            jpeg,
            self.junk,
        )


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, no farewell
        connection.shutdown(socket.SHUT_RDWR)


def main() -> None:
    """Serve until interrupted, to look at by hand: livedigits camera URL."""
    with MjpegCamera(interval=1 / 30) as camera:
        print(camera.url, flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main()
