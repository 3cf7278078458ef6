"""Writing whose digits are followed takes turns from frame to frame: a full page costs no more than a part of it."""

from __future__ import annotations

import numpy as np

from livedigits.recognition.strips import second_best_inside, windows_of
from livedigits.recognition.video_reader import IN_TURN, waiting

ROWS = np.array([[100, 50 * row, 300, 40] for row in range(12)], np.float32)
INSIDE = np.array([[x, 50 * row + 2, 25, 36] for row in range(12) for x in (110, 200)], np.float32)


def test_writing_without_digits_that_are_followed_never_waits() -> None:
    assert not any(waiting(ROWS, INSIDE[:0], frame).any() for frame in range(5))


def test_each_writing_gets_its_turn_and_few_at_a_time() -> None:
    waits = np.array([waiting(ROWS, INSIDE, frame) for frame in range(24)])
    looked = ~waits
    assert looked.any(0).all() and looked.sum(1).max() < len(ROWS)
    apart = [np.diff(np.flatnonzero(row)).max() for row in looked.T]
    assert max(apart) == min(apart) > 1


def test_new_writing_is_looked_at_beside_what_waits() -> None:
    new = np.concatenate([ROWS, [[500, 20, 300, 40]]]).astype(np.float32)
    assert not any(waiting(new, INSIDE, frame)[-1] for frame in range(12))


def test_a_short_page_is_looked_at_in_each_frame() -> None:
    assert windows_of(*ROWS[0, 2:]) <= IN_TURN
    assert not any(waiting(ROWS[:1], INSIDE, frame).any() for frame in range(5))


def test_what_holds_two_likely_digits_is_hardly_one() -> None:
    whole = np.array([[0, 0, 60, 40], [100, 0, 20, 40]], np.float32)
    proposed = np.array([[2, 2, 25, 36], [32, 2, 25, 36], [101, 2, 18, 36]], np.float32)
    several = second_best_inside(whole, proposed, np.array([0.9, 0.8, 0.95], np.float32))
    assert np.allclose(several, [0.8, 0.0])
    assert np.allclose(second_best_inside(whole, proposed[:1], np.array([0.9], np.float32)), 0)
