"""Networks that cannot be used are refused in one line, in bounded memory and time."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.recognition import trial
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.shipped import shipped
from livedigits.recognition.strips import StripNetwork

NETWORK = shipped("digits.tflite")
if not NETWORK.exists():
    pytest.skip("there is no models/digits.tflite", allow_module_level=True)


@pytest.mark.parametrize("name", ["digits", "strips"])
def test_the_shipped_networks_are_those_of_their_cards(name: str) -> None:
    stored = json.loads(shipped(f"{name}.json").read_text(encoding="utf-8"))
    assert stored["sha256"] == hashlib.sha256(shipped(f"{name}.tflite").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["digits", "strips"])
def test_a_network_that_is_not_that_of_its_card_is_refused(tmp_path: Path, name: str) -> None:
    content = bytearray(shipped(f"{name}.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / f"{name}.tflite").write_bytes(content)
    (tmp_path / f"{name}.json").write_bytes(shipped(f"{name}.json").read_bytes())
    with pytest.raises(LivedigitsError, match="is not the network of its card"):
        (Classifier if name == "digits" else StripNetwork)(tmp_path / f"{name}.tflite")


def test_one_of_others_is_tried_once_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(NETWORK.read_bytes() + b"\0")
    runs = []
    run = trial.subprocess.run
    monkeypatch.setattr(trial.subprocess, "run", lambda *given, **named: runs.append(1) or run(*given, **named))
    for _ in range(2):
        Classifier(path)
    Classifier()  # what comes along is known
    assert runs == [1]


@pytest.mark.parametrize("cut", [0, 10, 1000, 100_000])
def test_a_damaged_network_is_one_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.tflite"
    path.write_bytes(NETWORK.read_bytes()[:cut])
    with pytest.raises(LivedigitsError) as refused:
        Classifier(path)
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import os; os.abort()", "cannot be run"),
        ("import time; time.sleep(60)", "takes more than"),
        ("import sys; print('it has other layers'); sys.exit(3)", "it has other layers"),
    ],
)
def test_what_happens_in_the_trial_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, says: str
) -> None:
    (tmp_path / "trying.py").write_text(program)
    monkeypatch.setattr(trial, "PROCESS", "trying")
    monkeypatch.setattr(trial, "SECONDS", 2)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    trial.try_out.cache_clear()
    with pytest.raises(LivedigitsError, match=says):
        trial.try_out(tmp_path / "a.tflite", "0")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 5.0, -1.0])
def test_answers_that_are_no_probabilities_are_an_error(value: float) -> None:
    answers = np.full((3, 11), 1 / 11, np.float32)
    trial.check_answers(answers, NETWORK)
    answers[1, 4] = value
    with pytest.raises(LivedigitsError, match="computes"):
        trial.check_answers(answers, NETWORK)


@pytest.mark.parametrize("stored", [{"min_confidence": "much"}, {"rescoring": {"weights": 3}}, {"completeness": [1]}])
def test_a_card_of_another_kind_is_one_line(tmp_path: Path, stored: dict[str, object]) -> None:
    (tmp_path / "a.tflite").write_bytes(NETWORK.read_bytes())
    (tmp_path / "a.json").write_text(json.dumps(stored))
    with pytest.raises(LivedigitsError, match="is no card of this network"):
        Classifier(tmp_path / "a.tflite")
