from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.commands.camera import camera
from livedigits.live import window
from livedigits.live.viewing import view
from livedigits.outputs.display import display_problem
from livedigits.types import Digits, Frame, Number, Result

TITLE = "livedigits under test"

# Shows one frame over and over: white, its left half red, with a digit in the upper left. Prints what is shown whenever
# it has changed, a line each, for the test to wait for.
CHILD = """
import contextlib, json, os, sys, time, cv2, numpy as np
from livedigits.types import Digits
from livedigits.recognition.reader import Reading
from livedigits.types import FieldValue, Frame, Result
from livedigits.live.window import Window
from livedigits.outputs.recorder import Recording

image = np.full((480, 640, 3), 255, np.uint8)
image[:, :320] = 0, 0, 255
digits = Digits(
    np.array([[40, 60, 30, 50]], np.int32), np.array([7]), np.array([0.9], np.float32), np.zeros((1, 10), np.float32)
)
reading = Reading(
    digits, digits.boxes, np.zeros((1, 28, 28, 2)), np.zeros((1, 11)), np.zeros((480, 640), np.uint8), {}
)
last = None
frames = 0

def say(**what):
    print(json.dumps(what), flush=True)

def shown(title, picture, imshow=cv2.imshow):
    global last
    imshow(title, picture)
    height, width = picture.shape[:2]
    state = {
        "size": [width, height],
        "left": picture[300, 20].tolist(),
        "box_left": bool((picture[60:110, 30:80] == (120, 230, 40)).all(axis=2).any()),
        "dot": bool((picture[:60, 500:] == (60, 60, 235)).all(axis=2).any()),
        "panel": bool((picture[468:470, 560:620] == (34, 28, 24)).all()),
        "hint": bool((picture[13, 14:60] == (34, 28, 24)).all()),
        "drag": bool((picture[120:420] == (20, 130, 255)).all(axis=2).any()),
        "field": bool((picture[120:420] == (120, 230, 40)).all(axis=2).any()),
        "status": int((picture[440:] != picture[430, 20]).any(axis=2).sum() // 100),
    }
    if state != last:
        last = state
        say(**state)

cv2.imshow = shown
live, mirror, seconds, record, drawn = json.loads(sys.argv[1])

class Fields:
    def add(self, frame, box):
        say(added=box, frame=frame.index)
        x, y, w, h = box
        corners = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
        return {"field1": FieldValue("42", 42, 0.99, "read", box, None, None, corners)}, "fields.toml"

recording = Recording(report=lambda line: say(reported=line)) if record else None
if recording is not None and record != "here":
    os.chdir(record)
    os.rmdir(record)
def show():
    frame = Frame(image, frames, time.monotonic(), "desk.mp4")
    window.fields = Fields() if drawn else None
    if recording is not None:
        recording.write(Result(frame, digits))
    return window.show(Result(frame, digits), reading, "30 fps", seconds)
with recording or contextlib.nullcontext(), Window("livedigits under test", live, mirror, recording) as window:
    while show():
        frames += 1
        if frames == 3 or seconds > 1:
            say(frames=frames)
say(ended=True)
"""


class ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("_pad", ctypes.c_long * 12),
    ]


class Shown:
    """A window in a process of its own, which the test presses keys in."""

    def __init__(self, display: str, folder: Path, *options: Any) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._environment["PYTHONPATH"] = os.pathsep.join([str(Path(window.__file__).parents[2]), *sys.path])
        arguments = [sys.executable, "-c", CHILD, json.dumps(options)]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, env=self._environment, cwd=folder, text=True, stderr=subprocess.PIPE
        )
        self._deadline = threading.Timer(60, self.process.kill)  # a test that waits in vain fails and does not hang
        self._deadline.start()
        self.state = self.wait("size")
        self._window = self._xdotool("search", "--sync", "--onlyvisible", "--name", TITLE).split()[0]
        self._xdotool("windowfocus", "--sync", self._window)

    def _xdotool(self, *arguments: str) -> str:
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout

    def wait(self, key: str) -> dict[str, Any]:
        """The next line that the window prints and that has this key."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if key in said:
                return dict(said)
        raise AssertionError(f"the window ended: {self.process.communicate()[1]}")

    def help_or_field(self) -> dict[str, Any]:
        """The next line that tells of a field, or shows the help."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if "added" in said or said.get("panel"):
                return dict(said)
        raise AssertionError(f"the window ended: {self.process.communicate()[1]}")

    def press(self, key: str) -> None:
        self._xdotool("key", key)

    def drag(self, start: tuple[int, int], end: tuple[int, int], hold: bool = False) -> None:
        """Moves the mouse from px to px of the window, its left button down."""
        at = ["mousemove", "--window", self._window]
        self._xdotool(*at, *map(str, start), "mousedown", "1")
        self._xdotool(*at, *(str((a + b) // 2) for a, b in zip(start, end, strict=True)))
        self._xdotool(*at, *map(str, end))
        if not hold:
            self._xdotool("mouseup", "1")

    def until(self, **state: Any) -> dict[str, Any]:
        """The first state of what is shown that has these values."""
        while True:
            now = self.wait("size")
            if all(now[key] == value for key, value in state.items()):
                return now

    def close_by_button(self) -> None:
        """What a window manager does when its close button is pressed."""
        x11 = ctypes.CDLL(ctypes.util.find_library("X11"))
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self._environment["DISPLAY"].encode()))
        protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
        event = ClientMessage(33, 0, 1, display, int(self._window), protocols, 32, (ctypes.c_long * 5)(delete))
        x11.XSendEvent(display, ctypes.c_ulong(int(self._window)), 0, ctypes.c_long(0), ctypes.byref(event))
        x11.XCloseDisplay(display)

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        self._deadline.cancel()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def show(display: str, tmp_path: Path) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:
        yield lambda live=True, mirror=False, seconds=0.0, record="", drawn=False: stack.enter_context(
            Shown(display, tmp_path, live, mirror, seconds, record, drawn)
        )


@pytest.mark.parametrize("key", ["q", "Escape", "Q"])
def test_keys_that_end_it(show: Any, key: str) -> None:
    shown = show()
    shown.press(key)
    assert shown.wait("ended")
    assert shown.process.wait(30) == 0


def test_the_close_button_ends_it(show: Any) -> None:
    shown = show()
    shown.close_by_button()
    assert shown.wait("ended")
    assert shown.process.wait(30) == 0


def test_m_mirrors_the_picture_and_its_boxes(show: Any) -> None:
    shown = show()
    assert shown.state["left"] == [0, 0, 255] and shown.state["box_left"]
    shown.press("m")
    mirrored = shown.wait("left")
    assert mirrored["left"] == [255, 255, 255] and not mirrored["box_left"]
    shown.press("m")
    assert shown.wait("left")["box_left"]


def test_a_mirrored_window_starts_mirrored(show: Any) -> None:
    assert show(mirror=True).state["left"] == [255, 255, 255]


def test_h_shows_and_hides_the_help(show: Any) -> None:
    shown = show()
    assert not shown.state["panel"]
    shown.press("h")
    assert shown.wait("panel")["panel"]
    shown.press("h")
    assert not shown.wait("panel")["panel"]


def test_d_shows_what_the_network_sees(show: Any) -> None:
    shown = show()
    assert shown.state["size"] == [640, 480]
    shown.press("d")
    assert shown.wait("size")["size"][0] == 1280
    shown.press("d")
    assert shown.wait("size")["size"] == [640, 480]


def test_s_saves_the_frame_as_it_is_as_read_and_its_digits(show: Any, tmp_path: Path) -> None:
    shown = show(mirror=True)
    shown.press("s")
    shown.wait("status")  # it says so
    record = json.loads(next(tmp_path.glob("livedigits-*.json")).read_text())
    assert record["digits"][0]["digit"] == 7 and record["digits"][0]["box"] == [40, 60, 30, 50]
    annotated = cv2.imread(str(next(tmp_path.glob("livedigits-*-read.png"))))
    (clean,) = (cv2.imread(str(p)) for p in tmp_path.glob("livedigits-*.png") if "read" not in p.name)
    assert (clean[:, :320] == (0, 0, 255)).all() and (clean[:, 320:] == 255).all()
    assert (annotated[50:120, 30:80] != clean[50:120, 30:80]).any()
    for _ in range(500):  # of keys that come between two looks the window gets the last one
        shown.press("s")
        if len(list(tmp_path.glob("livedigits-*.json"))) > 1:
            return
    raise AssertionError("there is no second snapshot")


def test_r_records_until_it_is_pressed_again(show: Any, tmp_path: Path) -> None:
    shown = show(record="here", mirror=True)
    assert not shown.state["dot"]
    for takes in (1, 2):
        shown.press("r")
        while not shown.wait("dot")["dot"]:
            pass
        shown.press("r")
        assert shown.wait("reported")["reported"].startswith("recorded livedigits-")
        videos = sorted(tmp_path.glob("livedigits-*.mp4"))
        assert len(videos) == takes
    for video in videos:
        image = cv2.VideoCapture(str(video)).read()[1]
        assert np.abs(image[200:, :300].astype(int) - (0, 0, 255)).max() < 40  # not mirrored
        assert (np.abs(image[:60, 500:].astype(int) - 255).max()) < 40  # without the dot


def test_a_recording_that_cannot_be_written_is_told_and_the_window_goes_on(show: Any, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    shown = show(record=str(tmp_path / "gone"))
    shown.press("r")
    assert "cannot write" in shown.wait("reported")["reported"]
    shown.wait("status")  # the window says so, too
    shown.press("h")
    assert shown.wait("panel")["panel"]


def test_without_a_recording_r_says_what_records(show: Any) -> None:
    shown = show(live=False, seconds=0.0)
    shown.press("r")
    said = shown.wait("status")
    assert said["status"] > 20 + shown.state["status"] and not said["dot"]


@pytest.mark.parametrize(("live", "mirror"), [(True, True), (False, False)])
def test_f_draws_a_field_that_is_shown_at_once(show: Any, live: bool, mirror: bool) -> None:
    shown = show(live=live, mirror=mirror, drawn=True)
    shown.press("f")
    shown.until(hint=True)
    shown.drag((200, 150), (360, 240), hold=True)
    assert not shown.until(drag=True)["field"]
    shown.drag((360, 240), (360, 240))
    added = shown.wait("added")["added"]
    wanted = [640 - 360, 150, 160, 90] if mirror else [200, 150, 160, 90]
    assert np.abs(np.array(added) - wanted).max() <= 2
    assert not shown.until(field=True)["drag"]


@pytest.mark.parametrize("key", ["f", "m", "Escape"])
def test_a_key_while_a_field_is_drawn_cancels_that_alone(show: Any, key: str) -> None:
    shown = show(drawn=True)
    shown.press("f")
    shown.until(hint=True)
    shown.drag((200, 150), (360, 240), hold=True)
    shown.until(drag=True)
    shown.press(key)
    cancelled = shown.until(drag=False)
    assert cancelled["left"] == [0, 0, 255]  # not mirrored
    shown.drag((360, 240), (200, 150))
    shown.press("h")  # nothing was added meanwhile, or it would have been said before
    assert "added" not in shown.help_or_field()
    shown.press("q")
    assert shown.wait("ended")


def test_a_click_draws_no_field(show: Any) -> None:
    shown = show(drawn=True)
    shown.press("f")
    shown.until(hint=True)
    shown.drag((200, 150), (200, 150))
    shown.press("h")
    assert "added" not in shown.help_or_field()


def test_where_no_field_can_be_drawn_f_says_so(show: Any) -> None:
    shown = show()
    shown.press("f")
    assert shown.wait("status")["status"] > 20 + shown.state["status"]


def test_the_help_is_right_for_each_kind_of_source() -> None:
    camera, video, picture = (
        dict(window.keys(can)) for can in ({"hold", "record", "draw", "ask"}, {"seek", "teach"}, {"go on"})
    )
    assert "r" in camera and "r" not in video and "r" not in picture
    assert "hold" in camera["space"] and video["space"] == "pause"
    assert "space" not in picture and picture["other keys"] == "next picture"
    assert "f" in camera and "f" not in video
    assert "[ ]" in video and "[ ]" not in camera and "u" in video and "u" not in camera
    assert all({"q, Esc", "s", "m", "d", "h"} <= set(kind) for kind in (camera, video, picture))


def test_a_file_stops_while_it_is_paused(show: Any) -> None:
    shown = show(live=False)
    shown.press("space")
    paused = shown.wait("status")
    assert paused["status"] > shown.state["status"]
    shown.press("m")  # still obeys
    assert shown.wait("left")["left"] == [255, 255, 255]
    shown.press("space")
    assert shown.wait("status")["status"] == shown.state["status"]
    shown.press("q")
    assert shown.wait("ended")


def test_any_other_key_shows_the_next_picture(show: Any) -> None:
    shown = show(live=False, seconds=float("inf"))
    shown.press("m")
    assert shown.wait("left")["left"] == [255, 255, 255]
    shown.press("space")
    assert shown.wait("frames")["frames"] == 1
    shown.press("Return")
    assert shown.wait("frames")["frames"] == 2
    shown.press("q")
    assert shown.wait("ended")


def test_a_display_that_works_is_no_problem(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert display_problem() is None


def test_a_wayland_session_that_serves_x11_is_no_problem(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland")
    assert display_problem() is None


def test_offscreen_is_no_display(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    problem = display_problem()
    assert problem is not None and "QT_QPA_PLATFORM is offscreen" in problem


linux = pytest.mark.skipif(sys.platform != "linux", reason="displays are chosen by DISPLAY on Linux only")


@linux
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "DISPLAY is not set"),
        ({"DISPLAY": ""}, "DISPLAY is not set"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "XWayland"),
        ({"DISPLAY": ":987"}, ":987"),
    ],
)
def test_what_is_no_display(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    problem = display_problem()
    assert problem is not None and expected in problem


def test_an_opencv_without_windows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    built = cv2.getBuildInformation()
    line = next(line for line in built.splitlines() if line.strip().startswith("GUI:"))
    headless = built.replace(line, line.split(":")[0] + ":                           NONE")
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: headless)
    problem = display_problem()
    assert problem is not None and "headless" in problem


def result(image: np.ndarray, digits: Digits) -> Result:
    return Result(Frame(image, 0, 0.0, "desk"), digits)


def test_a_frame_larger_than_screens_is_shown_smaller_with_its_boxes() -> None:
    digits = Digits(np.array([[1000, 500, 200, 300]], np.int32), np.array([7]), np.ones(1), np.zeros((1, 10)))
    shown, boxes, _ = view(result(np.zeros((3000, 4000, 3), np.uint8), digits), mirror=True)
    assert max(shown.shape) == 1920
    assert boxes.boxes.tolist() == [[1920 - 480 - 96, 240, 96, 144]]


def pair() -> Digits:
    """40, as a reader that has followed it from frame to frame has grouped it: farther apart than usual."""
    boxes = np.array([[100, 60, 40, 60], [220, 64, 40, 60]], np.int32)
    baseline = (100.0, 120.0), (260.0, 124.0)
    number = Number("40", 0.72, (100, 60, 160, 64), (0, 1), 0, 1.5, baseline)
    sure = np.array([0.9, 0.8], np.float32)
    return Digits(boxes, np.array([4, 0]), sure, np.zeros((2, 10), np.float32), numbers=(number,))


def test_a_mirrored_window_does_not_turn_numbers_round() -> None:
    image = np.full((480, 640, 3), 255, np.uint8)
    _, shown, _ = view(result(image, pair()), mirror=True)
    (number,) = shown.numbers
    assert (number.text, number.digits, number.confidence) == ("40", (0, 1), 0.72)
    assert number.box == (380, 60, 160, 64) and number.angle == -1.5
    assert number.baseline == ((380.0, 124.0), (540.0, 120.0))
    assert shown.boxes.tolist() == [[500, 60, 40, 60], [380, 64, 40, 60]] and shown.labels.tolist() == [4, 0]


@pytest.mark.parametrize(
    ("arguments", "mirror"),
    [
        (["0"], True),
        (["/dev/video0"], True),
        (["rtsp://camera.example/stream"], False),
        (["HTTP://camera.example/"], False),
        (["0", "--no-mirror"], False),
        (["https://camera.example/", "--mirror"], True),
    ],
)
def test_this_machines_cameras_are_mirrors(arguments: list[str], mirror: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(Exception):
        pass

    def ask(*_: Any, **options: Any) -> None:
        raise Asked(options["mirror"])

    opened = contextlib.nullcontext(SimpleNamespace(mode=""))
    monkeypatch.setattr("livedigits.sources.camera.open_camera", lambda *_, **__: opened)
    monkeypatch.setattr("livedigits.commands.console.window", ask)
    result = CliRunner().invoke(camera, arguments)
    assert isinstance(result.exception, Asked), result.output
    assert result.exception.args == (mirror,)
