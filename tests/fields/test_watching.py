"""Fields of a video: what did not change is not read again, values settle, and a hand takes nothing away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from livedigits import Reader
from livedigits.fields.definition import Field, FieldSet, Settle, rectangle
from livedigits.fields.form import Form
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import MOST, Pictures, Watching
from livedigits.training.evaluation.field_takes import counted, take
from livedigits.types import FieldValue, Frame
from tests import pages


class Counting(FieldReader):
    """A reader that counts what it reads."""

    count = 0

    def read(self, image, corners, asked, erase=None):
        self.count += 1
        return super().read(image, corners, asked, erase)


@pytest.fixture
def fields(reader: Reader) -> Counting:
    return Counting(reader, confidence=0.5)


REGION = rectangle(30, 90, 240, 120)


def page(text: str) -> np.ndarray:
    return pages.page(text, 60, size=(640, 360))[0]


def noisy(image: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def watched(watching: Watching, images: Sequence[np.ndarray], start: int = 0) -> list[dict[str, FieldValue]]:
    return [watching(Frame(image, start + i, (start + i) / 30, "desk")) for i, image in enumerate(images)]


def test_a_field_that_looks_as_before_is_not_read_again(fields):
    watching = Watching(fields, FieldSet((Field("home", REGION, Form("##")),)))
    values = watched(watching, [noisy(page("12"), i) for i in range(20)])
    assert fields.count == 1
    assert {value["home"].text for value in values} == {"12"} and values[-1]["home"].since == 0.0
    values = watched(watching, [noisy(page("17"), i) for i in range(5)], 20)
    assert fields.count == 2 and values[-1]["home"].text == "17" and values[-1]["home"].since == 20 / 30


def test_a_value_settles_by_frames_that_were_read_and_then_rests(fields):
    rules = Settle(frames=4, seconds=0.1)
    watching = Watching(fields, FieldSet((Field("home", REGION, Form("##"), settle=rules),)))
    values = watched(watching, [noisy(page("12"), i) for i in range(20)])
    assert [value["home"].state for value in values] == ["read"] * 3 + ["settled"] * 17
    assert fields.count == 4
    assert [value["home"].event for value in values if value["home"].event is not None] == [("settled", "12", None)]


def test_many_fields_that_change_at_once_take_turns(fields):
    names = [str(i) for i in range(3 * MOST)]
    watching = Watching(fields, FieldSet(tuple(Field(name, REGION, Form("##")) for name in names)))
    watched(watching, [page("12")])
    assert fields.count == len(names)  # nothing is known yet
    counts = []
    for i in range(4):
        values = watched(watching, [page("17")], 1 + i)[0]
        counts.append(sum(value.text == "17" for value in values.values()))
    assert counts == [MOST, 2 * MOST, 3 * MOST, 3 * MOST]
    assert fields.count == 2 * len(names)


def test_frames_of_another_size_begin_anew(fields):
    rules = Settle(frames=1, seconds=0.0)
    watching = Watching(fields, FieldSet((Field("home", REGION, Form("##"), settle=rules),)))
    assert watched(watching, [page("12")])[0]["home"].state == "settled"
    larger = np.full((400, 700, 3), 228, np.uint8)
    assert watched(watching, [larger], 1)[0]["home"].state == "missing"


def test_pictures_are_each_for_themselves(fields):
    rules = Settle(frames=1, seconds=0.0)
    pictures = Pictures(fields, FieldSet((Field("home", REGION, Form("##"), settle=rules),)))
    for text in ("12", "17"):
        value = pictures(Frame(page(text), 0, 0.0, "a.png"))["home"]
        assert (value.text, value.state, value.since, value.event) == (text, "read", None, None)
        assert value.box == (30, 90, 240, 120)


def test_a_field_outside_of_the_picture_is_missing_with_an_empty_box(fields):
    away = Field("home", rectangle(700, 90, 100, 50))
    for read in (Pictures(fields, FieldSet((away,))), Watching(fields, FieldSet((away,)))):
        value = read(Frame(page("12"), 0, 0.0, "a.png"))["home"]
        assert value.state == "missing" and value.box[2] == 0


@pytest.mark.slow
def test_a_score_is_followed_with_a_hand_before_the_board(reader):
    score = counted(FieldReader(reader), take(11, None, last=12))
    assert score.wrong == 0
    assert score.recovered < 1.0
    assert sum(delay <= 0.5 for delay in score.delays) >= 11
