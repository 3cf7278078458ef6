"""With `decimal`, a point or comma between digits makes one number; without it, nobody looks for one."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits import Reader, VideoReader
from livedigits.cli import main
from tests.pages import page

INK = (40, 30, 30)


@pytest.fixture(scope="module")
def decimal() -> Reader:
    return Reader(decimal=True)


def amount(sign: str, after: int = 2, gap: float = 0.35, seed: int = 3, height: int = 60) -> np.ndarray:
    """1250 on a page as a camera sees it, with a sign behind so many of its digits."""
    image, truth = page("1250", height, gap=gap, seed=seed)
    (x, y, w, h), (right, *_) = truth[after - 1][1], truth[after][1]
    at, base = (x + w + right) // 2, y + h
    if sign == ".":
        cv2.circle(image, (at, base - 3), max(2, height // 15), INK, -1, cv2.LINE_AA)
    elif sign == ",":
        cv2.line(image, (at + 2, base - 4), (at - 3, base + height // 6), INK, max(2, height // 13), cv2.LINE_AA)
    return (image + np.random.default_rng(0).normal(0, 4, image.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", [3, 5])
@pytest.mark.parametrize("sign", [".", ","])
@pytest.mark.parametrize("gap", [0.35, 0.75])
def test_a_sign_makes_one_number_of_digits_only(decimal: Reader, sign: str, gap: float, seed: int) -> None:
    digits = decimal.read(amount(sign, gap=gap, seed=seed))
    (number,) = digits.numbers
    assert number.text == f"12{sign}50"
    assert [int(digits.labels[i]) for i in number.digits] == [1, 2, 5, 0]


def test_without_it_points_are_not_looked_for(reader: Reader) -> None:
    assert "".join(n.text for n in reader.read(amount(".")).numbers) == "1250"


def test_without_a_sign_nothing_changes(decimal: Reader, reader: Reader) -> None:
    image = amount("")
    assert decimal.read(image) == reader.read(image)
    blank = np.full((200, 300, 3), 230, np.uint8)
    assert len(decimal.read(blank)) == 0


def test_a_dash_or_a_dot_above_is_no_sign(decimal: Reader) -> None:
    image, truth = page("1250", 60, gap=0.5)
    (x, y, w, h), (right, *_) = truth[1][1], truth[2][1]
    middle = (x + w + right) // 2
    for change in (
        lambda p: cv2.circle(p, (middle, y + 6), 4, INK, -1),
        lambda p: cv2.line(p, (middle - 6, y + h // 2), (middle + 6, y + h // 2), INK, 4),
    ):
        marked = image.copy()
        change(marked)
        assert not {".", ","} & set("".join(n.text for n in decimal.read(marked).numbers))


def test_in_a_video_a_sign_does_not_flicker(decimal: Reader) -> None:
    video = VideoReader(decimal)
    with_sign, without = amount("."), amount("")
    for frame in range(6):
        digits = video.read(with_sign, frame / 30)
    assert [n.text for n in digits.numbers] == ["12.50"]
    assert [n.text for n in video.read(without, 6 / 30).numbers] == ["12.50"]
    for frame in range(7, 25):
        digits = video.read(without, frame / 30)
    assert "".join(n.text for n in digits.numbers) == "1250"


def test_the_command(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), amount(","))
    result = CliRunner().invoke(main, ["image", "--decimal", "--json", "-", str(tmp_path / "a.png")])
    assert result.exit_code == 0, result.output
    (number,) = json.loads(result.stdout.splitlines()[0])["numbers"]
    assert number["text"] == "12,50" and len(number["digits"]) == 4
