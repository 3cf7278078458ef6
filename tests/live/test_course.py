"""Teaching from the start before a camera: what is asked for, seen, taken and taken back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.live import course as module
from livedigits.live.course import Course
from livedigits.live.following import Following
from livedigits.profiles import file
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.reader import Reader
from livedigits.types import Frame, Result
from tests.live.shown import Shown
from tests.live.test_correcting import AT, frame
from tests.mjpeg import MjpegCamera
from tests.profiles.hand import drawing, odd_seven

SIZE = (640, 360)


def sheet(*digits: np.ndarray) -> np.ndarray:
    """A frame (h, w, 3) uint8 BGR with digits (200, 200, 3) in a row, the last one in the middle."""
    image = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    for place, digit in enumerate(reversed(digits)):
        x = 220 - 200 * place
        image[80:280, x : x + 200] = np.minimum(image[80:280, x : x + 200], digit)
    return image


class Camera:
    """Shows pictures to what asks, 20 a second, read as those of a camera."""

    def __init__(self, reader: Reader, path: Path) -> None:
        watched = WatchedProfile(path, reader.classifier)
        reads = Reader(reader.classifier, learned=watched)
        found = Course.of(reads)
        assert found is not None
        self.course, self.path = found, path
        self._look, self._index = Following(reads), 0
        self.result: Result

    def show(self, image: np.ndarray, frames: int = 12) -> str:
        for _ in range(frames):
            shown = Frame(image, self._index, self._index / 20, "camera")
            self.result = Result(shown, self._look(shown).digits)
            self.course.look(self.result)
            self._index += 1
        return self.course.said

    def press(self, key: str, chosen: tuple[int, int, int, int] | None = None) -> str:
        assert self.course.press(key, self.result, chosen)
        return self.course.said

    @property
    def labels(self) -> list[int]:
        return file.load(self.path)[0].labels.tolist()


@pytest.fixture
def camera(reader: Reader, tmp_path: Path) -> Iterator[Camera]:
    yield Camera(reader, tmp_path / "hand.npz")


def test_what_is_steady_is_taken_and_the_next_digit_is_asked_for(camera: Camera) -> None:
    camera.show(sheet(), 2)
    assert "no digit is read" in camera.press(" ") and camera.labels == []
    camera.show(sheet(drawing(0)), 4)
    assert camera.press(" ") == "hold it still" and camera.labels == []  # it came a moment ago
    said = camera.show(sheet(drawing(0)))
    assert "it took this for a 0, and is now 9" in said and "sure that it is a 0" in said
    assert (camera.labels, camera.course.label) == ([0], 1)
    assert camera.press("\r").startswith("that is the 0 that was taken before: write a 1") and camera.labels == [0]


def test_an_odd_form_is_told_and_the_last_is_taken_back(camera: Camera) -> None:
    camera.show(sheet(drawing(3), odd_seven(0)))
    camera.press("7")
    assert camera.press(" ").startswith("it took this for a 9, and is now")
    assert (camera.labels, camera.course.label) == ([7], 8)
    camera.show(sheet(odd_seven(3)))
    assert camera.result.digits.labels.tolist() == [7]  # from the next frame on
    assert camera.press("\x08") == "the 7 is taken back"
    assert (camera.labels, camera.course.label, camera.course.counts.sum()) == ([], 7, 0)
    assert camera.press("\x08") == "nothing was taken yet"


def test_a_box_of_the_mouse_is_meant_whatever_is_read(camera: Camera) -> None:
    camera.show(sheet(drawing(3), drawing(5)))
    camera.press("3")
    camera.press(" ", (20, 80, 200, 200))
    assert camera.course.said.startswith("it took this for a 3") and camera.labels == [3]
    assert "no ink" in camera.press(" ", (600, 10, 30, 30)) and camera.labels == [3]
    camera.show(sheet(drawing(3), drawing(5)), 2)
    camera.press("5")
    assert camera.press(" ").startswith("it took this for a 5")


def test_it_ends_when_all_were_taken_often_enough(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUNDS", 1)
    noise = np.random.default_rng(0).integers(0, 255, (28, 28, 2), np.uint8)
    for label in (4, 0, 1, 2, 3, 5, 6, 7, 8):
        camera.course.taken.append(module.Taken("", label, noise, 0.9, -1))
    camera.show(sheet(drawing(9)))
    camera.press("9")
    assert not camera.course.ended
    assert "0 to 9: 9" in camera.press(" ") and camera.course.ended


def test_what_is_asked_is_drawn_in_a_frame_of_any_size(camera: Camera) -> None:
    camera.show(sheet(drawing(2)))
    camera.press("2")
    camera.press(" ")
    for size in ((1280, 720), (320, 200), (90, 60)):
        canvas = np.full((size[1], size[0], 3), 128, np.uint8)
        camera.course.draw(canvas, camera.result, True, False)
        assert (canvas != 128).any()


@pytest.mark.parametrize("with_page", [["--port", "0"], ["--no-open"], ["--corrections", "a.jsonl"]])
def test_a_camera_asks_alone(with_page: list[str]) -> None:
    assert CliRunner().invoke(main, ["learn", "--camera", "0", *with_page]).exit_code == 2


def test_without_a_display_it_names_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if sys.platform != "linux":
        pytest.skip("elsewhere there is always a display")
    result = CliRunner().invoke(main, ["learn", "--camera", "--profile", str(tmp_path / "a.npz")])
    assert result.exit_code == 1 and not (tmp_path / "a.npz").exists()
    assert len(result.output.splitlines()) == 1 and "livedigits learn without --camera" in result.output


@pytest.mark.slow
def test_a_lesson_in_the_window(display: str, tmp_path: Path) -> None:
    profile = tmp_path / "hand.npz"
    with MjpegCamera(interval=0.05) as camera:
        camera.picture = frame(0)
        with Shown(display, "learn", "--camera", camera.url, "--profile", str(profile)) as shown:
            shown.do("key", "7")
            shown.wait(lambda said: said["asked"] == 7)
            shown.do("key", "space")
            said = shown.wait(lambda said: said["asked"] == 8)
            assert said["told"].startswith("it took this for a 9, and is now") and not said["paused"]
            camera.picture = frame(3)
            assert shown.wait(lambda said: said["digits"] == [7])
            shown.do("key", "BackSpace")
            shown.wait(lambda said: said["told"] == "the 7 is taken back" and said["digits"] == [9])
            shown.move(AT[0] + 100, AT[1] + 100)
            shown.do("click", "1")
            shown.wait(lambda said: said["boxed"] and said["paused"])
            shown.do("key", "Return")
            shown.wait(lambda said: said["asked"] == 8 and not said["paused"] and said["digits"] == [7])
            shown.do("key", "q")
            assert shown.process.stdout is not None
            assert shown.process.stdout.read().splitlines()[-1] == f"learned 1 sample of 7; {profile} holds 1"
            assert shown.process.wait(30) == 0
    assert file.load(profile)[0].labels.tolist() == [7]
