from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from livedigits.outputs.changes import STEADY, Changes, News
from livedigits.recognition.tracker import FORGOTTEN
from livedigits.types import FieldEvent, FieldState, FieldValue, Frame, Result
from tests.outputs.numbers import page

BLANK = np.zeros((1, 1, 3), np.uint8)
FPS = 16.0  # whose frames' times are exact
STEADY_FRAMES, FORGOTTEN_FRAMES = math.ceil(STEADY * FPS), math.ceil(FORGOTTEN * FPS)


def frame(index: int, source: str = "0", at: float | None = None) -> Frame:
    return Frame(BLANK, index, index / FPS, source, at=at)


def told(*texts: tuple[str, ...], source: str = "0") -> dict[int, News]:
    """The news of frames that hold these numbers, by the frames' indices."""
    changes = Changes()
    news = {i: changes.update(Result(frame(i, source), page(*each))) for i, each in enumerate(texts)}
    return {i: each for i, each in news.items() if each is not None}


def texts(news: News) -> tuple[list[str], list[str]]:
    return [number.text for number in news.numbers], [number.text for number in news.new]


def value(text: str, state: FieldState = "read", event: FieldEvent | None = None) -> FieldValue:
    return FieldValue(text, int(text) if text.isdecimal() else None, 0.9, state, (0, 0, 9, 9), event=event)


def told_of(*fields: dict[str, FieldValue]) -> dict[int, dict[str, str]]:
    """The texts of fields in the news, by the frames' indices."""
    changes = Changes()
    news = {i: changes.update(Result(frame(i), page(), each)) for i, each in enumerate(fields)}
    return {i: {n: v.text for n, v in each.result.fields.items()} for i, each in news.items() if each is not None}


def test_a_number_is_news_once_it_has_stayed_for_a_moment_and_once_only() -> None:
    news = told(*[("12", "9")] * 30)
    assert list(news) == [STEADY_FRAMES]
    assert texts(news[STEADY_FRAMES]) == (["12", "9"], ["12", "9"])


def test_a_number_read_wrongly_for_a_moment_is_no_news() -> None:
    news = told(*[("12",)] * 10, ("72",), ("72",), *[("12",)] * 10)
    assert list(news) == [STEADY_FRAMES]


def test_a_number_that_changes_is_new_and_one_beside_it_is_not() -> None:
    news = told(*[("12", "9")] * 10, *[("13", "9")] * 40)
    assert list(news) == [STEADY_FRAMES, 10 + STEADY_FRAMES]
    assert texts(news[10 + STEADY_FRAMES]) == (["13", "9"], ["13"])


def test_a_number_is_gone_when_it_was_not_seen_for_long_and_not_when_it_is_hidden_for_a_moment() -> None:
    news = told(*[("12", "9")] * 10, *[("12",)] * 8, *[("12", "9")] * 10, *[("12",)] * 30)
    assert {i: texts(each) for i, each in news.items()} == {
        STEADY_FRAMES: (["12", "9"], ["12", "9"]),
        28 + FORGOTTEN_FRAMES: (["12"], []),
    }


@pytest.mark.parametrize(
    "place, taken",
    [((99, 69), True), ((100, 40), False), ((40, 70), False), ((1, 11), True), ((0, 40), False), ((40, 10), False)],
)
def test_a_number_is_gone_at_once_where_a_new_one_takes_part_of_its_place(place: tuple[int, int], taken: bool) -> None:
    changes, news = Changes(), {}
    for i in range(20):
        digits, (x, y) = (page("12"), (50, 40)) if i < 10 else (page("7"), place)
        digits = replace(digits, numbers=(replace(digits.numbers[0], box=(x, y, 50, 30)),))
        told = changes.update(Result(frame(i), digits))
        news |= {i: [each.text for each in told.numbers]} if told else {}
    assert news.pop(STEADY_FRAMES) == ["12"]
    assert sorted(news.pop(10 + STEADY_FRAMES)) == (["7"] if taken else ["12", "7"])


def test_two_numbers_of_the_same_digits_are_two() -> None:
    news = told(*[("12",)] * 10, *[("12", "12")] * 10)
    assert [texts(each) for each in news.values()] == [(["12"], ["12"]), (["12", "12"], ["12"])]


def test_an_empty_page_is_news_and_so_is_one_that_was_emptied() -> None:
    news = told(*[()] * 10, *[("12",)] * 10, *[()] * 40)
    assert [texts(each) for each in news.values()] == [([], []), (["12"], ["12"]), ([], [])]


def test_another_source_begins_anew_and_so_does_the_same_one_again() -> None:
    changes = Changes()
    seen = []
    for source in ("a.mp4", "b.mp4", "b.mp4"):
        for i in range(10):
            news = changes.update(Result(frame(i, source), page("12")))
            seen += [] if news is None else [(source, i)]
    assert seen == [("a.mp4", STEADY_FRAMES), ("b.mp4", STEADY_FRAMES), ("b.mp4", STEADY_FRAMES)]


def test_each_picture_is_news() -> None:
    changes = Changes(every=True)
    results = [Result(frame(0, f"{i}.png"), page("12")) for i in range(3)]
    assert [texts(changes.update(each)) for each in results] == [(["12"], ["12"])] * 3  # type: ignore[arg-type]


def test_fields_are_told_when_all_are_known_and_then_when_one_changes() -> None:
    both = {"home": value("12"), "guest": value("9")}
    frames = [*[both] * 10, *[{**both, "home": value("13")}] * 10, *[{**both, "home": value("13", "refused")}] * 10]
    assert told_of(*frames) == {
        STEADY_FRAMES: {"home": "12", "guest": "9"},
        10 + STEADY_FRAMES: {"home": "13", "guest": "9"},
        20 + STEADY_FRAMES: {"home": "13", "guest": "9"},  # its state has changed
    }


def test_that_a_value_settles_is_no_change() -> None:
    settled = value("12", "settled", FieldEvent("settled", "12"))
    assert list(
        told_of(*[{"home": value("12")}] * 10, {"home": settled}, *[{"home": value("12", "settled")}] * 10)
    ) == [STEADY_FRAMES]


def test_a_field_that_never_stays_the_same_does_not_keep_the_others_from_being_told() -> None:
    fields = [{"home": value("12"), "guest": value(str(i))} for i in range(60)]
    news = told_of(*fields[:30], *[{**each, "home": value("13")} for each in fields[30:]])
    assert [(i, each["home"]) for i, each in news.items()] == [(FORGOTTEN_FRAMES, "12"), (30 + STEADY_FRAMES, "13")]


def test_what_a_field_was_read_as_for_a_moment_is_in_no_news_of_another() -> None:
    steady = {"home": value("12"), "guest": value("9")}
    flicker = {"home": value("12"), "guest": value("4")}
    frames = [*[steady] * 10, *[{**steady, "home": value("13")}] * STEADY_FRAMES, {**flicker, "home": value("13")}]
    assert told_of(*frames)[10 + STEADY_FRAMES] == {"home": "13", "guest": "9"}


def test_what_has_settled_by_its_own_rules_is_told_at_once() -> None:
    before, after = value("12", "settled"), value("13", "settled", FieldEvent("changed", "13", "12"))
    assert list(told_of(*[{"home": before}] * 10, {"home": after})) == [STEADY_FRAMES, 10]
    refused = replace(value("72", "refused"), event=FieldEvent("refused", "72", "12"))
    assert list(told_of(*[{"home": before}] * 10, {"home": refused}, {"home": before})) == [STEADY_FRAMES]


@pytest.mark.parametrize("at", [None, 1764000000.0])
def test_values_are_json(at: float | None) -> None:
    numbers = News(Result(frame(3, "desk-\udcff.mp4", at), page("12")), page("12").numbers, ()).values()
    assert json.loads(json.dumps(numbers)) == numbers
    assert list(numbers) == ["source", "frame", "time", *(["at"] if at else []), "numbers"]
    assert numbers["source"] == "desk-\ufffd.mp4"
    assert numbers["numbers"] == [{"text": "12", "confidence": pytest.approx(0.9), "complete": True}]
    fields = News(Result(frame(3, at=at), page("5"), {"home": value("12")}), (), ()).values()
    assert "numbers" not in fields and fields["fields"]["home"]["value"] == 12
