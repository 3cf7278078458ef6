"""Completeness: ink beside or between the digits of a number that belongs to none of them counts against it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits import Reader, VideoReader
from livedigits.recognition.completeness import MEASURES, Completeness, measures
from livedigits.recognition.grouping import grouped
from livedigits.recognition.regions import Regions, find_regions
from livedigits.types import Digits, Number
from tests.pages import page

INK = (40, 30, 30)
INSIDE, ENDS, LEFT_OUT = 2, 3, 4


def written(text: str = "510", seed: int = 3) -> tuple[np.ndarray, list[tuple[int, tuple[int, int, int, int]]]]:
    """A number on a page as a camera sees it."""
    image, truth = page(text, 60, seed=seed, gap=0.15)
    return (image + np.random.default_rng(0).normal(0, 4, image.shape)).clip(0, 255).astype(np.uint8), truth


def crossed(image: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The page with a cross as large as this box, x, y, width, height."""
    x, y, w, h = box
    out = image.copy()
    cv2.line(out, (x - 3, y), (x + w + 3, y + h), INK, 5)
    cv2.line(out, (x - 3, y + h), (x + w + 3, y), INK, 5)
    return out


def only_number(image: np.ndarray, reader: Reader) -> Number:
    (number,) = reader.read(image).numbers
    return number


def digits_at(boxes: list[tuple[int, int, int, int]], confidence: float = 0.99) -> Digits:
    """These boxes as ones, and their numbers."""
    n = len(boxes)
    ten = np.full((n, 10), (1 - confidence) / 9, np.float32)
    ten[:, 1] = confidence
    array = np.array(boxes, np.int32)
    return grouped(Digits(array, np.ones(n, np.int64), np.full(n, confidence, np.float32), ten))


def measured(image: np.ndarray, boxes: list[tuple[int, int, int, int]], chance: float = 0.0) -> np.ndarray:
    """MEASURES of the one number of these digits; chance: that of a digit for each region of the picture."""
    regions = find_regions(image)
    (row,) = measures(digits_at(boxes), regions, np.full(len(regions), chance, np.float32))
    return row


# --- a user's way


@pytest.mark.parametrize("seed", [3, 4, 5])
@pytest.mark.parametrize("text", ["510", "407", "8305"])
def test_a_clean_number_is_complete(text: str, seed: int, reader: Reader) -> None:
    number = only_number(written(text, seed)[0], reader)
    assert (number.text, number.complete) == (text, True)
    assert number.confidence > 0.75


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_digit_that_is_not_read_makes_its_number_incomplete(seed: int, reader: Reader) -> None:
    image, truth = written("510", seed)
    clean, cut = only_number(image, reader), only_number(crossed(image, truth[1][1]), reader)
    # what is left of a crossed 1 may look like an 8, which is not sure then
    assert (cut.text == "50" and not cut.complete) or (len(cut.text) == 3 and not cut.is_sure)
    assert cut.confidence < clean.confidence - 0.1


@pytest.mark.parametrize("text", ["407", "510", "26"])
@pytest.mark.parametrize("seed", [3, 4])
def test_ink_at_the_end_lowers_confidence(text: str, seed: int, reader: Reader) -> None:
    image, truth = written(text, seed)
    x, y, w, h = truth[-1][1]
    star = crossed(image, (x + w + 9, y, 18, h))
    cv2.line(star, (x + w + 18, y), (x + w + 18, y + h), INK, 4)
    assert only_number(star, reader).text == text
    assert only_number(star, reader).confidence < only_number(image, reader).confidence - 0.08


def test_ink_far_away_and_on_other_lines_does_not_count(reader: Reader) -> None:
    image, truth = written("510")
    x, y, w, h = truth[-1][1]
    far = crossed(crossed(image, (x + w + 200, y, 30, h)), (x, y + 3 * h, 30, h))
    before = only_number(image, reader)
    (after,) = (number for number in reader.read(far).numbers if number.text == "510")
    assert after.complete
    assert after.confidence == pytest.approx(before.confidence, abs=0.1)


def test_a_confidence_is_never_above_that_of_the_digits(reader: Reader) -> None:
    for seed in (3, 4, 5):
        for text in ("510", "407", "1", "26"):
            digits = reader.read(written(text, seed)[0])
            for number in digits.numbers:
                assert 0 <= number.confidence <= np.prod(digits.confidences[list(number.digits)]) + 1e-6


def test_a_video_says_it_too(reader: Reader) -> None:
    image, truth = written("510", 4)
    for seen, complete in ((image, True), (crossed(image, truth[1][1]), False)):
        video = VideoReader(reader)
        for i in range(12):
            digits = video.read(seen, i / 30)
        assert [number.complete for number in digits.numbers] == [complete]


# --- what is measured


ROW = [(100, 100, 12, 50), (122, 100, 12, 50), (144, 100, 12, 50)]


def bars(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A sheet (240, 400, 3) with these boxes, x, y, width, height, in ink."""
    image = np.full((240, 400, 3), 230, np.uint8)
    for x, y, w, h in boxes:
        cv2.rectangle(image, (x, y), (x + w - 1, y + h - 1), INK, -1)
    return image


def test_nothing_is_left_of_a_row_that_is_read() -> None:
    row = measured(bars(*ROW), ROW)
    assert row[INSIDE] == row[ENDS] == 0
    assert row[LEFT_OUT] == pytest.approx(np.log(0.001 / 0.999))
    assert row[MEASURES.index("log of digits")] == pytest.approx(np.log(3))


def test_a_bar_between_is_ink_inside_and_one_beside_at_the_ends() -> None:
    between = measured(bars(*ROW), [ROW[0], ROW[2]])
    assert between[INSIDE] == pytest.approx(np.sqrt(12 * 50 / 50**2), rel=0.25)
    assert between[ENDS] == 0
    for beside in ROW[:2], ROW[1:]:  # its last is left over, or its first
        at_end = measured(bars(*ROW), beside)
        assert at_end[INSIDE] == 0
        assert at_end[ENDS] == pytest.approx(np.sqrt(12 * 50 / 50**2), rel=0.25)


def test_ink_above_below_and_far_is_not_counted() -> None:
    row = measured(bars(*ROW, (122, 20, 12, 50), (122, 175, 12, 50), (300, 100, 12, 50)), ROW)
    assert row[INSIDE] == row[ENDS] == 0


def test_a_likely_digit_left_out_counts_only_beside_the_number() -> None:
    near, far = bars(*ROW, (166, 100, 12, 50)), bars(*ROW, (330, 100, 12, 50))
    assert measured(near, ROW, 0.8)[LEFT_OUT] == pytest.approx(np.log(0.8 / 0.2))
    assert measured(far, ROW, 0.8)[LEFT_OUT] == pytest.approx(np.log(0.001 / 0.999))
    low = bars(*ROW, (166, 130, 12, 12))  # a point is no digit
    assert measured(low, ROW, 0.8)[LEFT_OUT] == pytest.approx(np.log(0.001 / 0.999))


@pytest.mark.parametrize("corner", [(0, 0), (388, 0), (0, 190), (388, 190)])
def test_numbers_at_the_edge_of_the_frame(corner: tuple[int, int]) -> None:
    box = (*corner, 12, 50)
    row = measured(bars(box), [box])
    assert np.isfinite(row).all()
    assert row[INSIDE] == row[ENDS] == 0


# --- the model


def model(*weights: float) -> Completeness:
    n = len(MEASURES)
    return Completeness(np.zeros(n), np.ones(n), np.array(weights))


def judged(given: Completeness, image: np.ndarray, boxes: list[tuple[int, int, int, int]]) -> Number:
    regions: Regions = find_regions(image)
    (number,) = given.judged(digits_at(boxes), regions, np.zeros(len(regions), np.float32)).numbers
    return number


def test_ink_that_is_left_over_decides_whether_a_number_is_complete() -> None:
    strict, lax = (model(5.0, 0.0, 0.0, -w, -w, 0.0, 0.0) for w in (6.0, 1.0))
    assert judged(strict, bars(*ROW), ROW).complete
    cut = judged(strict, bars(*ROW), [ROW[0], ROW[2]])
    assert not cut.complete
    assert cut.confidence < judged(lax, bars(*ROW), [ROW[0], ROW[2]]).confidence
    assert judged(lax, bars(*ROW), [ROW[0], ROW[2]]).complete
    doubtful = model(-5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # not likely, but nothing is left out
    assert judged(doubtful, bars(*ROW), ROW).complete
    assert judged(doubtful, bars(*ROW), ROW).confidence == pytest.approx(1 / (1 + np.exp(5.0)))


def test_nothing_else_of_the_digits_changes() -> None:
    digits, regions = digits_at(ROW), find_regions(bars(*ROW))
    out = model(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0).judged(digits, regions, np.zeros(len(regions), np.float32))
    assert np.array_equal(out.boxes, digits.boxes) and np.array_equal(out.confidences, digits.confidences)
    assert [n.text for n in out.numbers] == [n.text for n in digits.numbers]
    assert digits.numbers[0].confidence == pytest.approx(0.99**3, abs=1e-5)  # the given ones stay as they are
    none = Digits.empty()
    assert len(model(*[0.0] * 7).judged(none, regions, np.zeros(len(regions), np.float32))) == 0


def test_a_card_holds_the_model() -> None:
    given = model(*np.arange(7.0).tolist())
    again = Completeness.from_card(given.to_card())
    assert again is not None
    assert np.array_equal(again.weights, given.weights)
    assert Completeness.from_card(None) is None
    with pytest.raises((KeyError, ValueError)):
        Completeness.from_card({"measures": {"size": {"mean": 0, "deviation": 1}}, "weights": {"constant": 0}})


def test_a_number_is_shown_as_one_from_the_confidence_asked_for() -> None:
    image, _ = written()
    confidence = only_number(image, Reader()).confidence
    least = min(d.confidence for d in Reader().read(image))
    assert confidence < least
    for asked, sure in ((None, True), (confidence - 0.01, True), ((confidence + least) / 2, False)):
        number = only_number(image, Reader(min_confidence=asked))
        assert number.text == "510" and number.is_sure == sure
