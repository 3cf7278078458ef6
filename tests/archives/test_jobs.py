"""--jobs: the same results on several cores, in order, and what dies or is damaged costs nothing else."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from livedigits.engines.pool import TRIES, Died, Pool
from livedigits.errors import LivedigitsError
from livedigits.sources.images import Pictures
from tests import pages
from tests.test_cli import fake, invoke, no_display, video

__all__ = ["fake", "no_display"]  # fixtures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eighteen small pictures, one of them damaged."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for i in range(17):
        cv2.imwrite(str(folder / f"page{i}.png"), pages.page(f"{i}", 40, size=(140, 80), at=(30, 20))[0])
    (folder / "page9b.png").write_bytes((folder / "page9.png").read_bytes()[:150])
    return folder


def test_pictures_read_by_processes_are_those_read_by_one(folder: Path, tmp_path: Path) -> None:
    results = {}
    for jobs in (1, 2):
        out, save = tmp_path / f"{jobs}.jsonl", tmp_path / f"read{jobs}"
        field = "--region", "number=20,10,100,60"
        result = invoke("image", folder, "--json", out, "--save", save, "--jobs", jobs, *field)
        assert result.exit_code == 1 and "page9b.png" in result.stderr
        results[jobs] = out.read_bytes(), {path.name: path.read_bytes() for path in save.iterdir()}, result.stderr
    assert results[1] == results[2]
    assert len(results[1][0].splitlines()) == len(results[1][1]) == 17 and b'"fields"' in results[1][0]


def test_a_video_read_by_threads_is_that_read_by_one(tmp_path: Path) -> None:
    """Ink that comes and goes, dark and light, changes what is to be scanned while frames are scanned ahead."""
    path = tmp_path / "desk.mp4"
    small, large = (cv2.resize(pages.page("407", h, size=(320, 180), at=(20, 20))[0], (320, 180)) for h in (40, 90))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (320, 180))
    for i in range(40):
        writer.write((small, 255 - small, large, 255 - large)[i // 5 % 4])
    writer.release()
    lines = [invoke("video", path, "--no-window", "--json", "-", "--jobs", jobs).stdout for jobs in (1, 2, 4)]
    assert lines[0] == lines[1] == lines[2] and len(lines[0].splitlines()) == 40 and '"digit":' in lines[0]


def test_a_video_that_is_cut_short_is_read_to_its_last_frame(tmp_path: Path) -> None:
    path = video(tmp_path / "whole.avi", 30)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    results = [invoke("video", cut, "--no-window", "--json", "-", "--jobs", jobs) for jobs in (1, 3)]
    assert results[0].stdout == results[1].stdout != ""
    assert [result.exit_code for result in results] == [1, 1] and "cut short" in results[1].stderr


class Work:
    """Makes what answers a number with its square; some numbers do harm. `lines` counts what was begun."""

    def __init__(self, lines: Path) -> None:
        self.lines = lines

    def __call__(self) -> Callable[[int], int]:
        def square(number: int) -> int:
            with self.lines.open("a") as file:
                file.write(f"{number}\n")
            if number == 7 or (number == 3 and self.lines.read_text().split().count("3") == 1):
                os.kill(os.getpid(), signal.SIGKILL)
            if number == 5:
                raise LivedigitsError("no five")
            return number * number

        return square


def test_a_process_that_dies_costs_its_task_nothing_but_time(tmp_path: Path) -> None:
    with Pool(2, Work(tmp_path / "begun")) as pool:
        answers = list(pool.map(range(12)))
        lost = pool.lost
    assert [answer for answer in answers if isinstance(answer, int)] == [i * i for i in range(12) if i not in (5, 7)]
    assert isinstance(answers[7], Died) and str(answers[5]) == "no five"
    assert lost == 1 + TRIES
    begun = (tmp_path / "begun").read_text().split()
    assert begun.count("3") == 2 and begun.count("7") == TRIES


def test_tasks_are_taken_only_as_they_are_needed(tmp_path: Path) -> None:
    taken = []

    def tasks():  # type: ignore[no-untyped-def]
        for i in range(1000, 2000):
            taken.append(i)
            yield i

    with Pool(1, Work(tmp_path / "begun")) as pool:
        assert next(pool.map(tasks())) == 1000 * 1000
    assert len(taken) < 10


def test_jobs_must_be_a_number_of_cores(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / "samples" / "one.png", tmp_path)
    for wrong in ("0", "-1", "x"):
        assert invoke("image", tmp_path, "--jobs", wrong).exit_code == 2
    assert len(Pictures([tmp_path]).files) == 1
