from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.live import loop
from livedigits.live.loop import Pace, run
from livedigits.recognition.grouping import grouped
from livedigits.types import Digits, Frame


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


class FakeReader:
    """Answers with the digits that it was given for the frame of each index."""

    def __init__(self, answers: list[Digits] | None = None) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def look(self, image: np.ndarray) -> SimpleNamespace:
        self.calls.append("picture")
        return self.answer(image)

    def answer(self, image: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(digits=self.answers[int(image[0, 0, 0])] if self.answers else Digits.empty())


class FakeVideoReader:
    def __init__(self, reader: FakeReader, last_track: int = 0) -> None:
        self.reader = reader
        self.last_track = last_track

    def look(self, image: np.ndarray, time: float) -> SimpleNamespace:
        self.reader.calls.append("frame")
        return self.reader.answer(image)


class Recorder:
    def __init__(self) -> None:
        self.frames: list[int] = []

    def write(self, frame: Frame, digits: Digits) -> None:
        self.frames.append(frame.index)


class FakeWindow:
    def __init__(self, frames: int = 1000) -> None:
        self.left = frames
        self.shown: list[tuple[str, float]] = []

    def show(self, frame: Frame, digits: Digits, reading: Any, status: str, seconds: float) -> bool:
        self.shown.append((status, seconds))
        self.left -= 1
        return self.left > 0


def frames(count: int, fps: float = 30.0) -> Iterator[Frame]:
    return (Frame(np.full((8, 8, 3), i, np.uint8), i, i / fps, "x", dropped=i // 2) for i in range(count))


def go(source: Any, reader: Any, *arguments: Any, **options: Any) -> loop.Summary:
    return run(source, reader, *arguments, make_video_reader=FakeVideoReader, **options)


def test_every_sink_gets_every_frame_in_order() -> None:
    sinks = [Recorder(), Recorder()]
    summary = go(frames(5), FakeReader(), sinks)
    assert [sink.frames for sink in sinks] == [list(range(5))] * 2
    assert summary.frames == 5
    assert summary.dropped == 2
    assert summary.signal == 0 and not summary.closed


def test_the_frames_of_videos_are_read_as_such() -> None:
    video, pictures = FakeReader(), FakeReader()
    go(frames(2), video)
    go(frames(2), pictures, follow=False)
    assert video.calls == ["frame", "frame"]
    assert pictures.calls == ["picture", "picture"]


def test_the_summary_counts_digits_and_names_tracks() -> None:
    answers = [some([7, 3], tracks=True)] * 3 + [some([7, 8], tracks=True)] + [some([7, 3], tracks=True)] * 2
    summary = go(frames(6), FakeReader(answers))
    assert summary.digits == 12
    assert summary.counts[[3, 7, 8]].tolist() == [5, 6, 1]
    assert summary.tracks == [7, 3]
    assert summary.fps > 0


def test_tracks_seen_in_passing_are_not_named() -> None:
    answers = [some([7, 3], tracks=True)] * 2 + [some([7], tracks=True)] * 6
    assert go(frames(8), FakeReader(answers)).tracks == [7]


def test_ctrl_c_waits_until_all_sinks_have_the_frame() -> None:
    first, last = Recorder(), Recorder()

    class Interrupted(Recorder):
        def write(self, frame: Frame, digits: Digits) -> None:
            if frame.index == 3:
                os.kill(os.getpid(), signal.SIGINT)
            super().write(frame, digits)

    summary = go(frames(10), FakeReader(), [first, Interrupted(), last])
    assert first.frames == last.frames == [0, 1, 2, 3]
    assert summary.signal == signal.SIGINT
    assert summary.frames == 4


def test_a_second_ctrl_c_does_not_wait() -> None:
    class Stuck(Recorder):
        def write(self, frame: Frame, digits: Digits) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            super().write(frame, digits)

    sink = Stuck()
    assert go(frames(10), FakeReader(), [sink]).signal == signal.SIGINT
    assert sink.frames == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting_for_a_frame(number: signal.Signals) -> None:
    def source() -> Iterator[Frame]:
        yield from frames(2)
        os.kill(os.getpid(), number)
        signal.pause()

    before = signal.getsignal(number)
    summary = go(source(), FakeReader())
    assert summary.frames == 2
    assert summary.signal == number
    assert signal.getsignal(number) is before


def test_what_was_read_before_an_error_is_known() -> None:
    def source() -> Iterator[Frame]:
        yield from frames(3)
        raise LivedigitsError("the camera stopped")

    summary = loop.Summary()
    with pytest.raises(LivedigitsError):
        go(source(), FakeReader(), summary=summary)
    assert summary.frames == 3 and summary.seconds > 0


def test_the_window_ends_it() -> None:
    window, sink = FakeWindow(3), Recorder()
    summary = go(frames(10), FakeReader(), [sink], window)
    assert summary.closed
    assert sink.frames == [0, 1, 2]


def test_a_picture_stays_until_a_key_is_pressed() -> None:
    window = FakeWindow()
    go(frames(2), FakeReader(), [], window, follow=False)
    assert window.shown == [("", float("inf"))] * 2


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(loop.time, "monotonic", lambda: self.now)


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

    monkeypatch.setattr(loop.time, "sleep", sleep)
    go(frames(4, fps=10), FakeReader(), paced=True)
    assert slept == pytest.approx([0.0, 0.1, 0.1, 0.1])
    go(frames(4, fps=10), FakeReader())
    assert len(slept) == 4


def test_tracks_that_are_taken_are_not_given_again() -> None:
    from livedigits import Reader
    from tests import pages

    page, _ = pages.page("407")
    shown: list[int] = []
    source = (Frame(page, i, i / 30, "x") for i in range(3))
    run(source, Reader(), tracks=50, on_frame=lambda frame, digits: shown.extend(d.track or 0 for d in digits))
    assert set(shown) == {51, 52, 53}


def test_frames_a_second_are_those_of_the_last_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pace = Clock(monkeypatch), Pace(live=True)
    assert pace.fps == 0.0
    for step in [1.0] * 40 + [0.05] * 40:
        clock.now += step
        pace.tick()
    assert pace.fps == pytest.approx(20)
    assert pace.status(3) == "20 fps   3 dropped"
