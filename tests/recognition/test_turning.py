"""Pages that lie on their side or upside down in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.commands.image import image as image_command
from livedigits.recognition.reader import Reader
from livedigits.recognition.turning import read_upright, turned
from tests import pages


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    """Two rows of numbers, (h, w, 3) uint8 BGR."""
    rows = [pages.page(text)[0] for text in ("2374", "5403")]
    return np.vstack(rows)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_page_is_read_upright_however_it_lies(reader: Reader, page: np.ndarray, degrees: int) -> None:
    lying = turned(page, -degrees)
    reading = read_upright(reader, lying)
    assert reading.turned == degrees
    assert [number.text for number in reading.digits.numbers] == ["2374", "5403"]
    assert np.array_equal(turned(lying, reading.turned), page)


@pytest.mark.parametrize("text", ["8008", "7"])
def test_what_reads_both_ways_or_is_little_is_left_as_it_lies(reader: Reader, text: str) -> None:
    assert read_upright(reader, turned(pages.page(text)[0], 180)).turned == 0


def test_the_command_says_so_and_its_boxes_and_picture_are_of_the_turned_page(page: np.ndarray, tmp_path: Path) -> None:
    path, rows, saved = tmp_path / "page.png", tmp_path / "read.jsonl", tmp_path / "read.png"
    cv2.imwrite(str(path), turned(page, 90))
    said = CliRunner().invoke(image_command, [str(path)])
    assert said.output == f"{path}: 2374 / 5403 (turned by 270°)\n"
    CliRunner().invoke(image_command, [str(path), "--json", str(rows), "--save", str(saved)])
    row = json.loads(rows.read_text())
    assert row["turned"] == 270 and (row["height"], row["width"]) == page.shape[:2]
    assert all(x + w <= page.shape[1] and y + h <= page.shape[0] for x, y, w, h in (d["box"] for d in row["digits"]))
    assert cv2.imread(str(saved)).shape == page.shape


@pytest.mark.slow
def test_processes_turn_the_same_pictures(page: np.ndarray, tmp_path: Path) -> None:
    for number in range(16):
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), turned(page, 90 * (number % 2)))
    one, two = (tmp_path / name for name in ("one.jsonl", "two.jsonl"))
    for path, jobs in ((one, "1"), (two, "2")):
        assert CliRunner().invoke(image_command, [str(tmp_path), "--json", str(path), "--jobs", jobs]).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    assert sum("turned" in json.loads(line) for line in one.read_text().splitlines()) == 8
