from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs import recorder, video
from livedigits.outputs.recorder import Recording
from livedigits.types import Digits, Frame, Result
from tests.outputs.test_sinks import SEVEN, seconds, times


class Clock:
    """A clock that the test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(recorder.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def said() -> list[str]:
    return []


def frame(time: float, value: int = 90) -> Frame:
    return Frame(np.full((320, 480, 3), value, np.uint8), round(time * 1000), time, "0")


def write(sink: Recording, clock: Clock, *moments: float, digits: Digits = SEVEN) -> None:
    """Frames that arrive at these times, s."""
    for moment in moments:
        clock.now = 100.0 + moment
        sink.write(Result(frame(moment), digits))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_takes_are_files_of_their_own_named_by_the_time(here: Path, clock: Clock, said: list[str]) -> None:
    with Recording(report=said.append) as sink:
        write(sink, clock, 1.0, 2.0)
        assert list(here.iterdir()) == []
        for first in (3.0, 6.0):
            sink.toggle()
            write(sink, clock, first, first + 0.5, first + 1.0)
            sink.toggle()
        write(sink, clock, 9.0)
    takes = sorted(here.glob("livedigits-*.mp4"))
    assert len(takes) == 2 and len(list(here.iterdir())) == 2
    for take in takes:
        assert times(take)[:3] == [0.0, 0.5, 1.0]
    assert sorted(said) == [f"recorded {take.name}" for take in takes]


def test_a_take_lasts_until_it_is_stopped_although_nothing_came(here: Path, clock: Clock) -> None:
    with Recording() as sink:
        sink.start()
        assert sink.seconds == 0.0
        write(sink, clock, 3.0, 3.1, 8.0)
        clock.now += 7.0
        assert sink.seconds == pytest.approx(12.0)
        sink.stop()
        assert sink.seconds == 0.0
    (take,) = here.glob("*.mp4")
    assert times(take)[:3] == [0.0, 0.1, 5.0]
    assert seconds(take) == pytest.approx(12.0, abs=0.1)


def test_the_first_take_begins_at_once_and_later_ones_go_beside_it(tmp_path: Path, clock: Clock) -> None:
    with Recording(tmp_path / "out.mkv") as sink:
        assert sink.on
        write(sink, clock, 1.0, 2.0)
        sink.toggle()
        sink.toggle()
        write(sink, clock, 3.0, 4.0)
    assert sorted(path.name.split("-")[0] for path in tmp_path.glob("*.mkv")) == ["livedigits", "out.mkv"]


def test_a_take_without_frames_leaves_no_file(here: Path, clock: Clock, said: list[str]) -> None:
    with Recording(report=said.append) as sink:
        sink.start()
    assert list(here.iterdir()) == []
    assert len(said) == 1 and "nothing" in said[0]


def test_the_dot_of_the_window_is_not_in_the_recording(here: Path, clock: Clock) -> None:
    with Recording() as sink:
        sink.start()
        write(sink, clock, 1.0, 2.0, digits=Digits.empty())
    image = cv2.VideoCapture(str(next(here.glob("*.mp4")))).read()[1]
    assert np.abs(image.astype(int) - 90).max() < 8


def test_a_first_take_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LivedigitsError, match="missing"), Recording(tmp_path / "missing" / "out.mp4"):
        pass


def test_a_folder_that_cannot_be_written_is_told_and_reading_goes_on(
    here: Path, clock: Clock, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recording(report=said.append) as sink:
        monkeypatch.setattr(recorder, "next_take", lambda first: here / "missing" / "take.mp4")
        sink.start()
        assert not sink.on and sink.failed
        write(sink, clock, 1.0)
    assert "missing" in sink.notice and "missing" in said[-1]


def fail(*_: object) -> None:
    raise LivedigitsError("cannot write out.mp4: No space left on device")


def test_a_full_disk_ends_the_take_and_not_the_reading(
    here: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: queue.Queue[str] = queue.Queue()
    with Recording(report=said.put) as sink:
        sink.start()
        write(sink, clock, 1.0)
        with monkeypatch.context() as broken:
            broken.setattr(video.VideoFile, "write", fail)
            write(sink, clock, 2.0)
            assert said.get(timeout=30) == "recording stopped: cannot write out.mp4: No space left on device"
        assert not sink.on and sink.failed and sink.seconds == 0.0
        write(sink, clock, *range(3, 20))
        sink.start()  # there is room again
        write(sink, clock, 20.0, 21.0)
    assert said.get().startswith("recorded ")


def test_an_encoder_that_fails_in_the_end_is_told(
    here: Path, clock: Clock, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video.VideoFile, "hold", fail)
    with Recording(report=said.append) as sink:
        sink.start()
        write(sink, clock, 1.0)
    assert sink.failed and said == ["recording stopped: cannot write out.mp4: No space left on device"]


def test_a_slow_encoder_leaves_frames_out_and_holds_nobody_up(
    here: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    original = video.VideoFile.write

    def slow(*arguments: Any) -> None:
        go_on.wait()
        original(*arguments)

    monkeypatch.setattr(video.VideoFile, "write", slow)
    with Recording() as sink:
        sink.start()
        write(sink, clock, *(i / 10 for i in range(50)))  # would wait for ever
        go_on.set()
    (take,) = here.glob("*.mp4")
    assert len(times(take)) <= recorder.AHEAD + 2  # of the encoder, of the queue, and the last held
    assert seconds(take) == pytest.approx(4.9, abs=0.1)
