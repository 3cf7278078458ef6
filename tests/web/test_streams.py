from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")
from starlette.testclient import TestClient

from livedigits import cli
from livedigits.recognition.reader import Reader
from livedigits.types import Digits
from tests import pages
from tests.mjpeg import MjpegCamera
from tests.serving import bomb, connected, encoded, refused, started

ROOT = Path(cli.__file__).parents[1]


# --- a browser's camera


class Gated:
    """Reads frames only when it is let, and nothing then."""

    def __init__(self, *_: object) -> None:
        self.entered = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)

    def read(self, image: np.ndarray, time: float) -> Digits:
        self.entered.release()
        assert self.gate.acquire(timeout=20)
        return Digits.empty()


def test_frames_are_followed(client: TestClient, picture: bytes) -> None:
    with connected(client, "/api/live") as stream:
        results = []
        for _ in range(3):
            stream.send_bytes(picture)
            results.append(stream.receive_json())
    assert [result["frame"] for result in results] == [0, 1, 2]
    assert results[-1]["text"] == "407" and results[-1]["dropped"] == 0
    tracks = [{digit["track"] for digit in result["digits"]} for result in results[1:]]
    assert tracks[0] == tracks[1] and len(tracks[0]) == 3


def test_only_the_newest_frame_waits(reader: Reader, picture: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    gated = Gated()
    monkeypatch.setattr("livedigits.web.streams.VideoReader", lambda reader: gated)
    with started(reader) as client, connected(client, "/api/live") as stream:
        stream.send_bytes(picture)
        assert gated.entered.acquire(timeout=20)
        for _ in range(4):
            stream.send_bytes(picture)
        stream.send_bytes(picture)
        gated.gate.release(2)
        first, last = stream.receive_json(), stream.receive_json()
    assert first["frame"] == 0
    assert last["frame"] == 5 and last["dropped"] == 4


def test_wrong_frames_are_said_and_do_no_harm(reader: Reader, picture: bytes) -> None:
    wrong = {b"": "empty", b"x" * 50: "no picture", bomb(700): "700 x 700", bytes(60_001): "too large"}
    client = started(reader, frame_pixels=300_000, frame_bytes=60_000)
    with client, connected(client, "/api/live") as stream:
        for frame, says in wrong.items():
            stream.send_bytes(frame)
            assert says in stream.receive_json()["error"]
        stream.send_bytes(picture)
        assert stream.receive_json()["text"] == "407"
        stream.send_text("hello")
        assert stream.receive()["code"] == 1003


def test_connections_are_limited_and_given_back(reader: Reader, picture: bytes) -> None:
    with started(reader, connections=1) as client:
        with connected(client, "/api/live"), connected(client, "/api/live") as second:
            assert second.receive()["code"] == 1013
        with connected(client, "/api/live") as third:
            third.send_bytes(picture)
            assert third.receive_json()["text"] == "407"


def test_twenty_connections_are_all_served_apart(client: TestClient) -> None:
    texts = [f"{10 + i}" for i in range(20)]
    frames = [encoded(pages.page(text, size=(320, 200), at=(40, 60))[0]) for text in texts]
    streams = [connected(client, "/api/live").__enter__() for _ in texts]
    try:
        for _ in range(2):
            for stream, frame in zip(streams, frames, strict=True):
                stream.send_bytes(frame)
            results = [stream.receive_json() for stream in streams]
        right = sum(result["text"] == text for result, text in zip(results, texts, strict=True))
        assert [result["frame"] for result in results] == [1] * 20
        assert right >= 17  # each sees its own digits; which of them the network knows is not the question
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)


# --- cameras of this machine


def test_a_named_camera_is_watched(reader: Reader) -> None:
    with MjpegCamera(frames=None, interval=0.01) as camera, started(reader, cameras=(camera.url,)) as client:
        assert camera.url in client.get("/api/info").json()["cameras"]
        with connected(client, f"/api/watch?source={camera.url}") as stream:
            seen = []
            for _ in range(3):
                seen.append(stream.receive_json())
                shown = cv2.imdecode(np.frombuffer(stream.receive_bytes(), np.uint8), cv2.IMREAD_COLOR)
                assert shown.shape[:2] == (seen[-1]["height"], seen[-1]["width"])
                stream.send_text("next")
    numbers = [result["frame"] for result in seen]
    assert numbers == sorted(set(numbers))


def test_a_camera_that_stops_is_said(reader: Reader) -> None:
    with MjpegCamera(frames=4) as camera, started(reader, cameras=(camera.url,)) as client:
        stream = connected(client, f"/api/watch?source={camera.url}").__enter__()
        while "error" not in (message := stream.receive()).get("text", ""):
            if "text" in message:
                stream.send_text("next")
        stream.__exit__(None, None, None)
    assert "stopped" in json.loads(message["text"])["error"]


def test_only_offered_cameras_are_watched(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.web.cameras.camera_candidates", lambda: [0])
    monkeypatch.setattr("livedigits.web.cameras.sys.platform", "linux")
    with started(reader, cameras=("rtsp://desk/1",)) as client:
        assert client.get("/api/info").json()["cameras"] == ["rtsp://desk/1", "0"]
    with started(reader, host="0.0.0.0", cameras=("rtsp://desk/1",)) as client:
        assert client.get("/api/info").json()["cameras"] == ["rtsp://desk/1"]
        for source in ("0", "http://localhost:1/secret", "/etc/passwd", ""):
            with connected(client, f"/api/watch?source={source}") as stream:
                assert stream.receive()["code"] == 1008


# --- videos


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "page.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (640, 360))
    for i in range(8):
        writer.write(pages.page("407", at=(60 + i, 120))[0])
    writer.release()
    return path.read_bytes()


def test_videos_are_read_line_by_line(client: TestClient, video: bytes) -> None:
    response = client.post("/api/video?name=page.avi", content=video)
    *frames, end = [json.loads(line) for line in response.text.splitlines()]
    assert [frame["frame"] for frame in frames] == list(range(8))
    assert frames[-1]["text"] == "407" and frames[-1]["source"] == "page.avi"
    assert end["end"] is True and end["frames"] == 8
    assert sorted(end["text"].split()) == ["0", "4", "7"]


@pytest.mark.parametrize(
    "body",
    [
        b"#EXTM3U\n#EXTINF:1,\nhttp://localhost:1/secret.ts\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        b"RIFF\x10\0\0\0AVI LIST",
        b"\0\0\0\x18ftypmp42" + bytes(100),
        b"G" + bytes(187) + b"G" + bytes(200),
    ],
)
def test_wrong_videos_get_a_sentence(client: TestClient, body: bytes) -> None:
    sentence = refused(client.post("/api/video?name=clip", content=body), 415)
    assert sentence.startswith("clip ") and "livedigits-" not in sentence


def test_video_cut_short_says_so_after_its_frames(client: TestClient, video: bytes) -> None:
    *frames, end = client.post("/api/video?name=page.avi", content=video[: len(video) * 2 // 3]).text.splitlines()
    assert frames
    assert "cut short" in json.loads(end)["error"]


def test_video_frames_are_measured_first(reader: Reader, video: bytes) -> None:
    with started(reader, video_pixels=1000) as client:
        assert "640 x 360" in refused(client.post("/api/video", content=video), 413)


def test_no_file_is_left_behind(
    client: TestClient, video: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client.post("/api/video", content=video)
    client.post("/api/video", content=b"no video")
    assert list(tmp_path.iterdir()) == []
