from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs import encoder as encode
from livedigits.outputs.images import PictureFile, PictureFolder, picture_sink
from livedigits.outputs.jsonl import JsonLines
from livedigits.outputs.paths import camera_target, protect, video_targets
from livedigits.outputs.video import VideoFile
from livedigits.recognition.grouping import grouped
from livedigits.sources.filetypes import VIDEOS_SAVED
from livedigits.sources.video import open_video
from livedigits.types import Digits, Frame, Result

SEVEN = grouped(
    Digits(
        np.array([[412, 96, 58, 91]], np.int32),
        np.array([7]),
        np.array([0.993], np.float32),
        np.full((1, 10), 0.1, np.float32),
        np.array([3]),
    )
)


def frame(index: int = 0, time: float = 0.0, source: str = "desk.mp4", size: tuple[int, int] = (480, 640)) -> Frame:
    return Frame(np.full((*size, 3), (40, 80, 200), np.uint8), index, time, source)


def decoded(path: Path) -> list[np.ndarray]:
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        whole, image = capture.read()
        if not whole:
            return frames
        frames.append(image)


# -- JSON Lines -------------------------------------------------------------------------------------------------------


def test_json_lines_follow_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with JsonLines(path) as sink:
        sink.write(Result(frame(12, 0.4, size=(720, 1280)), SEVEN))
        sink.write(Result(frame(13, 0.4333333), Digits.empty()))
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first == {
        "source": "desk.mp4",
        "frame": 12,
        "time": 0.4,
        "width": 1280,
        "height": 720,
        "digits": [{"digit": 7, "confidence": 0.993, "box": [412, 96, 58, 91], "track": 3}],
        "numbers": [
            {"text": "7", "confidence": 0.993, "box": [412, 96, 58, 91], "digits": [0], "complete": True},
        ],
    }
    assert list(first) == ["source", "frame", "time", "width", "height", "digits", "numbers"]
    assert second["digits"] == []
    assert second["time"] == pytest.approx(0.4333, abs=1e-4)


def test_each_line_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    many = Digits(
        *(np.repeat(a, 3000, axis=0) for a in (SEVEN.boxes, SEVEN.labels, SEVEN.confidences)), np.zeros((3000, 10))
    )
    with JsonLines(path) as sink:
        for n, digits in enumerate((SEVEN, many, SEVEN), 1):
            sink.write(Result(frame(n), digits))
            text = path.read_text()
            assert text.endswith("\n") and text.count("\n") == n


def test_what_is_in_the_file_stays_until_there_is_a_line_or_a_good_end(tmp_path: Path) -> None:
    path, new = tmp_path / "out.jsonl", tmp_path / "new.jsonl"
    path.write_text("before\n")
    with pytest.raises(ZeroDivisionError), JsonLines(path), JsonLines(new):
        assert path.read_text() == "before\n"
        raise ZeroDivisionError
    assert path.read_text() == "before\n" and not new.exists()
    with pytest.raises(ZeroDivisionError), JsonLines(path) as sink:
        sink.write(Result(frame(1), SEVEN))
        raise ZeroDivisionError
    assert [json.loads(line)["frame"] for line in path.read_text().splitlines()] == [1]
    with JsonLines(path), JsonLines(new):
        pass
    assert path.read_text() == new.read_text() == ""


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonLines("-") as sink:
        sink.write(Result(frame(), SEVEN))
    assert json.loads(capsys.readouterr().out)["frame"] == 0


def test_what_is_no_utf_8_in_a_name_is_replaced_in_the_json(tmp_path: Path) -> None:
    name = "zw\u00f6lf-\udcff.png"
    with JsonLines(tmp_path / "out.jsonl") as sink:
        sink.write(Result(frame(source=name), SEVEN))
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["source"] == "zw\u00f6lf-\ufffd.png"


@pytest.mark.parametrize("sink", [JsonLines, lambda path: VideoFile(path.with_suffix(".mp4")), PictureFile])
def test_a_path_that_cannot_be_written_is_told_on_entering(tmp_path: Path, sink: type) -> None:
    path = tmp_path / "missing" / "out.png"
    with pytest.raises(LivedigitsError, match="missing"), sink(path):
        pass


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(LivedigitsError, match="cannot write /dev/full"), JsonLines("/dev/full") as sink:
        sink.write(Result(frame(), SEVEN))


# -- video ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", VIDEOS_SAVED)
def test_every_kind_of_video_plays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"50% of -it{suffix}"
    with VideoFile(path, 25) as sink:
        for i in range(10):
            sink.write(Result(frame(i, i / 25), SEVEN))
    frames = decoded(path)
    assert len(frames) == 10
    assert frames[0].shape == (480, 640, 3)
    assert np.abs(frames[9][400, 20].astype(int) - (40, 80, 200)).max() < 40  # the colours are the frame's
    assert (frames[9][90:190, 405:475].reshape(-1, 3).astype(int) - (40, 80, 200)).min() < -30  # and a box was drawn


def test_the_mp4_is_what_browsers_play(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoFile(path, 30000 / 1001) as sink:
        sink.write(Result(frame(), SEVEN))
    data = path.read_bytes()
    assert b"avc1" in data
    assert data.index(b"moov") < data.index(b"mdat")  # the index comes first: it plays while it loads
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(29.97, abs=0.01)
    import imageio_ffmpeg

    told = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", path], capture_output=True, text=True).stderr
    assert "h264 (High)" in told and "yuv420p" in told


def test_odd_sizes_and_tiny_frames_are_written(tmp_path: Path) -> None:
    for size, expected in [((481, 641), (482, 642, 3)), ((28, 28), (336, 336, 3))]:
        path = tmp_path / f"{size[0]}.mp4"
        with VideoFile(path, 25) as sink:
            sink.write(Result(frame(size=size), Digits.empty()))
        assert decoded(path)[0].shape == expected


def times(path: Path) -> list[float]:
    """When each frame of a video is shown, in s since the first."""
    with open_video(path) as source:
        return [round(frame.time, 3) for frame in source]


def seconds(path: Path) -> float:
    """How long a video says that it lasts."""
    import imageio_ffmpeg

    told = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", path], capture_output=True, text=True).stderr
    hours, minutes, rest = told.split("Duration: ")[1].split(",")[0].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


TAKE = [3.0, 3.033, 3.07, 3.1, 8.1, 8.12, 8.121, 9.5]  # uneven, with a stall of five seconds


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_in_true_time_each_frame_is_shown_when_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    with VideoFile(path, true_time=True) as sink:
        for i, time in enumerate(TAKE):
            sink.write(Result(frame(i, time), SEVEN))
    assert times(path) == pytest.approx([time - 3.0 for time in TAKE], abs=0.002)
    assert seconds(path) == pytest.approx(6.5, abs=0.1)


def test_avi_knows_no_uneven_times_and_shows_the_picture_before_longer(tmp_path: Path) -> None:
    path = tmp_path / "out.avi"
    with VideoFile(path, 10, true_time=True) as sink:
        sink.write(Result(Frame(np.zeros((320, 320, 3), np.uint8), 0, 0.0, "0"), Digits.empty()))
        sink.write(Result(Frame(np.full((320, 320, 3), 255, np.uint8), 1, 1.0, "0"), Digits.empty()))
        sink.write(Result(Frame(np.full((320, 320, 3), 255, np.uint8), 2, 1.1, "0"), Digits.empty()))
    assert [image.mean() > 128 for image in decoded(path)] == [False] * 10 + [True] * 2


def test_frames_of_the_same_time_are_one(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoFile(path, true_time=True) as sink:
        for i, time in enumerate([1.0, 1.0, 1.1, 1.1, 1.2]):
            sink.write(Result(frame(i, time), Digits.empty()))
    assert times(path) == [0.0, 0.1, 0.2]


def test_the_last_picture_can_be_held(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoFile(path, true_time=True) as sink:
        sink.write(Result(frame(0, 2.0), SEVEN))
        sink.write(Result(frame(1, 2.1), SEVEN))
        sink.hold(7.0)
    assert seconds(path) == pytest.approx(5.0, abs=0.05)


def test_frames_that_change_size_are_fitted_into_the_first(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoFile(path, 25) as sink:
        sink.write(Result(frame(0), Digits.empty()))
        sink.write(Result(frame(1, size=(1280, 720)), Digits.empty()))
    first, second = decoded(path)
    assert second.shape == first.shape == (480, 640, 3)
    assert second[240, 320, 2] > 150 and second[240, 10].max() < 20  # upright in the middle, black beside


def test_without_frames_no_file_is_left_and_an_old_one_stays(tmp_path: Path) -> None:
    new, old = tmp_path / "new.mp4", tmp_path / "old.mp4"
    old.write_bytes(b"old")
    with VideoFile(new), VideoFile(old):
        pass
    assert not new.exists()
    assert old.read_bytes() == b"old"


def test_an_error_in_the_middle_leaves_a_video_that_plays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(ZeroDivisionError), VideoFile(path, 25) as sink:
        for i in range(5):
            sink.write(Result(frame(i), SEVEN))
        raise ZeroDivisionError
    assert len(decoded(path)) == 5


def test_a_killed_process_leaves_a_video_that_plays(tmp_path: Path) -> None:
    script = """
import os, sys, signal, numpy as np
from livedigits.types import Digits, Result
from livedigits.outputs.video import VideoFile
from livedigits.sources.video import open_video
from livedigits.types import Frame, Result
sink = VideoFile(sys.argv[1], 25).__enter__()
for i in range(5):
    sink.write(Result(Frame(np.zeros((320, 320, 3), np.uint8), i, 0.0, ""), Digits.empty()))
print(sink._encoder._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "out.mp4"
    child = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True)
    encoder = Path(f"/proc/{child.stdout.strip()}")
    if not Path("/proc/self").exists():
        pytest.skip("cannot wait for the encoder without /proc")
    while encoder.exists() and (encoder / "stat").read_text().split(")")[1].split()[0] != "Z":
        pass
    assert len(decoded(path)) == 5


@pytest.mark.slow
@pytest.mark.parametrize("true_time", [True, False])
def test_what_was_recorded_until_the_disk_was_full_plays(tmp_path: Path, true_time: bool) -> None:
    resource = pytest.importorskip("resource", reason="limits are of POSIX systems")
    if not encode._knows_hybrid():
        pytest.skip("this ffmpeg is older than 7.1")
    script = """
import sys, numpy as np
from livedigits import LivedigitsError
from livedigits.types import Digits, Result
from livedigits.outputs.video import VideoFile
from livedigits.types import Frame, Result
noise = np.random.default_rng(0).integers(0, 255, (8, 320, 320, 3), np.uint8)
try:
    with VideoFile(sys.argv[1], true_time=TRUE_TIME) as sink:
        for i in range(2000):
            sink.write(Result(Frame(noise[i % 8], i, i / 30, ""), Digits.empty()))
except LivedigitsError as error:
    print(error)
"""
    path = tmp_path / "out.mp4"
    child = subprocess.run(
        [sys.executable, "-c", script.replace("TRUE_TIME", str(true_time)), path],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000_000, 10_000_000)),
    )
    assert child.stdout.startswith(f"cannot write {path}: ") and child.stdout.count("\n") == 1
    assert len(decoded(path)) > 30


@pytest.mark.parametrize("name", ["out.gif", "out", "out.mp3"])
def test_an_unknown_kind_of_video_names_those_that_are_known(name: str) -> None:
    with pytest.raises(LivedigitsError, match=r"\.mp4.*\.webm"):
        VideoFile(name)


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_keep_their_names_and_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    with PictureFolder(folder) as sink:
        for name in ("a/one.png", "b/one.png", "c/ONE.webp", "photo.JPG"):
            sink.write(Result(frame(source=name), SEVEN))
    assert sorted(path.name for path in folder.iterdir()) == ["ONE-3.png", "one-2.png", "one.png", "photo.jpg"]
    picture = cv2.imread(str(folder / "one.png"))
    assert picture.shape == (480, 640, 3)
    assert (picture != (40, 80, 200)).any()


def test_no_picture_that_is_read_is_written_over(tmp_path: Path) -> None:
    inputs = [tmp_path / "one.png", tmp_path / "two.png"]
    for path in inputs:
        path.write_bytes(b"an input")
    with PictureFolder(tmp_path, inputs) as sink:
        for path in [Path("elsewhere/two.png"), *inputs]:
            sink.write(Result(frame(source=str(path)), SEVEN))
    assert [path.read_bytes() for path in inputs] == [b"an input"] * 2
    assert {path.name for path in tmp_path.iterdir()} == {"one.png", "two.png", "one-2.png", "two-2.png", "two-3.png"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LivedigitsError, match="file"), PictureFolder(tmp_path / "file" / "folder"):
        pass


def test_one_picture_file_takes_one_picture(tmp_path: Path) -> None:
    with pytest.raises(LivedigitsError, match="folder"), PictureFile(tmp_path / "out.jpg") as sink:
        sink.write(Result(frame(), SEVEN))
        sink.write(Result(frame(), SEVEN))
    assert cv2.imread(str(tmp_path / "out.jpg")).shape == (480, 640, 3)


# -- what --save means ------------------------------------------------------------------------------------------------


def test_one_video_goes_to_the_file_or_into_the_folder(tmp_path: Path) -> None:
    assert video_targets("out.webm", ["desk.mp4"]) == [Path("out.webm")]
    folder = str(tmp_path / "read")
    assert video_targets(folder, ["a/desk.avi"]) == [Path(folder) / "desk.mp4"]
    assert video_targets(folder, ["a/desk.avi", "b/desk.mov"]) == [Path(folder) / n for n in ("desk.mp4", "desk-2.mp4")]


def test_several_videos_need_a_folder() -> None:
    with pytest.raises(LivedigitsError, match="folder"):
        video_targets("out.mp4", ["a.mp4", "b.mp4"])


def test_no_input_becomes_an_output(tmp_path: Path) -> None:
    video = tmp_path / "desk.mp4"
    video.write_bytes(b"an input")
    with pytest.raises(LivedigitsError, match="another name"):
        video_targets(str(video), [str(video)])
    with pytest.raises(LivedigitsError, match="another name"):
        protect([str(video)], str(tmp_path / "." / "desk.mp4"))
    assert video_targets(str(tmp_path), [str(video)]) == [tmp_path / "desk-2.mp4"]


def test_a_camera_goes_to_the_file_or_to_a_new_one_in_the_folder(tmp_path: Path) -> None:
    assert camera_target("out.mkv") == Path("out.mkv")
    assert camera_target(str(tmp_path)).parent == tmp_path


def test_pictures_go_into_a_folder_and_one_may_go_to_a_file(tmp_path: Path) -> None:
    assert isinstance(picture_sink("out", ["a.png"], ["a.png"]), PictureFolder)
    assert isinstance(picture_sink("out.v2", ["a.png"], ["a.png"]), PictureFolder)
    assert isinstance(picture_sink("out.png", ["a.png"], ["a.png"]), PictureFile)
    for save, given in [("out.png", ["a.png", "b.png"]), ("out.png", [str(tmp_path)]), ("out.mp4", ["a.png"])]:
        with pytest.raises(LivedigitsError, match="folder"):
            picture_sink(save, given, given)
