"""The page's server under clients that mean it harm: real connections to the server that the command runs."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import http.client
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("uvicorn", reason="the extra web is not installed")

from livedigits.recognition.reader import Reader
from livedigits.web import api, connections, videos
from livedigits.web.app import create_app
from livedigits.web.limits import MB, Limits
from livedigits.web.server import Faults, server
from livedigits.web.work import Sockets
from tests.serving import encoded
from tests.test_cli import video

SECONDS = 30  # that anything here may take
OTHER = "127.0.0.2"


class Served:
    """A server that runs in a thread."""

    def __init__(self, reader: Reader, **limits: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._server = server(create_app(reader, limits=Limits(**limits)))
        self._thread = threading.Thread(target=self._server.run, args=([self._listening],))
        self._thread.start()

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join(SECONDS)

    def connect(self, data: bytes, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), SECONDS, source_address=(source, 0))
        connection.sendall(data)
        return connection

    def begun(self, path: str, length: int, body: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        """A connection that has sent the header of a POST and some of its body."""
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        return self.connect(head.encode() + body, source)

    def post(self, body: bytes, path: str = "/api/read", source: str = "127.0.0.1") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS, source_address=(source, 0))
        connection.request("POST", path, body, {"Connection": "close"})
        return connection.getresponse().status

    def websocket(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection that has asked for the WebSocket of a browser's camera."""
        key = base64.b64encode(bytes(16)).decode()
        upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13"
        return self.connect(f"GET /api/live HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n".encode(), source)


@pytest.fixture
def serving(reader: Reader) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:

        def serve(**limits: Any) -> Served:
            served = Served(reader, **limits)
            stack.callback(served.end)
            return served

        yield serve


@pytest.fixture
def small(picture: bytes) -> bytes:
    return picture


def gone(connection: socket.socket) -> bool:
    """Whether the server closes a connection."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(4096):
            pass
    return True


@pytest.mark.slow
def test_half_a_header_has_a_time_limit(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.2)
    served = serving()
    assert gone(served.connect(b"POST /api/read HTTP/1.1\r\nHost: loc"))
    assert gone(served.connect(b""))
    whole = b"GET /api/info HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert gone(served.connect(whole + b"GET /api/inf"))  # the second of a connection that is kept


def test_connections_that_wait_give_way_to_others(serving: Any, monkeypatch: pytest.MonkeyPatch, small: bytes) -> None:
    monkeypatch.setattr(connections, "MOST", 6)
    served = serving()
    waiting = [served.connect(b"POST /api/read HTTP/1.1\r\nHost: loc") for _ in range(20)]
    assert served.post(small) == 200
    assert gone(waiting[0])
    waiting += [served.begun("/api/read", 1000, b"abc") for _ in range(20)]
    assert served.post(small) == 200
    for connection in waiting:
        connection.close()


def test_slow_bodies_lock_nobody_out(serving: Any, small: bytes, tmp_path: Any) -> None:
    served = serving(arriving=3, arriving_videos=1, uploads=1, waiting=1)
    slow = [served.begun("/api/read", 1000, b"abc") for _ in range(6)]
    assert b" 503 " in slow[0].recv(100)
    assert served.post(small) == 200
    slow += [served.begun("/api/video", 1000, b"abc") for _ in range(3)]
    assert served.post(video(tmp_path / "a.mp4", 2).read_bytes(), "/api/video") == 200
    for connection in slow:
        connection.close()


def has_two_addresses() -> bool:
    """Whether this machine has a second loopback address, which stands for another client."""
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind((OTHER, 0))
        return True
    return False


two_addresses = pytest.mark.skipif(not has_two_addresses(), reason=f"{OTHER} is no address here")


@two_addresses
def test_one_address_locks_no_other_out(serving: Any, small: bytes, tmp_path: Any) -> None:
    """The attack that it withstands: 262 half headers, 300 WebSockets, 80 slow bodies and 8 slow videos."""
    served = serving()
    with contextlib.ExitStack() as held:
        slow = held.enter_context(contextlib.closing(served.begun("/api/read", len(small), small[:9], OTHER)))
        slow_video = held.enter_context(contextlib.closing(served.begun("/api/video", 1000, b"abc", OTHER)))
        read = served.post(small, source=OTHER)  # both have come before what follows
        for _ in range(80):
            held.enter_context(contextlib.closing(served.begun("/api/read", 1000, b"abc")))
        for _ in range(8):
            held.enter_context(contextlib.closing(served.begun("/api/video", 1000, b"abc")))
        for _ in range(300):
            held.enter_context(contextlib.closing(served.websocket()))
        for _ in range(262):
            held.enter_context(contextlib.closing(served.connect(b"POST /api/read HTTP/1.1\r\nHost: loc")))
        assert read == served.post(small, source=OTHER) == 200
        body = video(tmp_path / "a.mp4", 2).read_bytes()
        assert served.post(body, "/api/video", OTHER) == 200
        stream = held.enter_context(contextlib.closing(served.websocket(OTHER)))
        assert b" 101 " in stream.recv(100)
        slow.sendall(small[9:])  # slow, but it is another's fault that there are many
        assert b" 200 " in slow.recv(100)
        slow_video.sendall(bytes(997))
        assert b" 415 " in slow_video.recv(100)


@two_addresses
def test_an_address_with_its_share_of_connections_puts_its_own_out(
    serving: Any, monkeypatch: pytest.MonkeyPatch, small: bytes
) -> None:
    monkeypatch.setattr(connections, "MOST", 8)
    served = serving()
    other = served.connect(b"POST /api/read HTTP/1.1\r\nHost: loc", OTHER)
    assert served.post(small, source=OTHER) == 200  # it has come
    own = [served.connect(b"GET / HTTP/1.1\r\nHost: loc") for _ in range(12)]
    assert all(gone(connection) for connection in own[:6])
    other.sendall(b"alhost\r\nContent-Length: %d\r\n\r\n" % len(small) + small)
    assert b" 200 " in other.recv(100)
    for connection in (other, *own):
        connection.close()


def test_who_does_not_read_the_answer_is_cut_off(serving: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(connections, "UNREAD_SECONDS", 0.1)
    monkeypatch.setattr(videos, "_lines", endless)
    closed = threading.Event()
    monkeypatch.setattr(videos._SentVideo, "close", lambda self: (self._source.close(), closed.set()))
    served = serving()
    body = video(tmp_path / "a.mp4", 2).read_bytes()
    unread = served.begun("/api/video", len(body), body)
    assert closed.wait(SECONDS)
    assert gone(unread)


async def endless(work: Any, video: Any) -> Any:
    """Lines of a video without end."""
    while True:
        await asyncio.sleep(0)
        yield " " * 100_000 + "\n"


def test_a_request_whose_body_is_no_http_has_one_answer(serving: Any) -> None:
    said: list[str] = []
    with Faults(said.append):
        served = serving()
        body = b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r0\r\n"
        for host in (b"localhost", b"elsewhere"):
            answer = served.connect(b"POST /api/read HTTP/1.1\r\nHost: " + host + b"\r\n" + body)
            assert b" 400 " in answer.recv(100) and gone(answer)
    assert said == []


def test_a_body_of_which_nothing_comes_is_given_up(serving: Any) -> None:
    served = serving(idle_seconds=0.2)
    assert b" 408 " in served.begun("/api/read", 1000, b"abc").recv(100)


def test_small_pictures_do_not_wait_for_large_ones(serving: Any, monkeypatch: pytest.MonkeyPatch, small: bytes) -> None:
    held, release = threading.Semaphore(0), threading.Event()
    read = api.decode_picture

    def decode(file: Any, name: str) -> np.ndarray:
        image = read(file, name)
        if image.shape[0] >= 1600:
            held.release()
            assert release.wait(SECONDS)
        return image

    monkeypatch.setattr(api, "decode_picture", decode)
    served = serving()
    large = encoded(np.full((1600, 1600, 3), 255, np.uint8))
    answers: list[int] = []
    waiting = [threading.Thread(target=lambda: answers.append(served.post(large))) for _ in range(8)]
    for thread in waiting:
        thread.start()
    assert held.acquire(timeout=SECONDS)
    assert [served.post(small) for _ in range(3)] == [200] * 3
    assert not answers and not held.acquire(blocking=False)  # of the large ones one is in memory
    release.set()
    for thread in waiting:
        thread.join()
    assert answers == [200] * 8


def test_a_picture_that_takes_too_much_memory_is_refused(client: Any) -> None:
    image = np.full((4000, 5000, 3), 255, np.uint8)
    response = client.post("/api/read", content=encoded(image, ".webp"))
    assert response.status_code == 413 and "MB of memory, and at most 216" in response.json()["error"]
    assert 9 * Limits().picture_pixels <= Limits().picture_memory < 220 * MB


def test_a_cancelled_video_is_closed_at_once(serving: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    closed = threading.Event()
    close = videos._SentVideo.close

    def closing(self: Any) -> None:
        close(self)
        closed.set()

    monkeypatch.setattr(videos._SentVideo, "close", closing)
    served = serving()
    body = video(tmp_path / "a.mp4", 300, size=(640, 480)).read_bytes()
    sent = served.begun("/api/video", len(body), body)
    assert b" 200 " in sent.recv(100)
    sent.close()
    assert closed.wait(SECONDS)
    assert not [thread for thread in threading.enumerate() if thread.name == "livedigits-source"]


class Silent:
    """A WebSocket that can only be closed."""

    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        self.closed = True


def test_silent_websockets_give_way_and_heard_ones_do_not() -> None:
    async def come() -> None:
        sockets = Sockets(Limits(connections=3, of_address=2, silent_seconds=0.0))
        silent = Silent()
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(sockets.place("a", silent.close))
            second = stack.enter_context(sockets.place("a", Silent().close))
            assert first is not None and second is not None
            stack.enter_context(sockets.place("b", Silent().close))
            assert stack.enter_context(sockets.place("c", Silent().close)) is not None  # all are taken
            await asyncio.sleep(0)
            assert silent.closed

    async def stay() -> None:
        sockets = Sockets(Limits(connections=3, of_address=2, silent_seconds=60.0))
        with contextlib.ExitStack() as stack:
            for address in ("a", "a", "b"):
                assert stack.enter_context(sockets.place(address, Silent().close)) is not None
            assert stack.enter_context(sockets.place("a", Silent().close)) is None
            assert stack.enter_context(sockets.place("c", Silent().close)) is None
        with sockets.place("a", Silent().close) as place:
            assert place is not None

    asyncio.run(come())
    asyncio.run(stay())


def test_text_that_is_none_is_one_line_however_often(serving: Any, small: bytes) -> None:
    said: list[str] = []
    with Faults(said.append):
        served = serving()
        for _ in range(3):
            stream = served.websocket()
            assert b" 101 " in stream.recv(1000)
            stream.sendall(b"\x81\x82\0\0\0\0\xff\xfe")
            assert gone(stream)
        assert served.post(small) == 200
    assert len(said) <= 2 and all("\n" not in line for line in said)


def test_a_fault_is_told_once_and_counted(capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    with Faults(said.append):
        for i in range(4):
            try:
                raise ValueError(f"no {i}\nmore")
            except ValueError:
                logging.getLogger("uvicorn.error").exception("Exception in\nASGI application")
    assert said == [
        "fault of a connection, which others do not feel: Exception in ASGI application (ValueError: no 0 more)",
        "fault of connections, 4 times: ValueError",
    ]
    assert capfd.readouterr().err == ""
