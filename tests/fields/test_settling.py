"""When a value has settled, what may follow it, and the ways back."""

from __future__ import annotations

from collections.abc import Sequence

from livedigits.fields.definition import Settle
from livedigits.fields.settling import Read, Settling, Shown

RULES = Settle(frames=5, seconds=0.1, step=3, falls=False, recover=15)


def read(what: int | str) -> Read:
    """A reading: a number; "" for nothing, "?12" for a doubtful 12, "!12" for one that no rule fits."""
    if isinstance(what, int):
        return Read(str(what), what, 0.97, "read")
    if what.startswith("?"):
        return Read(what[1:], int(what[1:]), 0.5, "doubtful")
    if what.startswith("!"):
        return Read(what[1:], None, 0.0, "refused")
    return Read("", None, 0.0, "missing" if not what else "unregistered")


def shown(readings: Sequence[int | str], rules: Settle | None = RULES, fps: float = 30.0) -> list[Shown]:
    settling = Settling(rules)
    return [settling.update(read(what), i / fps) for i, what in enumerate(readings)]


def events(values: Sequence[Shown]) -> list[tuple[str, str, str | None]]:
    return [tuple(value.event) for value in values if value.event is not None]


def test_a_value_settles_once_it_was_read_alike_for_long_enough():
    values = shown([""] * 3 + [12] * 6)
    assert [value.state for value in values] == ["missing"] * 3 + ["read"] * 4 + ["settled"] * 2
    assert values[-1].text == "12" and values[-1].value == 12
    assert values[-1].since == 0.1 and values[4].since == 0.1  # from the first frame on that showed it
    assert events(values) == [("settled", "12", None)]


def test_frames_alone_are_not_enough_where_seconds_are_asked_for():
    values = shown([12] * 40, Settle(frames=5, seconds=1.0))
    assert [value.state for value in values].index("settled") == 30


def test_another_reading_between_begins_the_count_anew():
    assert all(value.state == "read" for value in shown([12, 12, 12, 12, 13, 12, 12, 12, 12]))


def test_one_wrong_frame_changes_nothing_that_has_settled():
    values = shown([12] * 6 + [72] + [12] * 3 + ["?17", "", "!123"] + [12])
    assert {value.text for value in values[5:]} == {"12"} and {value.state for value in values[5:]} == {"settled"}
    assert len(events(values)) == 1


def test_what_the_rules_allow_follows():
    values = shown([12] * 6 + [15] * 6)
    assert events(values) == [("settled", "12", None), ("changed", "15", "12")]
    assert values[-1].since == 0.2


def test_what_the_rules_forbid_is_refused_and_told_once():
    for forbidden in (16, 11):
        values = shown([12] * 6 + [forbidden] * 10 + [12] * 3)
        assert {value.text for value in values[5:]} == {"12"}
        assert events(values) == [("settled", "12", None), ("refused", str(forbidden), "12")]


def test_a_wrong_start_does_not_lock_the_right_value_out():
    values = shown([80] * 6 + [1] * 20)
    assert [value.text for value in values[6:]] == ["80"] * 14 + ["1"] * 6
    assert events(values) == [("settled", "80", None), ("refused", "1", "80"), ("recovered", "1", "80")]


def test_a_wrong_start_does_not_lock_a_value_out_that_goes_on_counting():
    counting = [n // 6 for n in range(60)]  # each shows for 6 frames, fewer than recover
    values = shown([80] * 6 + counting)
    assert [event for event in events(values) if event[0] != "refused"][1:3] == [
        ("recovered", "2", "80"),
        ("changed", "3", "2"),
    ]
    assert values[-1].text == "9"


def test_misreadings_that_do_not_follow_each_other_never_take_over():
    values = shown([12] * 6 + [70, 3, 55, 41, 90] * 20)
    assert {value.text for value in values[5:]} == {"12"}


def test_a_hand_before_it_hides_nothing_that_has_settled():
    values = shown([12] * 6 + [""] * 4 + ["!1", "?1"] * 8 + [12] * 3)
    assert {value.text for value in values[5:]} == {"12"}


def test_what_is_wiped_out_is_missing_after_a_while_and_its_rules_go_on():
    values = shown([12] * 6 + [""] * 20 + [1] * 8 + [13] * 6)
    assert values[20].state == "missing" and values[19].state == "settled"
    assert [value.state for value in values[26:34]] == ["read"] * 8  # a fall is no settled value at once
    assert values[-1].text == "13" and values[-1].state == "settled"
    assert events(values) == [
        ("settled", "12", None),
        ("changed", "", "12"),
        ("refused", "1", "12"),
        ("changed", "13", "12"),
    ]


def test_the_same_value_settles_again_after_it_was_gone():
    values = shown([12] * 6 + [""] * 20 + [12] * 6)
    assert events(values) == [("settled", "12", None), ("changed", "", "12"), ("settled", "12", None)]


def test_without_rules_each_frame_counts():
    values = shown([12, 12, 70, "", "!123", "!123", 12], rules=None)
    assert [value.text for value in values] == ["12", "12", "70", "", "123", "123", "12"]
    assert [value.since for value in values[:3]] == [0.0, 0.0, 2 / 30]
    assert events(values) == [("refused", "123", None)]


def test_texts_that_are_no_numbers_may_follow_each_other():
    settling = Settling(Settle(frames=2, seconds=0.0))
    for i, text in enumerate(["12:30", "12:30", "12:31", "12:31"]):
        value = settling.update(Read(text, None, 0.9, "read"), i / 30)
    assert value.text == "12:31" and value.event is not None and value.event.kind == "changed"


def test_a_scene_that_is_not_found_says_nothing_and_changes_nothing():
    values = shown([12] * 6 + ["unregistered"] * 40 + [12])
    assert {value.state for value in values[6:46]} == {"unregistered"}
    assert values[-1].state == "settled" and values[-1].text == "12"
