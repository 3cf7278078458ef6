"""Digits: a checked struct of arrays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from livedigits import Digits
from livedigits.recognition.grouping import grouped
from livedigits.types import FieldValue, Frame, Result


def some(n: int, tracks: bool = True) -> Digits:
    return Digits(
        np.arange(4 * n, dtype=np.int32).reshape(n, 4),
        np.arange(n) % 10,
        np.linspace(0.5, 0.99, n).astype(np.float32),
        np.full((n, 10), 0.1, np.float32),
        np.arange(n) if tracks else None,
    )


@pytest.mark.parametrize("name", ["boxes", "labels", "confidences", "probabilities", "tracks"])
def test_arrays_of_another_length_are_refused(name):
    good = some(3)
    arrays = {f: getattr(good, f) for f in ("boxes", "labels", "confidences", "probabilities", "tracks")}
    arrays[name] = arrays[name][:, :3] if name == "boxes" else arrays[name][:2]
    with pytest.raises(ValueError, match=name):
        Digits(**arrays)


def test_json_follows_the_contract():
    row = some(2).to_json()[1]
    assert row == {"digit": 1, "confidence": 0.99, "box": [4, 5, 6, 7], "track": 1}
    assert [type(v) for v in row["box"]] == [int] * 4
    assert some(1, tracks=False).to_json()[0]["track"] is None


def test_selecting_and_iterating():
    digits = some(4)
    assert [d.digit for d in digits[digits.labels > 1]] == [2, 3]
    assert len(digits[2]) == 1 and next(iter(digits[2])).box == (8, 9, 10, 11)
    assert len(Digits.empty()) == 0 and list(Digits.empty()) == []


def row(text: str, *places: int) -> Digits:
    """Digits 20 px wide and 30 px high at these places from the left, with their numbers."""
    n = len(text)
    digits = Digits(
        np.array([(x, 10, 20, 30) for x in places], np.int32),
        np.array([int(digit) for digit in text]),
        np.linspace(0.5, 0.9, n).astype(np.float32),
        np.full((n, 10), 0.1, np.float32),
        np.arange(n),
    )
    return grouped(digits)


def texts(digits: Digits) -> list[tuple[str, tuple[int, ...]]]:
    return [(number.text, number.digits) for number in digits.numbers]


def test_numbers_are_those_that_were_given():
    assert texts(row("6127", 130, 0, 30, 160)) == [("12", (1, 2)), ("67", (0, 3))]
    assert some(3).numbers == () and Digits.empty().numbers == ()


def test_equality_compares_arrays_and_is_a_bool():
    assert (some(3) == some(3)) is True
    assert (some(3) != some(3)) is False
    assert some(3) != some(4)
    assert some(3) != some(3, tracks=False)
    assert some(3) != "123" and Digits.empty() == Digits.empty()
    for name in ("boxes", "labels", "confidences", "probabilities", "tracks"):
        array = getattr(some(3), name).copy()
        array[1] += 1
        assert some(3) != replace(some(3), **{name: array})
    digits = row("12", 0, 30)
    assert digits != replace(digits, numbers=())
    with pytest.raises(TypeError):
        hash(digits)


def test_a_selection_keeps_whole_numbers_with_their_new_places():
    digits = row("6127", 130, 0, 30, 160)
    assert texts(digits[[2, 0, 1]]) == [("12", (2, 0))]  # 67 has lost its 7
    assert texts(digits[digits.labels < 6]) == [("12", (0, 1))]
    assert texts(digits[1:]) == [("12", (0, 1))]
    assert texts(digits[0]) == [] and texts(digits[:0]) == []
    assert texts(digits[[1, 2, 2]]) == []  # which 2 it were would not be known
    assert digits[:] == digits
    assert texts(grouped(digits[[2, 0, 1]])) == [("12", (2, 0)), ("6", (1,))]


def test_reading_order_keeps_numbers_as_they_were_given():
    digits = row("6127", 130, 0, 30, 160)
    given = replace(digits, numbers=digits.numbers[::-1])
    ordered = given.in_reading_order()
    assert ordered.labels.tolist() == [6, 7, 1, 2]
    assert [number.digits for number in ordered.numbers] == [(0, 1), (2, 3)]
    assert ordered.tracks is not None and ordered.tracks.tolist() == [0, 3, 1, 2]
    assert len(Digits.empty().in_reading_order()) == 0


def test_reading_order_loses_no_digit_without_a_number():
    digits = row("6127", 130, 0, 30, 160)
    assert digits[[0, 2, 1]].in_reading_order().labels.tolist() == [1, 2, 6]
    assert some(3).in_reading_order() == some(3)


def test_a_result_is_a_line_of_json():
    frame = Frame(np.zeros((60, 80, 3), np.uint8), 3, 0.123456, "a\udcff.png")
    line = Result(frame, row("12", 0, 30)).to_json()
    assert list(line) == ["source", "frame", "time", "width", "height", "digits", "numbers"]
    assert (line["source"], line["frame"], line["time"]) == ("a\ufffd.png", 3, 0.1235)
    assert (line["width"], line["height"]) == (80, 60)
    assert [digit["digit"] for digit in line["digits"]] == [1, 2]
    assert [number["text"] for number in line["numbers"]] == ["12"]
    assert Result(frame, some(2)) == Result(frame, some(2))


@pytest.mark.parametrize("complete", [True, False])
def test_json_says_whether_a_number_is_complete(complete):
    digits = row("12", 0, 30)
    given = replace(digits, numbers=tuple(replace(number, complete=complete) for number in digits.numbers))
    for same in (given, given[[1, 0]], given.scaled(2.0), given.mirrored(200), given.in_reading_order()):
        (number,) = Result(Frame(np.zeros((60, 80, 3), np.uint8), 0, 0.0, "a.png"), same).to_json()["numbers"]
        assert list(number) == ["text", "confidence", "box", "digits", "complete"]
        assert number["complete"] is complete


def test_mirroring_changes_places_and_nothing_that_was_read():
    digits = row("6127", 130, 0, 30, 160)
    mirrored = digits.mirrored(200)
    assert mirrored.boxes[:, 0].tolist() == [50, 180, 150, 20]
    for before, after in zip(digits.numbers, mirrored.numbers, strict=True):
        assert (after.text, after.digits, after.confidence) == (before.text, before.digits, before.confidence)
        assert after.line == before.line and after.angle == -before.angle
        assert after.box[0] == 200 - before.box[0] - before.box[2]
        assert after.baseline[0][0] < after.baseline[1][0]
    again = mirrored.mirrored(200)
    assert again.numbers == digits.numbers and (again.boxes == digits.boxes).all()


def test_scaling_scales_boxes_and_numbers_and_groups_nothing_anew():
    digits = row("6127", 130, 0, 30, 160)
    half = digits.scaled(0.5)
    assert half.boxes.dtype == np.int32 and half.boxes.tolist()[0] == [65, 5, 10, 15]
    assert [(n.text, n.digits) for n in half.numbers] == [(n.text, n.digits) for n in digits.numbers]
    assert half.numbers[0].box == (0, 5, 25, 15)
    assert half.numbers[0].baseline == tuple((x / 2, y / 2) for x, y in digits.numbers[0].baseline)


def test_a_live_source_says_when_by_the_clock():
    frame = Frame(np.zeros((60, 80, 3), np.uint8), 3, 1.5, "0", at=1764000000.25)
    line = Result(frame, some(1)).to_json()
    assert list(line)[2:4] == ["time", "at"]
    written = datetime.fromisoformat(line["at"])
    assert written.timestamp() == 1764000000.25 and written.tzinfo is not None


def test_fields_stand_in_json_where_they_were_asked_for():
    frame = Frame(np.zeros((60, 80, 3), np.uint8), 3, 1.5, "0")
    home = FieldValue("12", 12, 0.98123, "settled", (1, 2, 30, 40), 3.20001)
    clock = FieldValue("12:30", None, 0.5, "doubtful", (5, 6, 7, 8))
    line = Result(frame, some(1), {"home": home, "clock": clock}).to_json()
    assert line["fields"] == {
        "home": dict(text="12", value=12, confidence=0.9812, state="settled", box=[1, 2, 30, 40], since=3.2),
        "clock": dict(text="12:30", value=None, confidence=0.5, state="doubtful", box=[5, 6, 7, 8], since=None),
    }
    assert "fields" not in Result(frame, some(1)).to_json()
