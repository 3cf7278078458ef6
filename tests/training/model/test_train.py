"""livedigits train, as its user runs it, on small data of our own strokes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.pens import plain_pen
from tests import pages

pytestmark = pytest.mark.usefixtures("keras")


@pytest.fixture(scope="module")
def mnist(tmp_path_factory) -> Path:
    """A file like Keras's mnist.npz, of 400 + 100 of our own digits."""
    rng = np.random.default_rng(0)
    images, labels = [], []
    for i in range(500):
        ink = pages.inked(strokes.digit(i % 10, rng), 18, plain_pen("pen", 2.0), rng)
        ink = cv2.resize(ink, None, fx=min(1, 27 / max(ink.shape)), fy=min(1, 27 / max(ink.shape)))
        image = np.zeros((28, 28), np.uint8)
        y, x = (28 - ink.shape[0]) // 2, (28 - ink.shape[1]) // 2
        image[y : y + ink.shape[0], x : x + ink.shape[1]] = np.clip(ink * 255, 0, 255)
        images.append(image)
        labels.append(i % 10)
    path = tmp_path_factory.mktemp("data") / "mnist.npz"
    x, y = np.stack(images), np.array(labels, np.uint8)
    np.savez(path, x_train=x[:400], y_train=y[:400], x_test=x[400:], y_test=y[400:])
    return path


def train(*args: object) -> str:
    result = CliRunner().invoke(main, ["train", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_the_shipped_network_trains_exports_and_reads(mnist, tmp_path):
    out = tmp_path / "run"
    args = (
        "--data",
        mnist,
        "--epochs",
        1,
        "--frames",
        15,
        "--drawings",
        16,
        "--mined",
        2,
        "--canvases",
        6,
        "--strip-epochs",
        1,
        "--out",
        out,
    )
    output = train(*args)
    assert "mnist_test" in output
    card = json.loads((out / "digits.json").read_text())
    assert card["export_differs_by"] < 1e-5
    assert card["same_answers"] > 0.9
    assert (out / "digits.tflite").stat().st_size < 1.2 * card["parameters"]  # one byte a weight
    assert 0.3 <= card["min_confidence"] <= 0.9  # among those that are compared
    assert len(card["history"]) == 2  # the first round, and the one with what was mined
    strips = json.loads((out / "strips.json").read_text())
    assert strips["export_differs_by"] < 1e-3 and len(strips["history"]) == 1
    assert (out / "strips.tflite").stat().st_size < 1.2 * strips["parameters"]
    assert card["strips"]["parameters"] == strips["parameters"] and card["data"] == strips["data"] == ["mnist.npz"]
    result = CliRunner().invoke(main, ["image", "samples/one.png", "--model", str(out / "digits.tflite")])
    assert result.exit_code == 0, result.output
    train("--data", mnist, "--quick", "--epochs", 1, "--start", out / "digits.keras", "--out", tmp_path / "on")
    assert not (tmp_path / "on" / "strips.tflite").exists()
    again = train(*args)  # a finished run is not done again
    assert "epoch 1/1" not in again


def test_only_strips_needs_canvases(mnist, tmp_path):
    result = CliRunner().invoke(main, ["train", "--only", "strips", "--canvases", "0", "--out", str(tmp_path)])
    assert result.exit_code == 2 and "canvases" in result.output


@pytest.fixture(scope="module")
def tutorial(mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tutorial's network."""
    folder = tmp_path_factory.mktemp("tutorial")
    train("--data", mnist, "--network", "mlp", "--epochs", 2, "--out", folder)
    return folder


def test_a_tutorial_network(tutorial):
    card = json.loads((tutorial / "digits.json").read_text())
    assert card["network"] == "mlp"
    assert card["history"][1]["loss"] < card["history"][0]["loss"]


def test_a_network_cannot_start_from_another(mnist, tutorial, tmp_path):
    args = ["train", "--quick", "--data", str(mnist), "--start", str(tutorial / "digits.keras")]
    result = CliRunner().invoke(main, [*args, "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "other layers" in result.output and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--data", "nowhere.npz"], "nowhere.npz"),
        (["--start", "nowhere.keras"], "nowhere.keras"),
        (["--strokes", "nowhere.npz"], "nowhere.npz"),
        (["--only", "strips", "--strokes", "nowhere.npz"], "nowhere.npz"),
    ],
)
def test_files_that_are_missing(args, message, mnist, tmp_path):
    data = [] if "--data" in args else ["--data", str(mnist)]
    result = CliRunner().invoke(main, ["train", *args, *data, "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output
