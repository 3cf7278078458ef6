"""The whole training, top to bottom: gather, render, fit, mine, fit again, calibrate, export, write the model card."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.recognition.trial import checksum
from livedigits.training import Progress, silent
from livedigits.training.dataset import files, strips
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.harvest import Crops, Miner
from livedigits.training.dataset.pools import Pool, pools
from livedigits.training.dataset.shards import drawing_crops, scene_crops
from livedigits.training.dataset.touching import touching_crops
from livedigits.training.model import calibrate, export, rescoring, run_folder
from livedigits.training.model.fit import Config, Sources, Validation, train
from livedigits.training.model.run_folder import Inputs
from livedigits.training.synthesis.strips import Bitmaps

QUICK = {"epochs": 7, "samples_per_epoch": 55_000, "frames": 0, "drawn": 0, "canvases": 0, "mined": 0, "pages": 1.0}
"""What `--quick` sets: MNIST alone, minutes on two cores."""
OFTEN = 4
"""Times that a sample of little data may be drawn in an epoch: small sets make short epochs, not many repeats."""
VALIDATION = 5000
"""Digits at the end of MNIST's training half: it is in the order of its writers, so that these are of others."""
FRAMES_HELD_OUT, DRAWINGS_HELD_OUT, CANVASES_HELD_OUT = 15, 8, 15
"""One validation frame, drawing or canvas is rendered for so many of training."""


def follow(
    config: Config,
    inputs: Inputs,
    progress: Progress = silent,
    say: Callable[[str], Any] = lambda line: None,
) -> dict[str, Any]:
    """Trains and exports a network, and returns its model card, which then stands beside it.

    Parameters
    ----------
    say : called with a line about each epoch and each further file

    Raises
    ------
    LivedigitsError: a file is missing or another one, the folder holds another training, the export differs from the
        network, a format cannot be had
    """
    if config.network != "reader":  # the tutorials' networks know ten digits and no page
        config = replace(config, frames=0, drawn=0, canvases=0, mined=0)
    out = inputs.out
    pages, test = digits(inputs.data)
    pool, held_out = pools(inputs.strokes, inputs.backgrounds)
    run_folder.claim("classifier", asdict(config), inputs)
    scenes, drawings = (render(config, inputs, pool, held_out, progress) for render in (_scenes, _drawings))
    touching = _touching(config, inputs, pool, held_out, progress)
    learn, check = split(pages)
    sources = Sources(learn, scenes[0], drawings[0], touching[0])
    most = OFTEN * (len(learn) + len(scenes[0]) + len(drawings[0]) + len(touching[0]))
    config = replace(config, samples_per_epoch=max(config.batch_size, min(config.samples_per_epoch, most)))
    channels = 2 if config.network == "reader" else 1
    seen = [scenes[1], drawings[1], touching[1]] if channels == 2 else []
    validation = Validation(*calibrate.inputs(check, seen, channels))
    model, history = _fit(config, sources, validation, inputs, pool, progress, lambda f: say(line(f)))
    temperature = calibrate.temper(model, validation)
    exported = export.tflite(model, out / "digits.tflite", validation.inputs)
    model.save(out / "digits.keras")
    for kind in inputs.formats:
        say(f"wrote {export.other(model, kind, out / 'digits.tflite')}")
    card = {
        "network": config.network,
        "parameters": model.count_params(),
        "sha256": checksum((out / "digits.tflite").read_bytes()),
        "made": datetime.date.today().isoformat(),
        "keras": keras.__version__,
        "data": names(inputs),
        "config": asdict(config),
        "temperature": temperature,
        "scores": calibrate.scores(model, validation, test),
        **exported,
        "history": history,
    }
    if config.frames:
        frames = max(config.frames // FRAMES_HELD_OUT, 4)
        card |= rescoring.calibrated(out / "digits.tflite", held_out, frames, config.seed + 3, progress)
    (out / "digits.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return card


def _fit(
    config: Config,
    sources: Sources,
    validation: Validation,
    inputs: Inputs,
    pool: Pool,
    progress: Progress,
    on_epoch: Callable[[dict[str, float]], Any],
) -> tuple[keras.Model, list[dict[str, float]]]:
    """The network and its history: after a first round and, if frames are to be mined, a second with what is hard."""
    first, second = inputs.out / "first", inputs.out / "second"
    model, history = train(config, sources, validation, first, inputs.start, progress, on_epoch)
    if not config.mined:
        return model, history
    export.tflite(model, first / "digits.tflite", validation.inputs)
    with progress("mining", config.mined) as done:
        miner = Miner(first / "digits.tflite")
        hard = scene_crops(
            inputs.out / "crops" / "mined", config.mined, pool, config.seed + 2, done, miner, inputs.cores
        )
    again = replace(config, learning_rate=config.learning_rate / 2, mined=0)
    harder = replace(sources, scenes=Crops.joined([sources.scenes, hard]))
    model, more = train(again, harder, validation, second, first / "best.keras", progress, on_epoch)
    return model, history + more


def names(inputs: Inputs) -> list[str]:
    """What a network learned from, as its card says it."""
    mnist = [] if any(files.is_mnist(path) for path in inputs.data) else ["MNIST (Keras)"]
    photos = [] if inputs.backgrounds is None else [f"{inputs.backgrounds.name}/"]
    return [*mnist, *(path.name for path in (*inputs.data, *inputs.strokes)), *photos]


def digits(paths: tuple[Path, ...]) -> tuple[Digits28, Digits28]:
    """Digits to learn from, and MNIST's test half."""
    mnist = [path for path in paths if files.is_mnist(path)]
    learn, test = files.mnist(mnist[0] if mnist else None)
    others = [files.bitmaps(path) for path in paths if path not in mnist]
    # MNIST last: its end is the validation half.
    parts = [*others, learn]
    images, labels = np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts])
    return Digits28(images, labels), test


def split(pages: Digits28) -> tuple[Digits28, Digits28]:
    """Digits to learn from, and those of MNIST's last writers to choose by."""
    last = min(VALIDATION, len(pages) // 6)
    learn = Digits28(pages.images[:-last], pages.labels[:-last])
    return learn, Digits28(pages.images[-last:], pages.labels[-last:])


def _scenes(config: Config, inputs: Inputs, pool: Pool, held_out: Pool, progress: Progress) -> tuple[Crops, Crops]:
    """Crops of rendered frames, to learn from and to choose by."""
    frames, seed, cache = config.frames, config.seed, inputs.out / "crops"
    with progress("rendering frames", frames + frames // FRAMES_HELD_OUT) as done:
        return (
            scene_crops(cache / "train", frames, pool, seed, done, cores=inputs.cores),
            scene_crops(cache / "validation", frames // FRAMES_HELD_OUT, held_out, seed + 1, done, cores=inputs.cores),
        )


def _drawings(config: Config, inputs: Inputs, pool: Pool, held_out: Pool, progress: Progress) -> tuple[Crops, Crops]:
    """Crops of drawings of one digit, to learn from and to choose by."""
    count, seed, cache = config.drawn, config.seed, inputs.out / "crops"
    with progress("rendering drawings", count + count // DRAWINGS_HELD_OUT) as done:
        return (
            drawing_crops(cache / "train", count, pool, seed, done, inputs.cores),
            drawing_crops(cache / "validation", count // DRAWINGS_HELD_OUT, held_out, seed + 1, done, inputs.cores),
        )


def canvases(
    count: int, seed: int, inputs: Inputs, pool: Pool, held_out: Pool, progress: Progress
) -> tuple[list[Path], list[Path]]:
    """Shards of canvases of numbers, to learn from and to choose by; both networks learn from them."""
    learn, check = split(digits(inputs.data)[0])
    cache, few = inputs.out / "canvases", max(count // CANVASES_HELD_OUT, 4)
    with progress("rendering strips", count + few) as done:
        train = Bitmaps(learn.images, learn.labels)
        shards = strips.render_shards(cache / "train", count, pool, train, seed, done, inputs.cores)
        kept = Bitmaps(check.images, check.labels)
        return shards, strips.render_shards(cache / "validation", few, held_out, kept, seed + 1, done, inputs.cores)


def _touching(config: Config, inputs: Inputs, pool: Pool, held_out: Pool, progress: Progress) -> tuple[Crops, Crops]:
    """Crops where digits touch, to learn from and to choose by."""
    if not config.canvases:
        return Crops.joined([]), Crops.joined([])
    learn, check = canvases(config.canvases, config.seed, inputs, pool, held_out, progress)
    with progress("cutting strips", len(learn) + len(check)) as done:
        return touching_crops(learn, done, inputs.cores), touching_crops(check, done, inputs.cores)


def line(figures: dict[str, float]) -> str:
    """The figures of an epoch, to be said."""
    return "  " + "  ".join(f"{k} {v:.4f}" for k, v in figures.items())
