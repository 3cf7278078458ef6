"""Training of the strip network: the run, the average of its weights, what it is chosen by."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import keras
import numpy as np

from livedigits.training.dataset import strips as dataset
from livedigits.training.model import strip_network


@dataclass(frozen=True)
class StripConfig:
    """Everything a run depends on besides its canvases; stored in the model card."""

    filters: tuple[int, ...] = strip_network.FILTERS
    epochs: int = 40
    samples_per_epoch: int = 32_000
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    averaging: float = 0.999
    canvases: int = 30_000
    seed: int = 1


def train(
    config: StripConfig,
    canvases: Callable[[int], dataset.Canvases],
    validation: dataset.Canvases,
    folder: Path,
    start: Path | None = None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Trains the strip network; returns the averaged weights of the epoch with the least validation loss.

    canvases: those to learn from in an epoch; folder: for checkpoints, from which a stopped run goes on; start: weights
    (.keras) to go on from in place of random ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)
    state = folder / "state.json"
    wanted = json.loads(json.dumps(asdict(config)))
    model, averaged = strip_network.build(config.filters), strip_network.build(config.filters)
    if start is not None:
        model.set_weights(keras.models.load_model(start, compile=False).get_weights())
    model.compile(optimizer=_optimizer(config), loss=strip_network.loss)
    history: list[dict[str, float]] = []
    average = [w.copy() for w in model.get_weights()]
    if state.exists() and json.loads(state.read_text())["config"] == wanted:
        history = json.loads(state.read_text())["history"]
        custom = {"loss": strip_network.loss}
        model = keras.models.load_model(folder / "last.keras", custom_objects=custom)
        with np.load(folder / "average.npz") as file:
            average = [file[key] for key in file.files]
    held_out = list(dataset.batches(validation, 64, 24, [config.seed, 999]))
    steps = config.samples_per_epoch // config.batch_size
    for epoch in range(len(history), config.epochs):
        began = time.monotonic()
        losses = []
        batches = dataset.batches(canvases(epoch), config.batch_size, steps, [config.seed, epoch])
        for step, (images, targets) in enumerate(batches, 1):
            losses.append(float(model.train_on_batch(images, targets)))
            if step % 10 == 0 or step == steps:
                done = epoch * steps + step
                keep = min(config.averaging, (1 + done) / (10 + done)) ** 10
                for mean, new in zip(average, model.get_weights(), strict=True):
                    mean += (1 - keep) * (new - mean)
        averaged.set_weights(average)
        figures = {"loss": float(np.mean(losses)), "rate": steps * config.batch_size / (time.monotonic() - began)}
        figures |= validate(averaged, held_out)
        history.append(figures)
        click.echo(f"epoch {epoch + 1}: " + "  ".join(f"{k} {v:.4f}" for k, v in figures.items()), err=True)
        if figures["val_loss"] == min(h["val_loss"] for h in history):
            averaged.save(folder / "best.keras")
        model.save(folder / "last.keras")
        np.savez(folder / "average.npz", *average)
        state.write_text(json.dumps({"config": asdict(config), "history": history}))
    return keras.models.load_model(folder / "best.keras", compile=False), history


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


def _optimizer(config: StripConfig) -> Any:
    steps = config.samples_per_epoch // config.batch_size * config.epochs
    warm = min(500, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, alpha=0.01, warmup_target=config.learning_rate, warmup_steps=warm
    )
    return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
