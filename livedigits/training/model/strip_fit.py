"""Fitting the strip network, top to bottom: the configuration, the epochs, what the best weights are chosen by."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.training import Progress, silent
from livedigits.training.dataset import strips as dataset
from livedigits.training.dataset.strips import Canvases
from livedigits.training.model import strip_network
from livedigits.training.model.widen import loaded

AVERAGED = 10
"""Steps between updates of the average of the weights: to read them at every step would slow the training."""
HELD_OUT = 24
"""Batches of held-out windows that an epoch is judged by: more would cost time, fewer would choose by chance."""


@dataclass(frozen=True)
class StripConfig:
    """Everything a run depends on besides its canvases; stored in the model card."""

    filters: tuple[int, ...] = strip_network.FILTERS
    epochs: int = 40
    samples_per_epoch: int = 32_000
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    averaging: float = 0.999  # exponential moving average of the weights, per step
    canvases: int = 30_000
    frames: int = 700  # of held-out writers, for the small models around the network
    seed: int = 1

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return max(1, self.samples_per_epoch // self.batch_size)

    def to_json(self) -> dict[str, Any]:
        """As a card holds it, and as it is when a card was read."""
        return {**asdict(self), "filters": list(self.filters)}


@dataclass
class Run:
    """How far a training is: the network, the moving average of its weights, and the figures of each epoch done."""

    model: keras.Model
    average: list[np.ndarray]
    history: list[dict[str, float]]

    @staticmethod
    def begun(config: StripConfig, start: Path | None) -> Run:
        """A new one, from random weights or those of a .keras file."""
        model = strip_network.build(config.filters)
        if start is not None:
            try:
                model.set_weights(loaded(start).get_weights())
            except ValueError as error:
                raise LivedigitsError(f"{start} holds a network with other layers than the strip network") from error
        model.compile(optimizer=_optimizer(config), loss=strip_network.loss)
        return Run(model, [w.copy() for w in model.get_weights()], [])

    @staticmethod
    def resumed(config: StripConfig, folder: Path) -> Run | None:
        """The one that `save` left in the folder; None where there is none of this config."""
        state = folder / "state.json"
        stored = json.loads(state.read_text()) if state.exists() else {}
        if stored.get("config") != config.to_json():
            return None
        model = keras.models.load_model(folder / "last.keras", custom_objects={"loss": strip_network.loss})
        with np.load(folder / "average.npz") as file:
            return Run(model, [file[key] for key in file.files], stored["history"])

    def save(self, config: StripConfig, folder: Path) -> None:
        self.model.save(folder / "last.keras")
        np.savez(folder / "average.npz", *self.average)
        (folder / "state.json").write_text(json.dumps({"config": config.to_json(), "history": self.history}))


def train(
    config: StripConfig,
    canvases: Callable[[int], Canvases],
    validation: Canvases,
    folder: Path,
    start: Path | None = None,
    progress: Progress = silent,
    on_epoch: Callable[[dict[str, float]], Any] = lambda figures: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Trains the strip network; returns the averaged weights with the least validation loss, and each epoch's figures.

    Parameters
    ----------
    canvases : gives those to learn from in an epoch
    folder : for checkpoints; a run that was stopped goes on from there when it is called again with the same config
    start : a .keras file of a strip network whose weights to go on from, instead of random ones
    on_epoch : called with the figures of each epoch when it is done

    Raises
    ------
    LivedigitsError: the network in `start` is another one
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)
    run = Run.resumed(config, folder) or Run.begun(config, start)
    averaged = strip_network.build(config.filters)
    held_out = list(dataset.batches(validation, config.batch_size, HELD_OUT, [config.seed, 999]))
    for epoch in range(len(run.history), config.epochs):
        with progress(f"strips, epoch {epoch + 1}/{config.epochs}", config.steps) as done:
            figures = _epoch(config, epoch, canvases(epoch), run, done)
        averaged.set_weights(run.average)
        figures |= validate(averaged, held_out)
        run.history.append(figures)
        on_epoch(figures)
        if figures["val_loss"] == min(h["val_loss"] for h in run.history):
            averaged.save(folder / "best.keras")
        run.save(config, folder)
    return keras.models.load_model(folder / "best.keras", compile=False), run.history


def _epoch(
    config: StripConfig, epoch: int, canvases: Canvases, run: Run, done: Callable[[int, str], Any]
) -> dict[str, float]:
    """One pass; the average follows the weights. Early on it forgets faster, so that it is not a mean of noise."""
    began = time.monotonic()
    losses: list[float] = []
    batches = dataset.batches(canvases, config.batch_size, config.steps, [config.seed, epoch])
    for step, (images, targets) in enumerate(batches, 1):
        losses.append(float(run.model.train_on_batch(images, targets)))
        if not np.isfinite(losses[-1]):
            raise LivedigitsError(f"the loss of the strip network is {losses[-1]}: try a lower learning rate")
        if step % AVERAGED == 0 or step == config.steps:
            before = epoch * config.steps + step
            keep = min(config.averaging, (1 + before) / (10 + before)) ** AVERAGED
            for mean, new in zip(run.average, run.model.get_weights(), strict=True):
                mean += (1 - keep) * (new - mean)
            rate = step * config.batch_size / (time.monotonic() - began)
            done((step - 1) % AVERAGED + 1, f"loss {np.mean(losses[-AVERAGED:]):.4f} {rate:.0f}/s")
    return {"loss": float(np.mean(losses))}


def validate(model: keras.Model, held_out: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """Loss, share of centres at which the network is sure (0.5), and of right labels there, on held-out windows."""
    losses, sure, right, count = [], 0, 0, 0
    for images, targets in held_out:
        given = np.asarray(model.predict_on_batch(images))
        losses.append(float(keras.ops.convert_to_numpy(strip_network.loss(targets, given))))
        centre = targets[..., 0] > 0.999
        count += int(centre.sum())
        sure += int((given[centre][:, 0] > 0).sum())
        right += int((given[centre][:, 1:11].argmax(1) == targets[centre][:, 2]).sum())
    return {"val_loss": float(np.mean(losses)), "val_found": sure / max(count, 1), "val_right": right / max(count, 1)}


def _optimizer(config: StripConfig) -> keras.optimizers.Optimizer:
    steps = config.steps * config.epochs
    warm = min(500, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, alpha=0.01, warmup_target=config.learning_rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
