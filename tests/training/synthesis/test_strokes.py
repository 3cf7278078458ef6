"""Our own handwriting, and other people's from a file."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.pens import plain_pen
from tests.pages import inked


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def same(a: strokes.Character, b: strokes.Character) -> bool:
    if len(a.strokes) != len(b.strokes):
        return False
    return all(np.array_equal(s, t) for s, t in zip(a.strokes, b.strokes, strict=True))


def is_normalised(character: strokes.Character) -> bool:
    points = np.concatenate(character.strokes)
    low, high = points.min(0), points.max(0)
    finite = bool(np.all(np.isfinite(points))) and all(
        s.dtype == np.float32 and s.shape[1] == 2 for s in character.strokes
    )
    return finite and np.allclose(low, 0, atol=1e-5) and bool(np.isclose(high.max(), 1, atol=1e-5))


@pytest.mark.parametrize("label", range(10))
def test_digits_of_many_hands(label: int) -> None:
    generator = rng(label)
    for _ in range(60):
        character = strokes.digit(label, generator)
        assert is_normalised(character)
        assert (character.label, character.name) == (label, str(label))
        assert 0.5 < character.size < 2.5
        ink = inked(character, 40, plain_pen("pen", 3), generator)
        assert ink.max() > 0.9
        assert 0.02 < ink.mean() < 0.7


@pytest.mark.parametrize("label", range(10))
def test_digits_have_several_forms(label: int) -> None:
    generator = rng(label)
    # a tidy upright hand differs from another such hand by its forms, not by accident
    counts = {len(strokes.digit(label, generator).strokes) for _ in range(300)}
    assert len(counts) == (1 if label in (2, 3, 6) else 2)


def test_same_seed_same_character() -> None:
    for make in (lambda g: strokes.digit(4, g), strokes.other):
        first, again, different = make(rng(7)), make(rng(7)), make(rng(8))
        assert same(first, again)
        assert not same(first, different)


def test_one_hand_writes_alike() -> None:
    generator = rng(5)

    def spread(hands: list[strokes.Hand]) -> float:
        written = [strokes.digit(7, generator, hand) for hand in hands]
        ink = [inked(c, 30, plain_pen("pen", 3), generator) for c in written]
        pictures = np.zeros((len(ink), 60, 60), np.float32)
        for picture, shape in zip(pictures, ink, strict=True):
            picture[: shape.shape[0], : shape.shape[1]] = shape
        return float(pictures.std(0).mean())

    everybody = [strokes.new_hand(generator, tidy=1.0) for _ in range(40)]
    assert spread([everybody[0]] * 40) < 0.75 * spread(everybody)


def test_writer_is_the_hand() -> None:
    generator = rng(1)
    hand = strokes.new_hand(generator)
    assert {strokes.digit(k, generator, hand).writer for k in range(10)} == {hand.seed}


@pytest.mark.slow
def test_others_are_no_digits() -> None:
    generator = rng(2)
    marks = [strokes.other(generator) for _ in range(1500)]
    assert all(mark.label == -1 and is_normalised(mark) for mark in marks)
    names = {mark.name for mark in marks}
    lookalikes = set("OoIlSsZzbqgy|")
    assert not names & lookalikes
    assert set(string.ascii_letters) - lookalikes - names == set()
    assert {"+", "-", "÷", "=", "/", "(", ")", ",", ".", ":", "?", "!", "#", "%", "<", ">"} <= names
    assert {"arrow", "tick", "scribble", "underline", "circle", "crossing-out"} <= names
    assert {strokes.other(generator, lookalike=True).name for _ in range(300)} == lookalikes


def test_a_mark_by_its_name() -> None:
    for name in ("A", "l", "+", "scribble"):
        assert strokes.other(rng(), name=name).name == name
    with pytest.raises(KeyError):
        strokes.other(rng(), name="8")


@pytest.mark.slow
def test_small_marks_stay_small() -> None:
    generator = rng(4)
    marks = [strokes.other(generator) for _ in range(800)]
    assert all(mark.size < 0.5 and mark.top > 0.6 for mark in marks if mark.name in ",.")
    assert all(mark.size > 0.6 for mark in marks if mark.name in ("A", "H", "?"))


def test_polyline_places_characters_on_a_line() -> None:
    character = strokes.Character([np.array([[0, 0], [0.5, 1]], np.float32)], 1, 0, "1", size=0.5, top=0.5)
    (line,) = strokes.polyline(character, 100, x=20, y=10)
    assert line.tolist() == [[20, 60], [45, 110]]


def file_of(path: Path, **changes: Any) -> Path:
    """Two digits, a 7 with a bar and a 1, as a file of pen strokes with `changes`; None takes an array away."""
    arrays: dict[str, Any] = {
        "points": np.array([[10, 90], [50, 90], [30, 10], [15, 50], [45, 50], [60, 90], [60, 50]], np.int16),
        "stroke_end": np.array([3, 5, 7], np.int32),
        "digit_end": np.array([5, 7], np.int32),
        "label": np.array([7, 1], np.uint8),
        "writer": np.array([3, 4], np.uint8),
    }
    arrays.update(changes)
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


def test_load_digits(tmp_path: Path) -> None:
    seven, one = strokes.load(file_of(tmp_path / "a.npz"))
    assert (seven.label, seven.writer, seven.name) == (7, 3, "7")
    assert (one.label, one.writer) == (1, 4)
    assert [len(stroke) for stroke in seven.strokes] == [3, 2]
    assert seven.strokes[0].tolist() == [[0, 0], [0.5, 0], [0.25, 1]]  # the bar of the 7 is above: y was turned round
    assert one.strokes[0].tolist() == [[0, 0], [0, 1]]
    assert is_normalised(seven) and is_normalised(one)


def test_load_letters(tmp_path: Path) -> None:
    names = {"label": None, "writer": None, "name": np.array(["A", "B"]), "drawer": np.array([1, 2])}
    first, second = strokes.load(file_of(tmp_path / "a.npz", **names))
    assert (first.label, first.name, first.writer) == (-1, "A", 1)
    assert (second.label, second.name, second.writer) == (-1, "B", 2)
    assert first.strokes[0].tolist() == [[0, 1], [0.5, 1], [0.25, 0]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"points": None}, "has no points"),
        ({"writer": None}, "has no writer"),
        ({"points": np.zeros((7, 3))}, "points must be"),
        ({"points": np.full((7, 2), np.nan)}, "points must be"),
        ({"stroke_end": np.array([5, 3, 7])}, "must be indices"),
        ({"stroke_end": np.array([3, 5, 9])}, "must be indices"),
        ({"digit_end": np.array([4, 7])}, "must be indices"),
        ({"digit_end": np.array([], np.int32)}, "must be indices"),
        ({"label": np.array([7, 12])}, "from 0 to 9"),
        ({"label": np.array([7])}, "1 names"),
        ({"points": np.array([{}], object)}, "cannot be read"),
    ],
)
def test_load_refuses_what_does_not_fit(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    path = file_of(tmp_path / "bad.npz", **changes)
    with pytest.raises(LivedigitsError, match=f"bad.npz.*{says}"):
        strokes.load(path)


def test_load_refuses_what_is_no_file_of_strokes(tmp_path: Path) -> None:
    whole = file_of(tmp_path / "whole.npz").read_bytes()
    contents = {"text.npz": b"hello", "empty.npz": b"", "short.npz": whole[: len(whole) // 2]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "array.npy", np.zeros(3))
    for name in [*contents, "array.npy", "missing.npz", "."]:
        with pytest.raises(LivedigitsError) as error:
            strokes.load(tmp_path / name)
        assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)
