"""Writing whose digits are followed takes turns from frame to frame: a full page costs no more than a part of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from livedigits import Reader, VideoReader
from livedigits.recognition.strips import second_best_inside, windows_of
from livedigits.recognition.video_reader import IN_TURN, waiting
from tests.pages import touching

ROWS = np.array([[100, 50 * row, 300, 40] for row in range(12)], np.float32)


def test_each_writing_gets_its_turn_and_few_at_a_time() -> None:
    looked = np.array([~waiting(ROWS, frame) for frame in range(24)])
    assert looked.any(0).all() and looked.sum(1).max() < len(ROWS)
    apart = [np.diff(np.flatnonzero(row)).max() for row in looked.T]
    assert max(apart) == min(apart) > 1


def test_little_writing_is_looked_at_in_each_frame() -> None:
    assert windows_of(*ROWS[0, 2:]) <= IN_TURN
    assert not any(waiting(ROWS[:1], frame).any() for frame in range(5))
    assert not waiting(ROWS[:0], 0).any()


def test_touching_digits_that_are_followed_keep_their_tracks_while_others_have_their_turn(reader: Reader) -> None:
    image, truth = touching("48", 40, size=(900, 620), at=(60, 40), seed=2)
    x, y, _, h = truth[0][1]
    number = image[y - 8 : y + h + 8, x - 8 : x + 50].copy()
    for row in range(6):
        for column in range(5):
            top, left = 20 + 95 * row, 40 + 170 * column
            image[top : top + number.shape[0], left : left + number.shape[1]] = number
    image = (image + np.random.default_rng(0).normal(0, 4, image.shape)).clip(0, 255).astype(np.uint8)
    video = VideoReader(reader)
    read = [video.read(image, frame / 30) for frame in range(12)]
    shown = [dict(zip(digits.tracks.tolist(), digits.labels.tolist(), strict=True)) for digits in read[2:]]
    assert len(shown[0]) >= 40
    for before, after in pairwise(shown):
        assert before.items() <= after.items()


def test_what_holds_two_likely_digits_is_hardly_one() -> None:
    whole = np.array([[0, 0, 60, 40], [100, 0, 20, 40]], np.float32)
    proposed = np.array([[2, 2, 25, 36], [32, 2, 25, 36], [101, 2, 18, 36]], np.float32)
    several = second_best_inside(whole, proposed, np.array([0.9, 0.8, 0.95], np.float32))
    assert np.allclose(several, [0.8, 0.0])
    assert np.allclose(second_best_inside(whole, proposed[:1], np.array([0.9], np.float32)), 0)
