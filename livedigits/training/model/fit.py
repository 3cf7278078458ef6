"""Fitting the network, top to bottom: the configuration, the batches, the epochs."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.training import Progress, silent
from livedigits.training.dataset.augment import Warp, elastic_fields
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.harvest import Crops
from livedigits.training.model.network import build
from livedigits.training.model.widen import loaded, widen
from livedigits.types import NO_DIGIT

AVERAGED = 10
"""Steps between updates of the average of the weights: to read them at every step would slow the training."""


@dataclass(frozen=True)
class Config:
    """Everything a run depends on besides its data; stored in the model card."""

    network: str = "reader"
    refusing: str = "class"  # how it learns to say "no digit": see `targets`
    epochs: int = 30
    samples_per_epoch: int = 200_000
    batch_size: int = 256
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    label_smoothing: float = 0.02
    averaging: float = 0.999  # exponential moving average of the weights, per step
    scene_digits: float = 0.30  # shares of a batch
    scene_others: float = 0.32  # regions that are no digit
    drawings: float = 0.13
    touching: float = 0.20  # regions cut where digits touch, a quarter of them no digit
    pages: float = 0.25  # digits without a page: MNIST and its like
    frames: int = 10_000
    drawn: int = 12_000
    canvases: int = 30_000  # of numbers, which the strip network learns from, too
    mined: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Sources:
    """What batches are drawn from; crops may be empty, digits not."""

    digits: Digits28
    scenes: Crops
    drawings: Crops
    touching: Crops


@dataclass(frozen=True)
class Validation:
    """What the best weights are chosen by: inputs (n, 28, 28, channels) float32 and labels (n,) int."""

    inputs: np.ndarray
    labels: np.ndarray


class Batches:
    """Random batches: each sample is drawn by source, then warped. The same seed and epoch give the same batches."""

    def __init__(self, config: Config, sources: Sources, channels: int):
        self.config, self.sources, self.channels = config, sources, channels
        self.fields = elastic_fields(config.seed)
        digit = sources.scenes.labels != NO_DIGIT
        crops = [
            (config.scene_digits, sources.scenes, np.flatnonzero(digit)),
            (config.scene_others, sources.scenes, np.flatnonzero(~digit)),
            (config.drawings, sources.drawings, np.arange(len(sources.drawings))),
            (0.75 * config.touching, sources.touching, np.flatnonzero(sources.touching.labels != NO_DIGIT)),
            (0.25 * config.touching, sources.touching, np.flatnonzero(sources.touching.labels == NO_DIGIT)),
        ]
        # The tutorials' networks know ten digits and no page: they learn from MNIST alone.
        self.crops = [c for c in crops if len(c[2])] if channels > 1 else []
        shares = np.array([c[0] for c in self.crops] + [config.pages])
        self.shares = shares / shares.sum()
        self.steps = config.samples_per_epoch // config.batch_size  # of an epoch

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches of one epoch, made by another thread a few ahead of the training."""
        steps = iter(range(self.steps))
        with ThreadPoolExecutor(1) as pool:
            ahead: deque = deque()
            for step in steps:
                ahead.append(pool.submit(self.batch, number, step))
                if len(ahead) > 8:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def batch(self, epoch: int, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (batch, 28, 28, channels) float32 in 0..1 and labels (batch,) int32."""
        rng = np.random.default_rng([self.config.seed, epoch, step])
        warp = Warp(rng, self.fields)
        counts = rng.multinomial(self.config.batch_size, self.shares)
        inputs, labels = [], []
        for (_, crops, among), count in zip(self.crops, counts, strict=False):
            chosen = among[rng.integers(len(among), size=count)]
            inputs.append(warp.crops(crops.images[chosen]))
            labels.append(crops.labels[chosen])
        chosen = rng.integers(len(self.sources.digits), size=counts[-1])
        inputs.append(warp.drawn(self.sources.digits.images[chosen]))
        labels.append(self.sources.digits.labels[chosen])
        return np.concatenate(inputs)[..., : self.channels], np.concatenate(labels).astype(np.int32)


@dataclass
class Run:
    """How far a training is: the network, the moving average of its weights, and the figures of each epoch done."""

    model: keras.Model
    average: list[np.ndarray]
    history: list[dict[str, float]]

    @staticmethod
    def begun(config: Config, start: Path | None) -> Run:
        """A new one, from random weights or those of a .keras file."""
        model = _built(config)
        if start is not None:
            widen(loaded(start), model, config.seed)
        model.compile(optimizer=_optimizer(config), loss=_loss(config), metrics=["accuracy"])
        return Run(model, [w.copy() for w in model.get_weights()], [])

    @staticmethod
    def resumed(config: Config, folder: Path) -> Run | None:
        """The one that `save` left in the folder; None where there is none of this config."""
        state = folder / "state.json"
        stored = json.loads(state.read_text()) if state.exists() else {}
        if stored.get("config") != asdict(config):
            return None
        model = keras.models.load_model(folder / "last.keras", custom_objects={"loss": _loss(config)})
        with np.load(folder / "average.npz") as file:
            return Run(model, [file[key] for key in file.files], stored["history"])

    def save(self, config: Config, folder: Path) -> None:
        self.model.save(folder / "last.keras")
        np.savez(folder / "average.npz", *self.average)
        (folder / "state.json").write_text(json.dumps({"config": asdict(config), "history": self.history}))


def train(
    config: Config,
    sources: Sources,
    validation: Validation,
    folder: Path,
    start: Path | None = None,
    progress: Progress = silent,
    on_epoch: Callable[[dict[str, float]], Any] = lambda figures: None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Trains a network and returns the averaged weights with the least validation loss, and each epoch's figures.

    Parameters
    ----------
    folder : for checkpoints; a run that was stopped goes on from there when it is called again with the same config
    start : a .keras file whose weights to go on from, instead of random ones; of this network, or a narrower one
    on_epoch : called with the figures of each epoch when it is done

    Raises
    ------
    LivedigitsError: the network in `start` is another one
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(config.seed)
    run = Run.resumed(config, folder) or Run.begun(config, start)
    averaged = _built(config)
    batches = Batches(config, sources, run.model.input_shape[-1])
    for epoch in range(len(run.history), config.epochs):
        with progress(f"epoch {epoch + 1}/{config.epochs}", batches.steps) as done:
            figures = _epoch(config, epoch, batches, run, done)
        averaged.set_weights(run.average)
        figures |= validate(averaged, validation, targets(replace(config, label_smoothing=0.0)))
        run.history.append(figures)
        on_epoch(figures)
        if figures["val_loss"] == min(h["val_loss"] for h in run.history):
            averaged.save(folder / "best.keras")
        run.save(config, folder)
    return keras.models.load_model(folder / "best.keras", compile=False), run.history


def targets(config: Config) -> np.ndarray:
    """The probabilities that a network learns for each label, (11, classes) float32; rows sum to 1.

    Labels are smoothed, which keeps the probabilities honest. A crop that is no digit is (config.refusing)
    "class": a class of its own, the eleventh;
    "uniform": each of ten digits alike, so that no digit is likely (Lee et al. 2018, arXiv 1711.09325; Hendrycks et
    al. 2019, arXiv 1812.04606);
    "both": half the eleventh class, half each of the digits alike.
    """
    classes = _built(config).output_shape[-1]
    wanted = np.eye(NO_DIGIT + 1, classes, dtype=np.float32)
    if config.refusing == "uniform":
        wanted[NO_DIGIT] = 1 / classes
    elif config.refusing == "both":
        wanted[NO_DIGIT] = np.where(np.arange(classes) == NO_DIGIT, 0.5, 0.5 / NO_DIGIT)
    wanted[wanted.sum(1) == 0] = 1 / classes  # the tutorials' networks never see what is no digit
    return wanted * (1 - config.label_smoothing) + np.float32(config.label_smoothing / classes)


def validate(model: keras.Model, validation: Validation, wanted: np.ndarray) -> dict[str, float]:
    """Loss (cross entropy) and accuracy on the validation crops, for what is `wanted`, as of `targets`."""
    probabilities = model.predict(validation.inputs, batch_size=1024, verbose=0)
    logs = np.log(np.maximum(probabilities, 1e-7))
    return {
        "val_loss": float(-(wanted[validation.labels] * logs).sum(1).mean()),
        "val_accuracy": float((probabilities.argmax(1) == wanted[validation.labels].argmax(1)).mean()),
    }


def _epoch(config: Config, epoch: int, batches: Batches, run: Run, done: Callable[[int, str], Any]) -> dict[str, float]:
    """One pass; the average follows the weights. Early on it forgets faster, so that it is not a mean of noise."""
    began = time.monotonic()
    figures: dict[str, float] = {}
    run.model.reset_metrics()
    for step, (inputs, labels) in enumerate(batches.epoch(epoch), 1):
        figures = run.model.train_on_batch(inputs, labels, return_dict=True)
        figures = {k: float(v) for k, v in figures.items()}
        if step % AVERAGED == 0 or step == batches.steps:
            before = epoch * batches.steps + step
            keep = min(config.averaging, (1 + before) / (10 + before)) ** AVERAGED
            for mean, new in zip(run.average, run.model.get_weights(), strict=True):
                mean += (1 - keep) * (new - mean)
            rate = step * config.batch_size / (time.monotonic() - began)
            done(
                (step - 1) % AVERAGED + 1, f"loss {figures['loss']:.4f} accuracy {figures['accuracy']:.4f} {rate:.0f}/s"
            )
    return figures


def _optimizer(config: Config) -> keras.optimizers.Optimizer:
    steps = config.samples_per_epoch // config.batch_size * config.epochs
    warm = min(1000, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm, alpha=0.005, warmup_target=config.learning_rate, warmup_steps=warm
    )
    if config.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    return keras.optimizers.get({"class_name": config.optimizer, "config": {"learning_rate": rate}})


def _built(config: Config) -> keras.Model:
    """A new network; one that learns "uniform" has no eleventh class."""
    name = "reader of ten" if (config.network, config.refusing) == ("reader", "uniform") else config.network
    return build(name)


def _loss(config: Config) -> keras.losses.Loss:
    """Cross entropy to `targets`."""
    table = targets(config)

    def loss(labels: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
        index = keras.ops.cast(keras.ops.reshape(labels, (-1,)), "int32")
        return keras.losses.categorical_crossentropy(keras.ops.take(table, index, axis=0), probabilities)

    return loss
