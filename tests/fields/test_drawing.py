"""Fields that are drawn over frames: read at once and from then on, and kept in a file that takes nothing's place."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits import Reader
from livedigits.errors import LivedigitsError
from livedigits.fields.drawing import Drawing
from livedigits.fields.file import load
from livedigits.fields.reading import FieldReader
from livedigits.types import Frame
from tests import pages
from tests.fields import sheets

BOX = (30, 90, 240, 120)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frame(text: str, index: int = 0) -> Frame:
    return Frame(pages.page(text, 60, size=(640, 360))[0], index, index / 30, "desk")


def test_a_field_drawn_is_read_at_once_and_in_what_follows(reader: Reader, here: Path) -> None:
    said: list[str] = []
    drawing = Drawing(FieldReader(reader, 0.5), None, None, said.append)
    assert drawing(frame("12")) == {}
    values, path = drawing.add(frame("12"), BOX)
    assert values["field1"].text == "12" and path == Path("fields.toml")
    assert said == ["field1 is kept in fields.toml"]
    assert drawing(frame("17", 1))["field1"].text == "17"
    drawing.add(frame("17", 2), (0, 0, 20, 20))
    assert load(path).names == ("field1", "field2") and load(path).fields[0].corners[0] == (30, 90)
    drawing.restart()
    assert list(drawing(frame("12"))) == ["field1", "field2"]


def test_nothing_that_is_there_is_written_over(reader: Reader, here: Path) -> None:
    (here / "fields.toml").write_text("mine")
    drawing = Drawing(FieldReader(reader), None, None, lambda line: None)
    assert drawing.add(frame("12"), BOX)[1] == Path("fields-2.toml")
    with open("fields-2.toml", "a") as file:
        file.write("expect = '##'\n")  # somebody goes on with it
    assert drawing.add(frame("12"), BOX)[1] == Path("fields-3.toml")
    assert (here / "fields.toml").read_text() == "mine" and load("fields-2.toml").fields[0].form is not None


@pytest.mark.parametrize("unit", ["px", "share"])
def test_beside_an_anchor_it_is_where_it_lies_on_the_sheet(reader: Reader, here: Path, unit: str) -> None:
    (here / "forms").mkdir()
    region = "[224, 180, 352, 48]" if unit == "px" else "[0.36, 0.41, 0.57, 0.11]"
    given = here / "forms" / "form.toml"
    given.write_text(f'anchor = "form.png"\nunit = "{unit}"\n[fields.field1]\nregion = {region}\n')
    cv2.imwrite(str(here / "forms" / "form.png"), sheets.sheet())
    real = sheets.placed(4.0, 10.0)
    image = sheets.photo(sheets.sheet(), real)
    drawing = Drawing(FieldReader(reader), load("forms/form.toml"), Path("forms/form.toml"), lambda line: None)
    middle = cv2.perspectiveTransform(np.array([[[400.0, 128.0]]]), real)[0, 0]
    x, y = (round(float(side)) for side in middle - (40, 15))
    values, path = drawing.add(Frame(image, 0, 0.0, "desk"), (x, y, 80, 30))
    assert path == Path("forms/form-2.toml") and list(values) == ["field2"]
    new = load(path)
    assert new.anchor == Path("forms/form.png") and new.names == ("field1", "field2") and new.share == (unit == "share")
    assert np.abs(new.corners(sheets.sheet().shape)[1].mean(0) - (400, 128)).max() < 3
    with pytest.raises(LivedigitsError, match="not found"):
        drawing.add(frame("12"), BOX)


def test_a_folder_that_cannot_be_written_is_said(reader: Reader, here: Path) -> None:
    drawing = Drawing(FieldReader(reader), None, here / "gone" / "desk.toml", lambda line: None)
    with pytest.raises(LivedigitsError, match="desk.toml"):
        drawing.add(frame("12"), BOX)
