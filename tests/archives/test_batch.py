"""livedigits batch: much read on several cores; parts that are there are kept, what is damaged is a row."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.archives import plan
from livedigits.archives.batch import run
from livedigits.archives.inputs import expanded
from livedigits.archives.rows import Rows, UnitReader
from livedigits.archives.store import Store
from livedigits.errors import LivedigitsError
from livedigits.profiles.profile import Profile
from livedigits.sources.ranges import frame_times, open_range
from livedigits.sources.video import open_video
from tests import pages
from tests.sources.test_video import convert, ffmpeg, write_video
from tests.test_cli import invoke, livedigits

__all__ = ["ffmpeg"]  # a fixture


def rows_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for part in sorted(folder.glob("part-*.jsonl")) for line in part.open()]


def picture(path: Path, text: str) -> Path:
    cv2.imwrite(str(path), pages.page(text, 40, size=(140, 80), at=(30, 20))[0])
    return path


def moving(path: Path, seconds: float, text: str = "407", fps: int = 15) -> Path:
    """A video of a sheet that sways; every third second it is out of sight."""
    sheet = pages.page(text, 40, size=(280, 120), at=(40, 40))[0]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (320, 180))
    for i in range(round(seconds * fps)):
        frame = np.full((180, 320, 3), (225, 230, 232), np.uint8)
        if i / fps % 3 < 2.5:
            x, y = 20 + round(15 * np.sin(i / 20)), 30 + round(10 * np.cos(i / 15))
            frame[y : y + 120, x : x + 280] = sheet
        writer.write(frame)
    writer.release()
    return path


class Alone:
    """An engine without processes; counts the units that it is asked for."""

    cores, lost = 1, 0

    def __init__(self, make: UnitReader = UnitReader()) -> None:  # noqa: B008  # frozen
        self.make = make
        self.units: list[plan.Unit] = []

    def map(self, tasks: Iterable[plan.Unit]) -> Iterator[Rows | Exception]:
        read = self.make()
        for unit in tasks:
            self.units.append(unit)
            yield read(unit)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A picture, a damaged one, one in a sub-folder, a short video, and a file that is neither."""
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    picture(folder / "page2.png", "83")
    (folder / "page10.png").write_bytes(b"no picture")
    picture(folder / "more" / "page1.png", "26")
    moving(folder / "desk.mp4", 0.4)
    (folder / "notes.md").write_text("no picture")
    return folder


def test_a_batch_is_what_image_and_video_read_and_damage_is_a_row(scans: Path, tmp_path: Path) -> None:
    result = livedigits("batch", scans, "--out", tmp_path / "out", "--jobs", 2)
    assert result.returncode == 1 and "1 inputs could not be read" in result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""
    read = rows_in(tmp_path / "out")
    names = ["desk.mp4"] * 6 + ["more/page1.png", "page2.png", "page10.png"]
    assert [row["source"] for row in read] == [str(scans / name) for name in names]
    lines = invoke("video", scans / "desk.mp4", "--no-window", "--json", "-").stdout.splitlines()
    assert read[:6] == [json.loads(line) for line in lines]
    lines = invoke("image", scans / "more" / "page1.png", scans / "page2.png", "--json", "-").stdout.splitlines()
    assert [row["digits"] for row in read[6:8]] == [json.loads(line)["digits"] for line in lines]
    assert "page10.png" in read[8]["error"] and read[8]["digits"] == []
    again = livedigits("batch", scans, "--out", tmp_path / "out")
    assert again.returncode == 0 and "all 2 parts are there" in again.stderr


def test_what_is_given_is_expanded_in_a_fixed_order(scans: Path, tmp_path: Path) -> None:
    names = [str(scans / name) for name in ("desk.mp4", "more/page1.png", "page2.png", "page10.png")]
    assert expanded([str(scans)]) == names
    assert expanded([str(scans / "page*.png")]) == names[2:]
    (tmp_path / "list.txt").write_text("# what there is\nscans/page2.png\n\nscans/more\n")
    assert expanded([str(tmp_path / "list.txt"), names[2]]) == [names[2], names[1]]
    for given, problem in ((tmp_path / "*.gif", "nothing has such a name"), (tmp_path / "no.txt", "list")):
        with pytest.raises(LivedigitsError, match=problem):
            expanded([str(given)])
    (tmp_path / "empty").mkdir()
    with pytest.raises(LivedigitsError, match="no pictures and no videos"):
        expanded([str(tmp_path / "empty")])


def test_every_nth_frame_is_read_of_a_video_in_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = moving(tmp_path / "desk.mp4", 9, fps=10)
    monkeypatch.setattr(plan, "RANGE", 4.5)
    store = Store(str(tmp_path / "out"), "jsonl")
    store.begin("x", {}, False)
    run(plan.plan([str(path)], lambda _: True, lambda _: 9.0), set(), store, Alone(UnitReader(every=7)))
    assert [row["frame"] for row in rows_in(tmp_path / "out")] == list(range(0, 90, 7))
    assert len(list((tmp_path / "out").glob("part-*"))) == 2


@pytest.mark.slow
def test_points_and_what_was_learned_count_and_another_profile_is_another_batch(tmp_path: Path) -> None:
    crop = np.zeros((28, 28, 2), np.uint8)
    crop[4:24, 12:16] = 255
    profile = tmp_path / "hand.npz"
    Profile().learn(crop, 3).save(profile)
    image = pages.page("12 34", 40, size=(260, 80), at=(30, 20))[0]
    cv2.circle(image, (118, 62), 3, (40, 30, 30), -1)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    given = "--profile", profile, "--decimal"
    assert livedigits("batch", tmp_path / "a.png", "--out", tmp_path / "out", "--jobs", 1, *given).returncode == 0
    (row,) = rows_in(tmp_path / "out")
    line = json.loads(invoke("image", tmp_path / "a.png", "--json", "-", *given).stdout)
    assert row["digits"] == line["digits"] and row["numbers"] == line["numbers"] and row["digits"]
    refused = livedigits(
        "batch", tmp_path / "a.png", "--out", tmp_path / "out", "--jobs", 1, "--no-profile", "--decimal"
    )
    assert refused.returncode == 1 and "another profile" in refused.stderr


@pytest.mark.slow
def test_a_video_in_ranges_is_the_video_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = moving(tmp_path / "desk.mp4", 16)
    results = []
    for length in (1000.0, 5.5):
        monkeypatch.setattr(plan, "RANGE", length)
        store, engine = Store(str(tmp_path / str(length)), "jsonl"), Alone()
        store.begin("x", {}, False)
        run(plan.plan([str(path)], lambda _: True, lambda _: 16.0), set(), store, engine)
        results.append((rows_in(tmp_path / str(length)), len(engine.units)))
    (one, pieces), (many, ranges) = results
    assert (pieces, ranges) == (1, 3)
    assert [(row["frame"], row["time"]) for row in many] == [(row["frame"], row["time"]) for row in one]
    shown = [[[(d["digit"], d["track"]) for d in row["digits"]] for row in rows] for rows in (one, many)]
    assert shown[0] == shown[1] and any(shown[0])
    assert [[n["text"] for n in row["numbers"]] for row in one] == [[n["text"] for n in row["numbers"]] for row in many]


def test_a_range_has_the_frames_that_reading_from_the_start_gives(tmp_path: Path, ffmpeg: str) -> None:
    path = write_video(tmp_path / "a.avi", 200, fps=30)
    made = [path]
    made.append(convert(ffmpeg, path, "h264.mp4", "-c:v", "libx264", "-g", "40", "-bf", "2"))
    sparse = "-vf", "select='not(mod(n\\,3))'", "-vsync", "vfr", "-c:v", "mpeg4"
    made.append(convert(ffmpeg, path, "sparse.mkv", *sparse))
    for file in made:
        with open_video(file, 4.0, 5.5) as source:
            wanted = [(f.index, f.time, f.image.mean()) for f in source]
        with open_range(str(file), 4.0, 5.5) as source:
            given = [(f.index, f.time, f.image.mean()) for f in source]
        assert given == wanted and len(given) > 10, file
    times = frame_times(str(made[1]))
    assert times is not None and len(times) == 200


def test_a_batch_that_was_stopped_does_what_is_missing_once(scans: Path, tmp_path: Path) -> None:
    moving(scans / "more.mp4", 0.4, "26")
    files = expanded([str(scans)])
    parts = plan.plan(files, lambda name: name.endswith("mp4"), lambda _: 0.4)
    assert [part.inputs for part in parts] == [1, 1, 1, 2]
    store = Store(str(tmp_path / "out"), "jsonl")
    assert store.begin("x", {}, False) == set()
    run(parts, set(), store, Alone())
    whole = rows_in(tmp_path / "out")
    (tmp_path / "out" / "part-00001.jsonl").unlink()
    engine = Alone()
    totals = run(parts, store.begin("x", {}, False), store, engine)
    assert engine.units == list(parts[1].units) and (totals.written, totals.kept) == (1, 3)
    assert rows_in(tmp_path / "out") == whole
    with pytest.raises(LivedigitsError, match="another batch"):
        store.begin("y", {}, False)
    assert store.begin("y", {}, True) == set()


@pytest.mark.parametrize("content", ["", "[1]", "{", "[" * 99_999, '{"tracks": "1", "tail": []}', '{"tracks": 1}'])
def test_a_damaged_file_of_a_batch_is_one_line(tmp_path: Path, content: str) -> None:
    store = Store(str(tmp_path), "jsonl")
    store.begin("x", {}, False)
    (tmp_path / ".state" / "part-00001.jsonl.json").write_text(content)
    with pytest.raises(LivedigitsError, match=r"part-00001.jsonl.json is damaged: give another --out"):
        store.state(1)
    (tmp_path / "batch.json").write_text(content)
    with pytest.raises(LivedigitsError, match="is damaged" if "track" not in content else "another batch"):
        store.begin("x", {}, False)
    assert store.begin("x", {}, True) == set()


@pytest.mark.slow
def test_parquet_has_the_rows_of_json_lines_and_fields_as_columns(scans: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra cluster is not installed")
    shutil.rmtree(scans / "more")
    read = {}
    for suffix in ("jsonl", "parquet"):
        out = tmp_path / suffix
        field = "--region", "number=20,10,100,60"
        assert livedigits("batch", scans, "--out", out, "--format", suffix, "--jobs", 1, *field).returncode == 1
        read[suffix] = out
    lines = rows_in(read["jsonl"])
    table = [row for part in sorted(read["parquet"].glob("*.parquet")) for row in parquet.read_table(part).to_pylist()]
    for line, row in zip(lines, table, strict=True):
        assert row.pop("error") == line.pop("error", None)
        fields = line.pop("fields", {"number": None})
        number = row.pop("number")
        assert (number and number["text"]) == (fields["number"] and fields["number"]["text"])
        assert row == line
    assert {"number", "error"} <= set(parquet.read_schema(read["parquet"] / "part-00000.parquet").names)


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_whole(tmp_path: Path) -> None:
    for i in range(8):
        moving(tmp_path / f"desk{i}.mp4", 3)
    command = [sys.executable, "-m", "livedigits", "batch", tmp_path, "--out", tmp_path / "out", "--jobs", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not list((tmp_path / "out").glob("part-*")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in err
    kept = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("part-*")}
    assert 0 < len(kept) < 8
    result = livedigits("batch", *[tmp_path / f"desk{i}.mp4" for i in range(8)], "--out", tmp_path / "out", "--jobs", 2)
    assert result.returncode == 0 and f"({len(kept)} were there)" in result.stderr
    now = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("part-*")}
    assert len(now) == 8 and all(now[name] == kept[name] for name in kept)


@pytest.mark.parametrize("options", [["--out"], ["--jobs", "0", "--out", "x"], ["--format", "xml", "--out", "x"]])
def test_wrong_usage_is_status_2(tmp_path: Path, options: list[str]) -> None:
    assert invoke("batch", tmp_path, *options).exit_code == 2
