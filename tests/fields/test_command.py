"""--fields, --region and --expect, as people give them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from livedigits.cli import main
from tests import pages

FILE = """
[fields.home]
region = [30, 90, 150, 120]
expect = "##?"
[fields.guest]
region = [[180, 90], [330, 90], [330, 210], [180, 210]]
confidence = 0.5
"""


SETTLE = """
confidence = 0.5
[fields.home.settle]
seconds = 0
"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "board.png"
    cv2.imwrite(str(path), pages.page("1237", 60, size=(640, 360))[0])
    return path


def called(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_picture_gives_a_value_for_each_field(tmp_path: Path, picture: Path):
    desk, table = tmp_path / "desk.toml", tmp_path / "out.csv"
    desk.write_text(FILE)
    done = called("image", picture, "--fields", desk, "--region", "none=400,220,200,90", "--json", "-", "--csv", table)
    assert done.exit_code == 0, done.output
    fields = json.loads(done.stdout)["fields"]
    assert list(fields) == ["home", "guest", "none"]
    home = fields["home"]
    assert list(home) == ["text", "value", "confidence", "state", "box", "since"]
    assert (home["text"], home["value"], home["box"], home["since"]) == ("12", 12, [30, 90, 150, 120], None)
    assert (fields["guest"]["text"], fields["none"]["state"]) == ("37", "missing")
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert (row["home"], row["guest"], row["none"]) == ("12", "37", "")


def test_one_field_needs_no_file(picture: Path):
    done = called("image", picture, "--region", "home=30,90,150,120", "--expect", "home=##", "--min-confidence", "0.5")
    assert done.exit_code == 0 and done.stdout == f"{picture}: home 12\n"
    refused = called("image", picture, "--region", "home=30,90,150,120", "--expect", "home=####")
    assert refused.stdout == f"{picture}: home 12 (refused)\n"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--region", "home"], 2, "NAME=x,y,w,h"),
        (["--region", "a=1,2,3,4", "--region", "a=1,2,3,4"], 2, "a is named twice"),
        (["--region", "home=1,2,3"], 1, "--region home=1,2,3"),
        (["--region", "home=1,2,-3,4"], 1, "above 0"),
        (["--expect", "home=##"], 1, "there is no field home"),
        (["--region", "home=1,2,30,40", "--expect", "homes=##"], 1, "is home meant?"),
        (["--region", "home=1,2,30,40", "--expect", "home=??"], 1, "--expect home"),
        (["--fields", "gone.toml"], 1, "gone.toml"),
    ],
)
def test_a_mistake_is_one_line(picture: Path, arguments: list[str], status: int, said: str):
    done = called("image", picture, *arguments)
    assert done.exit_code == status
    assert said in done.output.splitlines()[-1] and "Traceback" not in done.output


def test_a_mistake_in_a_file_is_one_line_with_its_place(tmp_path: Path, picture: Path):
    desk = tmp_path / "desk.toml"
    desk.write_text("[fields.home]\nregion = [0, 0, 9]\n")
    done = called("image", picture, "--fields", desk)
    assert done.exit_code == 1 and f"{desk}, fields.home.region: " in done.output
    desk.write_text("[fields.home]\nregion = [0, 0 9]\n")
    assert "line 2" in called("image", picture, "--fields", desk).output
    desk.write_text(FILE)
    twice = called("image", picture, "--fields", desk, "--region", "home=1,2,30,40")
    assert twice.exit_code == 1 and "has a field of this name" in twice.output


def test_events_tell_when_a_value_settled_and_changed(tmp_path: Path):
    video, desk, events = tmp_path / "desk.avi", tmp_path / "desk.toml", tmp_path / "events.jsonl"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 360))
    for text in ["12"] * 6 + ["13"] * 6:
        writer.write(np.ascontiguousarray(pages.page(text, 60, size=(640, 360))[0]))
    writer.release()
    desk.write_text(FILE.partition("[fields.guest]")[0].replace("150, 120", "240, 120") + SETTLE)
    done = called("video", video, "--no-window", "--fields", desk, "--events", events)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in events.read_text().splitlines()]
    told = [
        {key: event[key] for key in ("event", "frame", "text", "value", "was")} for event in told if "field" in event
    ]
    assert told == [
        {"event": "settled", "frame": 2, "text": "12", "value": 12, "was": None},
        {"event": "changed", "frame": 8, "text": "13", "value": 13, "was": "12"},
    ]
