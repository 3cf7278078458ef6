"""What is doubtful is kept, corrected by hand or on its page, and merged into the table."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.errors import LivedigitsError
from livedigits.outputs.changes import Changes
from livedigits.outputs.corrections import merge
from livedigits.outputs.doubtful import LIST, PAGE, Doubtful
from livedigits.outputs.table import Table
from livedigits.types import Digits, FieldState, FieldValue, Frame, Result
from tests import pages
from tests.browser import chromium, playwright

CORNERS = ((300.0, 200.0), (100.0, 200.0), (100.0, 120.0), (300.0, 120.0))  # upside down


def result(source: str, states: Iterable[FieldState]) -> Result:
    """A picture with fields a, b, c in these states, at one place; a mark stands in the corner where texts begin."""
    image = np.full((300, 400, 3), 230, np.uint8)
    cv2.circle(image, (290, 190), 8, (0, 0, 0), -1)
    fields = {}
    for name, state in zip("abc", states, strict=True):
        text = "12" if state in ("read", "doubtful", "refused") else ""
        corners = None if state == "unregistered" else CORNERS
        fields[name] = FieldValue(text, 12 if text else None, 0.5, state, (100, 120, 200, 80), corners=corners)
    return Result(Frame(image, 0, 0.0, source), Digits.empty(), fields)


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A table of three sheets, and the folder of what is doubtful in them."""
    results = [
        result("one.png", ("read", "doubtful", "missing")),
        result("two, say.png", ("refused", "read", "doubtful")),
        result("three.png", ("unregistered",) * 3),
    ]
    with Table(tmp_path / "out.csv", Changes(True), "abc") as table, Doubtful(tmp_path / "look") as doubtful:
        for each in results:
            table.write(each)
            doubtful.write(each)
    return tmp_path


def correct(folder: Path, *given: str) -> None:
    """Fills in what is right, row by row, as a spreadsheet does."""
    listed = rows(folder / "look" / LIST)
    for row, text in zip(listed, given, strict=False):
        row["correct"] = text
    with open(folder / "look" / LIST, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, listed[0])
        writer.writeheader()
        writer.writerows(listed)


def test_doubtful_fields_are_listed_with_upright_crops(kept: Path) -> None:
    listed = rows(kept / "look" / LIST)
    assert [(row["source"], row["field"], row["state"], row["read"]) for row in listed] == [
        ("one.png", "b", "doubtful", "12"),
        ("two, say.png", "a", "refused", "12"),
        ("two, say.png", "c", "doubtful", "12"),
        *(("three.png", name, "unregistered", "") for name in "abc"),
    ]
    crop = cv2.imread(str(kept / "look" / listed[0]["crop"]))
    assert crop.shape[1] > crop.shape[0]
    y, x = (int(v) for v in np.argwhere(crop[..., 0] < 60).mean(0))
    assert x < crop.shape[1] * 0.3 and y < crop.shape[0] * 0.5  # as one reads it
    assert len({row["crop"] for row in listed[3:]}) == 1  # of a sheet that was not found the whole, once


def test_corrections_are_merged_and_no_longer_doubtful(kept: Path) -> None:
    correct(kept, "13", "", "0:7")
    merged = merge(kept / "look", kept / "out.csv")
    assert (merged.merged, merged.left, merged.missing) == (2, 4, ())
    table = rows(kept / "out.csv")
    assert [[row[name] for name in "abc"] for row in table] == [["12", "13", ""], ["", "12", "0:7"], ["", "", ""]]
    assert [row["doubtful"] for row in table] == ["", "a", "a;b;c"]
    assert merge(kept / "look" / LIST, kept / "out.csv").left == 4  # twice changes nothing more
    assert rows(kept / "out.csv") == table


def test_a_second_run_goes_on_behind_the_first(kept: Path) -> None:
    with Doubtful(kept / "look") as doubtful:
        doubtful.write(result("four.png", ("doubtful", "read", "read")))
    listed = rows(kept / "look" / LIST)
    assert len(listed) == 7 and listed[-1]["source"] == "four.png"
    crops = [row["crop"] for row in listed]
    assert len(set(crops)) == 5 and all((kept / "look" / crop).exists() for crop in crops)


def test_nothing_is_made_where_nothing_is_doubtful(tmp_path: Path) -> None:
    with Doubtful(tmp_path / "look") as doubtful:
        doubtful.write(result("one.png", ("read", "missing", "settled")))
    assert not (tmp_path / "look").exists()


def test_the_command_says_what_it_did_and_what_has_no_place(kept: Path) -> None:
    correct(kept, "13", "14")
    table = (kept / "out.csv").read_text().replace("one.png", "other.png")
    (kept / "out.csv").write_text(table)
    args = ["corrections", str(kept / "look"), str(kept / "out.csv"), "--out", str(kept / "new.csv")]
    run = CliRunner().invoke(main, args)
    assert run.exit_code == 1
    assert "1 cell corrected, 5 still doubtful" in run.output and "one.png: b is not in" in run.output
    assert (kept / "out.csv").read_text() == table and rows(kept / "new.csv")[1]["a"] == "14"
    again = CliRunner().invoke(main, args)
    assert again.exit_code == 1 and "new.csv" in again.output and "Traceback" not in again.output


@pytest.mark.parametrize(
    "folder, table, said",
    [
        ("nowhere", "out.csv", "nowhere"),
        ("look", "nowhere.csv", "nowhere.csv"),
        ("look", "numbers.csv", "no table of fields"),
        ("look", "empty.csv", "no table of fields"),
        ("look", "ragged.csv", "row 2"),
        ("out.csv", "out.csv", "no list of doubtful fields"),
    ],
)
def test_what_cannot_be_merged_is_one_line(kept: Path, folder: str, table: str, said: str) -> None:
    correct(kept, "13")
    (kept / "numbers.csv").write_text("at,source,frame,seconds,number\n")
    (kept / "empty.csv").write_text("")
    (kept / "ragged.csv").write_text("at,source,frame,seconds,b,doubtful\nx,one.png,0\n")
    run = CliRunner().invoke(main, ["corrections", str(kept / folder), str(kept / table)])
    assert run.exit_code == 1 and said in run.output and run.output.count("\n") == 1


def test_a_folder_that_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    with pytest.raises(LivedigitsError, match="which is read"):
        Doubtful(tmp_path / "scans" / "look", [str(tmp_path / "scans"), "one.png"])


def test_pictures_are_read_into_table_and_folder(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    cv2.imwrite(str(tmp_path / "scans" / "a.png"), pages.page("407")[0])
    cv2.imwrite(str(tmp_path / "scans" / "b.png"), pages.page("40721")[0])  # more digits than expected
    args = ["image", "scans", "--region", "sum=40,100,560,110", "--expect", "sum=###", "--no-window"]
    args = [str(tmp_path / "scans") if arg == "scans" else arg for arg in args]
    run = CliRunner().invoke(main, [*args, "--csv", str(tmp_path / "out.csv"), "--doubtful", str(tmp_path / "look")])
    assert run.exit_code == 0, run.output
    table = rows(tmp_path / "out.csv")
    assert table[0]["sum"] == "407" and table[1]["doubtful"] == "sum"
    assert {row["source"] for row in rows(tmp_path / "look" / LIST)} >= {table[1]["source"]}
    bad = CliRunner().invoke(main, ["image", str(tmp_path / "scans"), "--doubtful", str(tmp_path / "look")])
    assert bad.exit_code == 2 and "--fields" in bad.output


def test_the_page_beside_the_list_saves_what_was_typed(kept: Path) -> None:
    with playwright() as driver, chromium(driver) as browser:
        page = browser.new_page()
        page.goto((kept / "look" / PAGE).as_uri())
        assert page.locator("li img").count() == 6
        assert page.locator("li img").first.evaluate("image => image.naturalWidth") > 20
        page.locator("input").nth(1).fill('1,"5')
        page.locator("input").nth(0).fill("13")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save").click()
        saved = rows(Path(download.value.path()))
    assert [row["correct"] for row in saved][:3] == ["13", '1,"5', ""]
    assert [{**row, "correct": ""} for row in saved] == rows(kept / "look" / LIST)
