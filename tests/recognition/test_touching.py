"""Numbers whose digits touch, cross or overlap: each digit gets its box and its label, in pictures and in videos."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

import livedigits
from livedigits import Reader, VideoReader
from livedigits.recognition.grouping import text
from livedigits.recognition.reader import FULL_SCAN, scan
from tests.pages import overlap, page, ruled, touching

NUMBERS = ["00", "27", "35", "48", "64", "83", "92", "10", "000", "510", "408", "672"]
PAPER = (225, 230, 232)

Truth = list[tuple[int, tuple[int, int, int, int]]]


def right(truth: Truth, digits: livedigits.Digits) -> int:
    """How many digits have a box and their label; each box counts once."""
    left = list(digits)
    count = 0
    for label, box in truth:
        own = next((d for d in left if d.digit == label and overlap(d.box, box) >= 0.5), None)
        if own is not None:
            left.remove(own)
            count += 1
    return count


def grainy(image: np.ndarray, sigma: float = 4.0) -> np.ndarray:
    """The page as a camera sees it: it is not taken for a drawing."""
    return (image + np.random.default_rng(0).normal(0, sigma, image.shape)).clip(0, 255).astype(np.uint8)


def share_right(reader: Reader, made: list[tuple[np.ndarray, Truth]]) -> tuple[float, float]:
    """Share of the digits that are read, and boxes that are none for each digit."""
    found = [(truth, reader.read(image)) for image, truth in made]
    count = sum(len(truth) for truth, _ in found)
    hits = sum(right(truth, digits) for truth, digits in found)
    return hits / count, (sum(len(digits) for _, digits in found) - hits) / count


def many(**given: object) -> list[tuple[np.ndarray, Truth]]:
    return [touching(number, seed=seed, **given) for seed, number in enumerate(NUMBERS)]  # type: ignore[arg-type]


def test_the_numbers_of_these_tests_are_each_one_contour() -> None:
    for height in (16, 60):
        for image, truth in many(height=height):
            ink = (np.abs(image.astype(int) - PAPER).max(2) > 70).astype(np.uint8)
            assert cv2.connectedComponents(ink)[0] == 2
            assert all(overlap(a, b) < 0.5 for (_, a), (_, b) in zip(truth, truth[1:], strict=False))


# --- pictures


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("height", [16, 24, 40, 120])
def test_pairs_and_triples_at_any_size(height: int, light: bool, reader: Reader) -> None:
    made = [(255 - image if light else image, truth) for image, truth in many(height=height)]
    read, false = share_right(reader, made)
    assert read >= 0.8
    assert false <= 0.15


def test_pairs_that_fill_the_frame(reader: Reader) -> None:
    made = [touching(number, 300, seed=seed) for seed, number in enumerate(["00", "27", "48", "83", "92"])]
    assert share_right(reader, made)[0] >= 0.8


def test_each_digit_has_a_box_of_its_own(reader: Reader) -> None:
    image, truth = touching("27", 60, seed=2)
    digits = sorted(reader.read(image), key=lambda d: d.box[0])
    assert [d.digit for d in digits] == [2, 7]
    assert all(overlap(d.box, box) > 0.7 for d, (_, box) in zip(digits, truth, strict=True))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_zeros_in_one_stroke(count: int, reader: Reader) -> None:
    seeds = [seed for seed in range(8) if seed != 3]  # that hand strikes its zeros through
    read = [text(reader.read(touching("0" * count, height, seed=s)[0]).numbers) for s in seeds for height in (30, 60)]
    assert read.count("0" * count) >= 0.8 * len(read)


def test_ten_digits_in_one_contour(reader: Reader) -> None:
    made = [touching(number, 50, seed=seed) for seed in range(4) for number in ("0123456789", "7305942816")]
    read, false = share_right(reader, made)
    assert read >= 0.85
    assert false <= 0.05


@pytest.mark.parametrize("tilt", [-12, 12])
def test_a_tilted_number(tilt: float, reader: Reader) -> None:
    assert share_right(reader, many(height=50, tilt=tilt))[0] >= 0.8
    image, truth = touching("83527", 50, tilt=tilt, seed=1)
    (number,) = reader.read(image).numbers
    assert number.text == "83527"
    assert number.angle == pytest.approx(tilt, abs=5)


def test_on_ruled_lines(reader: Reader) -> None:
    light = np.linspace(1, 0.7, 640)[None, :, None]  # falls from the left: no drawing
    made = [(grainy(ruled(image) * light), truth) for image, truth in many(height=50, size=(640, 360))]
    assert share_right(reader, made)[0] >= 0.8


@pytest.mark.parametrize("make", [touching, page])
def test_a_page_of_a_camera_with_touching_numbers_among_others(make: Callable, reader: Reader) -> None:
    image = np.full((480, 640, 3), PAPER, np.uint8)
    truth: Truth = []
    for row, number in enumerate(["4083", "2716", "9350"]):
        other, own = make(number, 44, size=(640, 480), at=(60, 60 + 110 * row), seed=row)
        image, truth = np.minimum(image, other), truth + own
        other, own = page("64", 44, size=(640, 480), at=(400, 60 + 110 * row), seed=row)
        image, truth = np.minimum(image, other), truth + own
    image = grainy(image)
    assert not scan(image, FULL_SCAN)[1]  # not a drawing
    assert right(truth, reader.read(image)) >= 0.85 * len(truth)


def test_next_to_clutter(reader: Reader) -> None:
    rng = np.random.default_rng(5)
    made = []
    for seed, number in enumerate(["83", "27", "408", "92"]):
        image, truth = touching(number, 60, size=(800, 480), at=(40, 200), seed=seed)
        lone, own = page("5", 60, size=(800, 480), at=(60, 80), seed=seed)
        image = np.minimum(image, lone)
        for _ in range(90):  # leaves, grass, cables
            start, way = rng.uniform((380, 20), (760, 460)), rng.normal(0, 40, 2)
            points = np.array([start, start + way, start + way + rng.normal(0, 40, 2)]).round().astype(np.int32)
            points[:, 0] = points[:, 0].clip(340, 799)
            cv2.polylines(
                image, [points], False, rng.integers(0, 140, 3).tolist(), int(rng.integers(1, 7)), cv2.LINE_AA
            )
        made.append((grainy(image), truth + own))
    read, false = share_right(reader, made)
    assert read >= 0.8
    assert false <= 0.3


def test_a_clean_digit_is_not_taken_apart(reader: Reader) -> None:
    for seed in range(4):
        image, truth = page("0123456789", 60, size=(1000, 240), at=(40, 80), seed=seed)
        digits = reader.read(grainy(image))
        assert right(truth, digits) >= 9
        assert len(digits) <= 10


# --- videos


def moving(image: np.ndarray, frames: int, step: tuple[float, float]) -> list[np.ndarray]:
    """The page, moved by so many px x, y from each frame to the next, as a camera sees it."""
    size = image.shape[1], image.shape[0]
    shifts = (np.array([[1, 0, i * step[0]], [0, 1, i * step[1]]]) for i in range(frames))
    return [grainy(cv2.warpAffine(image, shift, size, borderValue=PAPER), 2.0) for shift in shifts]


@pytest.mark.parametrize(
    ("number", "seed"),
    [("83", 8), *(pytest.param(*each, marks=pytest.mark.slow) for each in (("27", 2), ("92", 9), ("408", 13)))],
)
def test_a_moving_touching_number_keeps_tracks_and_labels(number: str, seed: int, reader: Reader) -> None:
    image, _ = touching(number, 60, size=(640, 360), at=(60, 100), seed=seed)
    lone, _ = page("56", 60, size=(640, 360), at=(60, 240))
    video = VideoReader(reader)
    shown = [video.read(frame, i / 30) for i, frame in enumerate(moving(np.minimum(image, lone), 50, (4.0, 0.7)))]
    labels: dict[int, set[int]] = {}  # of each track, in all frames
    for digits in shown[10:]:
        for track, label in zip(digits.tracks.tolist(), digits.labels.tolist(), strict=True):
            labels.setdefault(track, set()).add(label)
    assert all(len(found) == 1 for found in labels.values())
    assert len(labels) <= len(number) + 3  # one of them may be lost and found again
    whole = [number in text(digits.numbers).split(" / ") for digits in shown[10:]]
    assert np.mean(whole) >= 0.9


def test_what_held_no_digits_is_looked_at_again_when_digits_have_come(reader: Reader) -> None:
    blank, _ = page("56", 60, size=(640, 360), at=(60, 240))
    wave = blank.copy()
    cv2.polylines(
        wave, [np.array([[60 + 8 * i, 120 + 18 * (i % 3)] for i in range(30)], np.int32)], False, (40,) * 3, 4
    )
    image, truth = touching("83", 60, size=(640, 360), at=(60, 90), seed=8)
    video = VideoReader(reader)
    for i in range(20):
        video.read(grainy(wave), i / 30)
    for i in range(20, 60):
        digits = video.read(grainy(np.minimum(image, blank)), i / 30)
    assert right(truth, digits) == 2
