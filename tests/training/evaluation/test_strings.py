"""How numbers read whole are counted, and what they are read in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.recognition.grouping import grouped
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.frame_truth import NumberTruth, numbers_of
from livedigits.training.evaluation import string_material, strings
from livedigits.training.synthesis.scenes import Mark, Scene
from livedigits.types import Digits
from tests.training.made_up import digits as printed

NONE = np.empty((0, 4), np.float32)


def read(*numbers: tuple[str, int, int], sure: float = 0.99) -> Digits:
    """Digits as they are read: of each number its text, and x, y of its first digit; 20 px wide, 30 px high."""
    boxes = [[x + 22 * i, y, 20, 30] for text, x, y in numbers for i in range(len(text))]
    labels = np.array([int(c) for text, *_ in numbers for c in text])
    n = len(labels)
    chances = np.full((n, 10), (1 - sure) / 9, np.float32)
    chances[np.arange(n), labels] = sure
    return grouped(Digits(np.array(boxes, np.int32).reshape(-1, 4), labels, np.full(n, sure, np.float32), chances))


def box(text: str, x: int, y: int) -> list[float]:
    return [x, y, 22 * len(text) - 2, 30]


def test_a_number_is_right_where_text_and_place_are() -> None:
    truth = NumberTruth(
        ["407", "12", "88"], np.array([box("407", 10, 10), box("12", 300, 10), box("88", 10, 200)]), NONE
    )
    found = strings.of_page(read(("407", 12, 11), ("13", 300, 10), ("88", 300, 200)), truth)
    assert found.right.tolist() == [True, False, False]
    assert found.correct.tolist() == [True, False, False] and found.whole.all()


def test_what_is_not_to_be_counted_is_not() -> None:
    truth = NumberTruth(["407"], np.array([box("407", 10, 10)]), np.array([box("120521", 300, 10)], np.float32))
    found = strings.of_page(read(("407", 10, 10), ("12", 300, 10)), truth)
    assert found.right.tolist() == [True] and found.correct.tolist() == [True]


def test_a_picture_of_one_number_needs_all_digits_and_no_other() -> None:
    assert strings.of_picture(read(("407", 10, 10)), "407").right.all()
    assert strings.of_picture(read(("4", 10, 10), ("07", 160, 10)), "407").right.all()  # a gap is no fault
    assert not strings.of_picture(read(("407", 10, 10), ("1", 200, 10)), "407").right.any()
    assert not strings.of_picture(Digits.empty(), "407").right.any()


def test_the_figures_of_numbers() -> None:
    parts = [strings.of_picture(read(("407", 10, 10), sure=sure), "407" if right else "401")
             for sure, right in ((0.99, True), (0.99, False), (0.5, True), (0.99, True))]  # fmt: skip
    figures = strings.figures(strings.Strings.joined(parts))
    assert (figures["numbers"], figures["right"], figures["shown"]) == (4, 0.75, 4)
    assert (figures["sure"], figures["sure_right"]) == (3, pytest.approx(2 / 3, abs=1e-5))
    assert sum(figures["reliability"]["counts"]) == 4
    nothing = strings.figures(strings.Strings.joined([]))
    assert nothing["right"] is None and nothing["sure_right"] is None and nothing["calibration_error"] == 0


def test_numbers_of_a_scene_are_those_that_are_wholly_seen() -> None:
    def mark(label: int, x: float, number: int | None, visible: float = 1.0) -> Mark:
        return Mark(label, (x, 0.0, 10.0, 20.0), visible, 100.0, str(label), number=number)

    marks = [mark(4, 0, 0), mark(0, 12, 0), mark(7, 50, 2), mark(1, 62, 2, 0.55), mark(3, 90, None), mark(5, 120, 5)]
    truth = numbers_of(Scene(np.zeros((9, 9, 3), np.uint8), marks, broken={5}))
    assert truth.texts == ["40"] and truth.boxes.tolist() == [[0, 0, 22, 20]]
    assert sorted(truth.ignore[:, 0].tolist()) == [50, 62, 90, 120]


def test_joined_numbers_use_each_digit_once(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Digits28(printed(23).images, np.arange(23) % 10)
    made = string_material.from_mnist(test)
    assert "".join(text for _, text in made["touching pairs"]) == "0123456789012345678901"
    texts = [text for _, text in made["numbers of MNIST"]]
    assert "01234567890123456789012".startswith("".join(texts)) and all(2 <= len(t) <= 6 for t in texts)
    assert all(image.ndim == 3 and image.min() < 60 and image.max() == 255 for image, _ in made["numbers of MNIST"])
    monkeypatch.setattr(string_material, "JOINED", 3)
    assert len(string_material.from_mnist(test)["touching pairs"]) == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [("a.png 12x\n", "line 1: a picture's name"), ("b.png\t12\n", "no picture b.png"), ("\n", "names no picture")],
)
def test_amounts_of_another_form_are_refused(lines: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text(lines)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(LivedigitsError, match=message):
        string_material.amounts(tmp_path)


def test_amounts_are_read_as_they_come_with_orand_car(tmp_path: Path) -> None:
    (tmp_path / "a_train_images").mkdir()
    (tmp_path / "a_train_images" / "a_car_000000.png").write_bytes(b"")
    (tmp_path / "a_train_gt.txt").write_bytes(b"a_car_000000.png\t1250\r\n")
    ((path, amount),) = string_material.amounts(tmp_path)
    assert path.name == "a_car_000000.png" and amount == "1250"
