from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from livedigits.annotate import overlay
from livedigits.errors import LivedigitsError
from livedigits.outputs.mjpeg import View, parse_address
from livedigits.sources.camera import open_camera
from livedigits.types import Digits, Frame, Result
from tests.mjpeg import number_of, numbered
from tests.outputs.test_sinks import SEVEN
from tests.test_cli import video


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def view() -> Iterator[View]:
    with View() as view:
        yield view


def frame(number: int) -> Frame:
    return Frame(numbered(number, height=360), number, number / 30, "desk.mp4")


def get(view: View, path: str, host: str | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(view.url).netloc, timeout=30)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), body


class Viewer:
    """Somebody who watches the stream, a picture at a time."""

    def __init__(self, view: View) -> None:
        parts = urlsplit(view.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self.socket.sendall(f"GET /stream.mjpg HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        assert b" 200 " in self.file.readline()
        self._until_empty_line()
        assert self.file.readline() == b"--livedigits\r\n"

    def _until_empty_line(self) -> dict[bytes, bytes]:
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.partition(b": ")
            headers[name] = value
        return headers

    def picture(self) -> np.ndarray | None:
        """The next picture; None after the end."""
        headers = self._until_empty_line()
        if not headers:
            return None
        body = self.file.read(int(headers[b"Content-Length"]))
        self.file.readline()
        assert self.file.readline() == b"--livedigits\r\n"  # at once, not with the next picture
        return cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8000", ("127.0.0.1", 8000)),
        ("0.0.0.0:8000", ("0.0.0.0", 8000)),
        ("desk.local:80", ("desk.local", 80)),
        ("[::1]:8000", ("::1", 8000)),
    ],
)
def test_an_address(text: str, expected: tuple[str, int]) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize("text", ["", "x", "x:", ":8000", "99999", "::1:8000", "http://x:80", "1:2:3"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_address(text)


def test_the_page_shows_the_stream_and_is_for_no_other_page(view: View) -> None:
    status, headers, body = get(view, "/")
    assert status == 200 and b'src="/stream.mjpg"' in body
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_before_the_first_frame_there_is_no_picture(view: View) -> None:
    assert get(view, "/snapshot.jpg")[0] == get(view, "/latest.json")[0] == 503
    assert get(view, "/nothing")[0] == 404


def test_the_newest_picture_and_its_record(view: View) -> None:
    view.write(Result(frame(3), Digits.empty()))
    image = np.full((720, 1280, 3), 200, np.uint8)
    view.write(Result(Frame(image, 12, 0.4, "desk.mp4"), SEVEN))
    status, headers, body = get(view, "/snapshot.jpg")
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")
    picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(picture.astype(int) - overlay.draw(image, SEVEN)).mean() < 2  # annotated
    assert np.abs(picture.astype(int) - image).max() > 50
    record = json.loads(get(view, "/latest.json")[2])
    assert record["frame"] == 12 and record["digits"][0]["box"] == [412, 96, 58, 91]


def test_every_viewer_sees_each_frame_that_it_is_in_time_for(view: View) -> None:
    with Viewer(view) as first, Viewer(view) as second:
        for number in (5, 9, 1):
            view.write(Result(frame(number), Digits.empty()))
            assert [number_of(viewer.picture()) for viewer in (first, second)] == [number] * 2


def test_who_comes_late_sees_the_newest_picture_at_once(view: View) -> None:
    for number in range(20):
        view.write(Result(frame(number), Digits.empty()))
    with Viewer(view) as viewer:
        assert number_of(viewer.picture()) == 19


def test_a_slow_viewer_misses_pictures_and_delays_nobody(view: View) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (720, 1280, 3), np.uint8)  # a picture that no buffer holds several of

    def noisy(number: int) -> Frame:
        image = noise.copy()
        image[:96, :256] = numbered(number)
        return Frame(image, number, 0.0, "0")

    with Viewer(view) as slow, Viewer(view) as quick:
        for number in range(40):
            view.write(Result(noisy(number), Digits.empty()))
            assert number_of(quick.picture()) == number
        seen = [number_of(slow.picture())]
        while seen[-1] < 39:
            seen.append(number_of(slow.picture()))
    assert seen == sorted(set(seen)) and len(seen) < 20


def test_a_picture_is_made_once_and_only_for_who_watches(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    draw = overlay.draw

    def counted(image: np.ndarray, *arguments: Any, **named: Any) -> np.ndarray:
        made.append(number_of(image))
        return draw(image, *arguments, **named)

    monkeypatch.setattr(overlay, "draw", counted)
    for number in range(5):
        view.write(Result(frame(number), Digits.empty()))
    assert made == []
    with Viewer(view) as first, Viewer(view) as second:
        for number in range(5, 10):
            view.write(Result(frame(number), Digits.empty()))
            while number_of(first.picture()) < number:
                pass
            while number_of(second.picture()) < number:
                pass
    assert made == sorted(set(made))


def test_a_viewer_that_goes_away_leaves_no_thread_even_while_nothing_comes(view: View) -> None:
    view.write(Result(frame(1), Digits.empty()))
    with Viewer(view) as viewer:
        viewer.picture()
        (thread,) = [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]
    thread.join(30)
    assert not thread.is_alive()


def test_it_ends_while_somebody_watches() -> None:
    with View() as view:
        view.write(Result(frame(1), Digits.empty()))
        viewer = Viewer(view)
        viewer.picture()
        idle = socket.create_connection(viewer.socket.getpeername())  # has not even asked
    with viewer:
        assert viewer.picture() is None
    idle.close()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", ""])
def test_a_name_that_somebody_points_here_is_refused(view: View, host: str) -> None:
    view.write(Result(frame(1), Digits.empty()))
    assert get(view, "/snapshot.jpg", host or "x@127.0.0.1")[0] == 403
    port = urlsplit(view.url).port
    assert get(view, "/snapshot.jpg", f"localhost:{port}")[0] == 200


def test_a_port_that_is_taken_is_one_line(view: View) -> None:
    port = urlsplit(view.url).port
    assert port is not None
    with pytest.raises(LivedigitsError, match=f"port {port}: address already in use"), View("127.0.0.1", port):
        pass


def test_a_host_that_is_not_here() -> None:
    with pytest.raises(LivedigitsError, match=r"no\.such\.host\.invalid"), View("no.such.host.invalid", 0):
        pass


def test_livedigits_reads_its_own_stream(view: View) -> None:
    """Any program that knows MJPEG can watch."""
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.wait(0.01):
            view.write(Result(frame(number := number + 1), Digits.empty()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with open_camera(f"{view.url}stream.mjpg") as camera:
            first = number_of(next(iter(camera)).image)
            assert number_of(next(iter(camera)).image) > first
    finally:
        done.set()
        writer.join()


# -- whole processes --------------------------------------------------------------------------------------------------

SAMPLE = Path(__file__).parents[2] / "samples" / "sheet.mp4"


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "livedigits", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True)


def test_ctrl_c_ends_it_with_a_viewer_connected() -> None:
    with start("video", SAMPLE, "--no-window", "--view", 0) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("the view is at http://127.0.0.1:")
        page = line.split()[4]
        assert line == f"the view is at {page} (the stream: {page}stream.mjpg)\n"
        parts = urlsplit(page)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as viewer:
            viewer.sendall(f"GET /stream.mjpg HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            received = b""
            while b"image/jpeg" not in received:  # so a frame was read
                received += viewer.recv(4096)
            os.kill(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert out.startswith(f"{SAMPLE}: ")


def test_everybody_on_the_network_is_told(tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 3)
    with start("video", path, "--no-window", "--view", "0.0.0.0:0") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "the view is at http://" in err and "everybody who can reach this machine" in err
    assert "0.0.0.0" not in err and "localhost" not in err


def test_the_address_for_everybody_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("no network here")
        address = probe.getsockname()[0]
    with View("0.0.0.0") as view:
        assert urlsplit(view.url).hostname == address and view.stream == f"{view.url}stream.mjpg"
        assert get(view, "/")[0] == 200
        monkeypatch.setattr(socket.socket, "connect", unreachable)
        assert urlsplit(view.url).hostname == socket.gethostname().lower()
    with View("127.0.0.1") as view:
        assert urlsplit(view.url).hostname == "127.0.0.1"


def unreachable(*_: object) -> None:
    raise OSError("the network is unreachable")


def test_who_calls_it_by_another_name_is_told_what_to_do(view: View) -> None:
    assert b"use localhost or 127.0.0.1" in get(view, "/", "desk.example")[2]
    with View("0.0.0.0") as everywhere:
        status, _, body = get(everywhere, "/", "desk.example")
        assert status == 403 and b"use its IP address, or the name of the machine" in body
        assert get(everywhere, "/", socket.gethostname())[0] == 200


def test_a_busy_port_is_status_1(view: View) -> None:
    port = urlsplit(view.url).port
    with start("video", SAMPLE, "--no-window", "--view", port) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("Error: ") and f"port {port}" in err
