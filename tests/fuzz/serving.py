"""The page's server in a thread, for raw bytes over real connections."""

from __future__ import annotations

import contextlib
import socket
import threading

from livedigits.recognition.reader import Reader
from livedigits.web.app import create_app
from livedigits.web.limits import Limits
from livedigits.web.server import Faults, server

SECONDS = 30  # that an answer may take


class Served:
    """A server with short time limits; `said` are the faults that it told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._address = self._listening.getsockname()
        self._faults = Faults(self.said.append)
        self._faults.__enter__()
        limits = Limits(picture_bytes=100_000, picture_pixels=40_000, frame_pixels=40_000, drawing_side=300)
        self._server = server(create_app(Reader(), limits=limits))
        self._thread = threading.Thread(target=self._server.run, args=([self._listening],), daemon=True)
        self._thread.start()

    def answer(self, data: bytes) -> bytes:
        """What the server says to these bytes, and to nothing after them."""
        said = b""
        connection = socket.create_connection(self._address, SECONDS)
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65_536):
                said += more
        return said

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join(SECONDS)
        self._faults.__exit__()
