from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pytest

from livedigits.diagnostics import doctor
from livedigits.diagnostics.doctor import Check, checks, installed, page, table
from livedigits.errors import LivedigitsError
from tests.test_cli import invoke


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def by_name() -> dict[str, Check]:
    return {check.name: check for check in checks()}


def test_all_is_well_here_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise AssertionError("doctor opened a connection")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    rows = by_name()
    assert {"versions", "network", "speed", "display", "cameras", "video encoder"} <= set(rows)
    assert {"extra train", "extra web"} <= set(rows)
    for name in ("versions", "network", "video encoder"):
        assert rows[name].ok, rows[name].text
    for word in ("livedigits", "Python", "OpenCV", "numpy", "LiteRT"):
        assert word in rows["versions"].text
    assert "ms a frame" in rows["speed"].text and "sheet.mp4" in rows["speed"].text
    assert not rows["display"].ok and "--no-window" in rows["display"].advice
    assert all(row.ok or row.advice for row in rows.values())


def test_the_command_ends_well_without_display_and_camera() -> None:
    result = invoke("doctor")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) <= 24 and all(len(line) <= 160 for line in lines)  # one screen
    assert any(line.startswith("network") and "  ok  " in line for line in lines)
    assert any(line.startswith("display") and "  --  " in line for line in lines)


@pytest.mark.parametrize("found", ["", pytest.param("401", marks=pytest.mark.slow)])
def test_a_network_that_reads_wrongly_fails(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    drawn = page(found) if found else np.full((360, 640, 3), 255, np.uint8)
    monkeypatch.setattr(doctor, "page", lambda *_: drawn)
    result = invoke("doctor")
    assert result.exit_code == 1
    assert f"reads {found or 'nothing'} where 407 is written" in result.stdout


def test_a_network_that_is_missing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise LivedigitsError("models/digits.tflite: no such file")

    monkeypatch.setattr("livedigits.recognition.reader.Reader", broken)
    result = invoke("doctor")
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "digits.tflite: no such file" in result.stdout and "install livedigits again" in result.stdout
    assert "speed" not in result.stdout  # there is nothing to time


def test_without_the_sample_a_drawn_page_is_timed(monkeypatch: pytest.MonkeyPatch, reader: Any) -> None:
    def missing() -> None:
        raise LivedigitsError("no sample")

    monkeypatch.setattr("livedigits.sources.sample.sample_video", missing)
    monkeypatch.setattr(doctor, "FRAMES", 5)
    assert "drawn page" in doctor.speed(reader).text


def test_what_fails_unexpectedly_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ImportError("libGL.so.1: cannot open shared object file", name="cv2")

    monkeypatch.setattr(doctor, "versions", fails)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: 1 / 0)
    rows = by_name()
    assert rows["versions"].essential and "libgl1" in rows["versions"].advice
    assert not rows["video encoder"].ok and "division" in rows["video encoder"].text
    assert rows["extra web"].name == "extra web"


def test_extras_say_how_to_install_them() -> None:
    assert installed("web", ("json", "os")) == Check("extra web", True, "installed")
    missing = installed("web", ("json", "no_such_package"))
    assert not missing.ok and not missing.essential
    assert "no_such_package" in missing.text and missing.advice.endswith("pip install 'livedigits[web]'")


def test_the_table_marks_what_matters() -> None:
    rows = [Check("a", True, "fine"), Check("long name", False, "bad", "do this"), Check("c", False, "worse", "", True)]
    assert table(rows).splitlines() == [
        "a          ok    fine",
        "long name  --    bad",
        "                 do this",
        "c          FAIL  worse",
    ]
