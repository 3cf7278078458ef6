from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from livedigits.errors import LivedigitsError
from livedigits.sources.camera import open_camera
from livedigits.sources.refusal import why_refused


@contextmanager
def answering(line: str, asked: list[bytes]) -> Iterator[int]:
    """A port of loopback where each request is answered by this line alone."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(4096)
                if request:
                    asked.append(request)
                    connection.sendall(f"{line}\r\nContent-Length: 0\r\n\r\n".encode())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(("scheme", "version"), [("http", "HTTP/1.1"), ("rtsp", "RTSP/1.0")])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "answers 404: it runs, and has no such stream"),
        (401, "answers 401: it wants a user and a password; give both"),
        (503, "answers 503, and sends no video"),
        (200, "cannot be reached, or sends no video"),
    ],
)
def test_what_a_server_answers_is_told(scheme: str, version: str, status: int, said: str) -> None:
    with answering(f"{version} {status} x", []) as port:
        url = f"{scheme}://127.0.0.1:{port}/video"
        assert f"{url} {said}" in why_refused(url, url)


def test_a_password_that_was_given_was_tried_and_is_not_told() -> None:
    asked: list[bytes] = []
    with answering("HTTP/1.1 401 x", asked) as port:
        said = why_refused(f"http://me:s3cret@127.0.0.1:{port}/", f"http://me:***@127.0.0.1:{port}/")
    assert "other than these; check both" in said and "s3cret" not in said
    assert b"\r\nauthorization: basic bwu6cznjcmv0" in asked[0].lower()


def test_the_camera_says_it() -> None:
    with answering("HTTP/1.1 404 x", []) as port, pytest.raises(LivedigitsError, match="answers 404"):
        open_camera(f"http://127.0.0.1:{port}/video")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert f"nothing listens at port {port} of 127.0.0.1" in why_refused(f"rtsp://127.0.0.1:{port}/x", "desk")
    assert "there is no host no.such.host.invalid" in why_refused("http://no.such.host.invalid/", "desk")
