"""livedigits train, as its user runs it, on small data of our own strokes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.recognition.regions import find_all_regions, find_regions
from livedigits.training.dataset.augment import Warp, elastic_fields
from livedigits.training.dataset.harvest import NO_DIGIT, UNCLEAR, harvest, harvest_drawing, label
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.lookalikes import is_lookalike, marked
from livedigits.training.synthesis.pens import plain_pen
from livedigits.training.synthesis.scenes import Mark, Scene, render
from tests import pages


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
    pytest.importorskip("tensorflow", reason="needs the extra train")
    result = CliRunner().invoke(main, ["train", *map(str, args)])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.slow
def test_the_shipped_network_trains_exports_and_reads(mnist, tmp_path):
    out = tmp_path / "run"
    args = ("--data", mnist, "--epochs", 1, "--frames", 15, "--drawings", 16, "--mined", 2, "--out", out)
    output = train(*args)
    assert "mnist_test" in output
    card = json.loads((out / "digits.json").read_text())
    assert card["export_differs_by"] < 1e-5
    assert card["same_answers"] > 0.9
    assert (out / "digits.tflite").stat().st_size < 1.2 * card["parameters"]  # one byte a weight
    assert 0.5 <= card["min_confidence"] <= 0.9
    assert len(card["history"]) == 2  # the first round, and the one with what was mined
    result = CliRunner().invoke(main, ["image", "samples/one.png", "--model", str(out / "digits.tflite")])
    assert result.exit_code == 0, result.output
    train("--data", mnist, "--quick", "--epochs", 1, "--start", out / "digits.keras", "--out", tmp_path / "on")
    again = train(*args)  # a finished run is not done again
    assert "epoch 1/1" not in again


def test_a_tutorial_network(mnist, tmp_path):
    train("--data", mnist, "--network", "mlp", "--epochs", 2, "--out", tmp_path)
    card = json.loads((tmp_path / "digits.json").read_text())
    assert card["network"] == "mlp"
    assert card["history"][1]["loss"] < card["history"][0]["loss"]


def test_a_network_cannot_start_from_another(mnist, tmp_path):
    train("--data", mnist, "--network", "mlp", "--epochs", 1, "--out", tmp_path)
    args = ["train", "--quick", "--data", str(mnist), "--start", str(tmp_path / "digits.keras")]
    result = CliRunner().invoke(main, [*args, "--out", str(tmp_path / "other")])
    assert result.exit_code == 1
    assert "other layers" in result.output and "Traceback" not in result.output


def test_a_widened_network_computes_the_same(monkeypatch):
    keras = pytest.importorskip("keras", reason="needs the extra train")
    from livedigits.training.model import widen

    def network(filters, dense):
        layers = keras.layers
        return keras.Sequential(
            [
                layers.Input((8, 8, 2)),
                layers.Conv2D(filters, 3, use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Conv2D(2 * filters, 3),
                layers.Flatten(),
                layers.Dense(dense),
                layers.Dense(3, activation="softmax"),
            ]
        )

    monkeypatch.setattr(widen, "NOISE", 0.0)
    narrow, wide = network(4, 5), network(7, 9)
    inputs = np.random.default_rng(0).random((50, 8, 8, 2), np.float32)
    narrow.compile(optimizer="sgd", loss="mse")
    narrow.fit(inputs, np.eye(3)[np.arange(50) % 3], verbose=0)  # so that the normalisation does something
    widen.widen(narrow, wide, seed=1)
    assert np.allclose(narrow.predict(inputs, verbose=0), wide.predict(inputs, verbose=0), atol=1e-5)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--data", "nowhere.npz"], "nowhere.npz"),
        (["--start", "nowhere.keras"], "nowhere.keras"),
        (["--strokes", "nowhere.npz"], "nowhere.npz"),
    ],
)
def test_files_that_are_missing(args, message, mnist, tmp_path):
    pytest.importorskip("tensorflow", reason="needs the extra train")
    data = [] if "--data" in args else ["--data", str(mnist)]
    result = CliRunner().invoke(main, ["train", *args, *data, "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output


def test_crops_of_a_frame_are_labelled_by_its_truth():
    found = []
    for seed in range(12):
        scene = render(np.random.default_rng(seed), kind="page", clean=True, size=(800, 600))
        marks = find_regions(scene.image)
        labels = label(marks, scene)
        assert set(labels.tolist()) <= {UNCLEAR, *range(NO_DIGIT + 1)}
        assert (harvest(scene).labels != UNCLEAR).all()
        for digit in scene.digits:
            near = np.abs(marks.boxes - np.array(digit.box)).max(1) < 12
            found.append((labels[near] == digit.label).any())
    assert len(found) > 20 and np.mean(found) > 0.5


def _ring(radius: int, width: int, ground: int) -> Scene:
    """A frame with one round 0 in the middle, dark on grey."""
    image = np.full((480, 640, 3), ground, np.uint8)
    cv2.ellipse(image, (320, 240), (radius, radius), 0, 0, 360, (20,) * 3, width, cv2.LINE_AA)
    left, top, side = 320 - radius - width / 2, 240 - radius - width / 2, 2 * radius + width
    return Scene(image, [Mark(0, (left, top, side, side), 1.0, ground - 20.0, "0")])


def test_the_ground_that_strokes_enclose_is_no_digit():
    scene = _ring(45, 20, 140)
    marks = find_all_regions(scene.image)
    labels = label(marks, scene)
    assert (labels[~marks.light] == 0).any()
    assert marks.light.any() and (labels[marks.light] == NO_DIGIT).all()


def test_half_a_digit_is_no_digit_where_the_whole_was_found():
    scene = _ring(75, 10, 230)
    marks = find_all_regions(scene.image)
    labels = label(marks, scene)
    half = (marks.boxes[:, 2] < 85) & (marks.boxes[:, 3] > 130)
    assert half.any() and (labels[half] != 0).all() and (labels[half] == NO_DIGIT).any()


def test_nothing_in_an_empty_frame_is_a_digit():
    crops = harvest(render(np.random.default_rng(5), kind="empty"))
    assert (crops.labels == NO_DIGIT).all()


def test_a_drawing_gives_crops_of_its_digit():
    rng = np.random.default_rng(6)
    seen = [harvest_drawing(*render_drawing(rng, strokes.digit(i % 10, rng))).labels.tolist() for i in range(20)]
    assert sum(i % 10 in labels for i, labels in enumerate(seen)) >= 18


def test_warps_of_no_strength_change_nothing():
    crops = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 2)).astype(np.uint8)
    warped = Warp(np.random.default_rng(1), elastic_fields(0)).crops(crops, strength=0.0)
    assert np.abs(warped * 255 - crops).max() < 1


def test_warps_keep_the_digit_and_its_surroundings_together():
    rng = np.random.default_rng(2)
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:20, 12:16] = 255
    warp = Warp(rng, elastic_fields(0))
    for _ in range(20):
        mark, around = np.moveaxis(warp.drawn(image)[0], -1, 0)
        y, x = np.mgrid[:28, :28]
        ink = np.maximum(around - 0.6, 0)
        assert mark.sum() > 10
        centre = 13.5 + ((mark * x).sum() / mark.sum() - 13.5) / 2
        assert abs((ink * x).sum() / ink.sum() - centre) < 1.5


def test_letters_that_are_digits_by_shape_are_told_from_others():
    rng = np.random.default_rng(0)
    digits = [
        replace(strokes.digit(d, rng, hand), writer=writer)
        for writer in range(4)
        for hand in [strokes.new_hand(rng)]
        for d in range(10)
        for _ in range(4)
    ]
    sevens = [replace(strokes.digit(7, rng), label=-1, name="giyeok") for _ in range(6)]
    others = [strokes.other(rng, name="x") for _ in range(6)]
    names = [c.name for c in marked([*sevens, *others], digits)]
    assert all(is_lookalike(name) for name in names[:6])
    assert not any(is_lookalike(name) for name in names[6:])
    assert marked(sevens, digits[:40]) == sevens  # of one writer: nothing to compare with


def test_our_own_lookalikes_are_known():
    assert is_lookalike("O") and not is_lookalike("W")


@pytest.mark.parametrize(("refusing", "classes"), [("class", 11), ("uniform", 10), ("both", 11)])
def test_what_a_network_learns_for_a_mark_that_is_no_digit(refusing, classes):
    pytest.importorskip("tensorflow", reason="needs the extra train")
    from livedigits.training.model.fit import Config, targets

    wanted = targets(Config(refusing=refusing))
    assert wanted.shape == (11, classes)
    assert np.allclose(wanted.sum(1), 1, atol=1e-5)
    assert (wanted[:10].argmax(1) == np.arange(10)).all()
    digits = wanted[NO_DIGIT, :10]
    assert np.allclose(digits, digits[0])
    assert digits[0] == pytest.approx({"class": 0.002, "uniform": 0.1, "both": 0.05}[refusing], abs=2e-3)
