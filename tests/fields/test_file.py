"""Files of fields: what they say, and every mistake in them as one line with its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.fields.definition import Settle
from livedigits.fields.file import load, parsed, written

GOOD = """
anchor = "form.png"
unit = "share"

[fields.home]
region = [0.1, 0.2, 0.3, 0.25]
expect = "##?"
least = 0
greatest = 99
confidence = 0.8

[fields.home.settle]
frames = 5
seconds = 0.5
step = 3
falls = false
recover = 12

[fields."the clock"]
region = [[0.5, 0.1], [0.9, 0.15], [0.9, 0.3], [0.5, 0.25]]
expect = "##:##"
"""


def test_a_file_names_fields_and_their_rules(tmp_path: Path):
    file = tmp_path / "desk.toml"
    file.write_text(GOOD)
    fields = load(file)
    assert fields.names == ("home", "the clock") and fields.share and fields.anchor == tmp_path / "form.png"
    home, clock = fields
    assert home.form is not None and home.form.text == "##?" and (home.least, home.greatest) == (0, 99)
    assert home.settle == Settle(5, 0.5, 3, False, 12) and home.confidence == 0.8
    assert clock.settle is None and clock.corners[1] == (0.9, 0.15)
    corners = fields.corners((200, 400, 3))
    assert np.allclose(corners[0], [[40, 40], [160, 40], [160, 90], [40, 90]])


def test_what_is_written_is_read_as_the_same(tmp_path: Path):
    fields = parsed(GOOD, tmp_path, "a.toml")
    assert parsed(written(fields, tmp_path), tmp_path, "b.toml") == fields


FIELD = "[fields.a]\nregion = [0, 0, 9, 9]\n"


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        ("[fields.a\nregion = 1", "line 1", "no TOML"),
        (FIELD + FIELD, "line 3", "no TOML"),
        ("", "fields", "there are none"),
        ("fields = 3", "fields", "there are none"),
        ("unit = 'mm'\n" + FIELD, "unit", '"px" or "share"'),
        ("anchor = 3\n" + FIELD, "anchor", "path of a picture"),
        ("ancor = 'a.png'\n" + FIELD, "ancor", "is anchor meant?"),
        ("[fields]\na = 1", "fields.a", "a table"),
        ("[fields.a]", "fields.a", "region is missing"),
        ("[fields.'']\nregion = [0, 0, 9, 9]", "fields", "a name"),
        ("[fields.a]\nregion = [0, 0, 9]", "fields.a.region", "x, y, width, height"),
        ("[fields.a]\nregion = [0, 0, 'a', 9]", "fields.a.region", "x, y, width, height"),
        ("[fields.a]\nregion = [0, 0, inf, 9]", "fields.a.region", "x, y, width, height"),
        ("[fields.a]\nregion = [0, 0, 0, 9]", "fields.a.region", "above 0"),
        ("[fields.a]\nregion = [[0, 0], [9, 0], [9, 9]]", "fields.a.region", "four corners"),
        ("[fields.a]\nregion = [[0, 0], [9, 9], [9, 0], [0, 9]]", "fields.a.region", "clockwise"),
        ("[fields.a]\nregion = [[0, 0], [0, 9], [9, 9], [9, 0]]", "fields.a.region", "clockwise"),
        (f"[fields.a]\nregion = [0, 0, 1{'0' * 400}, 9]", "fields.a.region", "x, y, width, height"),
        ("[fields.a]\nregion = [0, 0, 1e7, 9]", "fields.a.region", "1,000,000"),
        (FIELD + f"least = 1{'0' * 400}", "fields.a.least", "a number"),
        (FIELD + f"expect = '{'#' * 201}'", "fields.a.expect", "200 characters"),
        (FIELD + "expects = '##'", "fields.a.expects", "is expect meant?"),
        (FIELD + "colour = 'red'", "fields.a.colour", "known are region"),
        (FIELD + "expect = 12", "fields.a.expect", "text such as"),
        (FIELD + "expect = ''", "fields.a.expect", "empty"),
        (FIELD + "expect = '?#'", "fields.a.expect", "begins with ?"),
        (FIELD + "expect = 'ab'", "fields.a.expect", "no # in it"),
        (FIELD + "least = 'two'", "fields.a.least", "a number"),
        (FIELD + "least = true", "fields.a.least", "a number"),
        (FIELD + "least = nan", "fields.a.least", "a number"),
        (FIELD + "least = 9\ngreatest = 3", "fields.a.least", "more than greatest"),
        (FIELD + "expect = '##'\nleast = 100", "fields.a", "no value"),
        (FIELD + "greatest = -1", "fields.a", "no value"),
        (FIELD + "expect = '##:##'\ngreatest = 1200", "fields.a.greatest", "no number"),
        (FIELD + f"expect = '{'#?' * 13}#'\nleast = 1", "fields.a.expect", "at most"),
        (FIELD + "confidence = 2", "fields.a.confidence", "0 to 1"),
        (FIELD + "settle = 3", "fields.a.settle", "a table"),
        (FIELD + "settle = {frame = 3}", "fields.a.settle.frame", "is frames meant?"),
        (FIELD + "settle = {frames = 0}", "fields.a.settle.frames", "from 1 up"),
        (FIELD + "settle = {frames = 1.5}", "fields.a.settle.frames", "whole number"),
        (FIELD + "settle = {seconds = -1}", "fields.a.settle.seconds", "from 0 up"),
        (FIELD + "settle = {step = -1}", "fields.a.settle.step", "from 0 up"),
        (FIELD + "settle = {falls = 'no'}", "fields.a.settle.falls", "true or false"),
        (FIELD + "settle = {recover = true}", "fields.a.settle.recover", "whole number"),
        (FIELD + "expect = '#:#'\nsettle = {step = 1}", "fields.a.settle.step", "no number"),
        ("a = " + "[" * 5000, "wrong.toml", "no"),
    ],
)
def test_each_mistake_is_one_line_with_its_place(tmp_path: Path, content: str, place: str, problem: str):
    file = tmp_path / "wrong.toml"
    file.write_text(content)
    with pytest.raises(LivedigitsError) as error:
        load(file)
    said = str(error.value)
    assert str(file) in said and place in said and problem in said and "\n" not in said
    assert len(said) < 400


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(LivedigitsError, match=r"gone\.toml"):
        load(tmp_path / "gone.toml")
    (tmp_path / "latin.toml").write_bytes(b"anchor = '\xe4'")
    with pytest.raises(LivedigitsError, match="not UTF-8"):
        load(tmp_path / "latin.toml")


def test_a_number_with_more_digits_than_python_reads_is_one_line() -> None:
    with pytest.raises(LivedigitsError, match="input is no file of fields: a number in it has too many digits"):
        parsed(f"[fields.a]\nleast = {'9' * 5000}\n", Path(), "input")
