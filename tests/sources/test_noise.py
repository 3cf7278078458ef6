"""Native decoders write nothing to standard error: each kind of damage is one line, and counted."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from livedigits.sources.camera import open_camera
from livedigits.sources.noise import held_back
from tests.mjpeg import MjpegCamera
from tests.test_cli import Running, livedigits, needs_groups

SPOILED = b"\xff\xd1" * 10  # restart markers where none should be
PREMATURE = b"Corrupt JPEG data: premature end of data segment\n"


def test_what_is_no_noise_comes_through_and_threads_do_not_lose_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    told: list[str] = []
    barrier = threading.Barrier(8)

    def decode(number: int) -> None:
        barrier.wait()
        for _ in range(50):
            with held_back() as lines:
                os.write(2, PREMATURE + b"%d: something else\n" % number)
            told.extend(lines)

    threads = [threading.Thread(target=decode, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"afterwards\n")
    err = capfd.readouterr().err
    assert err.count("something else") == 400 and err.endswith("afterwards\n") and "Corrupt" not in err
    assert told == [PREMATURE.decode().strip()] * 400


def test_damaged_pictures_of_a_camera_are_one_line_and_counted(capfd: pytest.CaptureFixture[str]) -> None:
    with MjpegCamera(interval=0.002) as camera, open_camera(camera.url) as source:
        next(source)
        camera.spoiled = SPOILED
        while source.damaged < 20:
            next(source)
        (line,) = source.news()
        assert line.startswith(f"{camera.url}: damaged: Corrupt JPEG data") and line.endswith(
            "; more of this is counted"
        )
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("junk", [b"\0\xff\xd8 no picture\r\n", b"junk\r\n" * 20, bytes(range(256)) * 20 + b"\r\n"])
def test_junk_between_the_pictures_of_a_camera_is_one_line_and_no_new_connection(junk: bytes) -> None:
    with MjpegCamera(interval=0.002) as camera, open_camera(camera.url) as source:
        next(source)
        connections = camera.connections
        camera.junk = junk
        while source.damaged < 10:
            next(source)
        assert camera.connections == connections
        assert source.news() == [
            f"{camera.url}: damaged: between its pictures comes what is none; more of this is counted"
        ]


def damaged_tiff() -> bytes:
    """A compressed TIFF of which libtiff says that its data are damaged."""
    noise = (np.random.default_rng(0).random((40, 60, 3)) * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "TIFF", compression="tiff_deflate")
    data = bytearray(file.getvalue())
    data[len(data) // 3 : len(data) // 3 + 40] = bytes(40)
    return bytes(data)


@pytest.mark.slow
def test_a_damaged_picture_is_one_line_of_the_command(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        (tmp_path / name).write_bytes(damaged_tiff())
    result = livedigits("image", tmp_path / "a.tif", tmp_path / "b.tif")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 2 and all("cannot be decoded: it is damaged or cut short" in line for line in lines), lines


@needs_groups
@pytest.mark.slow
def test_a_damaged_camera_is_one_line_of_the_command_and_its_sum() -> None:
    with MjpegCamera() as camera, Running("camera", camera.url, "--no-window", "--json", "-") as running:
        running.line()
        camera.spoiled = SPOILED
        for _ in range(30):
            running.line()
        running.ctrl_c()
        code, _, err = running.end()
    assert code == 0
    damaged, summary = err.splitlines()
    assert damaged.startswith(f"{camera.url}: damaged: ") and " damaged" in summary, err
