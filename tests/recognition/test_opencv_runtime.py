"""Where LiteRT is not installed OpenCV runs the same networks, from ONNX."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from livedigits import Reader
from livedigits.errors import LivedigitsError
from livedigits.recognition import classifier
from livedigits.recognition.classifier import RUNTIME, Classifier, has_litert
from livedigits.recognition.shipped import shipped
from tests import pages
from tests.test_cli import invoke, picture

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed here, and so there is nothing to compare with")


@pytest.fixture
def opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "find_spec", lambda name: None)  # as where LiteRT has no wheel


def test_it_is_chosen_by_itself_and_can_be_asked_for(opencv: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_litert()
    monkeypatch.undo()
    assert has_litert()
    monkeypatch.setenv(RUNTIME, "opencv")
    assert not has_litert()


@pytest.mark.parametrize("count", [1, 8, 37])
def test_crops_get_the_same_probabilities(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    crops = np.random.default_rng(0).random((count, 28, 28, 2), np.float32)
    crops[:, 8:20, 12:15] = 1.0
    before = Classifier()(crops)
    monkeypatch.setenv(RUNTIME, "opencv")
    after = Classifier()(crops)
    assert np.abs(before - after).max() < 0.02 and (before.argmax(1) == after.argmax(1)).all()


def test_pages_are_read_alike(opencv: None) -> None:
    image = pages.page("407")[0]
    assert [number.text for number in Reader().read(image).numbers] == ["407"]


def test_a_network_without_onnx_beside_it_is_one_line(opencv: None, tmp_path: Path) -> None:
    shutil.copy(shipped("digits.tflite"), tmp_path / "own.tflite")
    done = invoke("image", picture(tmp_path / "a.png"), "--model", tmp_path / "own.tflite")
    assert done.exit_code == 1 and done.stderr.count("\n") == 1
    assert "needs LiteRT" in done.stderr and "own.onnx" in done.stderr


@pytest.mark.parametrize("content", [b"", b"no network", b"input_28x28x2"])
def test_a_damaged_network_is_one_line(opencv: None, tmp_path: Path, content: bytes) -> None:
    shutil.copy(shipped("digits.tflite"), tmp_path / "own.tflite")
    (tmp_path / "own.onnx").write_bytes(content)
    with pytest.raises(LivedigitsError, match="own.onnx is no network that OpenCV can load"):
        Classifier(tmp_path / "own.tflite")


@pytest.mark.train
@pytest.mark.parametrize("name", ["digits", "strips"])
def test_both_forms_of_a_network_belong_together(name: str) -> None:
    """Else write the second one again: python -m livedigits.training.model.onnx_export models/*.tflite"""
    pytest.importorskip("onnx", reason="onnx, of the extra train, is not installed")
    from livedigits.training.model.onnx_export import to_onnx

    assert to_onnx(shipped(f"{name}.tflite").read_bytes()) == shipped(f"{name}.onnx").read_bytes()
