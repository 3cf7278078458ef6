"""Corrections in a real window under Xvfb, and what one correction changes elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.live.correcting import Correcting
from livedigits.profiles import file
from livedigits.profiles.teaching import Teacher
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.reader import Reader
from livedigits.types import NO_DIGIT, Frame, Result
from tests.live.shown import Shown, film
from tests.mjpeg import MjpegCamera
from tests.profiles.hand import odd_seven

SIZE = (640, 360)
AT = (120, 80)  # px: where the hand's digit is in the frames


def frame(seed: int, shift: int = 0) -> np.ndarray:
    """A frame (h, w, 3) uint8 BGR with a 7 that the network takes for a 9."""
    image = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    x, y = AT[0] + shift, AT[1]
    image[y : y + 200, x : x + 200] = odd_seven(seed)
    return image


def video(path: Path, seed: int) -> str:
    return film(path, [frame(seed, number // 4) for number in range(40)])


@pytest.mark.slow
def test_a_hand_is_corrected_once_and_read_when_held_up_next_in_a_video_and_a_picture(
    display: str, tmp_path: Path
) -> None:
    profile = tmp_path / "hand.npz"
    file.save(profile, file.Samples.none(), None)
    with Shown(display, "video", video(tmp_path / "a.avi", 0), "--profile", str(profile)) as shown:
        shown.do("key", "space")
        assert shown.wait(lambda said: said["paused"])["digits"] == [9]
        shown.move(AT[0] + 100, AT[1] + 100)
        shown.do("click", "1")
        shown.wait(lambda said: said["boxed"])
        shown.do("key", "7")
        said = shown.wait(lambda said: said["notice"].startswith("learned"))
        assert said["notice"] == "learned 7; this profile now has 1 crop" and said["digits"] == [7]
        shown.do("key", "u")
        assert shown.wait(lambda said: said["notice"].startswith("taken back"))["digits"] == [9]
        shown.move(AT[0] + 20, AT[1] + 10)
        shown.do("mousedown", "1")
        shown.move(AT[0] + 190, AT[1] + 190)
        shown.do("mouseup", "1")
        shown.wait(lambda said: said["boxed"])
        shown.do("key", "7")
        assert shown.wait(lambda said: said["notice"].startswith("learned"))["digits"] == [7]
        shown.do("key", "space")
        shown.wait(lambda said: not said["paused"] and said["digits"] == [7])  # the same video goes on with it
    with MjpegCamera(interval=0.05) as camera:
        camera.picture = frame(4)
        with Shown(display, "camera", camera.url, "--profile", str(profile)) as shown:
            shown.do("key", "space")
            assert shown.wait(lambda said: said["paused"])["digits"] == [7]
    with Shown(display, "video", video(tmp_path / "b.avi", 3), "--profile", str(profile)) as shown:
        shown.do("key", "space")
        assert shown.wait(lambda said: said["paused"])["digits"] == [7]
    cv2.imwrite(str(tmp_path / "c.png"), frame(5))
    command = [sys.executable, "-m", "livedigits", "image", str(tmp_path / "c.png"), "--profile", str(profile)]
    read = subprocess.run([*command, "--no-window", "--json", "-"], capture_output=True, text=True, check=True)
    assert [digit["digit"] for digit in json.loads(read.stdout)["digits"]] == [7]


# --- without a window


@pytest.fixture
def correcting(reader: Reader, tmp_path: Path) -> Iterator[tuple[Correcting, Result]]:
    watched = WatchedProfile(tmp_path / "hand.npz", reader.classifier)
    reads = Reader(reader.classifier, learned=watched)
    image = frame(0)
    yield Correcting(Teacher(watched), reads.read), Result(Frame(image, 0, 0.0, "a"), reads.read(image))


def click(correcting: Correcting, result: Result, x: int, y: int, to: tuple[int, int] | None = None) -> None:
    correcting.mouse(cv2.EVENT_LBUTTONDOWN, x, y)
    if to is not None:
        correcting.mouse(cv2.EVENT_MOUSEMOVE, *to)
    correcting.mouse(cv2.EVENT_LBUTTONUP, *(to or (x, y)))
    assert correcting.look(result, (720, 1280, 3), mirrored=True)


def test_a_click_in_a_mirrored_window_chooses_the_digit_that_is_seen_there(
    correcting: tuple[Correcting, Result],
) -> None:
    chooser, result = correcting
    click(chooser, result, 2 * (AT[0] + 100), 2 * (AT[1] + 100))
    assert chooser.box is None and not chooser.takes("7")
    click(chooser, result, 1280 - 2 * (AT[0] + 100), 2 * (AT[1] + 100))
    assert chooser.box == tuple(result.digits.boxes[0].tolist())
    assert chooser.takes("7") and chooser.takes("\xff") and not chooser.takes("m")
    result, said = chooser.press("7", result)
    assert result.digits.labels.tolist() == [7] and "1 crop" in said and chooser.box is None


def test_a_box_is_drawn_and_none_is_learned(correcting: tuple[Correcting, Result], tmp_path: Path) -> None:
    chooser, result = correcting
    left, right = 1280 - 2 * (AT[0] + 190), 1280 - 2 * (AT[0] + 10)
    click(chooser, result, left, 2 * (AT[1] + 10), (right, 2 * (AT[1] + 190)))
    assert chooser.box == (AT[0] + 10, AT[1] + 10, 180, 180)
    result, _ = chooser.press("n", result)
    assert len(result.digits) == 0
    assert file.load(tmp_path / "hand.npz")[0].labels.tolist() == [NO_DIGIT]


def test_a_box_without_ink_is_said_and_stays(correcting: tuple[Correcting, Result], tmp_path: Path) -> None:
    chooser, result = correcting
    click(chooser, result, 10, 10, (60, 60))
    same, said = chooser.press("4", result)
    assert "no ink" in said and same is result and chooser.box is not None
    assert not (tmp_path / "hand.npz").exists()
