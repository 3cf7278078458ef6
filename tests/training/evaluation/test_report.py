"""The figures of an evaluation, and their table."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.training.evaluation import report
from livedigits.training.evaluation.corruptions import CORRUPTIONS
from livedigits.training.evaluation.table import table
from tests.training.made_up import Templates, digits, mixed


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    none = np.zeros((3, 28, 28), np.uint8), np.full(3, 10)
    return report.evaluate(Templates(), digits(40), {"mixed": mixed(), "nothing": none}, None)


def test_the_figures_are_those_of_the_answers(figures: dict[str, Any]) -> None:
    assert list(figures["sets"]) == ["MNIST test", "mixed", "nothing"]
    plain, other = figures["sets"]["MNIST test"], figures["sets"]["mixed"]
    assert plain["accuracy"] == 1 and plain["crops"] == 40 and plain["rejection"] is None
    assert plain["per_class"] == [1] * 10 + [None]
    assert other["accuracy"] == 38 / 40 and other["digits"] == 20 and other["accuracy_of_ten"] == 0.9
    assert other["confusion"][5][0] == 1 and other["confusion"][7][1] == 1 and other["confusion"][10][10] == 20
    assert other["at_threshold"] == {"threshold": 0.4, "lost": 0, "misread": 0.1, "false": 0}
    assert other["rejection"]["likeliest digit"]["auroc"] == 1
    assert figures["sets"]["nothing"]["at_threshold"]["false"] == 0
    assert figures["sets"]["nothing"]["at_threshold"]["lost"] is None


def test_there_is_a_figure_for_each_corruption_and_their_mean(figures: dict[str, Any]) -> None:
    robust = figures["corruptions"]
    assert list(robust["accuracy"]) == list(CORRUPTIONS)
    assert robust["mean"] == pytest.approx(np.mean(list(robust["accuracy"].values())), abs=1e-5)
    assert all(robust["accuracy_of_ten"][name] >= share for name, share in robust["accuracy"].items())
    assert 0 < robust["mean"] < 1


def test_the_figures_are_strict_json(figures: dict[str, Any]) -> None:
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_a_network_without_a_no_digit_class_can_be_measured() -> None:
    measured = report.evaluate(Templates(classes=10), digits(20), {"mixed": mixed()}, None)["sets"]
    assert measured["MNIST test"]["accuracy"] == 1
    assert measured["mixed"]["accuracy"] == 18 / 40
    assert measured["mixed"]["rejection"] is not None


def test_the_progress_adds_up_to_the_effort() -> None:
    done: list[int] = []
    report.evaluate(Templates(), digits(20), {"mixed": mixed()}, None, progress=done.append)
    assert sum(done) == report.effort(digits(20), {"mixed": mixed()}) == 16 * 20 + 40


@pytest.mark.parametrize("labels", [np.array([0, 11]), np.array([-1, 3]), np.array([], int)])
def test_labels_that_are_none_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(LivedigitsError, match="letters: labels must be"):
        report.evaluate(Templates(), digits(10), {"letters": (np.zeros((len(labels), 28, 28), np.uint8), labels)}, None)


def test_the_table_has_a_row_for_each_set_and_no_nan(figures: dict[str, Any]) -> None:
    text = table({**figures, "model": {**figures["model"], "file": "some.tflite"}})
    assert "nan" not in text and all(len(line) <= 110 for line in text.splitlines())
    rows = {line[:20].strip(): line.split() for line in text.splitlines() if line.startswith(("mixed", "nothing"))}
    assert rows["mixed"][1:3] == ["40", "95.00"] and rows["nothing"][1:3] == ["3", "100.00"]
