"""Clients of the page that come and go: those that behave, those that stop in the middle, those that know no HTTP."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

import cv2
from websockets.sync.client import connect

from tests import pages

EVERY = 0.5  # s from one client to the next
SECONDS = 30  # that an answer may take


class Clients:
    """While entered, one client after another uses the page.

    Parameters
    ----------
    said : a file that holds what the page's command said, with its address
    video : what they send as one

    Attributes
    ----------
    count : clients so far
    told : how often what was answered, or went wrong
    """

    def __init__(self, said: Path, video: bytes) -> None:
        self.count, self.told = 0, Counter[str]()
        self._said, self._over, self._random = said, threading.Event(), random.Random(1)
        image = pages.page("407", 30, size=(200, 100), at=(20, 30))[0]
        self._picture = cv2.imencode(".png", image)[1].tobytes()
        points = [[20, 20], [40, 20], [25, 70]]
        self._drawing = json.dumps({"width": 99, "height": 99, "strokes": [{"points": points, "width": 6}]}).encode()
        self._video = video
        self._kinds: list[Callable[[], str]] = [
            *(self._page, self._picture_read, self._drawing_read, self._picture_cut, self._header_cut, self._no_http),
            *(self._live, self._live_cut, self._video_read, self._video_cut, self._lesson, self._refused),
        ]

    def __enter__(self) -> Clients:
        while not (found := re.search(r"http://[\d.]+:(\d+)", self._said.read_text())):
            time.sleep(0.05)
        self._port = int(found[1])
        self._thread = threading.Thread(target=self._come_and_go)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _come_and_go(self) -> None:
        while not self._over.wait(EVERY):
            kind = self._random.choice(self._kinds)
            try:
                said = kind()
            except Exception as error:  # is told at the end
                said = type(error).__name__
            self.told[f"{kind.__name__.strip('_')}: {said}"] += 1
            self.count += 1

    def _asked(self, method: str, path: str, body: bytes | None = None) -> str:
        """The status of an answer."""
        return self._answer(method, path, body)[0]

    def _answer(self, method: str, path: str, body: bytes | None = None) -> tuple[str, bytes]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            answer = connection.getresponse()
            return str(answer.status), answer.read()

    def _page(self) -> str:
        return " ".join(self._asked("GET", path) for path in ("/", "/static/main.js", "/api/info"))

    def _picture_read(self) -> str:
        return self._asked("POST", "/api/read?details=1", self._picture)

    def _drawing_read(self) -> str:
        return self._asked("POST", "/api/drawing", self._drawing)

    def _lesson(self) -> str:
        """Teaches a digit, and takes it back."""
        digit = self._random.randrange(10)
        status, told = self._answer("POST", f"/api/learn?box=10,20,50,50&digit={digit}", self._picture)
        return f"{status} {self._asked('POST', '/api/learn/undo?key=' + json.loads(told)['key'])}"

    def _refused(self) -> str:
        return self._asked("POST", "/api/read", self._picture[:60])

    def _video_read(self) -> str:
        return self._asked("POST", "/api/video", self._video)

    def _sent(self, data: bytes) -> str:
        """Sends this and goes away without a farewell."""
        connection = socket.create_connection(("127.0.0.1", self._port), SECONDS)
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(data)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "sent"

    def _post(self, path: bytes, body: bytes, size: int) -> bytes:
        return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (path, size, body)

    def _picture_cut(self) -> str:
        return self._sent(self._post(b"/api/annotate", self._picture[:500], len(self._picture)))

    def _video_cut(self) -> str:
        """The whole video comes, and nobody waits for what it holds."""
        return self._sent(self._post(b"/api/video", self._video, len(self._video)))

    def _header_cut(self) -> str:
        return self._sent(b"GET / HTTP/1.1\r\nHost: loc")

    def _no_http(self) -> str:
        return self._sent(bytes(range(256)))

    def _live(self, cut: bool = False) -> str:
        with connect(f"ws://127.0.0.1:{self._port}/api/live", open_timeout=SECONDS) as connection:
            for _ in range(5):
                connection.send(self._picture)
                if "digits" not in json.loads(connection.recv(SECONDS)):
                    return "no digits"
            if cut:
                connection.send(self._picture)
                connection.socket.shutdown(socket.SHUT_RDWR)
        return "read"

    def _live_cut(self) -> str:
        return self._live(cut=True)
