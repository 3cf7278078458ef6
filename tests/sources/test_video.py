from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.sources import Source, endpoints, video
from livedigits.sources.camera import open_camera
from livedigits.sources.devices import working_cameras
from livedigits.sources.feed import AHEAD
from livedigits.sources.video import open_video
from tests.driver import Device
from tests.mjpeg import MjpegCamera, number_of, numbered

FPS = 30000 / 1001


def reading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "livedigits-source"]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert reading_threads() == []


def numbers(source: Source) -> list[int]:
    return [number_of(frame.image) for frame in source]


def until_error(source: Source) -> tuple[list[int], str]:
    """The numbers of all frames that a source delivers, and the error in which it ends."""
    found: list[int] = []
    with source, pytest.raises(LivedigitsError) as error:
        for frame in source:
            found.append(number_of(frame.image))
    return found, str(error.value)


# -- cameras ----------------------------------------------------------------------------------------------------------


def test_camera_hands_over_the_newest_frame_and_counts_the_dropped(devices: dict[int, Device]) -> None:
    devices[0] = Device(gated=True)
    with open_camera("0") as camera:
        devices[0].allow(1)
        first = next(camera)
        devices[0].allow(5)
        second = next(camera)
        devices[0].allow(1)
        third = next(camera)
        devices[0].free()
    assert [number_of(frame.image) for frame in (first, second, third)] == [0, 5, 6]
    assert [frame.index for frame in (first, second, third)] == [0, 5, 6]
    assert [frame.dropped for frame in (first, second, third)] == [0, 4, 4]
    assert camera.dropped == 4
    assert 0 <= first.time <= second.time <= third.time
    assert first.source == camera.name == "0"
    assert (camera.live, camera.fps, camera.count) == (True, None, None)


def test_camera_waits_for_a_frame_that_is_new(devices: dict[int, Device]) -> None:
    devices[0] = Device(gated=True)
    with open_camera("0") as camera:
        devices[0].allow(1)
        assert number_of(next(camera).image) == 0
        threading.Timer(0.05, devices[0].allow, [1]).start()
        assert number_of(next(camera).image) == 1
        devices[0].free()


@pytest.mark.parametrize("frames", [0, 3])
def test_camera_that_dies_ends_in_an_error_after_its_last_frame(
    devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    monkeypatch.setattr(endpoints, "RETRY_SECONDS", 0.0)
    devices[2] = Device(frames)
    found, message = until_error(open_camera("2", lasting=frames == 0))
    assert found[-1:] == ([frames - 1] if frames else [])
    assert "camera 2 stopped delivering frames" in message
    assert devices[2].released == 1


def test_broken_frames_of_a_camera_are_passed_over(devices: dict[int, Device]) -> None:
    devices[0] = Device(gated=True, broken=(1, 2))
    with open_camera("0") as camera:
        devices[0].allow(1)
        assert number_of(next(camera).image) == 0
        devices[0].allow(3)
        assert number_of(next(camera).image) == 3
        devices[0].free()


@pytest.mark.parametrize(("before", "message"), [(0, "delivers no frames"), (1, "stopped delivering frames")])
def test_camera_that_falls_silent_is_given_up(devices: dict[int, Device], before: int, message: str) -> None:
    devices[0] = Device(gated=True)
    camera = open_camera("0", patience=0.1, lasting=before == 0)
    devices[0].allow(before)
    with pytest.raises(LivedigitsError, match=f"camera 0 {message}: none for 0.1 seconds"):
        for _ in camera:
            pass
    camera.close()  # comes back although the driver hangs
    assert len(reading_threads()) == 1
    devices[0].free()
    reading_threads()[0].join()
    assert devices[0].released == 1


def test_camera_is_freed_when_the_consumer_fails(devices: dict[int, Device]) -> None:
    devices[0] = Device()
    with pytest.raises(ZeroDivisionError), open_camera("0") as camera:
        for frame in camera:
            frame.index / 0
    assert devices[0].released == 1
    assert reading_threads() == []
    assert list(camera) == []
    camera.close()
    assert devices[0].released == 1


def test_camera_is_freed_when_nobody_holds_it(devices: dict[int, Device]) -> None:
    devices[0] = Device()
    for _ in open_camera("0"):
        break
    assert devices[0].released == 1


def test_grey_cameras_deliver_three_channels(devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    devices[0] = Device()
    monkeypatch.setattr(devices[0], "read", lambda: (True, np.full((4, 6), 7, np.uint8)))
    with open_camera("0") as camera:
        image = next(camera).image
    assert image.shape == (4, 6, 3) and (image == 7).all()


def test_camera_is_asked_for_size_and_rate(devices: dict[int, Device]) -> None:
    devices[0] = Device()
    with open_camera("0", size=(1280, 720), fps=30):
        pass
    assert devices[0].settings == {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 1280,
        cv2.CAP_PROP_FRAME_HEIGHT: 720,
        cv2.CAP_PROP_FPS: 30,
    }
    assert list(devices[0].settings)[0] == cv2.CAP_PROP_FOURCC  # drivers choose the size within the format


def test_device_paths_and_links_to_them(devices: dict[int, Device], tmp_path: Path) -> None:
    devices[12] = Device()
    link = tmp_path / "front-door"
    try:
        link.symlink_to("/dev/video12")
    except OSError:
        pytest.skip("links cannot be made here")
    for source in ("/dev/video12", str(link)):
        with open_camera(source) as camera:
            assert next(camera).source == source


def test_no_such_camera_names_those_that_work(devices: dict[int, Device]) -> None:
    devices[0], devices[4] = Device(), Device()
    with pytest.raises(LivedigitsError) as error:
        open_camera("7")
    assert str(error.value) == "there is no camera 7; cameras that work: 0, 4"
    assert devices[0].released == devices[4].released == 1
    assert devices[0].reads == 0  # a probe does not wait for pictures


def test_no_camera_at_all(devices: dict[int, Device]) -> None:
    with pytest.raises(LivedigitsError, match="there is no camera 0; no other camera was found"):
        open_camera("0")


def test_search_for_cameras_ends_at_the_first_gap_where_indices_have_none(
    devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    devices.update({0: Device(), 3: Device()})
    monkeypatch.setattr(sys, "platform", "win32")
    assert working_cameras() == [0]


@pytest.mark.parametrize(("readable", "message"), [(True, "camera 1 is busy"), (False, "camera 1: no permission")])
def test_camera_that_is_there_but_does_not_open(
    devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch, readable: bool, message: str
) -> None:
    monkeypatch.setattr(os.path, "exists", lambda path: path == "/dev/video1")
    monkeypatch.setattr(os, "access", lambda *_: readable)
    with pytest.raises(LivedigitsError, match=message):
        open_camera("1")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("clip.mp4", "livedigits video"),
        ("page.jpg", "livedigits image"),
        (".", "livedigits image"),
        ("nonsense", "give an index such as 0"),
        ("-1", "give an index such as 0"),
        ("99999999999999999999", "give an index such as 0"),
    ],
)
def test_what_is_no_camera_gets_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("clip.mp4", "page.jpg"):
        Path(file).write_bytes(b"some")
    with pytest.raises(LivedigitsError, match=hint) as error:
        open_camera(name)
    assert name in str(error.value)


# -- streams ----------------------------------------------------------------------------------------------------------


def test_stream_delivers_frames_in_order() -> None:
    with MjpegCamera() as server, open_camera(server.url) as camera:
        frames = [next(camera) for _ in range(5)]
    found = [number_of(frame.image) for frame in frames]
    assert found == sorted(set(found))
    assert found == [frame.index for frame in frames]
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)
    assert (camera.live, camera.fps, camera.count, camera.name) == (True, None, None, server.url)


def test_slow_consumer_of_a_stream_gets_new_frames_and_does_not_lag() -> None:
    with MjpegCamera(interval=0.002) as server, open_camera(server.url) as camera:
        next(camera)
        while camera.dropped < 50:
            server.wait_sent(server.sent + 10)
            frame = next(camera)
    assert frame.dropped > 0
    assert frame.index + 1 > frame.dropped
    assert number_of(frame.image) == frame.index


@pytest.mark.parametrize("then", ["end", "drop"])
def test_stream_that_ends_is_an_error_after_the_last_frame(then: str) -> None:
    with MjpegCamera(frames=20, then=then) as server:
        found, message = until_error(open_camera(server.url, lasting=False))
    assert found[-1] == 19
    assert message == f"{server.url} stopped: the stream ended, or the connection was lost"


@pytest.mark.slow
def test_stream_that_stalls_is_given_up() -> None:
    with MjpegCamera(frames=20, then="stall") as server:
        found, message = until_error(open_camera(server.url, patience=3.0, lasting=False))
    assert found[-1] == 19
    assert server.url in message and "stopped" in message


def test_stream_is_left_early() -> None:
    with MjpegCamera() as server, open_camera(server.url) as camera:
        for _ in camera:
            break
        camera.close()
        assert reading_threads() == []
        assert list(camera) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_stream_that_refuses_or_is_silent(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"{scheme}://127.0.0.1:{server.getsockname()[1]}/video"
        hang_up = threading.Timer(15, server.close)
        hang_up.start()
        with pytest.raises(LivedigitsError, match="cannot be reached|does not answer") as error:
            open_camera(address, patience=0.3)
        assert hang_up.is_alive(), "waited for the server and not for its own patience"
        hang_up.cancel()
        assert address in str(error.value)
    with pytest.raises(LivedigitsError, match="nothing listens at port"):
        open_camera(address)


def test_video_file_on_a_server_is_no_stream(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.avi", 10)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve_file, args=(server, clip.read_bytes()))
        thread.start()
        with pytest.raises(LivedigitsError, match="is a file, not a live stream: .* livedigits video"):
            open_camera(f"http://127.0.0.1:{server.getsockname()[1]}/clip.avi")
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def serve_file(server: socket.socket, data: bytes) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            head = f"HTTP/1.0 200 OK\r\nContent-Type: video/x-msvideo\r\nContent-Length: {len(data)}\r\n\r\n"
            connection.sendall(head.encode() + data)


# -- video files ------------------------------------------------------------------------------------------------------


def write_video(path: Path, frames: int, code: str = "MJPG", fps: float = FPS, height: int = 96) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), fps, (256, height))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(numbered(number, height))
    writer.release()
    return path


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.fixture
def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="needs ffmpeg")
        found = imageio_ffmpeg.get_ffmpeg_exe()
    return found


def convert(ffmpeg: str, video: Path, name: str, *arguments: str, before: tuple[str, ...] = ()) -> Path:
    target = video.with_name(name)
    command = [ffmpeg, "-v", "error", "-y", *before, "-i", str(video), *arguments, str(target)]
    subprocess.run(command, check=True)
    return target


@pytest.mark.parametrize(("name", "code"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.webm", "VP80")])
def test_video_delivers_every_frame_in_order(tmp_path: Path, name: str, code: str) -> None:
    path = write_video(tmp_path / name, 40, code)
    with open_video(path) as video:
        frames = list(video)
    assert [number_of(frame.image) for frame in frames] == list(range(40))
    assert [frame.index for frame in frames] == list(range(40))
    assert [frame.time for frame in frames] == pytest.approx([i / FPS for i in range(40)], abs=2e-3)
    assert {(frame.source, frame.dropped) for frame in frames} == {(str(path), 0)}
    assert (video.live, video.count, video.name, video.dropped) == (False, 40, str(path), 0)
    assert video.fps == pytest.approx(FPS, abs=1e-3)
    assert frames[0].image.shape == (96, 256, 3) and frames[0].image.dtype == np.uint8
    assert list(video) == []


def test_frames_that_were_handed_over_stay_as_they_are(tmp_path: Path) -> None:
    with open_video(write_video(tmp_path / "a.avi", 20)) as video:
        frames = list(video)
    frames[3].image[:] = 0
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 0, *range(4, 20)]


def test_video_is_decoded_ahead_but_not_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = threading.Semaphore(0)
    original = video.picture

    def counted(*arguments: Any) -> np.ndarray | None:
        read.release()
        return original(*arguments)

    monkeypatch.setattr(video, "picture", counted)
    with open_video(write_video(tmp_path / "a.avi", 40)) as source:
        for _ in range(AHEAD + 1):  # those that wait, and the one that waits to join them
            assert read.acquire(timeout=30)
        assert not read.acquire(timeout=0.05)
        assert numbers(source) == list(range(40))


def test_times_of_a_video_with_a_varying_rate_are_its_own(tmp_path: Path, ffmpeg: str) -> None:
    path = write_video(tmp_path / "a.avi", 60, fps=30)
    sparse = convert(ffmpeg, path, "sparse.mkv", "-vf", "select='lt(n,5)+gte(n,50)'", "-vsync", "vfr", "-c:v", "mpeg4")
    with open_video(sparse) as video:
        frames = list(video)
    expected = [*range(5), *range(50, 60)]
    assert [number_of(frame.image) for frame in frames] == expected
    assert [frame.time for frame in frames] == pytest.approx([n / 30 for n in expected], abs=2e-3)


def test_times_of_a_video_without_any_follow_the_rate(tmp_path: Path, ffmpeg: str) -> None:
    bare = convert(ffmpeg, write_video(tmp_path / "a.avi", 20), "a.h264", "-c:v", "libx264", "-pix_fmt", "yuv420p")
    with open_video(bare) as video:
        times = [frame.time for frame in video]
    assert len(times) == 20
    assert video.fps is not None
    assert times == pytest.approx([i / video.fps for i in range(20)])


def test_rate_and_count_that_make_no_sense_are_unknown(tmp_path: Path, ffmpeg: str) -> None:
    browsers = convert(ffmpeg, write_video(tmp_path / "a.avi", 20), "a.webm", "-c:v", "libvpx", "-live", "1")
    with open_video(browsers) as video:
        assert video.count is None
        assert numbers(video) == list(range(20))
    with open_video(write_video(tmp_path / "fast.avi", 20, fps=1000)) as video:  # what browsers' recordings claim
        assert (video.fps, video.count) == (None, None)
        assert [frame.time for frame in video] == pytest.approx([i / 1000 for i in range(20)])


def test_rotated_video_is_upright(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 3, "mp4v", height=128)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    quarter = (0, 0x10000, 0, -0x10000, 0, 0, 128 << 16, 0, 0x40000000)
    data[matrix : matrix + 36] = struct.pack(">9i", *quarter)
    path.write_bytes(data)
    with open_video(path) as video:
        image = next(video).image
    assert image.shape == (256, 128, 3)
    assert number_of(np.rot90(image)) == 0
    assert image[8, -8].mean() < 32  # the first block of the top row is now at the top right


@pytest.mark.parametrize("name", ["12:30.avi", "take %02d.avi", "größe 数 take.avi", "-v.avi"])
def test_video_names_that_mean_something_else_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    clip = write_video(tmp_path / "plain.avi", 5)
    try:
        clip.rename(name)
    except OSError:
        pytest.skip("this file system does not allow the name")
    with open_video(name) as video:
        assert [frame.source for frame in video] == [name] * 5


def test_video_that_is_left_early(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 40)
    with open_video(path) as video:
        for _ in video:
            break
    assert reading_threads() == []
    with pytest.raises(ZeroDivisionError), open_video(path) as video:
        next(video).index / 0
    assert reading_threads() == []
    for _ in open_video(path):  # nobody closes this one
        break


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(video.__file__).parents[2])}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


def test_python_ends_cleanly_with_open_sources(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 40)
    with MjpegCamera() as server:
        code = (
            "import sys; from livedigits.process import quiet_opencv; quiet_opencv()\n"
            "from livedigits.sources.camera import open_camera\n"
            "from livedigits.sources.video import open_video\n"
            "video, camera = open_video(sys.argv[1]), open_camera(sys.argv[2])\n"
            "print(next(video).index, next(camera).source)"
        )
        done = run_python(code, str(path), server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"0 {server.url}\n", "")


def test_errors_come_without_chatter_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + os.urandom(5000))
    code = (
        "import sys; from livedigits.process import quiet_opencv; quiet_opencv()\n"
        "from livedigits.sources.camera import open_camera\n"
        "from livedigits.sources.video import open_video\n"
        "from livedigits.errors import LivedigitsError\n"
        "for open, name in ((open_video, sys.argv[1]), (open_camera, 'http://127.0.0.1:9/'), (open_camera, '77')):\n"
        "    try: open(name)\n"
        "    except LivedigitsError as error: print(error)"
    )
    done = run_python(code, str(tmp_path / "a.mp4"))
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 3, "")


@pytest.mark.parametrize("error", [cv2.error("bad frame"), MemoryError("no room")])
def test_errors_of_the_decoder_reach_the_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = write_video(tmp_path / "a.avi", 10)
    original = cv2.VideoCapture

    class Failing:
        def __init__(self, *arguments: object) -> None:
            self._inner = original(*arguments)
            self._grabs = 0
            self.isOpened, self.get, self.release = self._inner.isOpened, self._inner.get, self._inner.release
            self.read, self.retrieve = self._inner.read, self._inner.retrieve

        def grab(self) -> bool:
            self._grabs += 1
            if self._grabs > 2:
                raise error
            return self._inner.grab()

    monkeypatch.setattr(cv2, "VideoCapture", Failing)
    found = []
    expected = LivedigitsError if isinstance(error, cv2.error) else MemoryError
    with open_video(path) as video, pytest.raises(expected):
        for frame in video:
            found.append(number_of(frame.image))
    assert found == [0, 1, 2]


@pytest.mark.parametrize(("name", "code"), [("a.avi", "MJPG"), ("a.webm", "VP80")])
def test_video_that_is_cut_short_says_so_after_its_last_frame(tmp_path: Path, name: str, code: str) -> None:
    path = cut(write_video(tmp_path / name, 100, code), 0.6)
    found, message = until_error(open_video(path))
    assert found == list(range(len(found)))
    assert 20 < len(found) < 90
    assert message == f"{path} ended early, after {len(found)} of 100 frames: the file is cut short"


def test_mp4_that_is_cut_short(tmp_path: Path, ffmpeg: str) -> None:
    whole = write_video(tmp_path / "a.mp4", 100, "mp4v")
    for_streaming = convert(ffmpeg, whole, "b.mp4", "-c", "copy", "-movflags", "+faststart")
    found, message = until_error(open_video(cut(for_streaming, 0.6)))
    assert 20 < len(found) < 90
    assert f"after {len(found)} of 100 frames" in message
    with pytest.raises(LivedigitsError, match="cannot be read as a video: .* cut short"):
        open_video(cut(whole, 0.6))  # its index is at the end


def test_whole_videos_with_a_wrong_count_are_no_error(tmp_path: Path, ffmpeg: str) -> None:
    """Of a trimmed file the frames before its beginning are counted too; elsewhere the sound is longer."""
    whole = convert(ffmpeg, write_video(tmp_path / "a.avi", 90, fps=30), "a.mp4", "-c:v", "mpeg4", "-g", "90")
    trimmed = convert(ffmpeg, whole, "trimmed.mp4", "-c", "copy", before=("-ss", "2"))
    sound = ("-f", "lavfi", "-i", "anullsrc", "-t", "6", "-c:v", "copy", "-c:a", "pcm_s16le")
    longer = convert(ffmpeg, whole, "longer.mkv", *sound)
    for path, first in ((trimmed, 60), (longer, 0)):
        with open_video(path) as video:
            assert video.count is not None and video.count > 90 - first
            assert numbers(video) == list(range(first, 90))


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there are no such names")
def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 5).rename(tmp_path / "\udcff.avi")
    with open_video(path) as video:
        assert numbers(video) == list(range(5))
        assert video.name == str(path)
    with pytest.raises(LivedigitsError, match="is no address"):
        open_camera("http://127.0.0.1:9/\udcff")


def test_what_is_no_video_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(20_000))
    (tmp_path / "notes.txt").write_text("3 eggs\n" * 100)  # FFmpeg would render it
    (tmp_path / "renamed.mp4").write_text("3 eggs\n" * 100)
    (tmp_path / "text.jpg").write_text("3 eggs\n" * 100)
    (tmp_path / "cut.mp4").write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isommp42")
    cv2.imwrite(str(tmp_path / "digit.png"), numbered(0))
    expected = {
        "missing.mp4": "no such file",
        ".": "is a folder",
        "empty.mp4": "is empty",
        "noise.mp4": "is no video and no picture",
        "notes.txt": "is no video and no picture",
        "renamed.mp4": "is no video and no picture",
        "text.jpg": "is no video and no picture",
        "cut.mp4": "cannot be read as a video: it is damaged or cut short",
        "digit.png": "is a picture, not a video: use: livedigits image",
    }
    for name, message in expected.items():
        path = str(tmp_path / name)
        with pytest.raises(LivedigitsError) as error:
            open_video(path)
        assert str(error.value).startswith(path) and message in str(error.value)
        assert "\n" not in str(error.value)
