"""What View serves: pages, the stream, the newest picture and values, to each viewer in a thread of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, TypeVar

import cv2

from livedigits.annotate import overlay
from livedigits.outputs import hosts
from livedigits.outputs.latest import Latest
from livedigits.types import Result

Item = TypeVar("Item")

PATIENCE = 10.0
"""Seconds in which a viewer must have taken a picture; one that has not is gone."""

_QUALITY = 80
_SEND_BUFFER = 128 * 1024  # bytes: what waits in the system's buffer is old when it arrives
_RETRY = 1000  # ms after which a browser that follows events comes back
_STILL_HERE = 10  # s without an event after which something is sent all the same
_BOUNDARY = b"livedigits"
_FOLDER = Path(__file__).parent / "pages"
_PAGES = {
    "/": ("view.html", "text/html"),
    "/overlay": ("overlay.html", "text/html"),
    "/overlay.js": ("overlay.js", "text/javascript"),
}
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Shot:
    """A result, and its picture once somebody has asked for it."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._lock = threading.Lock()
        self._jpeg: bytes | None = None

    @property
    def jpeg(self) -> bytes:
        """The annotated picture."""
        with self._lock:
            if self._jpeg is None:
                image = overlay.draw(self._result.frame.image, self._result.digits, fields=self._result.fields)
                self._jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            return self._jpeg

    @property
    def json(self) -> bytes:
        return json.dumps(self._result.to_json()).encode("ascii") + b"\n"


class Server(ThreadingMixIn, TCPServer):
    """Answers each viewer in a thread of its own.

    Parameters
    ----------
    listening : a socket that does
    names : by which it may be called
    shots, values : what is shown
    """

    def __init__(
        self, listening: socket.socket, names: hosts.Hosts, shots: Latest[Shot], values: Latest[bytes]
    ) -> None:
        super().__init__(listening.getsockname(), _Viewer, bind_and_activate=False)
        self.socket.close()
        self.socket, self.server_address = listening, listening.getsockname()
        self.names, self.shots, self.values = names, shots, values
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):  # where the viewer was faster
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # that a viewer goes away is no error
            super().handle_error(request, client_address)


class _Viewer(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server_version, sys_version = "livedigits", ""
    server: Server

    def do_GET(self) -> None:
        if not self.server.names.allows(self.headers.get("Host")):
            advice = f"This server is not called by that name: use {self.server.names.advice}.\n"
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", advice.encode("ascii"))
            return
        path = self.path.partition("?")[0]
        if path in _PAGES:
            name, kind = _PAGES[path]
            self._answer(HTTPStatus.OK, f"{kind}; charset=utf-8", (_FOLDER / name).read_bytes())
        elif path == "/stream.mjpg":
            self._stream()
        elif path == "/events":
            self._events()
        elif path == "/favicon.ico":  # browsers ask for it, and would complain of 404
            self._answer(HTTPStatus.NO_CONTENT, "image/x-icon", b"")
        elif path == "/values.json":
            self._newest(self.server.values.item, "application/json", lambda values: values + b"\n")
        elif path == "/snapshot.jpg":
            self._newest(self.server.shots.item, "image/jpeg", lambda shot: shot.jpeg)
        elif path == "/latest.json":
            self._newest(self.server.shots.item, "application/json", lambda shot: shot.json)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"There is no such page.\n")

    def _newest(self, item: Item | None, kind: str, body: Callable[[Item], bytes]) -> None:
        if item is None:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"There is no picture yet.\n")
        else:
            self._answer(HTTPStatus.OK, kind, body(item))

    do_HEAD = do_GET

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self._head(status, kind, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, kind: str, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def _stream(self) -> None:
        self._head(HTTPStatus.OK, f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}")
        if self.command == "HEAD":
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Browsers show a picture when the boundary behind it has come: so it follows at once.
        self.wfile.write(b"--%s\r\n" % _BOUNDARY)
        for shot in self.server.shots.follow(self._gone):
            if shot is None:
                continue
            head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(shot.jpeg)
            self.wfile.write(b"%s%s\r\n--%s\r\n" % (head, shot.jpeg, _BOUNDARY))

    def _events(self) -> None:
        self._head(HTTPStatus.OK, "text/event-stream")
        if self.command == "HEAD":
            return
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wfile.write(b"retry: %d\n\n" % _RETRY)
        silent = 0
        for values in self.server.values.follow(self._gone):
            silent = 0 if values is not None else silent + 1
            if values is not None:
                self.wfile.write(b"data: %s\n\n" % values)
            elif silent % _STILL_HERE == 0:
                self.wfile.write(b":\n\n")  # a comment: fails where the viewer's machine has gone without a word

    def _gone(self) -> bool:
        """Whether the viewer's end of the connection is closed; it sends nothing after its request."""
        try:
            self.connection.settimeout(0)
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(PATIENCE)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass
