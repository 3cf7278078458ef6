from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from livedigits import cli
from livedigits.cli import main
from livedigits.live import window
from livedigits.recognition.grouping import grouped
from livedigits.types import Digits
from tests.mjpeg import MjpegCamera

ROOT = Path(cli.__file__).parents[1]


class FakeReader:
    """Reads a 7 in every bright image, and nothing in a dark one."""

    decimal = False
    learned = None

    def __init__(self, model: object = None, min_confidence: float | None = None, *others: object) -> None:
        pass

    def read(self, image: np.ndarray) -> Digits:
        if image.mean() < 64:
            return Digits.empty()
        return grouped(
            Digits(
                np.array([[10, 20, 30, 40]], np.int32),
                np.array([7]),
                np.ones(1, np.float32),
                np.ones((1, 10), np.float32),
            )
        )

    def look(self, image: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(digits=self.read(image), regions=[], turned=0)


class FakeVideoReader:
    last_track = 0

    def __init__(self, reader: FakeReader, last_track: int = 0) -> None:
        self.reader = reader

    def ahead(self, image: np.ndarray, time: float) -> Callable[[], None]:
        return lambda: None

    def look(self, image: np.ndarray, time: float, ahead: object = None) -> SimpleNamespace:
        return self.reader.look(image)


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livedigits.recognition.reader.Reader", FakeReader)
    monkeypatch.setattr("livedigits.live.following.VideoReader", FakeVideoReader)


def invoke(*arguments: object) -> Result:
    try:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]
    except TypeError:  # since click 8.2 they are always apart
        runner = CliRunner()
    return runner.invoke(main, [str(a) for a in arguments], prog_name="livedigits")


def picture(path: Path, value: int = 255) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((60, 80, 3), value, np.uint8))
    return path


def video(path: Path, frames: int = 12, fps: float = 30.0, size: tuple[int, int] = (160, 120)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    for i in range(frames):
        writer.write(np.full((size[1], size[0], 3), 100 + i % 100, np.uint8))
    writer.release()
    return path


def rows(text: str) -> list[dict[str, Any]]:
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def frames_in(path: Path) -> int:
    capture, count = cv2.VideoCapture(str(path)), 0
    while capture.read()[0]:
        count += 1
    return count


# -- help and wrong usage ---------------------------------------------------------------------------------------------


@pytest.mark.train  # where TensorFlow is, it could be imported
def test_the_help_names_all_commands_and_imports_nothing_slow() -> None:
    script = (
        "import sys\nfrom livedigits.cli import main\ntry: main(['-h'])\nexcept SystemExit: pass\n"
        "print(sorted({'cv2', 'numpy', 'tensorflow', 'keras', 'ai_edge_litert', 'PIL'} & set(sys.modules)))"
    )
    out = python("-c", script).stdout
    for name in ("camera", "video", "image", "benchmark", "doctor", "web", "train", "evaluate"):
        assert f"\n  {name} " in out
    assert out.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["camera", "video", "image", "benchmark"])
def test_every_option_has_a_help_text(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    for parameter in main.commands[command].params:
        if parameter.param_type_name == "option":
            assert getattr(parameter, "help", None), f"{command} {parameter.opts}"


@pytest.mark.parametrize("command", ["camera", "video"])
def test_a_reader_that_has_enough_is_not_blamed(command: str) -> None:
    with MjpegCamera() as camera:
        source = camera.url if command == "camera" else str(ROOT / "samples" / "sheet.mp4")
        process = subprocess.Popen(
            [sys.executable, "-m", "livedigits", command, source, "--no-window", "--json", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stderr is not None
        assert json.loads(process.stdout.readline())["frame"] >= 0
        process.stdout.close()  # as head -1 does
        said = process.stderr.read().decode()
        assert process.wait(60) in (0, 141)
    assert "Error" not in said and "Traceback" not in said and "roken" not in said


def test_save_says_what_it_takes_in_each_command() -> None:
    texts = set()
    for name in ("camera", "video", "image"):
        (save,) = [each for each in main.commands[name].params if each.name == "save"]
        texts.add(getattr(save, "help", ""))
    assert len(texts) == 3


def test_the_version() -> None:
    from livedigits import __version__

    assert invoke("--version").output == f"livedigits {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["video"],
        ["image"],
        ["image", "x.png", "--min-confidence", "1.5"],
        ["image", "x.png", "--min-confidence", "much"],
        ["image", "x.png", "--min-confidence", "nan"],
        ["camera", "--fps", "nan"],
        ["web", "--min-confidence", "nan"],
        ["camera", "--size", "large"],
        ["camera", "--size", "0x480"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


def test_training_without_tensorflow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "tensorflow", "keras")
    result = invoke("train")
    assert result.exit_code == 1
    assert result.stderr == "Error: this needs TensorFlow: pip install 'livedigits[train]'\n"


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """As if these packages were not installed."""
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)


def test_a_missing_system_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *_: object) -> None:
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("livedigits.recognition.reader.Reader", Broken)
    result = invoke("image", "one.png")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "libGL.so.1" in result.stderr and "apt-get install libgl1" in result.stderr


def test_a_mistake_in_the_program_is_not_taken_for_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *_: object) -> None:
            raise ImportError("cannot import name 'x' from 'livedigits'")

    monkeypatch.setattr("livedigits.recognition.reader.Reader", Broken)
    assert isinstance(invoke("image", "one.png").exception, ImportError)


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_are_a_line_each(fake: None, tmp_path: Path) -> None:
    light, dark = picture(tmp_path / "light.png"), picture(tmp_path / "dark.png", 0)
    result = invoke("image", light, dark)
    assert result.exit_code == 0
    assert result.stdout == f"{light}: 7\n{dark}: no digits\n"
    assert result.stderr == ""


def test_pictures_to_json(fake: None, tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"digit{n}.png") for n in (10, 2)]
    result = invoke("image", tmp_path, "--json", "-")
    assert [row["source"] for row in rows(result.stdout)] == [str(p) for p in reversed(paths)]
    assert rows(result.stdout)[0]["digits"][0]["track"] is None
    to_file = invoke("image", tmp_path, "--json", tmp_path / "out.jsonl")
    assert to_file.output == ""
    assert (tmp_path / "out.jsonl").read_text() == result.stdout


def test_a_bad_picture_among_many_is_reported_and_the_others_are_read(fake: None, tmp_path: Path) -> None:
    good = [picture(tmp_path / name) for name in ("a.png", "c.png")]
    (tmp_path / "b.png").write_bytes(b"")
    result = invoke("image", tmp_path, tmp_path / "missing.png")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [f"{path}: 7" for path in good]
    errors = result.stderr.splitlines()
    assert len(errors) == 2 and all(line.startswith("Error: ") for line in errors)
    assert "b.png" in errors[0] and "missing.png" in errors[1]


def test_a_folder_without_pictures(fake: None, tmp_path: Path) -> None:
    result = invoke("image", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1 and str(tmp_path) in result.stderr


def test_annotated_pictures_go_into_a_folder(fake: None, tmp_path: Path) -> None:
    paths = [picture(tmp_path / sub / "one.png") for sub in ("a", "b")]
    result = invoke("image", *paths, "--save", tmp_path / "read")
    assert result.exit_code == 0
    assert sorted(p.name for p in (tmp_path / "read").iterdir()) == ["one-2.png", "one.png"]


def test_one_picture_goes_to_the_picture_that_is_named(fake: None, tmp_path: Path) -> None:
    assert invoke("image", picture(tmp_path / "one.png"), "--save", tmp_path / "out.jpg").exit_code == 0
    assert cv2.imread(str(tmp_path / "out.jpg")) is not None


@pytest.mark.parametrize("option", ["--json", "--save"])
def test_pictures_are_never_written_over(fake: None, tmp_path: Path, option: str) -> None:
    path = picture(tmp_path / "one.png")
    before = path.read_bytes()
    result = invoke("image", path, option, path)
    assert result.exit_code == 1 and "another name" in result.stderr
    assert path.read_bytes() == before


# -- videos -----------------------------------------------------------------------------------------------------------


def test_a_video_without_options_is_summed_up(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4")
    result = invoke("video", path)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: 12 frames in ")
    assert result.stderr == "no window: there is no display (DISPLAY is not set); reading on without one\n"


def test_a_video_to_json_and_to_an_annotated_one(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4")
    result = invoke("video", path, "--no-window", "--json", "-", "--save", tmp_path / "out.mp4")
    assert result.exit_code == 0
    found = rows(result.stdout)
    assert [row["frame"] for row in found] == list(range(12))
    assert found[3]["time"] == pytest.approx(0.1, abs=0.002)
    assert frames_in(tmp_path / "out.mp4") == 12


def test_several_videos_go_into_a_folder_and_one_bad_one_stops_none(fake: None, tmp_path: Path) -> None:
    paths = [video(tmp_path / "a.mp4"), tmp_path / "missing.mp4", video(tmp_path / "b.mp4", 5)]
    result = invoke("video", *paths, "--no-window", "--save", tmp_path / "read", "--json", tmp_path / "out.jsonl")
    assert result.exit_code == 1
    assert "missing.mp4" in result.stderr
    assert {p.name: frames_in(p) for p in (tmp_path / "read").iterdir()} == {"a.mp4": 12, "b.mp4": 5}
    assert [row["frame"] for row in rows((tmp_path / "out.jsonl").read_text())] == [*range(12), *range(5)]


@pytest.mark.parametrize("option", ["--json", "--save"])
def test_an_output_that_cannot_be_written(fake: None, tmp_path: Path, option: str) -> None:
    path = video(tmp_path / "desk.mp4")
    result = invoke("video", path, "--no-window", option, tmp_path / "no folder" / "out.mp4")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1 and "no folder" in result.stderr
    assert result.stdout == ""


def test_a_video_is_never_written_over(fake: None, tmp_path: Path) -> None:
    path = video(tmp_path / "desk.mp4")
    assert invoke("video", path, "--no-window", "--save", path).exit_code == 1
    assert frames_in(path) == 12


def test_an_error_comes_without_a_notice_about_the_window(fake: None, tmp_path: Path) -> None:
    result = invoke("video", tmp_path / "missing.mp4")
    assert result.stderr == f"Error: {tmp_path / 'missing.mp4'}: no such file\n"
    two = invoke("video", video(tmp_path / "a.mp4", 3), video(tmp_path / "b.mp4", 3))
    assert two.stderr.count("no window") == 1


def test_a_missing_model(fake: None, tmp_path: Path) -> None:
    result = invoke("video", video(tmp_path / "desk.mp4"), "--model", "missing.tflite")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no network at missing.tflite: give a .tflite file")
    assert result.stderr.count("\n") == 1


def test_the_window_shows_a_video_and_ends_all(fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []

    class FakeWindow:
        playing = correcting = None

        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> FakeWindow:
            return self

        def __exit__(self, *_: object) -> None: ...
        def wait(self, notice: str) -> bool:
            return True

        def show(self, result: Any, *_: object) -> bool:
            shown.append(result.frame.index)
            return len(shown) < 3

    monkeypatch.setattr(window, "Window", FakeWindow)
    monkeypatch.setattr("livedigits.outputs.display.display_problem", lambda: None)
    result = invoke("video", video(tmp_path / "a.mp4"), video(tmp_path / "b.mp4"))
    assert result.exit_code == 0
    assert shown == [0, 1, 2]
    assert "b.mp4" not in result.output
    assert invoke("video", tmp_path / "a.mp4", "--no-window").exit_code == 0
    assert shown == [0, 1, 2]


# -- whole processes --------------------------------------------------------------------------------------------------


def environment(**changes: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**inherited, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]), **changes}


def python(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(**changes), stdin=subprocess.DEVNULL)


def livedigits(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "livedigits", *arguments, **changes)


class Running:
    """A livedigits process in a process group of its own, as a terminal starts it."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "livedigits", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
            bufsize=0,  # else end() would miss what line() has read ahead
        )

    def line(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ctrl_c(self, number: int = signal.SIGINT) -> None:
        """What the terminal does on Ctrl-C: a signal for everyone in the foreground."""
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out.decode(), err.decode()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


needs_groups = pytest.mark.skipif(os.name != "posix", reason="signals to process groups are of POSIX systems")


@pytest.fixture(scope="module")
def long_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Longer than what fits into a pipe as JSON, so that its reader decides when it ends."""
    return video(tmp_path_factory.mktemp("long") / "long.mp4", 3000, size=(64, 64))


def test_a_whole_run_without_a_display(tmp_path: Path) -> None:
    result = livedigits("image", picture(tmp_path / "blank.png"))
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{tmp_path / 'blank.png'}: no digits\n", "")


@pytest.mark.parametrize(
    "changes", [{}, {"DISPLAY": ":987"}, {"WAYLAND_DISPLAY": "wayland-0"}, {"QT_QPA_PLATFORM": "offscreen"}]
)
def test_no_display_is_said_once_and_nothing_aborts(tmp_path: Path, changes: dict[str, str]) -> None:
    paths = [video(tmp_path / "a.mp4", 3), video(tmp_path / "b.mp4", 3)]
    result = livedigits("video", *paths, **changes)
    assert result.returncode == 0
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("no window: ")
    assert len(result.stdout.splitlines()) == 2


@needs_groups
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_in_a_video_leaves_whole_outputs(long_video: Path, tmp_path: Path, number: int, status: int) -> None:
    out = tmp_path / "out.mp4"
    with Running("video", long_video, "--no-window", "--json", "-", "--save", out) as running:
        first = [running.line() for _ in range(20)]
        running.ctrl_c(number)
        code, rest, err = running.end()
    assert code == status
    found = rows(b"".join(first).decode() + rest)
    assert 20 <= len(found) < 3000
    assert frames_in(out) == len(found)
    assert "Traceback" not in err and "Error" not in err


@needs_groups
def test_ctrl_c_ends_a_camera_with_status_0_and_its_recording_has_a_free_name(tmp_path: Path) -> None:
    out, lines = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    out.write_bytes(b"of another run")
    with MjpegCamera() as source:
        with Running("camera", source.url, "--no-window", "--json", "-", "--save", out) as running:
            first = [running.line() for _ in range(10)]
            running.ctrl_c()
            code, rest, err = running.end()
        assert code == 0
        found = rows(b"".join(first).decode() + rest)
        assert len(found) >= 10 and found[0]["source"] == source.url
        assert out.read_bytes() == b"of another run"
        assert frames_in(out.with_name("out-2.mp4")) >= 1
        assert err.startswith(f"camera {source.url}: {len(found)} frames in ")
    assert not lines.exists()


@needs_groups
@needs_groups
def test_a_camera_that_ends_is_waited_for_and_what_was_read_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with (
        MjpegCamera(frames=30, interval=0.05) as source,
        Running("camera", source.url, "--no-window", "--json", "-", "--save", out) as running,
    ):
        first = b""
        while source.connections < 3:  # it has ended twice
            first += running.line()
            assert running.process.poll() is None
        running.ctrl_c()
        code, rest, err = running.end()
    assert code == 0
    assert "trying again" in err and "back after" in err and "Error" not in err
    found = rows(first.decode() + rest)
    assert found[-1]["frame"] >= 30
    # The video keeps true time, the outages included.
    capture, last = cv2.VideoCapture(str(out)), 0.0
    while capture.grab():
        last = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    assert last == pytest.approx(found[-1]["time"] - found[0]["time"], abs=0.25)


def test_a_reader_that_goes_away_ends_it_quietly(long_video: Path) -> None:
    with Running("video", long_video, "--no-window", "--json", "-") as running:
        assert json.loads(running.line())["frame"] == 0
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.stdout = None
        code = running.process.wait(120)
        assert running.process.stderr is not None
        assert running.process.stderr.read() == b""
    assert code in (0, 141)


def test_no_camera_is_one_line(tmp_path: Path) -> None:
    result = livedigits("camera", "97")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("Error: ")


# -- a terminal -------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    from livedigits.commands import console

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.progress("desk.mp4", 4) as bar:
        for _ in range(4):
            bar(1)
    assert "desk.mp4" in terminal.getvalue() and "100%" in terminal.getvalue()


def test_a_pipe_sees_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from livedigits.commands import console

    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with console.progress("desk.mp4", 4) as bar:
        bar(4)
    assert stream.getvalue() == ""


def test_a_camera_prints_its_digits_when_they_have_changed_for_good(capsys: pytest.CaptureFixture[str]) -> None:
    from livedigits.commands import console
    from livedigits.types import Frame, Result

    seven = FakeReader().read(np.full((1, 1, 3), 255))
    on_result = console.print_changes()
    image = np.zeros((1, 1, 3), np.uint8)
    for i in range(40):
        # nothing, a 7 that flashes up, nothing, a 7 that stays with one gap, nothing
        digits = seven if i == 5 or 10 <= i < 25 and i != 18 else Digits.empty()
        on_result(Result(Frame(image, i, i / 30, "0"), digits))
    assert capsys.readouterr().out == "7\nno digits\n"


# -- benchmark --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_benchmark_measures_a_file(tmp_path: Path) -> None:
    path, out = video(tmp_path / "desk.mp4", 10), tmp_path / "out.json"
    result = invoke("benchmark", path, "--json", out)
    assert result.exit_code == 0
    figures = json.loads(out.read_text())
    assert {"find", "crop", "classify", "find to classify", "track", "reader"} <= set(figures["stages"])
    assert all(0 <= ms["median"] <= ms["p99"] for ms in figures["stages"].values())
    assert (figures["frames"], figures["width"], figures["height"]) == (10, 160, 120)
    assert figures["fps"] > 0 and figures["decode_fps"] > 0 and figures["cold_start"] > 0
    for name in ("find", "reader", "decoding alone", "cold start"):
        assert name in result.stdout
