from __future__ import annotations

import csv
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs.changes import Changes
from livedigits.outputs.table import Table
from livedigits.types import Digits, FieldState, FieldValue, Frame, Result
from tests.outputs.numbers import page

BLANK = np.zeros((1, 1, 3), np.uint8)
FPS = 16.0
HEADER = "at,source,frame,seconds,number,confidence,complete,x,y,width,height"


def result(
    index: int, digits: Digits, source: str = "0", at: float | None = 1764000000.25, **fields: FieldValue
) -> Result:
    return Result(Frame(BLANK, index, index / FPS, source, at=at), digits, fields)


def value(text: str, state: FieldState = "read") -> FieldValue:
    return FieldValue(text, None, 0.9, state, (0, 0, 9, 9))


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_without_fields_a_row_is_a_number_that_is_new(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with Table(path, Changes()) as table:
        for i in range(60):
            table.write(result(i, page(*(("12", "9") if i < 20 else ("13", "9")))))
    assert path.read_text().splitlines()[0] == HEADER
    assert [(row["number"], row["frame"], row["seconds"]) for row in rows(path)] == [
        ("12", "4", "0.25"),
        ("9", "4", "0.25"),
        ("13", "24", "1.5"),
    ]
    first = rows(path)[0]
    assert datetime.fromisoformat(first["at"]).timestamp() == 1764000000.25
    assert datetime.fromisoformat(first["at"]).tzinfo is not None
    assert [first[name] for name in ("source", "confidence", "complete")] == ["0", "0.9", "true"]
    assert [first[name] for name in ("x", "y", "width", "height")] == ["0", "10", "80", "50"]


def test_pictures_give_all_their_numbers_and_say_when_they_were_read(tmp_path: Path) -> None:
    path, before = tmp_path / "out.csv", time.time()
    with Table(path, Changes(every=True)) as table:
        for name in ("a.png", 'b,"\n.png'):
            table.write(result(0, page("007"), name, at=None))
        table.write(result(0, page(), "empty.png", at=None))
    assert [(row["source"], row["number"]) for row in rows(path)] == [("a.png", "007"), ('b,"\n.png', "007")]
    assert before - 1 < datetime.fromisoformat(rows(path)[0]["at"]).timestamp() < time.time() + 1


def test_of_fields_a_row_is_a_picture_and_says_what_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with Table(path, Changes(every=True), ("home", "guest", "sum")) as table:
        table.write(result(0, page(), "a.png", home=value("12"), guest=value("9", "settled"), sum=value("-1.5")))
        table.write(
            result(
                0, page(), "b.png", home=value("1?", "refused"), guest=value("", "missing"), sum=value("4", "doubtful")
            )
        )
        table.write(result(0, page(), "c.png", home=value("", "unregistered"), guest=value("7"), sum=value("8")))
    assert path.read_text().splitlines()[0] == "at,source,frame,seconds,home,guest,sum,doubtful"
    assert [list(row.values())[4:] for row in rows(path)] == [
        ["12", "9", "-1.5", ""],
        ["", "", "4", "home;sum"],
        ["", "7", "8", "home"],
    ]


def test_of_fields_before_a_camera_a_row_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with Table(path, Changes(), ("home",)) as table:
        for i in range(40):
            table.write(result(i, page(), home=value("12" if i < 20 else "13")))
    assert [(row["home"], row["frame"]) for row in rows(path)] == [("12", "4"), ("13", "24")]


def test_a_file_with_the_same_columns_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    for number in ("1", "2", "3"):
        with Table(path, Changes(every=True)) as table:
            table.write(result(0, page(number)))
    assert path.read_text().count(HEADER) == 1
    assert [row["number"] for row in rows(path)] == ["1", "2", "3"]


@pytest.mark.parametrize("kept", ["\ufeff" + HEADER + "\r\n", HEADER + "\r\n,0,0,0,5,1,true,0,0,1,1", HEADER])
def test_a_file_that_a_spreadsheet_or_a_crash_left_goes_on(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(kept.encode("utf-8"))
    with Table(path, Changes(every=True)) as table:
        table.write(result(0, page("12")))
    assert path.read_bytes().startswith(kept.encode("utf-8"))
    assert path.read_text(encoding="utf-8").splitlines()[-1].split(",")[4] == "12"


@pytest.mark.parametrize(
    "kept", [b"a,b\n1,2\n", b"at;source;frame\n", b"\xff\xd8\xff\xe0JFIF\x00\x01", b"notes\n", b"\n"]
)
def test_a_file_with_other_columns_is_refused_and_stays_as_it_is(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(kept)
    with (
        pytest.raises(LivedigitsError, match=r"cannot go on with .*out\.csv: .*(columns|no CSV)"),
        Table(path, Changes()),
    ):
        pass
    assert path.read_bytes() == kept


def test_a_run_that_fails_leaves_no_file_and_one_without_rows_leaves_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with pytest.raises(ZeroDivisionError), Table(path, Changes()):
        raise ZeroDivisionError
    assert not path.exists()
    with Table(path, Changes()):
        pass
    assert path.read_text() == HEADER + "\n"


def test_a_path_that_cannot_be_written_is_told_on_entering(tmp_path: Path) -> None:
    with pytest.raises(LivedigitsError, match="missing"), Table(tmp_path / "missing" / "out.csv", Changes()):
        pass


def test_a_field_that_is_called_like_a_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(LivedigitsError, match="the field source"):
        Table(tmp_path / "out.csv", Changes(), ("home", "source"))


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with Table("-", Changes(every=True)) as table:
        table.write(result(0, page("12"), "zw\u00f6lf-\udcff.png"))
    header, row = capsys.readouterr().out.splitlines()
    assert header == HEADER and row.split(",")[1] == "zw\u00f6lf-\ufffd.png"
