"""The place and the speed of a video in the window, and how sure digits must be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.live.asking import Asking
from livedigits.live.pace import Pace
from livedigits.live.playing import Playing
from livedigits.recognition.reader import Reader
from tests.live.shown import Shown, film
from tests.profiles.hand import drawing

SIZE = (640, 360)
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def four(tmp_path: Path) -> str:
    """20 s of a 4, ten frames a second."""
    image = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    image[60:260, 100:300] = drawing(4)
    return film(tmp_path / "four.avi", [image] * 200)


@pytest.mark.slow
def test_a_video_is_gone_through_by_keys_and_on_its_bar(display: str, four: str) -> None:
    with Shown(display, "video", four, "--no-profile") as shown:
        shown.press("space")
        held = shown.wait(lambda said: said["paused"])
        at = held["frame"]
        for key, to in (("Right", at + 50), ("period", at + 51), ("comma", at + 50), ("Left", at), ("Home", 0)):
            shown.press(key)
            said = shown.wait(lambda said, to=to: said["frame"] == to and said["digits"] == [4])
            assert said["paused"]
        shown.press("End")
        assert 185 < shown.wait(lambda said: said["frame"] > 60)["frame"] < 200
        shown.move(SIZE[0] / 2, SIZE[1] - 2)
        shown.do("click", "1")
        assert 95 <= shown.wait(lambda said: said["frame"] < 180)["frame"] <= 105
        shown.press("bracketright")
        assert shown.wait(lambda said: "x 2" in said["place"])["notice"] == "2 times its speed"
        shown.press("plus")
        assert shown.wait(lambda said: "digits from" in said["notice"])["digits"] == [4]
        shown.press("q")
        assert shown.process.wait(30) == 0


@pytest.mark.slow
def test_what_is_saved_is_neither_left_out_nor_repeated(display: str, four: str, tmp_path: Path) -> None:
    with Shown(display, "video", four, "--no-profile", "--json", str(tmp_path / "read.jsonl")) as shown:
        shown.press("Right")
        shown.press("space")
        assert shown.wait(lambda said: said["paused"])["place"] is None
        shown.press("q")
        assert shown.process.wait(30) == 0
    lines = (tmp_path / "read.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 60


def test_no_key_leaves_the_video() -> None:
    playing = Playing("film.avi", 10.0, 20.0, 10.0)
    playing.now = 11.0
    playing.press("left")
    assert playing.jump == 10.0
    playing.now = 19.0
    playing.press("right")
    assert playing.jump is not None and 18.5 < playing.jump < 20.0
    for _ in range(9):
        playing.press("]")
    assert playing.speed == 8.0 and playing.status == "0:19 / 0:20   x 8"
    assert playing.press("x") is None


def test_a_file_is_played_faster_and_slower() -> None:
    pace = Pace()
    pace.play(2.0)
    pace.seconds_early(5.0)
    assert pace.seconds_early(15.0) == pytest.approx(5.0, abs=0.5)
    pace.play(0.5)
    assert pace.seconds_early(15.0) == pytest.approx(0.0, abs=0.5)
    assert pace.seconds_early(16.0) == pytest.approx(2.0, abs=0.5)


def test_digits_that_are_less_sure_come_and_go(reader: Reader) -> None:
    image = cv2.imread(str(SAMPLES / "squared.jpg"))
    assert image is not None
    taken: list[Reader] = []
    asking = Asking(reader, [taken.append])
    said = [asking.change(1) for _ in range(20)]
    few = asking.read(image)
    assert said[-1] == "digits from 95% on" and said[0] != said[-1]
    assert taken[-1].min_confidence == pytest.approx(0.95) and reader.min_confidence < 0.9
    assert asking.change(-19) == "digits from 5% on"
    assert len(asking.read(image)) > len(few) > 0
