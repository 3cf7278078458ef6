"""livedigits video: parts of files, runs that are resumed, and what is for programs."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from livedigits import cli
from livedigits.outputs.resume import read_done
from livedigits.sources.video import open_video
from tests import mjpeg
from tests.sources.test_video import convert, ffmpeg, write_video
from tests.test_cli import Running, fake, frames_in, invoke, long_video, needs_groups, no_display, rows, video

__all__ = ["fake", "ffmpeg", "long_video", "no_display"]  # fixtures

SAMPLE = Path(cli.__file__).parents[1] / "samples" / "sheet.mp4"
PLACES = ("source", "frame", "time")


def places(text: str) -> list[tuple[Any, ...]]:
    """Source, frame and time of each line."""
    return [tuple(row[key] for key in PLACES) for row in rows(text)]


def test_a_part_says_how_far_it_went_and_one_frame_is_one(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 60)
    part = invoke("video", path, "--no-window", "--start", 1, "--end", "1:30").stdout
    assert part.startswith(f"{path}: 30 frames in ") and ", up to 0:01; " in part
    assert invoke("video", path, "--no-window", "--every", 100).stdout.startswith(f"{path}: 1 frame in ")
    assert "up to" not in invoke("video", path, "--no-window").stdout


def test_the_sample_comes_with_livedigits(fake: None) -> None:
    result = invoke("video", "--sample", "--no-window", "--end", 0.2, "--json", "-")
    assert result.exit_code == 0 and len(rows(result.stdout)) == 6
    assert Path(rows(result.stdout)[0]["source"]).samefile(SAMPLE)
    assert invoke("video").exit_code == invoke("video", "--sample", SAMPLE).exit_code == 2


# -- parts of a file --------------------------------------------------------------------------------------------------


def test_numbers_and_times_of_a_part_are_those_of_the_file(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 60)
    whole = places(invoke("video", path, "--no-window", "--json", "-").stdout)
    for options, part in [
        (["--start", "0:01"], slice(30, None)),
        (["--end", "0.5"], slice(0, 15)),
        (["--start", "0:00:00.5", "--end", "1.5"], slice(15, 45)),
        (["--every", "7"], slice(0, None, 7)),
        (["--start", "1", "--every", "4"], slice(30, None, 4)),
    ]:
        result = invoke("video", path, "--no-window", "--json", "-", *options)
        assert result.exit_code == 0
        assert places(result.stdout) == whole[part], options


def test_a_part_of_a_video_with_a_varying_rate_has_the_right_frames(tmp_path: Path, ffmpeg: str) -> None:
    path = write_video(tmp_path / "a.avi", 60, fps=30)
    sparse = convert(ffmpeg, path, "sparse.mkv", "-vf", "select='lt(n,5)+gte(n,50)'", "-vsync", "vfr", "-c:v", "mpeg4")
    with open_video(sparse) as source:
        whole = [(frame.index, frame.time) for frame in source]
    with open_video(sparse, start=1.0, every=3) as source:
        part = [(frame.index, frame.time, mjpeg.number_of(frame.image)) for frame in source]
    assert [number for _, _, number in part] == [50, 53, 56, 59]
    assert [(index, time) for index, time, _ in part] == whole[5::3]


def test_a_part_behind_the_end_is_an_error(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 30)
    result = invoke("video", path, "--no-window", "--start", 5)
    assert result.exit_code == 1
    assert result.stderr == f"Error: {path} lasts 1.0 s, there is nothing from 5 s on\n"


def test_an_annotated_part_plays_as_long_as_the_part(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 60)
    invoke("video", path, "--no-window", "--start", 1, "--every", 10, "--save", tmp_path / "out.mp4")
    with open_video(tmp_path / "out.mp4") as source:
        assert [frame.time for frame in source] == pytest.approx([0, 1 / 3, 2 / 3], abs=0.002)


def test_the_progress_is_that_of_the_part(tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 60)
    for options, count in [
        ({}, 60),
        ({"start": 1.0}, 30),
        ({"end": 0.5}, 15),
        ({"start": 0.5, "end": 1.5, "every": 4}, 8),
        ({"after": 49}, 10),
        ({"after": 80}, 0),
    ]:
        with open_video(path, **options) as source:  # type: ignore[arg-type]
            assert source.count == count == len(list(source))


@pytest.mark.parametrize(
    "options",
    [
        ["--start", "x"],
        ["--start", "-1"],
        ["--start", "1:75"],
        ["--start", "1:75:00"],
        ["--start", "10", "--end", "0:10"],
        ["--every", "0"],
        ["--view", "nowhere"],
        ["--json", "-", "--events", "-"],
        ["--json", "both.jsonl", "--events", "./both.jsonl"],
        ["--resume"],
        ["--resume", "--json", "-"],
        ["--resume", "--json", "x.jsonl", "--save", "x.mp4"],
        ["--resume", "--json", "x.jsonl", "--events", "y.jsonl"],
    ],
)
def test_wrong_usage_is_status_2_and_writes_nothing(
    fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    path = video(tmp_path / "desk.mp4", 3)
    monkeypatch.chdir(tmp_path)
    result = invoke("video", path, "--no-window", *options)
    assert result.exit_code == 2
    assert "Error: " in result.stderr and result.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["desk.mp4"]


def test_the_help_says_what_resume_needs() -> None:
    text = " ".join(invoke("video", "-h").stdout.split())
    assert "needs that, and goes without --save and --events" in text


def test_events_never_go_over_a_video(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 3)
    assert invoke("video", path, "--no-window", "--events", path).exit_code == 1
    assert frames_in(path) == 3


# -- resuming ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [video(tmp_path / name, frames) for name, frames in (("a.mp4", 20), ("b.mp4", 30), ("c.mp4", 10))]


def resumed(out: Path, *arguments: object) -> Any:
    return invoke("video", *arguments, "--no-window", "--json", out, "--resume")


@pytest.mark.parametrize("options", [[], ["--every", "3"], ["--start", "0.2", "--end", "0.8"]])
def test_a_resumed_run_ends_as_one_that_was_not_interrupted(
    fake: None, files: list[Path], tmp_path: Path, options: list[str]
) -> None:
    out = tmp_path / "out.jsonl"
    invoke("video", *files, "--no-window", "--json", out, *options)
    whole = out.read_bytes()
    for cut in (0, 1, 10, 400, len(whole) // 2, whole.rindex(b"c.mp4") + 30, len(whole) - 1, len(whole)):
        out.write_bytes(whole[:cut])  # nearly always in the middle of a line
        result = resumed(out, *files, *options)
        assert result.exit_code == 0, result.stderr
        assert out.read_bytes() == whole, f"cut at {cut}"


def test_without_a_file_resuming_begins(fake: None, files: list[Path], tmp_path: Path) -> None:
    assert resumed(tmp_path / "new.jsonl", files[0]).exit_code == 0
    assert len((tmp_path / "new.jsonl").read_text().splitlines()) == 20


def test_the_tracks_of_a_resumed_run_are_new(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    options = (SAMPLE, "--no-window", "--json", out, "--start", 4)
    invoke("video", *options, "--end", 4.4)
    first = {digit["track"] for row in rows(out.read_text()) for digit in row["digits"]}
    invoke("video", *options, "--end", 4.8, "--resume")
    second = {digit["track"] for row in rows(out.read_text())[12:] for digit in row["digits"]}
    assert first and second and min(second) > max(first)


@pytest.mark.parametrize(
    ("kept", "arguments", "expected"),
    [
        ("a b", "b a", "not next"),
        ("a b", "a c", "not next"),
        ("a", "a --every 2", "--every"),
        ("a", "a --start 0.3", "--start"),
    ],
)
def test_results_of_another_run_are_left_alone(
    fake: None, files: list[Path], tmp_path: Path, kept: str, arguments: str, expected: str
) -> None:
    path = {file.stem: file for file in files}
    out = tmp_path / "out.jsonl"
    invoke("video", *[path[name] for name in kept.split()], "--no-window", "--json", out)
    before = out.read_bytes()
    result = resumed(out, *[path.get(word, word) for word in arguments.split()])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1 and expected in result.stderr and str(out) in result.stderr
    assert out.read_bytes() == before


@pytest.mark.parametrize("text", ["notes\n", "notes", '{"source": "a.mp4"}\n', "[]\n", "\0\0\0"])
def test_a_file_of_something_else_is_left_alone(fake: None, files: list[Path], tmp_path: Path, text: str) -> None:
    out = tmp_path / "notes.txt"
    out.write_text(text)
    result = resumed(out, files[0])
    assert result.exit_code == 1 and "line 1" in result.stderr
    assert out.read_text() == text


def test_a_file_that_could_not_be_read_before_is_told(fake: None, files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    a, b, c = files
    invoke("video", a, c, "--no-window", "--json", out)
    result = resumed(out, a, b, c)
    assert result.exit_code == 1
    assert f"Error: {b} is not in {out}" in result.stderr
    assert [row["source"] for row in rows(out.read_text())] == [str(a)] * 20 + [str(c)] * 10


def test_the_same_file_twice(fake: None, files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    invoke("video", files[2], files[2], "--no-window", "--json", out)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(True)[:13]))
    assert [(done.first, done.last) for done in read_done(str(out))] == [(0, 9), (0, 2)]
    assert resumed(out, files[2], files[2]).exit_code == 0
    assert out.read_bytes() == whole


@pytest.mark.slow
@needs_groups
def test_a_run_that_was_killed_goes_on(long_video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with Running("video", long_video, "--no-window", "--json", out, "--every", "3") as running:
        while not out.exists() or out.read_bytes().count(b"\n") < 20:
            assert running.process.poll() is None
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    assert 20 <= out.read_bytes().count(b"\n") < 1000
    with Running("video", long_video, "--no-window", "--json", out, "--every", "3", "--resume") as running:
        code, _, _ = running.end()
    assert code == 0
    assert [row["frame"] for row in rows(out.read_text())] == list(range(0, 3000, 3))
