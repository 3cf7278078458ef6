"""The runs: each starts a command, and gives its process and how much of `count` it has done so far."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import imageio_ffmpeg

from tests import pages
from tests.long.clients import Clients
from tests.long.observed import command, until_ended
from tests.mjpeg import MjpegCamera

SIZE = (160, 96)  # px of a video's frames
ONCE = 500  # frames, after which they are the same again
Run = Iterator[tuple[int, Iterator[int]]]


@contextmanager
def pictures(folder: Path, count: int) -> Run:
    """`count` pictures in one command: a hundred, each by many names."""
    scans = folder / "scans"
    scans.mkdir()
    for i in range(count):
        path, known = scans / f"{i:05}.png", scans / f"{i % 100:05}.png"
        if i < 100:
            cv2.imwrite(str(path), pages.page(f"{i:02}", 40, size=(220, 120), at=(30, 40), seed=i)[0])
        else:
            path.hardlink_to(known)
    with command(folder, "image", str(scans), "--json", str(folder / "lines")) as process:
        yield process.pid, until_ended(process, _lines(folder / "lines"))


@contextmanager
def frames(folder: Path, count: int) -> Run:
    """A video of `count` small frames, in which digits come, move and go: twenty seconds of it again and again."""
    once, video = folder / "once.mp4", folder / "long.mp4"
    _write(once, ONCE)
    loops = ["-stream_loop", str(count // ONCE), "-i", str(once), "-frames:v", str(count), "-c", "copy", str(video)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *loops], check=True)
    with command(folder, "video", str(video), "--no-window", "--json", str(folder / "lines")) as process:
        yield process.pid, until_ended(process, _lines(folder / "lines"))


@contextmanager
def reconnects(folder: Path, count: int) -> Run:
    """A camera that closes the connection after three frames, `count` times.

    livedigits waits 0.1 s before it connects again, which would only make this longer.
    """
    hasty = "from livedigits.sources import camera\ncamera.PAUSE = camera.PAUSE_MOST = 0.001"
    given = "--no-window", "--json", str(folder / "lines")
    with MjpegCamera(3, interval=0.0) as camera, command(folder, "camera", camera.url, *given, before=hasty) as process:
        yield process.pid, until_ended(process, lambda: camera.connections)


@contextmanager
def page(folder: Path, count: int) -> Run:
    """The page for `count` seconds, with clients of every kind that come and go, two a second."""
    given = "--no-open", "--port", "0", "--profile", str(folder / "profile.npz")
    _write(folder / "short.mp4", 50)
    video = (folder / "short.mp4").read_bytes()
    with command(folder, "web", *given) as process, Clients(folder / "said", video) as clients:
        began = time.monotonic()
        yield process.pid, until_ended(process, lambda: int(time.monotonic() - began))
    print(f"{clients.count} clients came and went: {dict(clients.told)}")


RUNS: dict[str, tuple[Callable[[Path, int], Run], int]] = {
    "pictures": (pictures, 10_000),
    "frames": (frames, 200_000),
    "reconnects": (reconnects, 10_000),
    "page": (page, 3_600),
}


def _write(path: Path, count: int) -> None:
    """Digits that move over a page, and one more that comes and goes."""
    writer = imageio_ffmpeg.write_frames(str(path), SIZE, fps=25, macro_block_size=1, ffmpeg_log_level="error")
    writer.send(None)
    still = [pages.page(text, 30, size=(320, SIZE[1]), at=(120, 30))[0] for text in ("407", "4071")]
    for i in range(count):
        left = abs(100 - i % 200)
        writer.send(still[i // 50 % 2][:, left : left + SIZE[0]].copy())
    writer.close()


def _lines(path: Path) -> Callable[[], int]:
    """What tells how many lines a file has by now."""
    place, count = 0, 0

    def lines() -> int:
        nonlocal place, count
        if path.exists():
            with open(path, "rb") as file:
                file.seek(place)
                new = file.read()
            place, count = place + len(new), count + new.count(b"\n")
        return count

    return lines
