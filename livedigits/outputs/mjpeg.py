"""A screen is optional: the annotated picture over HTTP, for any browser or program that can show MJPEG."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any

import cv2

from livedigits.annotate import overlay
from livedigits.outputs import hosts
from livedigits.types import Result

PATIENCE = 10.0
"""Seconds in which a viewer must have taken a picture; one that has not is gone."""

_QUALITY = 80
_SEND_BUFFER = 128 * 1024  # bytes: what waits in the system's buffer is old when it arrives
_BOUNDARY = b"livedigits"
_PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>livedigits</title>
<style>
html, body { height: 100%; margin: 0; background: #181c22 }
img { width: 100%; height: 100%; object-fit: contain; display: block }
</style>
<img src="/stream.mjpg" alt="What the camera sees, with the digits that were read">
</html>
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT", "[IPv6]:PORT" or "PORT", which is of this machine only.

    Raises
    ------
    ValueError: it is neither
    """
    match = re.fullmatch(r"(?:(?:\[([0-9a-fA-F:.%\w]+)\]|([^:\s\[\]]+)):)?([0-9]{1,5})", text)
    if match is None or int(match[3]) > 65535:
        raise ValueError("give HOST:PORT or PORT, such as 8000 or 0.0.0.0:8000")
    return match[1] or match[2] or "127.0.0.1", int(match[3])


class View:
    """A sink that shows the newest annotated picture to everyone who asks, over HTTP.

    "/" is a page with the picture, /stream.mjpg the stream, /snapshot.jpg the newest picture, /latest.json its record.
    Pictures are drawn and encoded by the threads of those who watch, once a frame and only while somebody does; each
    viewer gets the newest picture when the one before has left, so that a slow one misses some and delays nothing.

    Parameters
    ----------
    host, port : where to listen; port 0 is any that is free

    Raises
    ------
    LivedigitsError: on entering: the address is not one of this machine, or the port is taken
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._news = threading.Condition()
        self._newest: _Shot | None = None
        self._closed = False

    @property
    def url(self) -> str:
        """The address of the page, for everyone who can watch."""
        return hosts.url(hosts.reachable(self._host), self._server.server_address[1])

    @property
    def stream(self) -> str:
        """The address of the stream, for other programs."""
        return f"{self.url}stream.mjpg"

    @property
    def local(self) -> bool:
        """Whether only this machine can watch."""
        return hosts.is_loopback(self._host)

    def __enter__(self) -> View:
        self._server = _Server(hosts.listen(self._host, self._port), self, hosts.Hosts(self._host))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="livedigits-view")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._news:
            self._closed = True
            self._news.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # ends the connections and waits for their threads

    def write(self, result: Result) -> None:
        """Makes this the newest picture."""
        with self._news:
            self._newest = _Shot(result)
            self._news.notify_all()

    def newest(self) -> _Shot | None:
        return self._newest

    def shots(self, connection: socket.socket) -> Iterator[_Shot]:
        """The newest picture, again and again, until this or the viewer's end of the connection is closed."""
        shown: _Shot | None = None
        while True:
            newest = self._after(shown)
            if self._closed:
                return
            if newest is None or newest is shown:
                if _has_gone(connection):  # while nothing is sent, nothing else would tell
                    return
                continue
            shown = newest
            yield newest

    def _after(self, shown: _Shot | None) -> _Shot | None:
        """Waits a moment for another picture than the one shown."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._newest is not shown, timeout=1.0)
            return self._newest


class _Shot:
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
                image = overlay.draw(self._result.frame.image, self._result.digits)
                self._jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            return self._jpeg

    @property
    def json(self) -> bytes:
        return json.dumps(self._result.to_json()).encode("ascii") + b"\n"


class _Server(ThreadingMixIn, TCPServer):
    """Answers each viewer in a thread of its own."""

    def __init__(self, listening: socket.socket, view: View, names: hosts.Hosts) -> None:
        super().__init__(listening.getsockname(), _Viewer, bind_and_activate=False)
        self.socket.close()
        self.socket, self.server_address = listening, listening.getsockname()
        self.view, self.names = view, names
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
    server: _Server

    def do_GET(self) -> None:
        if not self.server.names.allows(self.headers.get("Host")):
            advice = f"This server is not called by that name: use {self.server.names.advice}.\n"
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", advice.encode("ascii"))
            return
        path = self.path.partition("?")[0]
        shot = self.server.view.newest()
        if path == "/":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", _PAGE)
        elif path == "/stream.mjpg":
            self._stream()
        elif path == "/favicon.ico":  # browsers ask for it, and would complain of 404
            self._answer(HTTPStatus.NO_CONTENT, "image/x-icon", b"")
        elif path not in ("/snapshot.jpg", "/latest.json"):
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"There is no such page.\n")
        elif shot is None:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"There is no picture yet.\n")
        elif path == "/snapshot.jpg":
            self._answer(HTTPStatus.OK, "image/jpeg", shot.jpeg)
        else:
            self._answer(HTTPStatus.OK, "application/json", shot.json)

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
        for shot in self.server.view.shots(self.connection):
            head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(shot.jpeg)
            self.wfile.write(b"%s%s\r\n--%s\r\n" % (head, shot.jpeg, _BOUNDARY))

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _has_gone(connection: socket.socket) -> bool:
    """Whether the other end of a connection is closed; a viewer sends nothing after its request."""
    try:
        connection.settimeout(0)
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(PATIENCE)
