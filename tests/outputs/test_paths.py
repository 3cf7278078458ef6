"""What commands do to the places that results go to: nothing before there are results, and all or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import livedigits as livedigits_api
from tests.test_cli import environment, fake, frames_in, invoke, livedigits, no_display, picture, python, rows, video

__all__ = ["fake", "no_display"]  # fixtures

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


# -- what was there before --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--json", "--events"])
@pytest.mark.parametrize("arguments", [["missing.mp4"], ["desk.mp4", "--start", "100"]])
def test_a_command_that_fails_leaves_what_was_there(
    fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    video(Path("desk.mp4"))
    Path("keep.jsonl").write_text("of another run\n")
    assert invoke("video", *arguments, "--no-window", "--overwrite", option, "keep.jsonl").exit_code == 1
    assert Path("keep.jsonl").read_text() == "of another run\n"
    assert invoke("video", *arguments, "--no-window", option, "new.jsonl").exit_code == 1
    assert not Path("new.jsonl").exists()


def test_a_missing_picture_leaves_what_was_there(fake: None, tmp_path: Path) -> None:
    keep = tmp_path / "keep.jsonl"
    keep.write_text("of another run\n")
    assert invoke("image", tmp_path / "missing.png", "--json", keep, "--overwrite").exit_code == 1
    assert keep.read_text() == "of another run\n"
    both = tmp_path / "missing.png", picture(tmp_path / "a.png")
    assert invoke("image", *both, "--json", keep, "--overwrite").exit_code == 1
    assert [row["source"] for row in rows(keep.read_text())] == [str(tmp_path / "a.png")]


def test_no_frames_and_no_events_are_an_empty_file(fake: None, tmp_path: Path) -> None:
    path, out, events = video(tmp_path / "desk.mp4", 30), tmp_path / "out.jsonl", tmp_path / "events.jsonl"
    for place in (out, events):
        place.write_text("of another run\n")
    to = "--json", out, "--events", events, "--overwrite"
    result = invoke("video", path, "--no-window", *to, "--start", 0.99, "--every", 9)
    assert result.exit_code == 1 and out.read_text() == events.read_text() == "of another run\n"
    dark = tmp_path / "dark.avi"
    writer = cv2.VideoWriter(str(dark), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 64))
    for _ in range(4):
        writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()
    # One of two fails, and there are frames, but none with a digit: old events would be taken for theirs.
    invoke("video", dark, tmp_path / "missing.mp4", "--no-window", "--events", events, "--overwrite")
    assert events.read_text() == ""
    read = invoke("video", dark, "--no-window", "--json", out, "--overwrite")
    assert read.exit_code == 0 and len(rows(out.read_text())) == 4
    invoke("video", dark, "--no-window", "--json", out, "--resume")
    assert len(rows(out.read_text())) == 4


def test_a_place_that_cannot_be_written_is_told_before_the_benchmark(tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4", 5)
    before = path.read_bytes()
    result = invoke("benchmark", tmp_path / "missing.mp4", "--json", tmp_path / "none" / "out.json")
    assert result.exit_code == 1 and "cannot write" in result.stderr
    assert invoke("benchmark", path, "--json", path).exit_code == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["video", "desk.mp4", "--json", "out.mp4", "--save", "./out.mp4"],
        ["video", "desk.mp4", "--events", "out.mp4", "--save", "out.mp4"],
        ["camera", "97", "--events", "out.mp4", "--save", "out.mp4"],
        ["camera", "97", "--events", "-", "--json", "-"],
        ["image", "one.png", "--json", "out.png", "--save", "out.png"],
        ["image", "one.png", "--json", "link.png", "--save", "real.png"],
        ["image", "one.png", "--save", "-"],
        ["image", "one.png", "--save", ""],
        ["video", "desk.mp4", "--save", "-"],
        ["video", "desk.mp4", "--json", ""],
    ],
)
def test_outputs_that_cannot_be_are_wrong_usage(
    fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    video(Path("desk.mp4"), 3)
    picture(Path("one.png"))
    Path("real.png").write_text("before")
    Path("link.png").symlink_to("real.png")
    before = sorted(path.name for path in tmp_path.iterdir())
    result = invoke(*arguments)
    assert result.exit_code == 2 and "Error: " in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert Path("real.png").read_text() == "before"


def test_results_of_several_videos_are_not_in_the_place_of_one(fake: None, tmp_path: Path) -> None:
    paths = [video(tmp_path / name, 3) for name in ("a.mp4", "b.mp4")]
    json_path = tmp_path / "read" / "a.mp4"
    assert invoke("video", *paths, "--no-window", "--save", tmp_path / "read", "--json", json_path).exit_code == 2
    assert not json_path.exists()


# -- pictures and their folder ----------------------------------------------------------------------------------------


def test_its_own_results_are_not_read(fake: None, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    paths = [picture(scans / "one.png"), picture(scans / "sub" / "two.png")]
    for again in ((), ("--overwrite",)):
        result = invoke("image", scans, "--save", scans / "read", *again)
        assert result.stdout.splitlines() == [f"{path}: 7" for path in paths]
        assert sorted(path.name for path in (scans / "read").iterdir()) == ["one.png", "two.png"]


@pytest.mark.parametrize(
    ("given", "save"), [("scans/one.png", "scans"), ("scans", "scans/"), ("scans", "scans/sub/..")]
)
def test_results_do_not_go_among_the_pictures(
    fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, save: str
) -> None:
    monkeypatch.chdir(tmp_path)
    picture(Path("scans/one.png"))
    Path("scans/sub").mkdir()
    result = invoke("image", given, "--save", save)
    assert result.exit_code == 1 and "give another folder" in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(path.name for path in Path("scans").iterdir()) == ["one.png", "sub"]


@pytest.mark.parametrize("command", ["image", "video"])
def test_what_is_no_folder_is_called_so(fake: None, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("before")
    path = picture(tmp_path / "one.png") if command == "image" else video(tmp_path / "desk.mp4", 3)
    result = invoke(command, path, "--save", tmp_path / "file")
    assert result.exit_code == 1 and result.stderr.endswith(f"cannot save into {tmp_path / 'file'}: it is no folder\n")


# -- full disks -------------------------------------------------------------------------------------------------------


def test_a_picture_is_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits are of POSIX systems")
    noise = np.random.default_rng(0).integers(0, 255, (600, 600, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "noise.png"), noise)
    out = tmp_path / "out"
    out.mkdir()
    (out / "noise.png").write_bytes(b"of another run")
    result = subprocess.run(
        [sys.executable, "-B", "-m", "livedigits", "image", tmp_path / "noise.png", "--save", out, "--overwrite"],
        capture_output=True,
        text=True,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
    )
    assert result.returncode == 1
    assert result.stderr == f"Error: cannot write {out / 'noise.png'}: File too large\n"
    assert [path.name for path in out.iterdir()] == ["noise.png"]
    assert (out / "noise.png").read_bytes() == b"of another run"


@needs_full
def test_a_video_that_could_not_be_saved_is_not_announced(fake: None, tmp_path: Path) -> None:
    path, link = video(tmp_path / "desk.mp4", 30), tmp_path / "out.mp4"
    link.symlink_to(FULL)
    result = invoke("video", path, "--no-window", "--save", link)
    assert result.exit_code == 1 and f"Error: cannot write {link}: " in result.stderr
    assert "annotated" not in result.stderr


def test_an_old_video_is_not_announced_as_new(fake: None, tmp_path: Path) -> None:
    old = video(tmp_path / "old.mp4", 3)
    result = invoke("video", tmp_path / "missing.mp4", "--no-window", "--save", old)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert frames_in(old) == 3


@needs_full
@pytest.mark.parametrize("unbuffered", ["", pytest.param("1", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "arguments",
    [
        ["-h"],
        ["--version"],
        ["image", "light.png"],
        ["image", "light.png", "--json", "-"],
        ["video", "desk.mp4", "desk.mp4", "--no-window"],
        ["video", "desk.mp4", "desk.mp4", "--no-window", "--json", "-"],
    ],
)
def test_a_full_standard_output_is_one_line(tmp_path: Path, arguments: list[str], unbuffered: str) -> None:
    picture(tmp_path / "light.png")
    video(tmp_path / "desk.mp4", 3)
    command = [sys.executable, "-m", "livedigits", *arguments]
    variables = environment(PYTHONUNBUFFERED=unbuffered)
    with FULL.open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=variables)
    assert result.returncode == 1
    assert result.stderr == "Error: cannot write standard output: No space left on device\n"


@needs_full
def test_events_that_cannot_be_printed_are_told_once() -> None:
    sample = Path(__file__).parents[2] / "samples" / "sheet.mp4"
    command = [sys.executable, "-m", "livedigits", "video", sample, "--start", "4", "--end", "4.5", "--no-window"]
    with FULL.open("w") as full:
        result = subprocess.run([*command, "--events", "-"], stdout=full, stderr=subprocess.PIPE, env=environment())
    assert result.returncode == 1 and b"Traceback" not in result.stderr
    assert result.stderr.count(b"cannot write standard output") == 1


@pytest.mark.parametrize("arguments", [["-h"], ["image", "light.png"]])
def test_a_reader_that_has_gone_is_no_error_to_tell(tmp_path: Path, arguments: list[str]) -> None:
    picture(tmp_path / "light.png")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "livedigits", *arguments]
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, env=environment())
    os.close(writing)
    assert result.stderr == b""


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there are no such names")
def test_any_name_makes_one_line_and_valid_json(tmp_path: Path) -> None:
    names = [b"two\nlines\x1b[2J.png", b"\xff.png"]
    for name in names:
        picture(tmp_path / "plain.png").rename(tmp_path / os.fsdecode(name))
    paths = [tmp_path / os.fsdecode(name) for name in names]
    result = livedigits("image", *paths)
    assert result.returncode == 0
    first, second = result.stdout.splitlines()
    assert first == rf"{tmp_path}/two\nlines\x1b[2J.png: no digits"
    assert second == rf"{tmp_path}/\udcff.png: no digits"
    sources = [row["source"] for row in rows(livedigits("image", *paths, "--json", "-").stdout)]
    assert sources == [str(paths[0]), f"{tmp_path}/\ufffd.png"]
    missing = livedigits("image", tmp_path / "no\nfile.png")
    assert missing.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there are no such names")
def test_a_run_on_a_name_that_is_no_utf_8_goes_on(fake: None, tmp_path: Path) -> None:
    path, out = video(tmp_path / "desk.mp4", 20).rename(tmp_path / "\udcff.mp4"), tmp_path / "out.jsonl"
    invoke("video", path, "--no-window", "--json", out, "--end", 0.3)
    assert "goes on after frame 8" in invoke("video", path, "--no-window", "--json", out, "--resume").stderr
    assert [row["frame"] for row in rows(out.read_text())] == list(range(20))
    json.loads(out.read_text().splitlines()[0].encode())["source"].encode("utf-8")


# -- the extra train --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help_needs_no_extra(command: str) -> None:
    script = (
        "import sys\nsys.modules.update(dict.fromkeys(('tensorflow', 'keras', 'matplotlib')))\n"
        "from livedigits.cli import main\nmain(sys.argv[1:], prog_name='livedigits')"
    )
    result = python("-c", script, command, "-h")
    assert result.returncode == 0 and f"Usage: livedigits {command} " in result.stdout
    if command == "train":
        result = python("-c", script, command)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == "Error: this needs TensorFlow: pip install 'livedigits[train]'\n"


# -- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "status"), [((), 130), ((signal.SIGTERM,), 143)])
def test_an_interrupted_benchmark_ends_with_the_signal(
    monkeypatch: pytest.MonkeyPatch, number: tuple[int, ...], status: int
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt(*number)

    monkeypatch.setattr("livedigits.diagnostics.throughput.measure", interrupted)
    assert invoke("benchmark", "desk.mp4").exit_code == status


@pytest.mark.parametrize("nothing", [None, 7, [[1, 2], [3, 4]]])
def test_what_is_no_picture_for_python_is_a_type_error(nothing: Any) -> None:
    for read in (livedigits_api.read, livedigits_api.Reader().read):
        with pytest.raises(TypeError, match=f"not {type(nothing).__name__}|of type {type(nothing).__name__}"):
            read(nothing)
