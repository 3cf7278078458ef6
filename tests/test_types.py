"""Digits: a checked struct of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits import Digits


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
    """Digits 20 px wide and 30 px high at these places from the left."""
    n = len(text)
    return Digits(
        np.array([(x, 10, 20, 30) for x in places], np.int32),
        np.array([int(digit) for digit in text]),
        np.linspace(0.5, 0.9, n).astype(np.float32),
        np.full((n, 10), 0.1, np.float32),
        np.arange(n),
    )


def test_digits_know_their_numbers():
    digits = row("6127", 130, 0, 30, 160)
    assert [number.text for number in digits.numbers] == ["12", "67"]
    assert [number.digits for number in digits.numbers] == [(1, 2), (0, 3)]
    assert Digits.empty().numbers == ()


def test_a_choice_of_digits_is_grouped_anew():
    assert [number.text for number in row("123", 0, 30, 60)[[0, 1]].numbers] == ["12"]


def test_reading_order_keeps_numbers_as_they_were_given():
    digits = row("6127", 130, 0, 30, 160)
    given = digits.with_numbers(tuple(digits.numbers[i] for i in (1, 0)))
    ordered = given.in_reading_order()
    assert ordered.labels.tolist() == [6, 7, 1, 2]
    assert [number.digits for number in ordered.numbers] == [(0, 1), (2, 3)]
    assert ordered.tracks is not None and ordered.tracks.tolist() == [0, 3, 1, 2]
    assert len(Digits.empty().in_reading_order()) == 0


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
