from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from livedigits.diagnostics import tutorial_loop
from tests import pages
from tests.test_cli import invoke, video


def test_the_tutorials_loop_cuts_out_the_ink_of_a_clean_page() -> None:
    page, truth = pages.page("407", pen=5.0)
    boxes, crops = tutorial_loop.prepare(page)
    assert crops.shape == (len(boxes), 28, 28, 1) and 0 < crops.max() <= 1
    for _, box in truth:
        assert max(pages.overlap(box, tuple(found)) for found in boxes) > 0.6


def test_a_page_without_ink_has_no_crops() -> None:
    boxes, crops = tutorial_loop.prepare(np.full((120, 160, 3), 200, np.uint8))
    assert boxes == [] and crops.shape == (0, 28, 28, 1)


@pytest.mark.slow
def test_the_table_has_both_beside_each_other(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="needs the extra train")
    path, out = video(tmp_path / "desk.mp4", 3), tmp_path / "out.json"
    result = invoke("benchmark", path, "--tutorial", "--json", out)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())["tutorial"]
    assert figures["contour_fps"] > 0 and figures["frame_fps"] > 0
    for row in ("from file to JSON", "decoding alone", "one predict a frame", "one predict a contour"):
        assert row in result.stdout


def test_without_tensorflow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    result = invoke("benchmark", video(tmp_path / "desk.mp4", 3), "--tutorial")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == "Error: this needs TensorFlow: pip install 'livedigits[train]'\n"


def test_with_a_camera_there_is_no_tutorial() -> None:
    assert invoke("benchmark", "--camera", "0", "--tutorial").exit_code == 2
