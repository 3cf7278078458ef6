"""livedigits evaluate, as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.commands.evaluate import evaluate as command
from livedigits.errors import LivedigitsError
from livedigits.recognition.shipped import shipped
from tests import pages
from tests.training.made_up import digits

pytestmark = pytest.mark.skipif(not shipped("digits.tflite").exists(), reason="there is no models/digits.tflite")


@pytest.fixture
def mnist_file(tmp_path: Path) -> Path:
    made = digits(30)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=made.images, y_train=made.labels, x_test=made.images, y_test=made.labels)
    return path


def test_the_command_prints_a_table_and_writes_json(mnist_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "own.npz"
    np.savez(other, x=digits(20).images, y=digits(20).labels)
    target = tmp_path / "figures.json"
    given = ["--data", str(mnist_file), "--data", str(other), "--frames", "0", "--pages", "0", "--json", str(target)]
    result = CliRunner().invoke(command, given)
    assert result.exit_code == 0, result.output
    assert "MNIST test" in result.output and "under corruptions" in result.output
    figures = json.loads(target.read_text())
    assert figures["sets"]["MNIST test"]["crops"] == 30 and figures["sets"]["own"]["crops"] == 20
    assert list(figures["strings"]) == ["numbers of MNIST", "touching pairs"]
    assert figures["strings"]["touching pairs"]["numbers"] == 15  # each of 30 digits once


@pytest.mark.slow
def test_pages_of_numbers_and_amounts_are_measured(mnist_file: Path, tmp_path: Path) -> None:
    target, pictures = tmp_path / "figures.json", tmp_path / "amounts" / "pictures"
    pictures.mkdir(parents=True)
    for name in ("407", "12", "5"):
        cv2.imwrite(str(pictures / f"a_{name}.png"), pages.page(name)[0])
    (tmp_path / "amounts" / "a_gt.txt").write_text("a_407.png\t407\na_12.png\t12\n\na_5.png\t6\n")
    given = ["--data", str(mnist_file), "--frames", "0", "--pages", "2", "--json", str(target)]
    result = CliRunner().invoke(command, [*given, "--amounts", str(tmp_path / "amounts")])
    assert result.exit_code == 0, result.output
    strings = json.loads(target.read_text())["strings"]
    assert list(strings) == ["pages of numbers", "numbers of MNIST", "touching pairs", "amounts"]
    assert strings["pages of numbers"]["numbers"] > 0
    assert strings["amounts"]["numbers"] == 3 and strings["amounts"]["right"] == pytest.approx(2 / 3, abs=1e-5)
    assert "pages of numbers" in result.output and "66.67 %" in result.output


def test_json_on_standard_output_stands_alone(mnist_file: Path) -> None:
    result = CliRunner().invoke(command, ["--data", str(mnist_file), "--frames", "0", "--pages", "0", "--json", "-"])
    assert json.loads(result.stdout)["model"]["file"] == "digits.tflite"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--model", "missing.tflite"], "missing.tflite"),
        (["--data", "missing.npz"], "missing.npz"),
        (["--data", "{mnist}", "--data", "{mnist}"], "both hold MNIST"),
        (["--data", "{mnist}", "--strokes", "missing.npz"], "missing.npz"),
        (["--data", "{mnist}", "--json", "{mnist}"], "to be read and to be written"),
        (["--data", "{mnist}", "--amounts", "missing"], "missing holds no .txt file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(given: list[str], message: str, mnist_file: Path) -> None:
    result = CliRunner().invoke(command, [part.format(mnist=mnist_file) for part in given])
    assert isinstance(result.exception, LivedigitsError) and message in str(result.exception)
    assert "\n" not in str(result.exception)
