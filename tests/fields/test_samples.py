"""The commands of docs/fields.md do what it says."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from livedigits.cli import main

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^    livedigits (.+)$", (ROOT / "docs" / "fields.md").read_text(encoding="utf-8"), re.M)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "samples" / "fields", tmp_path / "samples" / "fields")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(start: str) -> str:
    """What the page's command that starts so prints."""
    (command,) = [command for command in COMMANDS if command.startswith(start)]
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, done.output
    return done.output


def test_the_counter(checkout: Path) -> None:
    assert "count 04718" in run("image samples/fields/counter.jpg")


@pytest.mark.slow
def test_the_form(checkout: Path) -> None:
    for sheet in sorted((checkout / "samples" / "fields" / "sheets").iterdir())[4:]:  # each takes seconds
        sheet.unlink()
    run("image samples/fields/sheets")
    truth = json.loads((checkout / "samples" / "fields" / "sheets.json").read_text())
    with open("out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 and len(truth) == 10
    cells = [
        (row[name], text, row["doubtful"]) for row in rows for name, text in truth[Path(row["source"]).name].items()
    ]
    assert sum(read == text for read, text, _ in cells) > 0.6 * len(cells)
    assert "0 cells corrected" in run("corrections look")


@pytest.mark.slow
def test_the_score_board(checkout: Path) -> None:
    run("video samples/fields/score.mp4")
    lines = [json.loads(line) for line in Path("score.jsonl").read_text().splitlines()]
    settled = [
        (line["field"], line["value"]) for line in lines if line["event"] in ("settled", "changed") and "field" in line
    ]
    assert [value for name, value in settled if name == "home"] == [0, 1, 3, 4]
    assert [value for name, value in settled if name == "guest"] == [0, 2, 3]
