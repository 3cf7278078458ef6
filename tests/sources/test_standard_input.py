from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from livedigits.errors import LivedigitsError
from livedigits.sources import images, standard_input
from livedigits.sources.images import Pictures, decode
from livedigits.sources.video import open_video
from tests.mjpeg import number_of, numbered
from tests.sources.test_video import convert, ffmpeg, write_video
from tests.test_cli import ROOT, invoke

__all__ = ["ffmpeg"]  # a fixture

Given = Callable[[bytes], None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[Given]:
    """Puts bytes into a pipe that stands in for standard input."""
    open_ends: list[int] = []
    threads: list[threading.Thread] = []

    def give(data: bytes) -> None:
        reading, writing = os.pipe()
        open_ends.append(reading)
        monkeypatch.setattr(standard_input, "_STDIN", reading)

        def fill() -> None:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(data)

        threads.append(threading.Thread(target=fill))
        threads[-1].start()

    yield give
    for thread in threads:
        thread.join()
    for end in open_ends:
        os.close(end)


def png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def test_a_picture(given: Given) -> None:
    given(png(numbered(5)))
    (frame,) = Pictures(["-"])
    assert (number_of(frame.image), frame.source) == (5, "-")


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "standard input is empty"), (b"text", "standard input is no picture")]
)
def test_what_is_no_picture(given: Given, data: bytes, said: str) -> None:
    given(data)
    with pytest.raises(LivedigitsError, match=said):
        next(iter(Pictures(["-"])))


@pytest.mark.parametrize("name", ["a.ts", "a.mkv", "a.mjpeg", "streamed.mp4", "index-last.mp4"])
def test_a_video_as_it_comes(
    given: Given, tmp_path: Path, ffmpeg: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spool").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    options = {"streamed.mp4": ["-movflags", "frag_keyframe+empty_moov"]}.get(name, [])
    codec = "mpeg2video" if name.endswith(".ts") else "mjpeg"
    made = convert(ffmpeg, write_video(tmp_path / "a.avi", 40), name, "-c:v", codec, "-q:v", "2", *options)
    given(Path(made).read_bytes())
    with open_video("-") as source:
        assert [(number_of(frame.image), frame.source) for frame in source] == [(i, "-") for i in range(40)]
    assert not list((tmp_path / "spool").iterdir())


def test_a_file_that_is_redirected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 10)
    with open(path, "rb") as file:
        monkeypatch.setattr(standard_input, "_STDIN", file.fileno())
        with open_video("-") as source:
            assert len(list(source)) == 10 and source.count == 10


@pytest.mark.parametrize(("data", "said"), [(b"", "is empty"), (b"text" * 999, "cannot be read as a video")])
def test_what_is_no_video(given: Given, data: bytes, said: str) -> None:
    given(data)
    with pytest.raises(LivedigitsError, match=f"standard input {said}"):
        open_video("-")


def test_who_stops_early_leaves_no_thread(given: Given, tmp_path: Path, ffmpeg: str) -> None:
    given(Path(convert(ffmpeg, write_video(tmp_path / "a.avi", 200), "a.mkv", "-c:v", "mjpeg")).read_bytes())
    with open_video("-") as source:
        next(iter(source))
    while standard_input.read_all(1 << 30):  # what nobody has read yet
        pass
    for thread in threading.enumerate():
        if thread.name == "livedigits-stdin":
            thread.join(30)
            assert not thread.is_alive()


def test_the_commands_take_it() -> None:
    for command, name in (("image", "one.png"), ("video", "sheet.mp4")):
        more = ["--no-window", "--end", "0.1"] if command == "video" else []
        with open(ROOT / "samples" / name, "rb") as file:
            line = [sys.executable, "-m", "livedigits", command, "-", *more]
            done = subprocess.run(line, stdin=file, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith("-: "), done.stderr
    assert invoke("video", "-", "--resume", "--json", "x.jsonl").exit_code == 2


# -- HEIC -------------------------------------------------------------------------------------------------------------


def test_a_heic_photo_is_read_upright(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    pillow_heif.register_heif_opener()
    path = tmp_path / "IMG_0001.HEIC"
    turned = Image.fromarray(numbered(9)[..., ::-1]).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    try:
        turned.save(path, "HEIF", quality=90, exif=exif.tobytes())
    except Exception as error:
        pytest.skip(f"pillow-heif cannot write here: {error}")
    assert number_of(decode(path)) == 9


def test_without_pillow_heif_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_reads_heic", lambda: False)
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(300))
    with pytest.raises(LivedigitsError, match=r"needs pillow-heif: pip install 'livedigits\[heic\]'"):
        decode(path)
