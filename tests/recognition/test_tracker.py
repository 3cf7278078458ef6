"""track: identity and steady labels on made-up motion."""

from __future__ import annotations

import numpy as np

from livedigits.recognition.tracker import Tracker
from livedigits.types import Digits


def seen(*digits: tuple[int, float, float], confidence: float = 0.97, size: int = 40) -> Digits:
    """Digits (label, x, y) as the reader finds them in one frame."""
    n = len(digits)
    probabilities = np.full((n, 10), (1 - confidence) / 9, np.float32)
    for i, (label, *_) in enumerate(digits):
        probabilities[i, label] = confidence
    boxes = np.array([(x, y, size * 0.7, size) for _, x, y in digits]).reshape(n, 4).astype(np.int32)
    labels = np.array([d[0] for d in digits], np.int64)
    return Digits(boxes, labels, np.full(n, confidence, np.float32), probabilities)


SIZE = (1280, 720)


def run(frames: list[Digits], fps: float = 30.0) -> list[Digits]:
    tracker = Tracker(0.6)
    return [tracker.update(f, i / fps, SIZE) for i, f in enumerate(frames)]


def test_identity_stays_while_the_sheet_moves():
    frames = [seen((7, 100 + 14 * i, 50), (3, 160 + 14 * i, 52), (3, 220 + 14 * i, 50)) for i in range(20)]
    shown = run(frames)
    assert all(len(s) == 3 for s in shown[1:])
    order = [s.tracks[np.argsort(s.boxes[:, 0])].tolist() for s in shown[1:]]
    assert all(o == order[0] for o in order)


def test_boxes_do_not_trail():
    shown = run([seen((7, 100 + 14 * i, 50)) for i in range(20)])
    assert abs(int(shown[-1].boxes[0, 0]) - (100 + 14 * 19)) <= 2


def test_one_wrong_frame_does_not_change_the_label():
    frames = [seen((1, 100, 50)) for _ in range(10)] + [seen((7, 100, 50), confidence=0.7)] + [seen((1, 100, 50))]
    assert [s.labels.tolist() for s in run(frames)] == [[1]] * 12


def test_lasting_evidence_changes_it():
    frames = [seen((1, 100, 50))] * 5 + [seen((7, 100, 50))] * 15
    assert run(frames)[-1].labels.tolist() == [7]


def test_a_flash_of_doubt_is_not_shown():
    frames = [seen(), seen((4, 300, 80), confidence=0.65), seen(), seen()]
    assert [len(s) for s in run(frames)] == [0, 0, 0, 0]


def test_a_doubtful_digit_is_not_shown_for_its_best_frame():
    frames = [seen((4, 300, 80), confidence=0.65)] + [seen((4, 300, 80), confidence=0.4)] * 10
    assert [len(s) for s in run(frames)] == [0] * 11


def test_a_digit_missed_for_a_moment_stays_and_one_that_left_goes():
    frames = [seen((4, 100, 50))] * 5 + [seen()] * 2 + [seen((4, 102, 50))] + [seen()] * 12
    shown = run(frames)
    assert all(len(s) == 1 for s in shown[1:8])
    assert len({int(s.tracks[0]) for s in shown[1:8]}) == 1
    assert len(shown[-1]) == 0


def test_missed_digits_move_along_with_the_sheet():
    both = [seen((4, 100 + 10 * i, 50), (9, 200 + 10 * i, 50)) for i in range(8)]
    one = [seen((9, 200 + 10 * i, 50)) for i in range(8, 11)]
    shown = run(both + one)[-1]
    assert len(shown) == 2
    assert abs(int(shown.boxes[:, 0].min()) - 200) <= 8


def test_another_digit_is_another_track():
    shown = run([seen((4, 100, 50))] * 3 + [seen()] * 40 + [seen((4, 100, 50))] * 3)
    assert shown[2].tracks[0] != shown[-1].tracks[0]


def test_an_empty_video_shows_nothing():
    assert [len(s) for s in run([seen()] * 3)] == [0, 0, 0]
    assert run([seen()])[0].tracks is not None


def test_a_digit_that_leaves_the_frame_is_cut_off_at_its_edge_and_then_gone():
    # the 7 is no longer found once it touches the edge, the 3 on the same sheet is
    frames = [seen((7, 1110 + 30 * i, 50), (3, 500 + 30 * i, 50)) for i in range(5)]
    frames += [seen((3, 650 + 30 * i, 50)) for i in range(5)]
    shown = run(frames)
    boxes = np.concatenate([s.boxes for s in shown])
    assert (boxes[:, :2] >= 0).all() and ((boxes[:, :2] + boxes[:, 2:]) <= SIZE).all()
    assert (boxes[:, 2] < 28).any()
    assert shown[-1].labels.tolist() == [3]


def test_a_digit_that_became_doubtful_is_no_longer_shown():
    shown = run([seen((7, 100, 50))] * 5 + [seen((7, 100, 50), confidence=0.2)] * 20)
    assert len(shown[4]) == 1 and len(shown[-1]) == 0


def test_two_regions_of_one_digit_found_in_turn_are_one_track():
    # the whole 0, then only its left part, in turn, as regions of different levels are
    frames = [seen((0, 100, 50)), seen((0, 100, 50))]
    frames += [seen((0, 100 + 12 * (i % 2), 50), (3, 300, 50), size=(40, 24)[i % 2]) for i in range(12)]
    shown = run(frames)
    for s in shown[3:]:
        assert sorted(s.labels.tolist()) == [0, 3]


def test_tracks_are_numbered_in_the_order_in_which_they_came_and_each_has_one_digit():
    shown = run(
        [seen((7, 100, 50))] * 3 + [seen((7, 100, 50), (7, 112, 50))] * 3 + [seen((7, 100, 50), (3, 400, 50))] * 3
    )
    assert shown[2].tracks is not None and shown[-1].tracks is not None
    first = int(shown[2].tracks[0])
    assert first >= 0 and max(shown[-1].tracks) > first
    for digits in shown:
        assert digits.tracks is not None and len(set(digits.tracks.tolist())) == len(digits)


def test_a_digit_that_is_not_sure_is_shown_from_its_second_sighting_on():
    shown = run([seen((7, 100, 50), confidence=0.7)] * 3)
    assert [len(digits) for digits in shown] == [0, 1, 1]
