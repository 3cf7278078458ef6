from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from livedigits.fields.following import LONGEST_PAUSE, Following
from livedigits.fields.registration import Registration
from tests.fields import sheets

SIZE = 800, 600


@pytest.fixture(scope="module")
def registration() -> Registration:
    return Registration(sheets.sheet())


@pytest.fixture
def searches(registration: Registration, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done beyond a glance, in order: "whole" pictures searched, "near" the last place."""
    done: list[str] = []

    def counted(name: str, method: Callable[..., object]) -> Callable[..., object]:
        return lambda *given: (done.append(name), method(*given))[1]

    monkeypatch.setattr(registration, "place", counted("whole", registration.place))
    monkeypatch.setattr(registration.alignment, "confirmed", counted("near", registration.alignment.confirmed))
    return done


def frame(real: np.ndarray, seed: int = 1, fill: int = 1) -> np.ndarray:
    return sheets.photo(sheets.filled(sheets.sheet(), fill), real, SIZE, seed)


def test_a_camera_that_stands_still_is_only_glanced_at(registration: Registration, searches: list[str]) -> None:
    following, real = Following(registration), sheets.placed(12, 15, SIZE)
    first = following.place(frame(real))
    assert first is not None and searches == ["whole", "near"]
    for seed in (2, 3):  # other noise, and other writing
        assert following.place(frame(real, seed, seed)) is first
    assert len(searches) == 2


def test_a_nudged_camera_is_followed(registration: Registration, searches: list[str]) -> None:
    following = Following(registration)
    following.find(frame(sheets.placed(4, 10, SIZE)))
    for angle, x, y in [(4, 6, 3), (5, 12, 8), (6, 22, -4)]:
        real = sheets.placed(angle, 10, SIZE, at=(x, y))
        found = following.find(frame(real))
        assert found is not None and sheets.off(found, real) < 2
    assert searches.count("whole") == 1


def test_a_camera_that_was_turned_away_finds_it_again(registration: Registration, searches: list[str]) -> None:
    following = Following(registration)
    following.find(frame(sheets.placed(0, 0, SIZE)))
    real = sheets.placed(170, 10, SIZE, share=0.7, at=(120, 40))
    found = following.find(frame(real))
    assert found is not None and sheets.off(found, real) < 2
    assert searches.count("whole") == 2


def test_a_hand_before_it_does_not_move_it(registration: Registration, searches: list[str]) -> None:
    following, real = Following(registration), sheets.placed(3, 5, SIZE)
    first = following.place(frame(real))
    for left in range(200, 400, 100):
        covered = frame(real, left)
        covered[170:, left : left + 120] = (110, 140, 190)
        assert following.place(covered) is first
    assert searches.count("whole") == 1


def test_what_is_covered_is_not_found_and_what_is_back_is_at_once(
    registration: Registration, searches: list[str]
) -> None:
    following, real = Following(registration), sheets.placed(3, 5, SIZE)
    first = following.place(frame(real))
    grey = np.full((600, 800, 3), 90, np.uint8)
    assert [following.place(grey) for _ in range(4 * LONGEST_PAUSE)] == [None] * 4 * LONGEST_PAUSE
    assert searches.count("whole") < 12  # not in every frame: a search takes as long as several
    assert following.place(frame(real, 9)) is first


def test_frames_of_another_size_are_searched_anew(registration: Registration) -> None:
    following = Following(registration)
    assert following.find(frame(sheets.placed(0, 0, SIZE))) is not None
    real = sheets.placed(0, 0, (720, 540))
    found = following.find(sheets.photo(sheets.sheet(), real, (720, 540)))
    assert found is not None and sheets.off(found, real) < 2
