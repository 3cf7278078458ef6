"""Live sources that misbehave: what is read, what is said, and that they are back when their frames are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.live import window
from livedigits.live.loop import run
from livedigits.live.pace import Pace
from livedigits.sources import Source, camera, endpoints, feed
from livedigits.sources.camera import PAUSE_LATER, PAUSE_MOST, open_camera, pause
from livedigits.sources.devices import Mode, compared
from livedigits.sources.health import Health, is_black
from livedigits.types import Digits, Frame, Result
from tests import pages
from tests.driver import Device
from tests.mjpeg import MjpegCamera, age_of, number_of, numbered

PATIENCE = 30.0  # s: a test that waits in vain fails and does not hang


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == feed.THREAD:
            thread.join(PATIENCE)
    assert not feed.hanging()


def take(source: Source) -> Frame:
    """The next frame, after whatever outage."""
    deadline = time.monotonic() + PATIENCE
    while (frame := source.take(0.05)) is None:
        assert not source.ended and time.monotonic() < deadline, "no frame came"
    return frame


def until_notice(source: Source, words: str) -> str:
    """Takes frames until the source's notice has these words."""
    deadline = time.monotonic() + PATIENCE
    while words not in (notice := source.notice):
        source.take(0.02)
        assert time.monotonic() < deadline, f"never said {words!r}, but {notice!r}"
    return notice


def until_well(source: Source) -> Frame:
    """Takes frames until there is no notice any more; the last of them."""
    frame = take(source)
    while source.notice:
        frame = take(source)
    return frame


# -- outages of streams -----------------------------------------------------------------------------------------------


def test_a_stream_that_drops_goes_on() -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        first = take(source)
        server.drop()
        server.stall()  # so that the outage lasts until it was seen
        assert "the connection was lost" in until_notice(source, "trying again")
        server.go_on()
        frame = until_well(source)
        assert frame.index > first.index and frame.time > first.time
        assert frame.captured - first.captured == pytest.approx(frame.time - first.time)
        lost, back = source.news()
    assert server.connections == 2
    assert lost == f"{server.url}: the connection was lost, trying again"
    assert back.startswith(f"{server.url}: back after ") and back.endswith(" s")


def test_a_stream_that_stalls_is_said_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "READ_SECONDS", 0.4)
    monkeypatch.setattr("livedigits.sources.health.SILENT", 0.2)
    with MjpegCamera() as server, open_camera(server.url) as source:
        take(source)
        server.stall()
        until_notice(source, "no frames for")
        until_notice(source, "trying again")  # it gave the connection up
        server.go_on()
        until_well(source)
        lost, back = source.news()
        assert server.connections >= 2
    assert lost.startswith(f"{server.url}: no frames for ")
    assert "back after" in back


def test_a_stream_that_stalls_for_a_moment_is_no_trouble() -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        take(source)
        server.stall()
        while source.take(0.1) is not None:
            pass
        server.go_on()
        take(source)
        assert source.news() == [] and source.notice == ""
        assert server.connections == 1


def test_a_server_that_goes_down_and_comes_back_on_its_port() -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        for _ in range(3):
            before = take(source)
            server.down()
            until_notice(source, "it cannot be reached")
            server.up()
            assert until_well(source).index > before.index
        assert len(source.news()) == 6  # each outage once, and each return


def test_broken_frames_of_a_stream_are_passed_over(capfd: pytest.CaptureFixture[str]) -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        take(source)
        server.send_broken(3)
        last = server.sent + 5
        while number_of(image := take(source).image) < last:
            assert image[40:].min() > 100  # none of them is half made up
        assert source.news() == [f"{server.url}: damaged: a picture cannot be decoded; more of this is counted"]
        assert server.connections == 1
    assert capfd.readouterr().err == ""


def test_frames_of_another_size_come_as_they_are() -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        assert take(source).image.shape == (96, 256, 3)
        server.size = 640, 480
        frame = take(source)
        while frame.image.shape == (96, 256, 3) and number_of(frame.image) < 500:
            frame = take(source)
        assert frame.image.shape == (480, 640, 3)
        assert abs(number_of(frame.image) - server.sent) < 100  # and can be read: it is no stretched picture


COVERED = "the picture is black: uncover the lens, or name another camera"


def test_black_frames_are_said_after_a_while_and_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.sources.health.BLACK", 0.2)
    with MjpegCamera() as server, open_camera(server.url) as source:
        take(source)
        server.black = True
        assert until_notice(source, "black") == f"{server.url}: {COVERED}"
        assert not take(source).image.any()
        server.black = False
        until_well(source)
        said, over = source.news()
    assert "black" in said and "no longer black, after" in over


def test_a_stream_that_never_delivered_is_not_waited_for() -> None:
    with MjpegCamera(frames=0) as server, pytest.raises(LivedigitsError, match="cannot be reached, or sends no video"):
        open_camera(server.url)


def test_a_stream_that_accepts_and_hangs_up_is_not_hammered() -> None:
    with MjpegCamera(frames=5) as server, open_camera(server.url) as source:
        take(source)
        began, before = time.monotonic(), server.connections
        while time.monotonic() < began + 1.0:
            source.take(0.1)
        # a frame resets the pause: ten times a second at most, not thousands
        assert server.connections - before <= 12


def test_closing_ends_every_kind_of_waiting() -> None:
    with MjpegCamera() as server:
        for trouble in (server.down, server.stall):
            with open_camera(server.url) as source:
                take(source)
                trouble()
                source.take(0.3)
                began = time.monotonic()
            assert time.monotonic() - began < 1.5  # and not the time for reading, or for opening again
            assert source.ended and source.take(10.0) is None
            if trouble == server.down:
                server.up()


def test_python_ends_cleanly_although_a_stream_hangs() -> None:
    code = (
        "import sys; from livedigits.process import quiet_opencv; quiet_opencv()\n"
        "from livedigits.sources.camera import open_camera\n"
        "camera = open_camera(sys.argv[1])\n"
        "print(next(camera).index, flush=True); sys.stdin.read()"
    )
    with MjpegCamera() as server:
        environment = {**os.environ, "PYTHONPATH": str(Path(camera.__file__).parents[2])}
        command = [sys.executable, "-c", code, server.url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, env=environment, text=True, **pipes) as child:
            assert child.stdout is not None
            assert child.stdout.readline().strip().isdecimal()
            server.stall()
            _, said = child.communicate("", timeout=PATIENCE)
    assert (child.returncode, said) == (0, "")


# -- cameras of this machine ------------------------------------------------------------------------------------------


def test_a_camera_that_is_unplugged_comes_back(devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "RETRY_SECONDS", 0.05)
    there = {"/dev/video0"}
    monkeypatch.setattr(os.path, "exists", lambda path: path in there)
    monkeypatch.setattr(os, "access", lambda *_: True)
    devices[0] = Device(frames=20)
    with open_camera("0") as source:
        take(source)
        there.clear()
        pulled = devices.pop(0)
        assert "unplugged" in until_notice(source, "camera 0: unplugged, ")
        there.add("/dev/video0")
        devices[0] = Device()
        devices[0].busy = True
        until_notice(source, "busy in another program")
        devices[0].busy = False
        frame = until_well(source)
        lost, back = source.news()
    assert frame.index > 0 and pulled.released == 1 and devices[0].released == 1
    assert lost.startswith("camera 0: unplugged") and "back after" in back


def test_a_driver_that_hangs_is_said(devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.sources.health.SILENT", 0.1)
    devices[0] = Device(gated=True)
    with open_camera("0") as source:
        devices[0].allow(1)
        take(source)
        assert "trying again" not in until_notice(source, "camera 0: no frames for")
    assert feed.hanging()  # closed all the same
    devices[0].free()


def test_pauses_grow_and_stay_short_in_the_first_minute() -> None:
    pauses = [pause(tries, 1.0) for tries in range(20)]
    assert pauses[0] == pytest.approx(0.1) and pauses == sorted(pauses) and max(pauses) == PAUSE_MOST <= 1.0
    assert pause(99, 300.0) == PAUSE_LATER
    assert pause(0, 300.0) == pytest.approx(0.1)


def test_what_a_camera_was_asked_for_and_gives(devices: dict[int, Device]) -> None:
    devices[0] = Device()
    devices[0].gives = {
        cv2.CAP_PROP_FRAME_WIDTH: 1280,
        cv2.CAP_PROP_FRAME_HEIGHT: 720,
        cv2.CAP_PROP_FPS: 29.97,
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"),
    }
    with open_camera("0", (1280, 720), 60, fourcc="MJPG") as source:
        assert source.mode == "camera 0: 1280x720 at 29.97 fps, YUYV (asked for 60 fps, MJPG)"
    with open_camera("0", (1280, 720), 30, fourcc="YUYV") as source:
        assert source.mode == "camera 0: 1280x720 at 29.97 fps, YUYV"
    assert devices[0].settings[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"YUYV")
    assert compared(Mode((640, 480), 30, "MJPG"), Mode()) == (
        "a mode that the driver does not tell (asked for 640x480 at 30 fps, MJPG)"
    )


# -- what is said -----------------------------------------------------------------------------------------------------


def test_silence_is_measured_by_the_cameras_own_rate() -> None:
    """A camera that sends a frame in two seconds is not lost between two of them."""
    picture, health = numbered(0), Health("camera 0")
    for second in range(0, 20, 2):
        health.frame(picture, float(second))
    health.news()
    assert health.notice(18 + 5.0) == ""
    assert health.notice(18 + 7.0) == "camera 0: no frames for 7 s"
    health.frame(picture, 18 + 7.2)
    assert health.news() == ["camera 0: no frames for 7 s", "camera 0: back after 7.2 s"]


def test_nothing_is_said_before_the_first_frame() -> None:
    health = Health("camera 0")
    health.lost("")
    assert health.notice(1e9) == "" and health.news() == []


def test_what_is_black() -> None:
    rng = np.random.default_rng(0)
    black = np.zeros((720, 1280, 3), np.uint8)
    noise = rng.integers(0, 12, black.shape, dtype=np.uint8)  # a covered lens
    board = noise.copy()
    cv2.putText(board, "7", (600, 400), cv2.FONT_HERSHEY_SIMPLEX, 6, (200, 200, 200), 12)
    assert is_black(black) and is_black(noise) and is_black(black[:1, :1])
    assert not is_black(board) and not is_black(noise + 40)


@pytest.mark.parametrize("height", [96, 480, 1080])
def test_a_covered_lens_that_glows_is_black_also_as_jpeg(height: int) -> None:
    rng = np.random.default_rng(0)
    glow = np.linspace(0, 1, height)[:, None, None] * np.linspace(0, 3, 2 * height)[None, :, None]
    noise = (rng.integers(0, 12, (height, 2 * height, 3)) + glow).astype(np.uint8)
    noise[height // 3, height // 2] = 255  # a hot pixel
    coded = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
    assert is_black(noise) and is_black(cv2.imdecode(coded, cv2.IMREAD_COLOR))


@pytest.mark.parametrize("light", [8, 16, 24])
def test_a_dark_room_is_a_scene_and_nothing_is_said_of_it(light: int) -> None:
    rng, health = np.random.default_rng(0), Health("camera 0")
    page = pages.page("407")[0] / light
    for k in range(8):
        health.frame(np.clip(page + rng.normal(0, 2, page.shape), 0, 255).astype(np.uint8), 0.5 * k)
    assert health.news() == [] and health.notice(4.0) == ""
    for k in range(8, 16):  # the same camera, covered
        health.frame(np.clip(rng.normal(4, 2, page.shape), 0, 255).astype(np.uint8), 0.5 * k)
    assert health.news() == [f"camera 0: {COVERED}"] and health.notice(8.0) == f"camera 0: {COVERED}"


# -- the loop ---------------------------------------------------------------------------------------------------------


class NoDigits:
    """Reads nothing, and takes its time for that."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds

    def __call__(self, frame: Frame) -> SimpleNamespace:
        threading.Event().wait(self._seconds)
        return SimpleNamespace(digits=Digits.empty(), turned=0)


class Kept:
    def __init__(self, then: Any = None) -> None:
        self.frames: list[Frame] = []
        self.then = then

    def write(self, result: Result) -> None:
        self.frames.append(result.frame)
        if self.then:
            self.then(self)


class Window:
    """Remembers what it was to show, and ends after `waits` looks at the keys without a frame."""

    playing = None

    def __init__(self, waits: int) -> None:
        self.trouble = ""
        self.waits = waits
        self.told: list[str] = []

    def show(self, *_: Any) -> bool:
        return True

    def wait(self, trouble: str) -> bool:
        self.told.append(trouble)
        self.waits -= bool(trouble)
        assert self.waits > -50, "goes on although it was ended"
        return self.waits > 0


def test_a_slow_reader_reads_the_newest_frame_and_drops_the_others() -> None:
    """The last number read is close to the last one sent, however long it goes on."""
    ages: list[float] = []
    behind: list[int] = []

    def then(kept: Kept) -> None:
        frame = kept.frames[-1]
        ages.append(age_of(frame.image, frame.captured))
        behind.append(server.sent - number_of(frame.image))
        if len(kept.frames) == 25:
            source.close()

    with MjpegCamera(interval=0.005) as server, open_camera(server.url) as source:
        kept = Kept(then)
        summary = run(source, NoDigits(0.04), [kept])
    assert summary.frames == 25
    assert summary.dropped > 25 and summary.dropped + summary.frames <= server.sent
    # a queue would be longer in the end than at first; these are frames of 5 ms
    assert max(behind[-5:]) < summary.dropped / 2
    assert np.median(ages) < 0.5  # from sending to capture


def test_an_outage_is_shown_and_said_and_no_sink_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.sources.health.SILENT", 0.1)
    said: list[str] = []
    with MjpegCamera() as server, open_camera(server.url) as source:
        kept = Kept(lambda kept: server.stall() if len(kept.frames) == 5 else None)
        shown = Window(waits=3)
        summary = run(source, NoDigits(), [kept], shown, say=said.append)
        server.go_on()
    assert summary.closed  # by a key, while there was no frame
    assert any("no frames for" in notice for notice in shown.told)
    assert said == [f"{server.url}: no frames for 0 s"]
    assert len(kept.frames) == summary.frames < 20
    assert len({id(frame) for frame in kept.frames}) == summary.frames


def test_a_black_picture_is_shown_and_said_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.sources.health.BLACK", 0.1)
    said: list[str] = []
    with MjpegCamera() as server, open_camera(server.url) as source:
        server.black = True
        shown = Window(waits=1)
        kept = Kept(lambda kept: source.close() if shown.trouble and len(kept.frames) > 20 else None)
        summary = run(source, NoDigits(), [kept], shown, say=said.append)
    assert not summary.closed and summary.frames == len(kept.frames) > 20
    assert said == [shown.trouble] == [f"{server.url}: {COVERED}"]


def test_a_window_that_waits_before_its_first_frame() -> None:
    assert window.Window("livedigits under test", live=True).wait("camera 0: no frames for 1 s")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("trouble", ["down", "stall"])
def test_a_signal_ends_the_waiting_for_a_camera(number: signal.Signals, trouble: str) -> None:
    with MjpegCamera() as server, open_camera(server.url) as source:
        take(source)
        getattr(server, trouble)()
        while source.take(0.2) is not None:
            pass
        # from another thread, so that the loop is surely waiting: there will be no frame before it
        timer = threading.Timer(0.1, os.kill, [os.getpid(), number])
        timer.start()
        summary = run(source, NoDigits())
        server.go_on()
    assert (summary.frames, summary.signal) == (0, number)


# -- latency ----------------------------------------------------------------------------------------------------------


def test_the_status_tells_the_latency_of_the_last_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pace = Pace(live=True)
    assert pace.status(0) == "0 dropped"
    for late in [0.5] * 30 + [0.04, 0.041, 0.06] * 10:
        now += 1 / 30
        pace.shown(now - late)
    assert pace.status(3) == "41 ms   3 dropped"


def test_frames_know_when_they_were_captured() -> None:
    before = time.monotonic()
    frame = Frame(numbered(0), 0, 0.0, "a.avi")
    assert before <= frame.captured <= time.monotonic()


# -- the commands -----------------------------------------------------------------------------------------------------


def command(*arguments: object) -> Any:
    from tests.test_cli import invoke

    return invoke(*arguments)


def test_cameras_are_listed(devices: dict[int, Device], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").mkdir()
    (tmp_path / "video0" / "name").write_text("Desk Cam: Desk Cam\n")
    monkeypatch.setattr("livedigits.sources.devices._SYSFS", tmp_path)
    monkeypatch.setattr(os.path, "exists", lambda path: str(path).startswith("/dev/video"))
    monkeypatch.setattr(os, "access", lambda path, how: path != "/dev/video5")
    devices.update({0: Device(), 4: Device(), 5: Device()})
    devices[4].busy = devices[5].busy = True
    devices[0].gives = {cv2.CAP_PROP_FRAME_WIDTH: 640, cv2.CAP_PROP_FRAME_HEIGHT: 480, cv2.CAP_PROP_FPS: 30}
    result = command("camera", "--list")
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [number for number, _ in lines] == ["0", "1", "4", "5"]
    assert lines[0][1].split("  ") == ["Desk Cam: Desk Cam", "640x480 at 30 fps"]
    assert lines[2][1].strip() == "busy in another program"
    assert lines[3][1].strip() == "no permission to open it"
    assert devices[0].released == 1 and devices[0].reads == 0


def test_no_camera_to_list(devices: dict[int, Device], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.sources.devices.camera_candidates", list)
    result = command("camera", "--list")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.startswith("Error: no camera was found: ") and result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "wrong", [["--fourcc", "JPEGS"], ["--fourcc", "é123"], ["--fps", "0"], ["--fps", "fast"], ["--size", "10x"]]
)
def test_modes_that_are_none(wrong: list[str]) -> None:
    assert command("camera", *wrong).exit_code == 2


def program(*arguments: object) -> Any:
    from tests.test_cli import Running

    return Running(*arguments)


def test_json_goes_on_after_an_outage_and_standard_error_tells(tmp_path: Path) -> None:
    saved = tmp_path / "out.mp4"
    with MjpegCamera(interval=0.02) as server:
        arguments = ("camera", server.url, "--size", "640x480", "--no-window", "--json", "-", "--save", saved)
        with program(*arguments) as running:
            rows = [json.loads(running.line()) for _ in range(5)]
            server.down()
            server.size = 320, 240
            server.up()
            while rows[-1]["width"] != 320:
                rows.append(json.loads(running.line()))
            running.ctrl_c()
            code, _, err = running.end()
    assert code == 0
    assert [row["frame"] for row in rows] == sorted({row["frame"] for row in rows})
    assert [row["time"] for row in rows] == sorted({row["time"] for row in rows})
    ignored, lost, back, *rest = err.splitlines()
    assert "--size" in ignored and lost.endswith("the connection was lost, trying again") and "back after" in back
    assert sum(line.startswith(f"camera {server.url}: ") for line in rest) == 1
    video = cv2.VideoCapture(str(saved))
    size = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    assert size == (512, 192)  # that of the first frames, enlarged
    assert video.read()[0]


@pytest.mark.parametrize("trouble", ["down", "stall"])
def test_ctrl_c_while_a_camera_is_waited_for(trouble: str) -> None:
    if not hasattr(os, "killpg"):
        pytest.skip("no process groups here")
    with MjpegCamera() as server, program("camera", server.url, "--no-window", "--json", "-") as running:
        running.line()
        getattr(server, trouble)()
        assert running.process.stderr is not None
        assert running.process.stderr.readline() != b""  # says so, and waits
        running.ctrl_c()
        code, _, err = running.end()
    assert code == 0 and "Traceback" not in err
    assert err.splitlines()[-1].startswith(f"camera {server.url}: ")


@pytest.mark.slow
def test_the_benchmark_measures_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "live.json"
    with MjpegCamera(interval=0.02) as server:
        result = command("benchmark", "--camera", server.url, "--seconds", 2, "--slow", 3, "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert figures["camera"] == server.url and (figures["width"], figures["height"]) == (256, 96)
    assert figures["frames"] > 0 and figures["dropped"] >= 0 and figures["troubles"] == []
    assert figures["frames"] + figures["dropped"] <= server.sent
    for key in ("latency", "first", "last"):
        assert 0 < figures[key]["median"] <= figures[key]["p99"] <= figures[key]["max"]
    assert 0 <= figures["median_lag"] <= figures["max_lag"] and figures["camera_fps"] > 0 and figures["fps"] > 0
    for words in ("latency", "frames dropped", "lag before reading", "3 times slower"):
        assert words in result.stdout


def test_a_slow_reader_takes_so_many_times_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    from livedigits.diagnostics.latency import Slowed

    now, slept = 10.0, []

    def look(frame: Frame) -> Any:
        nonlocal now
        now += 0.03

    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(time, "sleep", slept.append)
    slowed = Slowed(look, 5.0)
    slowed(Frame(numbered(0), 0, 0.0, "0", captured=0.0))
    assert slept == [pytest.approx(0.12)] and slowed.began == 10.0


def test_a_benchmark_without_a_camera_refuses_its_options() -> None:
    for arguments in (["--seconds", "3"], ["--slow", "3"], ["x.mp4", "--camera", "0"]):
        assert command("benchmark", *arguments).exit_code == 2
    if sys.platform == "linux":
        assert command("benchmark", "--camera", "97").exit_code == 1
