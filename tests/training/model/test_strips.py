"""The strip network: it learns, stops and goes on, its files say what it says, the models around it are fitted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livedigits.recognition.fitted import named_model
from livedigits.recognition.strips import StripNetwork
from livedigits.recognition.writing import MEASURES, WritingModel
from livedigits.training.dataset import strips as dataset
from livedigits.training.dataset.pools import Pool
from livedigits.training.dataset.strips import Canvases

NOBODY = Pool(None, None, None)
TINY = (4, 4, 8, 8, 8, 8)


@pytest.fixture(scope="module")
def canvases() -> Canvases:
    return dataset.render(range(12), 1, NOBODY, None)


@pytest.fixture
def fitting(keras: None, canvases: Canvases, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Trains a tiny network for some epochs of some steps in a folder; `given` replaces parts of its config."""
    from livedigits.training.model import strip_fit

    monkeypatch.setattr(strip_fit, "HELD_OUT", 2)

    def fit(folder: Path, on_epoch: Callable[[dict[str, float]], Any] = lambda f: None, **given: Any) -> Any:
        wanted = {"filters": TINY, "epochs": 2, "samples_per_epoch": 48, "batch_size": 8, **given}
        config = strip_fit.StripConfig(**wanted)
        return strip_fit.train(config, lambda epoch: canvases, canvases, folder, on_epoch=on_epoch)

    return fit


@pytest.mark.slow
def test_a_few_steps_lower_the_loss_and_the_files_answer_as_the_network(
    fitting: Callable[..., Any], canvases: Canvases, tmp_path: Path
) -> None:
    from livedigits.training.model import export

    model, history = fitting(tmp_path, epochs=3, samples_per_epoch=96, learning_rate=1e-2)
    losses = [figures["loss"] for figures in history]
    assert losses[2] < 0.8 * losses[0]
    images, _ = next(dataset.batches(canvases, 5, 1, [3]))
    windows = np.round(images[..., 0] * 255).astype(np.uint8)
    figures = export.strips(model, tmp_path / "strips.tflite", windows)
    assert figures["export_differs_by"] < 1e-4
    given = StripNetwork(tmp_path / "strips.tflite")(windows)
    wanted = model.predict(images, verbose=0)
    assert np.abs(given - wanted).max() > 0  # it is rounded,
    assert np.abs(given - wanted).mean() < 0.1 * wanted.std()  # and says the same


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_ends_as_one_that_was_not(fitting: Callable[..., Any], tmp_path: Path) -> None:
    whole, history = fitting(tmp_path / "whole")
    done: list[float] = []

    class Stopped(Exception):
        pass

    def stop(figures: dict[str, float]) -> None:
        done.append(figures["loss"])
        if len(done) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        fitting(tmp_path / "run", stop)
    model, resumed = fitting(tmp_path / "run", lambda figures: done.append(figures["loss"]))
    assert len(done) == 3 and done[0] == resumed[0]["loss"]  # the first epoch was not trained again
    assert [f["loss"] for f in resumed] == pytest.approx([f["loss"] for f in history], rel=1e-4)
    for mine, theirs in zip(model.get_weights(), whole.get_weights(), strict=True):
        assert np.allclose(mine, theirs, atol=1e-4)
    fitting(tmp_path / "run", lambda figures: pytest.fail("a finished run was trained on"))
    other: list[dict[str, float]] = []
    fitting(tmp_path / "run", other.append, learning_rate=1e-3, epochs=1)
    assert len(other) == 1  # another config is another run


def test_a_network_with_other_layers_is_no_start(fitting: Callable[..., Any], tmp_path: Path) -> None:
    from livedigits.errors import LivedigitsError
    from livedigits.training.model import strip_fit, strip_network

    strip_network.build(TINY).save(tmp_path / "tiny.keras")
    with pytest.raises(LivedigitsError, match="tiny.keras"):
        strip_fit.Run.begun(strip_fit.StripConfig(), tmp_path / "tiny.keras")


def test_writing_is_told_from_clutter_by_what_was_measured() -> None:
    from livedigits.training.model import writing

    rng = np.random.default_rng(0)
    digits = rng.choice([0, 0, 1, 2, 3], 600)
    measured = rng.normal(0, 1, (600, len(MEASURES))).astype(np.float32)
    measured[:, 4] += 4.0 * (digits > 0)
    parts = [writing.Looked(measured[i::6], digits[i::6]) for i in range(6)]
    stored = writing.fit(parts)
    model = WritingModel(*named_model(stored, MEASURES), stored["threshold"])
    looked_at = model.score(measured) > 0
    assert looked_at[digits > 1].mean() == pytest.approx(writing.KEPT, abs=0.01)
    assert looked_at[digits == 0].mean() < 0.2
    assert stored["others_refused"] == pytest.approx(1 - looked_at[digits == 0].mean(), abs=0.01)
    assert writing.fit([writing.Looked(measured[digits == 1], digits[digits == 1])]) == {}


def test_trust_goes_to_the_network_that_knows() -> None:
    from livedigits.training.model import trust

    rng = np.random.default_rng(0)
    digit = rng.random(900) < 0.5
    knows = np.clip(np.where(digit, 0.8, 0.2) + rng.normal(0, 0.15, 900), 0, 1)
    guesses = rng.random(900)
    constant, strip, crop = trust.fit([trust.Proposed(knows, guesses, digit)])
    assert strip > 5 * abs(crop) and abs(constant) < 1
    constant, strip, crop = trust.fit([trust.Proposed(guesses, knows, digit)])
    assert crop > 5 * abs(strip)
    assert trust.fit([]) == [] and trust.fit([trust.Proposed(np.empty(0), np.empty(0), np.empty(0, bool))]) == []


@pytest.mark.slow
def test_components_of_writing_hold_the_digits_written_there() -> None:
    from livedigits.recognition.shipped import shipped
    from livedigits.training.model.writing import Measurer
    from livedigits.training.synthesis import scenes

    measurer = Measurer(shipped("digits.tflite"))
    found = [measurer(s) for s in (scenes.render(np.random.default_rng(i), kind="page") for i in range(3))]
    assert all(part.measured.shape == (len(part.digits), len(MEASURES)) for part in found)
    nothing = measurer(scenes.render(np.random.default_rng(5), kind="empty"))
    assert len(nothing.digits) and not nothing.digits.any()
    assert max(part.digits.max(initial=0) for part in found) > 1
