"""Frames that carry their number in the picture, and a camera that sends them as MJPEG over HTTP on loopback."""

from __future__ import annotations

import socket
import struct
import threading
import time
from types import TracebackType

import cv2
import numpy as np

BITS = 16
BLOCK = 16  # px; a bit is a block, wide enough to outlive compression
BOUNDARY = b"livedigits"


def numbered(number: int, height: int = 96) -> np.ndarray:
    """A grey frame, (height, 256, 3) uint8, with 16 black or white blocks in its top rows: `number` in binary."""
    frame = np.full((height, BITS * BLOCK, 3), 128, np.uint8)
    for bit in range(BITS):
        frame[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 if number >> bit & 1 else 0
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number that `numbered` wrote into a frame."""
    centres = frame[BLOCK // 2, BLOCK // 2 :: BLOCK].mean(axis=1)
    return sum(1 << bit for bit, value in enumerate(centres) if value > 128)


class MjpegCamera:
    """Serves numbered frames to everyone who connects to `url`, each from number 0.

    Parameters
    ----------
    frames : how many frames; None is without end
    then : what comes after them: "end" the stream, "drop" the connection in the middle of a frame, or "stall"
    interval : seconds between frames
    """

    def __init__(self, frames: int | None = None, then: str = "end", interval: float = 0.01) -> None:
        self._frames = frames
        self._then = then
        self._interval = interval
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._sent = 0
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> MjpegCamera:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/video"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join()

    def wait_sent(self, number: int) -> None:
        """Wait until the frame of this number was sent."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._sent > number, 30), f"frame {number} was not sent"

    @property
    def sent(self) -> int:
        """How many frames were sent so far, to the connection that is farthest."""
        return self._sent

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(5)
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n" % BOUNDARY
                )
                self._send_frames(connection)
            except OSError:
                return  # whoever watched went away

    def _send_frames(self, connection: socket.socket) -> None:
        number = 0
        while not self._stop.is_set() and (self._frames is None or number < self._frames):
            connection.sendall(_part(number))
            number += 1
            with self._changed:
                self._sent = max(self._sent, number)
                self._changed.notify_all()
            self._stop.wait(self._interval)
        if self._then == "drop":
            connection.sendall(_part(number)[:200])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, no farewell
        elif self._then == "stall":
            self._stop.wait()


def _part(number: int) -> bytes:
    jpeg = cv2.imencode(".jpg", numbered(number))[1].tobytes()
    return b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (BOUNDARY, len(jpeg), jpeg)


def main() -> None:
    """Serve until interrupted, to look at by hand: livedigits camera URL."""
    with MjpegCamera(interval=1 / 30) as camera:
        print(camera.url, flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main()
