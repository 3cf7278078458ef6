from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits import Reader
from livedigits.outputs.events import EventLog, Events
from livedigits.recognition.grouping import grouped
from livedigits.recognition.tracker import FORGOTTEN
from livedigits.recognition.video_reader import VideoReader
from livedigits.types import Digits, FieldEvent, FieldValue, Frame, Result
from tests import pages

FPS = 10.0
BLANK = np.zeros((1, 1, 3), np.uint8)


def shown(*digits: tuple[int, int], at: tuple[int, ...] = ()) -> Digits:
    """Digits (track, label) side by side, as close as in a number, or at the x given."""
    n = len(digits)
    x = at or tuple(40 * i for i in range(n))
    return grouped(
        Digits(
            np.array([(x[i], 10, 30, 50) for i in range(n)], np.int32).reshape(n, 4),
            np.array([label for _, label in digits], np.int64),
            np.full(n, 0.9, np.float32),
            np.full((n, 10), 0.1, np.float32),
            np.array([track for track, _ in digits], np.int64),
        )
    )


def frame(index: int, source: str = "desk.mp4") -> Frame:
    return Frame(BLANK, index, index / FPS, source)


def logged(*frames: Digits, end: bool = False) -> list[dict[str, Any]]:
    log = EventLog()
    events = [event for i, digits in enumerate(frames) for event in log.update(Result(frame(i), digits))]
    return events + (log.end() if end else [])


def of_digits(events: list[dict[str, Any]]) -> list[tuple[str, int, int, int]]:
    return [(e["event"], e["frame"], e["track"], e["digit"]) for e in events if "digit" in e]


def of_numbers(events: list[dict[str, Any]]) -> list[tuple[str, int, list[int], str]]:
    return [(e["event"], e["frame"], e["tracks"], e["number"]) for e in events if "number" in e]


NOTHING = shown()
FORGOTTEN_FRAMES = int(FORGOTTEN * FPS)


def test_a_digit_appears_once_and_says_all_about_itself() -> None:
    seven = shown((3, 7))
    (digit,) = [e for e in logged(NOTHING, seven, seven, seven) if "digit" in e]
    assert digit == {
        "event": "appeared",
        "source": "desk.mp4",
        "frame": 1,
        "time": 0.1,
        "track": 3,
        "digit": 7,
        "confidence": 0.9,
        "box": [0, 10, 30, 50],
    }


def test_a_digit_that_is_read_otherwise_has_changed() -> None:
    events = logged(shown((1, 1)), shown((1, 1)), shown((1, 7)), shown((1, 7)))
    assert of_digits(events) == [("appeared", 0, 1, 1), ("changed", 2, 1, 7)]
    assert [e["was"] for e in events if e["event"] == "changed"] == [1, "1"]


def test_a_digit_is_gone_once_its_track_is_forgotten_and_not_before() -> None:
    seven = shown((1, 7))
    frames = [seven, seven, *[NOTHING] * (FORGOTTEN_FRAMES + 3)]
    for last in range(len(frames)):
        events = logged(*frames[: last + 1])
        assert (("gone", last, 1, 7) in of_digits(events)) == (last == 2 + FORGOTTEN_FRAMES)
    (gone,) = [e for e in logged(*frames) if e["event"] == "gone" and "digit" in e]
    assert (gone["since"], gone["until"]) == (0.0, 0.1)


def test_a_digit_that_returns_with_its_track_was_never_gone() -> None:
    seven = shown((1, 7))
    events = logged(seven, *[NOTHING] * (FORGOTTEN_FRAMES - 2), seven, seven)
    assert of_digits(events) == [("appeared", 0, 1, 7)]
    assert of_numbers(events) == [("appeared", 0, [1], "7")]


def test_at_the_end_all_are_gone() -> None:
    events = logged(shown((1, 7), (2, 3), at=(0, 400)), end=True)
    assert of_digits(events)[2:] == [("gone", 0, 1, 7), ("gone", 0, 2, 3)]
    assert of_numbers(events)[2:] == [("gone", 0, [1], "7"), ("gone", 0, [2], "3")]


@pytest.mark.parametrize("following", [frame(0, "other.mp4"), frame(0), frame(1)])
def test_another_source_ends_the_one_before(following: Frame) -> None:
    log = EventLog()
    log.update(Result(frame(0), shown((1, 7))))
    log.update(Result(frame(1), shown((1, 7))))
    events = [e for e in log.update(Result(following, shown((1, 4)))) if "digit" in e]
    assert [(e["event"], e["source"], e["frame"], e["digit"]) for e in events] == [
        ("gone", "desk.mp4", 1, 7),
        ("appeared", following.source, following.index, 4),
    ]


def test_a_number_goes_on_while_it_grows_and_when_it_is_read_otherwise() -> None:
    events = logged(shown((1, 2)), shown((1, 2), (2, 7)), shown((1, 2), (2, 7), (3, 6)), shown((1, 2), (2, 1), (3, 6)))
    assert of_numbers(events) == [
        ("appeared", 0, [1], "2"),
        ("changed", 1, [1, 2], "27"),
        ("changed", 2, [1, 2, 3], "276"),
        ("changed", 3, [1, 2, 3], "216"),
    ]


def test_a_number_goes_on_as_the_one_with_most_of_its_digits() -> None:
    together = shown((1, 2), (2, 7), (3, 6))
    apart = shown((1, 2), (2, 7), (3, 6), at=(0, 600, 640))
    assert of_numbers(logged(together, apart, together)) == [
        ("appeared", 0, [1, 2, 3], "276"),
        ("appeared", 1, [1], "2"),
        ("changed", 1, [2, 3], "76"),
        ("changed", 2, [1, 2, 3], "276"),
        ("gone", 2, [1], "2"),
    ]


@pytest.mark.parametrize(
    "event, value",
    [
        (FieldEvent("settled", "42", ""), 42),
        (FieldEvent("changed", "42", "41"), 42),
        (FieldEvent("refused", "42", "41"), None),
        (FieldEvent("settled", "41", ""), None),  # what is read by now is another
    ],
)
def test_what_happens_to_a_field_is_told_as_it_is(event: FieldEvent, value: int | None) -> None:
    now = FieldValue("42", 42, 0.97, "read", (5, 6, 70, 80), event=event)
    (told,) = EventLog().update(Result(frame(3), NOTHING, {"meter": now}))
    assert told == {
        "event": event.kind,
        "source": "desk.mp4",
        "frame": 3,
        "time": 0.3,
        "field": "meter",
        "text": event.text,
        "value": value,
        "confidence": 0.97,
        "box": [5, 6, 70, 80],
        "was": event.was,
    }


def test_pictures_have_no_events() -> None:
    assert EventLog().update(Result(frame(0), replace(shown((1, 7)), tracks=None))) == []


def test_each_event_is_in_the_file_at_once_and_the_rest_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with Events(path) as sink:
        sink.write(Result(frame(0), shown((1, 7))))
        assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["appeared"] * 2
        sink.write(Result(frame(1), shown((1, 7))))
        assert path.read_text().count("\n") == 2
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["appeared"] * 2 + ["gone"] * 2


def test_the_reader_and_the_log_agree_on_what_is_gone(reader: Reader) -> None:
    page, truth = pages.page("407")
    blank = np.full_like(page, 228)
    video = VideoReader(reader)
    log = EventLog()
    events = []
    pictures = [page] * 5 + [blank] * 7 + [page] * 5 + [blank] * 15 + [page] * 5
    for i, image in enumerate(pictures):
        events += log.update(Result(frame(i), video.read(image, i / FPS)))
    digits = [e for e in events if "digit" in e]
    gone = [e for e in digits if e["event"] == "gone"]
    appeared = [e for e in digits if e["event"] == "appeared"]
    # after 0.7 s they come back, after 1.5 s they are others
    assert sorted(e["digit"] for e in gone) == sorted(label for label, _ in truth)
    assert [e["frame"] >= 17 for e in gone] == [True] * 3
    assert len(appeared) == 6 and len({e["track"] for e in appeared}) == 6


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "livedigits", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_events_of_a_video_on_standard_output() -> None:
    sample = Path(__file__).parents[2] / "samples" / "sheet.mp4"
    result = run("video", sample, "--no-window", "--start", 4, "--end", 4.5, "--events", "-")
    assert result.returncode == 0
    events = [json.loads(line) for line in result.stdout.splitlines()]
    digits = [e for e in events if "digit" in e]
    assert sorted(e["digit"] for e in digits if e["event"] == "appeared") == list(range(10))
    assert sorted(e["digit"] for e in digits if e["event"] == "gone") == list(range(10))
    assert {e["source"] for e in events} == {str(sample)}
    assert "frames in" in result.stderr  # what is for people stays out of the way
