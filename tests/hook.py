"""A webhook on loopback that stalls, fails, goes away and comes back, as it is told."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """Takes what is posted to `url`.

    Attributes
    ----------
    received : the objects that it took, in their order
    headers : those of the newest request
    status : what it answers; anything but 2xx takes nothing
    connections : how many there were
    attempts : requests, those that were not taken included
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.location: str | None = None
        self.status = 200
        self.connections = self.attempts = 0
        self._changed = threading.Condition()
        self._stalled = False
        self._port = 0
        self._open: set[socket.socket] = set()

    def __enter__(self) -> Hook:
        self.up()
        self.url = f"http://127.0.0.1:{self._port}/digits"
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self.down()

    def up(self) -> None:
        """Listen, on the same port as before."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                with hook._changed:
                    hook.connections += 1
                    hook._open.add(self.connection)

            def do_POST(self) -> None:
                hook._take(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_: object) -> None:
                pass  # that who posts went away is no error

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def down(self) -> None:
        """Listen no more, and cut all connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def stall(self) -> None:
        """Answer nobody until `go_on`."""
        with self._changed:
            self._stalled = True

    def go_on(self) -> None:
        with self._changed:
            self._stalled = False
            self._changed.notify_all()

    def answer(self, status: int) -> None:
        with self._changed:
            self.status = status

    def wait(self, received: int = 0, attempts: int = 0) -> None:
        """Wait until so many were taken, and so many attempts were made."""
        with self._changed:
            done = lambda: len(self.received) >= received and self.attempts >= attempts  # noqa: E731
            assert self._changed.wait_for(done, 30), (len(self.received), self.attempts)

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        with self._changed:
            self.attempts += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._stalled, 30)
            status = self.status
            self.headers = dict(request.headers)
            if 200 <= status < 300:
                self.received.append(json.loads(body))
            self._changed.notify_all()
        with contextlib.suppress(OSError):
            request.send_response(status)
            if self.location:
                request.send_header("Location", self.location)
            request.send_header("Content-Length", "2")
            request.end_headers()
            request.wfile.write(b"ok")
