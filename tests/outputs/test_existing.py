"""What is there already is not written over unasked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from livedigits.outputs import recorder
from livedigits.outputs.paths import camera_target, keep_existing
from livedigits.outputs.recorder import Recording
from livedigits.types import Result
from tests.outputs.test_recorder import frame
from tests.outputs.test_sinks import SEVEN
from tests.test_cli import fake, invoke, no_display, picture, rows, video

__all__ = ["fake", "no_display"]  # fixtures

BEFORE = b"of another run"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    video(Path("desk.mp4"), 5)
    video(Path("two.mp4"), 5)
    picture(Path("one.png"))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "there"),
    [
        (["image", "one.png", "--json", "out.jsonl"], "out.jsonl"),
        (["image", "one.png", "--save", "read.png"], "read.png"),
        (["image", "one.png", "--save", "read"], "read/one.png"),
        (["video", "desk.mp4", "--no-window", "--json", "out.jsonl"], "out.jsonl"),
        (["video", "desk.mp4", "--no-window", "--events", "out.jsonl"], "out.jsonl"),
        (["video", "desk.mp4", "--no-window", "--save", "out.mp4"], "out.mp4"),
        (["video", "desk.mp4", "two.mp4", "--no-window", "--save", "read"], "read/two.mp4"),
    ],
)
def test_a_file_that_exists_is_refused_by_name_unless_it_may_be_written_over(
    fake: None, here: Path, arguments: list[str], there: str
) -> None:
    Path(there).parent.mkdir(exist_ok=True)
    Path(there).write_bytes(BEFORE)
    before = sorted(path for path in here.rglob("*"))
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert result.stderr == f"Error: {there} exists already: give another name, or --overwrite\n"
    assert Path(there).read_bytes() == BEFORE and sorted(path for path in here.rglob("*")) == before
    assert invoke(*arguments, "--overwrite").exit_code == 0
    assert Path(there).read_bytes() != BEFORE


@pytest.mark.parametrize(
    "arguments",
    [
        ["camera", "97", "--json", "out.json"],
        ["camera", "97", "--events", "out.json"],
        ["benchmark", "desk.mp4", "--json", "out.json"],
        ["benchmark", "--camera", "97", "--json", "out.json"],
        pytest.param(["evaluate", "--json", "out.json"], marks=pytest.mark.train),
        pytest.param(["evaluate", "--report", "report"], marks=pytest.mark.train),
    ],
)
def test_it_is_refused_before_anything_long_begins(here: Path, arguments: list[str]) -> None:
    if arguments[0] == "evaluate":
        pytest.importorskip("keras", reason="needs the extra train")
    Path("report").mkdir()
    for there in ("out.json", "report/index.html"):
        Path(there).write_bytes(BEFORE)
    result = invoke(*arguments)
    assert result.exit_code == 1 and "exists already: give another name, or --overwrite" in result.stderr
    assert result.stderr.count("\n") == 1
    assert Path("out.json").read_bytes() == Path("report/index.html").read_bytes() == BEFORE


def test_what_holds_nothing_is_written_and_what_is_resumed_goes_on(fake: None, here: Path) -> None:
    Path("empty.jsonl").touch()
    for _ in range(2):
        assert invoke("video", "desk.mp4", "--no-window", "--json", "/dev/null", "--events", "-").exit_code == 0
    keep_existing(["-", "", None, "/dev/null", here, "missing.json"])
    assert invoke("video", "desk.mp4", "--no-window", "--json", "empty.jsonl").exit_code == 0
    goes_on = invoke("video", "desk.mp4", "two.mp4", "--no-window", "--json", "empty.jsonl", "--resume")
    assert goes_on.exit_code == 0 and len(rows(Path("empty.jsonl").read_text())) == 10


def test_a_second_recording_of_a_camera_gets_a_free_name(here: Path) -> None:
    assert camera_target("c.mp4") == Path("c.mp4")
    for name in ("c.mp4", "c-2.mp4"):
        Path(name).write_bytes(BEFORE)
    assert camera_target("c.mp4") == Path("c-3.mp4")
    assert camera_target("c.mp4", overwrite=True) == Path("c.mp4")


def test_frames_that_an_encoder_is_too_slow_for_are_counted(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, went_on = threading.Event(), threading.Event()

    class SlowVideo:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> SlowVideo:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, result: Result) -> None:
            stuck.set()
            went_on.wait(10)

        def hold(self, until: float) -> None: ...

    monkeypatch.setattr(recorder, "VideoFile", SlowVideo)
    with Recording(Path("c.mp4")) as recording:
        recording.write(Result(frame(0.0), SEVEN))
        assert stuck.wait(10)
        for i in range(recorder.AHEAD + 3):
            recording.write(Result(frame(i / 30), SEVEN))
        assert recording.lost == 3
        went_on.set()
