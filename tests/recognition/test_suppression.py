"""suppress: one digit where regions share ink, and none that is no digit."""

from __future__ import annotations

import numpy as np

from livedigits.recognition.suppression import suppress, survivors
from livedigits.types import Digits


def probabilities(*rows: tuple[int, float]) -> np.ndarray:
    out = np.zeros((len(rows), 11), np.float32)
    for i, (label, p) in enumerate(rows):
        out[i, label] = p
        out[i, 10] += 1 - p if label != 10 else 0
    return out


def chosen(boxes: np.ndarray, read: np.ndarray, min_confidence: float) -> Digits:
    return suppress(boxes, 1 - read[:, 10], read, min_confidence)


def test_no_digit_is_left_out():
    boxes = np.array([[0, 0, 20, 30], [100, 0, 20, 30]], np.int32)
    digits = chosen(boxes, probabilities((10, 0.99), (4, 0.9)), 0.5)
    assert digits.labels.tolist() == [4]
    assert len(chosen(boxes, probabilities((10, 0.99), (4, 0.4)), 0.5)) == 0


def test_the_whole_wins_over_its_piece():
    boxes = np.array([[20, 0, 8, 40], [0, 0, 30, 40]], np.int32)  # the stem of a 4, and the 4
    digits = chosen(boxes, probabilities((1, 0.95), (4, 0.93)), 0.5)
    assert digits.labels.tolist() == [4]


def test_two_halves_win_over_a_doubtful_whole():
    boxes = np.array([[0, 0, 60, 40], [0, 0, 30, 40], [30, 0, 30, 40]], np.int32)
    digits = chosen(boxes, probabilities((0, 0.55), (1, 0.97), (0, 0.98)), 0.5)
    assert sorted(digits.labels.tolist()) == [0, 1]


def test_nothing_in_nothing_out():
    assert len(chosen(np.empty((0, 4), np.int32), np.empty((0, 11), np.float32), 0.5)) == 0


def test_the_halves_of_a_round_digit_are_no_two_digits():
    boxes = np.array([[0, 0, 114, 116], [0, 0, 66, 116], [40, 0, 74, 116]], np.int32)
    digits = chosen(boxes, probabilities((0, 0.97), (0, 0.99), (0, 0.98)), 0.5)
    assert digits.boxes.tolist() == [[0, 0, 114, 116]]
    # but a doubtful whole, two digits in one, does not hide them
    digits = chosen(boxes, probabilities((0, 0.6), (0, 0.99), (0, 0.98)), 0.5)
    assert len(digits) == 2


def test_a_weak_digit_counts_between_others_of_its_number():
    boxes = np.array([[0, 0, 22, 40], [30, 0, 22, 40], [60, 0, 22, 40], [300, 0, 22, 40]], np.int32)
    read = probabilities((2, 0.97), (7, 0.4), (6, 0.98), (5, 0.4))
    digits = suppress(boxes, 1 - read[:, 10], read, 0.6, between=0.3)
    assert sorted(digits.labels.tolist()) == [2, 6, 7]  # not the 5, which stands alone
    read = probabilities((2, 0.97), (7, 0.2), (6, 0.98), (5, 0.4))
    assert sorted(suppress(boxes, 1 - read[:, 10], read, 0.6, between=0.3).labels.tolist()) == [2, 6]
    read = probabilities((2, 0.97), (7, 0.98), (6, 0.4), (5, 0.4))  # at the end of a number it may be a letter
    assert sorted(suppress(boxes, 1 - read[:, 10], read, 0.6, between=0.3).labels.tolist()) == [2, 7]


def test_of_two_regions_of_one_digit_the_one_of_the_frame_before_stays():
    boxes = np.array([[20, 20, 40, 60], [20, 8, 40, 72]], np.int32)  # a 7, and the same with a stroke above it
    read = probabilities((7, 0.98), (7, 0.98))
    for i in (0, 1):
        before = boxes[i : i + 1] + np.array([1, -1, 1, 0])  # it moved a little
        digits = suppress(boxes, 1 - read[:, 10], read, 0.5, expected=before)
        assert digits.boxes.tolist() == boxes[i : i + 1].tolist()


def test_a_much_likelier_whole_wins_over_the_piece_of_the_frame_before():
    boxes = np.array([[0, 0, 20, 40], [0, 0, 40, 40]], np.int32)
    read = probabilities((1, 0.7), (4, 0.98))
    digits = suppress(boxes, 1 - read[:, 10], read, 0.5, expected=boxes[:1])
    assert digits.labels.tolist() == [4]


def test_regions_that_lie_apart_are_kept_surest_first():
    boxes = np.array([[0, 0, 20, 40], [2, 0, 20, 40], [100, 0, 20, 40], [200, 0, 20, 40]], np.int32)
    read = probabilities((1, 0.7), (1, 0.6), (4, 0.98), (5, 0.2))
    assert survivors(boxes, 1 - read[:, 10], read, 0.5).tolist() == [2, 0]


def test_a_part_that_explains_nearly_all_ink_wins_over_the_whole():
    boxes = np.array([[10, 30, 40, 60], [10, 0, 40, 90]], np.int32)  # a 7, and it with a speck far above
    read = probabilities((7, 0.97), (7, 0.98))
    for share, box in ((0.95, boxes[0]), (0.6, boxes[1])):
        digits = suppress(boxes, 1 - read[:, 10], read, 0.5, explained=lambda whole, part, share=share: share)
        assert digits.boxes.tolist() == [box.tolist()]
    read = probabilities((7, 0.6), (7, 0.98))  # a doubtful part is no digit that could stand alone
    digits = suppress(boxes, 1 - read[:, 10], read, 0.5, explained=lambda whole, part: 0.95)
    assert digits.boxes.tolist() == [boxes[1].tolist()]


def test_digits_that_touch_may_overlap_like_slanted_neighbours():
    boxes = np.array([[0, 0, 40, 60], [19, 0, 40, 60]], np.int32)  # each half in the other
    read = probabilities((7, 0.95), (6, 0.9))
    assert len(suppress(boxes, 1 - read[:, 10], read, 0.5)) == 1
    for touching in ([True, True], [False, True]):
        digits = suppress(boxes, 1 - read[:, 10], read, 0.5, touching=np.array(touching))
        assert digits.labels.tolist() == [7, 6]


def test_proposals_of_one_digit_are_one_digit():
    boxes = np.array([[0, 0, 40, 60], [8, 2, 40, 58], [4, 20, 30, 36]], np.int32)  # again, and a piece of it
    read = probabilities((6, 0.95), (8, 0.9), (0, 0.9))
    digits = suppress(boxes, 1 - read[:, 10], read, 0.5, touching=np.ones(3, bool))
    assert digits.labels.tolist() == [6]


def test_a_weak_proposal_counts_at_the_end_of_a_number():
    boxes = np.array([[0, 0, 22, 40], [30, 0, 22, 40], [60, 0, 22, 40]], np.int32)
    read = probabilities((2, 0.97), (7, 0.95), (6, 0.4))
    for touching, labels in ((False, [2, 7]), (True, [2, 7, 6])):
        digits = suppress(boxes, 1 - read[:, 10], read, 0.6, between=0.3, touching=np.array([False, False, touching]))
        assert digits.labels.tolist() == labels
