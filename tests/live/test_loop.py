from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.live import following
from livedigits.live.following import Following, Single
from livedigits.live.loop import run
from livedigits.live.pace import Pace
from livedigits.live.summary import Summary
from livedigits.recognition.grouping import grouped
from livedigits.types import Digits, Frame, Result
from tests.sources.given import Given


def some(labels: list[int], boxes: list[tuple[int, int, int, int]] | None = None, tracks: bool = False) -> Digits:
    n = len(labels)
    boxes = [(40 * i, 10, 20, 30) for i in range(n)] if boxes is None else boxes
    return grouped(
        Digits(
            np.array(boxes, np.int32).reshape(n, 4),
            np.array(labels, np.int64),
            np.full(n, 0.9, np.float32),
            np.full((n, 10), 0.1, np.float32),
            np.arange(n, dtype=np.int64) if tracks else None,
        )
    )


def answering(answers: list[Digits]) -> Any:
    """What reads each frame as the digits that it was given for its index."""
    return lambda frame: SimpleNamespace(digits=answers[frame.index], turned=0)


def nothing(frame: Frame) -> SimpleNamespace:
    return SimpleNamespace(digits=Digits.empty(), turned=0)


class Recorder:
    def __init__(self) -> None:
        self.frames: list[int] = []

    def write(self, result: Result) -> None:
        self.frames.append(result.frame.index)


class FakeWindow:
    playing = None

    def __init__(self, frames: int = 1000) -> None:
        self.left = frames
        self.shown: list[tuple[str, float]] = []

    def show(self, result: Result, reading: Any, status: str = "", seconds: float = 0.0) -> bool:
        self.shown.append((status, seconds))
        self.left -= 1
        return self.left > 0


def frames(count: int, fps: float = 30.0) -> Iterator[Frame]:
    return (Frame(np.full((8, 8, 3), i, np.uint8), i, i / fps, "x", dropped=i // 2) for i in range(count))


def go(frames: Iterable[Frame], look: Any = nothing, *arguments: Any, timed: bool = True, **options: Any) -> Summary:
    return run(Given(frames, timed), look, *arguments, **options)


def test_every_sink_gets_every_frame_in_order() -> None:
    sinks = [Recorder(), Recorder()]
    summary = go(frames(5), nothing, sinks)
    assert [sink.frames for sink in sinks] == [list(range(5))] * 2
    assert summary.frames == 5
    assert summary.dropped == 2
    assert summary.signal == 0 and not summary.closed


def test_the_summary_counts_digits_and_names_tracks() -> None:
    answers = [some([7, 3], tracks=True)] * 3 + [some([7, 8], tracks=True)] + [some([7, 3], tracks=True)] * 2
    summary = go(frames(6), answering(answers))
    assert summary.digits == 12
    assert summary.counts[[3, 7, 8]].tolist() == [5, 6, 1]
    assert summary.tracks == [7, 3]
    assert summary.fps > 0


def test_tracks_seen_in_passing_are_not_named() -> None:
    answers = [some([7, 3], tracks=True)] * 2 + [some([7], tracks=True)] * 6
    assert go(frames(8), answering(answers)).tracks == [7]


def test_ctrl_c_waits_until_all_sinks_have_the_frame() -> None:
    first, last = Recorder(), Recorder()

    class Interrupted(Recorder):
        def write(self, result: Result) -> None:
            if result.frame.index == 3:
                os.kill(os.getpid(), signal.SIGINT)
            super().write(result)

    summary = go(frames(10), nothing, [first, Interrupted(), last])
    assert first.frames == last.frames == [0, 1, 2, 3]
    assert summary.signal == signal.SIGINT
    assert summary.frames == 4


def test_a_second_ctrl_c_does_not_wait() -> None:
    class Stuck(Recorder):
        def write(self, result: Result) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            super().write(result)

    sink = Stuck()
    assert go(frames(10), nothing, [sink]).signal == signal.SIGINT
    assert sink.frames == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_for_a_frame(number: signal.Signals) -> None:
    def source() -> Iterator[Frame]:
        yield from frames(2)
        os.kill(os.getpid(), number)
        signal.pause()

    before = signal.getsignal(number)
    summary = go(source(), nothing)
    assert summary.frames == 2
    assert summary.signal == number
    assert signal.getsignal(number) is before


def test_what_was_read_before_an_error_is_known() -> None:
    def source() -> Iterator[Frame]:
        yield from frames(3)
        raise LivedigitsError("the camera stopped")

    summary = Summary()
    with pytest.raises(LivedigitsError):
        go(source(), nothing, summary=summary)
    assert summary.frames == 3 and summary.seconds > 0


def test_the_window_ends_it() -> None:
    window, sink = FakeWindow(3), Recorder()
    summary = go(frames(10), nothing, [sink], window)
    assert summary.closed
    assert sink.frames == [0, 1, 2]


def test_a_picture_stays_until_a_key_is_pressed() -> None:
    window = FakeWindow()
    go(frames(2), nothing, [], window, timed=False)
    assert window.shown == [("", float("inf"))] * 2


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def test_a_file_plays_no_faster_than_it_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), Pace()
    assert pace.seconds_early(0.0) == 0.0
    clock.now += 0.25
    assert pace.seconds_early(1.0) == pytest.approx(0.75)


def test_a_file_goes_on_from_where_it_was_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), Pace()
    pace.seconds_early(0.0)
    clock.now += 60
    assert pace.seconds_early(1.0) == 0.0
    assert pace.seconds_early(1.5) == pytest.approx(0.5)


def test_a_camera_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    assert Pace(live=True).seconds_early(5.0) == 0.0


def test_without_a_window_a_file_can_be_paced_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(time, "sleep", sleep)
    go(frames(4, fps=10), nothing, paced=True)
    assert slept == pytest.approx([0.0, 0.1, 0.1, 0.1])
    go(frames(4, fps=10), nothing)
    assert len(slept) == 4


def test_tracks_that_are_taken_are_not_given_again() -> None:
    from livedigits import Reader
    from tests import pages

    page, _ = pages.page("407")
    shown: list[int] = []
    source = (Frame(page, i, i / 30, "x") for i in range(3))
    look = Following(Reader(), last_track=50)
    go(source, look, on_result=lambda result: shown.extend(d.track or 0 for d in result.digits))
    assert set(shown) == {51, 52, 53}


class FakeVideoReader:
    made: list[FakeVideoReader] = []

    def __init__(self, reader: Any, last_track: int = 0) -> None:
        self.last_track = last_track
        self.made.append(self)

    def look(self, image: np.ndarray, time: float, ahead: object = None) -> SimpleNamespace:
        return SimpleNamespace(digits=Digits.empty(), turned=0)


def test_another_size_begins_again_but_not_the_numbers_of_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "VideoReader", FakeVideoReader)
    images = [np.zeros((60, 80, 3), np.uint8)] * 3 + [np.zeros((30, 40, 3), np.uint8)] * 3
    go([Frame(image, i, i / 30, "0") for i, image in enumerate(images)], Following(SimpleNamespace(), 7))  # type: ignore[arg-type]
    assert [made.last_track for made in FakeVideoReader.made] == [7, 7]  # at the beginning, and once between


def test_pictures_are_each_read_for_themselves() -> None:
    calls: list[np.ndarray] = []
    reader = SimpleNamespace(look=lambda image: calls.append(image) or SimpleNamespace(digits=Digits.empty(), turned=0))
    go(frames(2), Single(reader), timed=False)  # type: ignore[arg-type]
    assert [image[0, 0, 0] for image in calls] == [0, 1]


def test_frames_a_second_are_those_of_the_last_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), Pace(live=True)
    assert pace.fps == 0.0
    for step in [1.0] * 40 + [0.05] * 40:
        clock.now += step
        pace.tick()
    assert pace.fps == pytest.approx(20)
    assert pace.status(3) == "20 fps   3 dropped"
