"""Numbers: digits that belong together, in reading order, also on turned pages."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.recognition.grouping import Grouping, group, text, within_numbers
from livedigits.recognition.grouping import grouped as with_numbers
from livedigits.recognition.reader import Reader
from livedigits.recognition.spacing import widest_gap
from livedigits.types import Digits, Number
from tests import pages

SAMPLES = Path(__file__).parents[2] / "samples"

WIDTHS = [0.62, 0.14, 0.66, 0.58, 0.68, 0.6, 0.55, 0.6, 0.58, 0.54]  # of a digit's height, 0 to 9
HEIGHTS = [1.0, 1.1, 0.9, 1.0, 1.05, 0.85, 1.1, 0.95, 1.15, 1.0]
PAGE = ["276 12 4085", "10 733 9", "5482 66 120", "31 9057 8"]


def page(
    lines: list[str],
    height: float = 50,
    gap: float = 0.25,
    blank: float = 1.0,
    leading: float = 1.9,
    tilt: float = 0.0,
    perspective: float = 0.0,
    uneven: float = 0.05,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) int32 and labels (n,) of the digits of a page, in the order in which one reads them.

    Sizes but height (px) are in heights of a digit: gap within numbers, blank between them, leading from line to line.
    tilt is in degrees, clockwise; with perspective p the far side of the page is smaller by about that share. Digits
    are ellipses.
    """
    rng = np.random.default_rng(seed)
    around = np.linspace(0, 2 * np.pi, 60)
    outlines, labels = [], []
    for number, line in enumerate(lines):
        x = float(rng.uniform(0, 0.6))
        for letter in line:
            if letter == " ":
                x += blank - gap
                continue
            w, h = WIDTHS[int(letter)], HEIGHTS[int(letter)]
            foot = number * leading + rng.normal(0, uneven)
            outlines.append(np.stack([x + w / 2 + w / 2 * np.cos(around), foot - h / 2 + h / 2 * np.sin(around)], 1))
            labels.append(int(letter))
            x += w + gap + float(rng.normal(0, 0.03))
    points = np.array(outlines)
    points -= points.reshape(-1, 2).mean(axis=0)
    points /= 1 + perspective * points[..., :1] / max(1.0, float(np.ptp(points[..., 0])))
    c, s = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    points = points @ np.array([[c, s], [-s, c]]) * height + 1000
    low, high = np.floor(points.min(axis=1)), np.ceil(points.max(axis=1))
    return np.hstack([low, high - low]).astype(np.int32), np.array(labels)


def grouped(boxes: np.ndarray, labels: np.ndarray | list[int]) -> tuple[Number, ...]:
    return group(np.array(boxes), np.array(labels), np.full(len(boxes), 0.9, np.float32))


def shuffled(boxes: np.ndarray, labels: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(seed).permutation(len(boxes))
    return boxes[order], labels[order]


# --- which digits belong together


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tilt", [-40, -25, -10, 0, 10, 25, 40])
def test_numbers_of_a_turned_page(tilt: float, seed: int) -> None:
    boxes, labels = shuffled(*page(PAGE, tilt=tilt, seed=seed))
    assert text(grouped(boxes, labels)) == " / ".join(PAGE)


@pytest.mark.parametrize("perspective", [-0.35, 0.35])
@pytest.mark.parametrize("tilt", [-20, 0, 20])
def test_numbers_of_a_page_in_perspective(tilt: float, perspective: float) -> None:
    boxes, labels = shuffled(*page(PAGE, tilt=tilt, perspective=perspective))
    assert text(grouped(boxes, labels)) == " / ".join(PAGE)


@pytest.mark.parametrize("gap, blank", [(-0.05, 0.4), (0.1, 0.6), (0.3, 0.9), (0.6, 1.7)])
def test_the_page_says_how_wide_its_gaps_are(gap: float, blank: float) -> None:
    boxes, labels = page(PAGE, gap=gap, blank=blank, leading=2.4)
    assert text(grouped(boxes, labels)) == " / ".join(PAGE)


def test_the_same_gap_joins_on_a_wide_page_and_parts_on_a_narrow_one() -> None:
    wide = page(["4082 5260", "6520 2480"], gap=0.7, blank=2.0, leading=3)
    narrow = page(["4 0 8 2", "5260", "6520"], gap=0.15, blank=0.7)
    assert text(grouped(*wide)) == "4082 5260 / 6520 2480"
    assert text(grouped(*narrow)) == "4 0 8 2 / 5260 / 6520"


def test_a_row_written_apart_is_one_number_where_it_is_alone() -> None:
    assert text(grouped(*page(["5627089"], gap=0.9))) == "5627089"


def test_digits_far_apart_stand_for_themselves() -> None:
    assert text(grouped(*page(["5627089"], gap=2.2))) == "5 6 2 7 0 8 9"


def test_digits_of_a_table_stand_for_themselves() -> None:
    boxes, labels = page(["56270", "89534", "26075"], gap=1.2, leading=2.0)
    assert text(grouped(boxes, labels)) == "5 6 2 7 0 / 8 9 5 3 4 / 2 6 0 7 5"


def test_ones_and_digits_of_uneven_height_do_not_part_a_number() -> None:
    boxes = [(0, 20, 30, 40), (42, 0, 6, 64), (60, 10, 34, 50), (104, 4, 8, 58), (122, 22, 30, 38), (164, 0, 34, 62)]
    assert [number.text for number in grouped(np.array(boxes), [2, 1, 4, 1, 0, 7])] == ["214107"]


def test_a_column_is_no_number() -> None:
    boxes = np.array([(100, 60 * i, 30, 44) for i in range(6)])
    assert text(grouped(boxes, range(6))) == "0 / 1 / 2 / 3 / 4 / 5"  # type: ignore[arg-type]


def test_neighbours_of_another_size_are_other_numbers() -> None:
    boxes = np.array([(0, 0, 80, 120), (90, 0, 80, 120), (180, 44, 20, 32), (205, 44, 20, 32)])
    assert text(grouped(boxes, np.array([4, 2, 7, 3]))) == "42 73"


# --- weak digits of a number


def within(sure: np.ndarray, others: np.ndarray, touching: bool) -> list[bool]:
    return within_numbers(sure, others, np.full(len(others), touching)).tolist()


def test_a_weak_digit_between_two_sure_ones_belongs_to_their_number() -> None:
    row, _ = page(["48205"])
    far = row[:1] + np.array([0, 400, 0, 0])
    assert within(row[[0, 1, 3, 4]], np.concatenate([row[2:3], far]), touching=False) == [True, False]


def test_a_weak_digit_at_the_end_belongs_to_a_number_of_two_if_the_strip_network_proposed_it() -> None:
    row, _ = page(["48205"])
    for end in (0, 4):
        rest = np.delete(row, end, 0)
        assert within(rest, row[[end]], touching=False) == [False]
        assert within(rest, row[[end]], touching=True) == [True]
    assert within(row[:1], row[1:2], touching=True) == [False]  # a lone digit is not two
    assert within(row[:2], row[2:3], touching=True) == [True]


# --- what a number is


def test_each_digit_is_in_exactly_one_number() -> None:
    rng = np.random.default_rng(2)
    for n in (1, 2, 7, 60, 300):
        boxes = np.hstack([rng.integers(0, 900, (n, 2)), rng.integers(8, 90, (n, 2))]).astype(np.int32)
        numbers = grouped(boxes, rng.integers(0, 10, n))
        assert sorted(i for number in numbers for i in number.digits) == list(range(n))
    assert group(np.empty((0, 4), np.int32), np.empty(0, int), np.empty(0)) == ()


def test_text_box_confidence_and_digits_are_those_of_the_digits() -> None:
    boxes = np.array([(130, 12, 20, 31), (70, 8, 22, 30), (100, 10, 20, 34)], np.int32)
    (number,) = group(boxes, np.array([7, 0, 4]), np.array([0.5, 0.9, 0.8], np.float32))
    assert (number.text, number.digits) == ("047", (1, 2, 0))
    assert number.box == (70, 8, 80, 36)
    assert number.confidence == pytest.approx(0.36)
    assert number.to_json() == {
        "text": "047",
        "confidence": 0.36,
        "box": [70, 8, 80, 36],
        "digits": [1, 2, 0],
        "complete": True,
    }
    assert all(type(value) is int for value in number.to_json()["box"] + number.to_json()["digits"])


def test_a_lone_digit_is_a_number() -> None:
    (number,) = grouped(np.array([(5, 6, 20, 30)]), np.array([3]))
    assert (number.text, number.box, number.digits) == ("3", (5, 6, 20, 30), (0,))


@pytest.mark.parametrize("tilt", [-30, 0, 30])
def test_the_baseline_runs_under_the_digits_at_their_angle(tilt: float) -> None:
    boxes, labels = page(["4082657"], tilt=tilt, uneven=0.0)
    (number,) = grouped(boxes, labels)
    assert number.angle == pytest.approx(tilt, abs=4)
    (x0, y0), (x1, y1) = number.baseline
    assert np.degrees(np.arctan2(y1 - y0, x1 - x0)) == pytest.approx(tilt, abs=4)
    down = np.array([-np.sin(np.radians(number.angle)), np.cos(np.radians(number.angle))])
    feet = (np.array([x0, y0]) - boxes[:, :2] - boxes[:, 2:] / 2) @ down
    assert (feet > 15).all() and (feet < 50).all()


# --- reading order


def test_lines_are_read_from_the_top_and_from_the_left() -> None:
    boxes = np.array([(300, 12, 20, 30), (100, 10, 20, 30), (100, 60, 20, 30), (300, 55, 20, 30), (10, 65, 20, 30)])
    assert text(grouped(boxes, np.array([1, 2, 3, 4, 5]))) == "2 1 / 5 3 4"


def test_lines_may_slant() -> None:
    boxes = np.array([(60 * i, 12 * i + y, 20, 30) for y in (0, 60) for i in range(12)])
    numbers = grouped(*shuffled(boxes, np.arange(24) % 10))
    assert [number.line for number in numbers].count(0) * 2 == len(numbers)
    assert "".join(number.text for number in numbers) == "012345678901234567890123"


def test_text_has_blanks_and_separators() -> None:
    numbers = grouped(*page(PAGE))
    assert text(numbers, between_lines="\n").splitlines() == PAGE
    assert text(()) == ""


# --- from frame to frame


def frame(gap: float, tracks: list[int] | None = None) -> Digits:
    """A row 40 82 on a page whose gap in the middle is as given."""
    boxes = [(0, 0, 30, 50), (40, 0, 30, 50), (70 + gap, 0, 30, 50), (110 + gap, 0, 30, 50)]
    return with_numbers(
        Digits(
            np.array(boxes, np.int32),
            np.array([4, 0, 8, 2]),
            np.full(4, 0.9, np.float32),
            np.full((4, 10), 0.1, np.float32),
            np.array(tracks or [1, 2, 3, 4]),
        )
    )


def threshold() -> int:
    """The gap from which on the row is two numbers."""
    return next(gap for gap in range(5, 120) if len(frame(gap).numbers) == 2)


def test_gaps_near_the_limit_do_not_flicker() -> None:
    edge = threshold()
    grouping = Grouping()
    rng = np.random.default_rng(0)
    frames = [frame(edge + int(rng.integers(-3, 4))) for _ in range(200)]
    alone = [len(digits.numbers) for digits in frames]
    steady = [len(grouping.update(digits).numbers) for digits in frames]
    assert np.abs(np.diff(alone)).sum() > 40
    assert np.abs(np.diff(steady)).sum() <= 2


def test_a_clear_change_shows_within_half_a_second() -> None:
    grouping = Grouping()
    edge = threshold()
    for _ in range(60):
        assert [n.text for n in grouping.update(frame(10)).numbers] == ["4082"]
    after = [len(grouping.update(frame(2 * edge)).numbers) for _ in range(15)]
    assert after[-1] == 2


def test_other_tracks_have_no_memory() -> None:
    grouping = Grouping()
    for _ in range(60):
        grouping.update(frame(10))
    assert len(grouping.update(frame(2 * threshold(), [5, 6, 7, 8])).numbers) == 2


def test_grouping_needs_tracks() -> None:
    digits = frame(10)
    with pytest.raises(ValueError, match="tracks"):
        Grouping().update(Digits(digits.boxes, digits.labels, digits.confidences, digits.probabilities))


# --- a user's way


@pytest.mark.parametrize("name", ["notebook.jpg", "squared.jpg", "board.jpg"])
def test_the_command_prints_the_numbers_line_by_line(name: str) -> None:
    path = SAMPLES / name
    rows = json.loads((SAMPLES / "truth.json").read_text())[name]["rows"]
    # Below the usual threshold, so that a doubtful digit (a bare 1 on squares) does not decide about the lines.
    result = CliRunner().invoke(main, ["image", str(path), "--min-confidence", "0.45"])
    assert result.stdout == f"{path}: {' / '.join(rows)}\n"


def test_json_has_the_numbers_beside_their_digits(tmp_path: Path) -> None:
    image, truth = pages.page("407 26", size=(720, 360))
    path = tmp_path / "page.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    result = json.loads(CliRunner().invoke(main, ["image", str(path), "--json", "-"]).stdout)
    assert [number["text"] for number in result["numbers"]] == ["407", "26"]
    for number in result["numbers"]:
        own = [result["digits"][i] for i in number["digits"]]
        assert "".join(str(digit["digit"]) for digit in own) == number["text"]
        assert number["complete"] is True
        assert 0.7 < number["confidence"] <= np.prod([digit["confidence"] for digit in own]) + 1e-3
    boxes = [box for _, box in truth]
    assert pages.overlap(tuple(result["numbers"][0]["box"]), around(boxes[:3])) > 0.8


def around(boxes: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return x, y, max(box[0] + box[2] for box in boxes) - x, max(box[1] + box[3] for box in boxes) - y


@pytest.mark.parametrize("tilt", [-18, 18])
def test_a_tilted_sheet_is_read(tilt: float) -> None:
    image, _ = pages.page("407 26", size=(720, 720), at=(120, 320))
    turn = cv2.getRotationMatrix2D((360, 360), -tilt, 1.0)
    turned = cv2.warpAffine(image, turn, (720, 720), borderValue=(225, 230, 232))
    numbers = Reader().read(turned).numbers
    assert text(numbers) == "407 26"
    assert numbers[0].angle == pytest.approx(tilt, abs=6)


# --- the gaps of a page


def test_the_limit_lies_between_two_kinds_of_gaps() -> None:
    for within, between in (([0.1, 0.15, 0.2], [0.6, 0.7]), ([0.5, 0.6, 0.7, 0.55], [1.5, 1.6]), ([0.3], [1.4, 1.5])):
        assert max(within) < widest_gap(np.array(within + between), np.inf) < min(between)


def test_rows_that_stand_closer_than_their_digits_part_them() -> None:
    gaps = np.full(12, 1.1)
    assert widest_gap(gaps, np.inf) > 1.1
    assert widest_gap(gaps, 0.7) < 1.1
