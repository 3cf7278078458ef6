"""The whole training of the strip network: render canvases, fit, export, fit the small models around it, write a card.

Its windows come from canvases in the hands of the training writers and MNIST's training half; what it is chosen by, and
what the small models are fitted on, from writers and digits that were held out.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.engines.cores import Cores
from livedigits.recognition.fitted import named_model
from livedigits.recognition.shipped import shipped
from livedigits.recognition.trial import checksum
from livedigits.recognition.writing import MEASURES, WritingModel
from livedigits.training import Progress, silent
from livedigits.training.dataset import strips as dataset
from livedigits.training.dataset.pools import Pool, pools
from livedigits.training.dataset.strips import Canvases
from livedigits.training.model import export, recipe, run_folder, trust, writing
from livedigits.training.model.run_folder import Inputs
from livedigits.training.model.strip_fit import StripConfig, train

WINDOWS = 16
"""Windows of a canvas in an epoch, at most: few canvases make short epochs, not many repeats."""
IN_MEMORY = 24
"""Shards that an epoch draws from, of 55 MB each; the next epoch takes the next ones."""


def follow(
    config: StripConfig,
    inputs: Inputs,
    progress: Progress = silent,
    say: Callable[[str], Any] = lambda line: None,
) -> dict[str, Any]:
    """Trains and exports the strip network, and returns its model card, which then stands beside it.

    The classifier that it works with is that of the same folder, or else the shipped one.

    Parameters
    ----------
    say : called with a line about each epoch

    Raises
    ------
    LivedigitsError: a file is missing or another one, the folder holds another training, the export differs from the
        network
    """
    out = inputs.out
    pool, held_out = pools(inputs.strokes, inputs.backgrounds)
    run_folder.claim("strips", config.to_json(), inputs)
    shards, check = recipe.canvases(config.canvases, config.seed, inputs, pool, held_out, progress)
    validation = dataset.load(check)
    most = WINDOWS * config.canvases
    config = replace(config, samples_per_epoch=max(config.batch_size, min(config.samples_per_epoch, most)))
    model, history = train(
        config, _Turns(shards), validation, out / "strips", inputs.start, progress, lambda f: say(recipe.line(f))
    )
    path = out / "strips.tflite"
    exported = export.strips(model, path, _windows(validation))
    model.save(out / "strips.keras")
    card = {
        "network": "strips",
        "input": "(n, 64, 96, 1) float32, 0..1: a window of writing whose digits are about 30 px high, 0.5 for paper",
        "output": "(n, 16, 24, 15) for each cell of 4x4 px: objectness and ten digits (logits), distances to the "
        "digit's four sides in 30 px",
        "parameters": model.count_params(),
        "sha256": checksum(path.read_bytes()),
        "made": datetime.date.today().isoformat(),
        "keras": keras.__version__,
        "data": recipe.names(inputs),
        "config": config.to_json(),
        "scores": {name: round(value, 4) for name, value in _best(history).items()},
        **exported,
        "history": history,
        **_around(config, path, held_out, inputs.cores, progress),
    }
    (out / "strips.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    _mention(out / "digits.json", card)
    return card


class _Turns:
    """The canvases of an epoch: some shards at a time, all of them in turn."""

    def __init__(self, shards: list[Path]):
        self.shards = shards
        self._loaded: tuple[list[Path], Canvases] | None = None

    def __call__(self, epoch: int) -> Canvases:
        count = min(IN_MEMORY, len(self.shards))
        chosen = [self.shards[(epoch * count + i) % len(self.shards)] for i in range(count)]
        if self._loaded is None or self._loaded[0] != chosen:
            self._loaded = None  # before others are read: both would not fit into memory
            self._loaded = chosen, dataset.load(chosen)
        return self._loaded[1]


def _windows(canvases: Canvases) -> np.ndarray:
    """Windows (n, 64, 96) uint8 to compare the exported network on."""
    images, _ = next(dataset.batches(canvases, export.WINDOWS, 1, [0]))
    return np.asarray(np.round(images[..., 0] * 255), np.uint8)


def _around(config: StripConfig, network: Path, pool: Pool, cores: Cores, progress: Progress) -> dict[str, Any]:
    """What tells writing from clutter, and how far each network is believed, as the card holds them; {} of 0 frames."""
    if not config.frames:
        return {}
    own = network.with_name("digits.tflite")
    classifier = own if own.exists() else shipped("digits.tflite")
    stored = writing.fitted(classifier, pool, config.frames, config.seed + 3, progress, cores)
    model = WritingModel(*named_model(stored, MEASURES), stored["threshold"]) if stored else None
    proposer = trust.Proposer(classifier, network, model)
    weights = trust.fitted(proposer, pool, config.frames, config.seed + 4, progress, cores)
    fits: dict[str, Any] = {"writing": stored, "trust": weights}
    return {name: fit for name, fit in fits.items() if fit}


def _best(history: list[dict[str, float]]) -> dict[str, float]:
    """The figures on held-out windows of the epoch whose weights were taken."""
    best = min(history, key=lambda figures: figures["val_loss"])
    return {name: figure for name, figure in best.items() if name.startswith("val_")}


def _mention(path: Path, card: dict[str, Any]) -> None:
    """The classifier's card, where it is there, names the network that works with it, and what that learned from."""
    if path.exists():
        stored = json.loads(path.read_text(encoding="utf-8"))
        stored["strips"] = {"card": "strips.json", "parameters": card["parameters"], "data": card["data"]}
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
