"""`livedigits train`: gathers the data, trains, calibrates, chooses the threshold, exports, writes the model card."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livedigits.commands import console
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.training.dataset import data
    from livedigits.training.dataset.harvest import Crops

QUICK = {"epochs": 7, "samples_per_epoch": 55_000, "frames": 0, "drawn": 0, "mined": 0, "pages": 1.0}
OFTEN = 4  # times that a sample of little data may be drawn in an epoch
VALIDATION = 5000  # digits of MNIST's training half; they are in the order of their writers


@click.command()
@click.option(
    "--data",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    help="MNIST as Keras's mnist.npz, or digits as x (n, h, w) and y; several times. Default: Keras downloads MNIST.",
)
@click.option(
    "--strokes",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    help="Pen strokes of digits or letters to write on rendered pages; several times. Default: our own.",
)
@click.option(
    "--backgrounds",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Photos to put the pages into. Default: made-up textures.",
)
@click.option(
    "--network",
    default="reader",
    show_default=True,
    type=click.Choice(["reader", "mlp", "cnn", "cnn-dropout"]),
    help="The shipped network, or one of the tutorials'.",
)
@click.option(
    "--refusing",
    type=click.Choice(["class", "uniform", "both"]),
    help="How the shipped network learns what is no digit: an eleventh class (default), uniform targets, or both.",
)
@click.option("--epochs", type=click.IntRange(1), help="Passes over the data.")
@click.option("--batch-size", type=click.IntRange(1), help="Crops per step.")
@click.option("--optimizer", type=click.Choice(["adamw", "adam", "sgd", "rmsprop"]), help="Default: adamw.")
@click.option(
    "--learning-rate", type=click.FloatRange(0, min_open=True), help="At its highest; it warms up and falls to 0."
)
@click.option("--frames", type=click.IntRange(0), help="Camera frames to render.")
@click.option("--drawings", "drawn", type=click.IntRange(0), help="Drawings of one digit to render.")
@click.option(
    "--mined", type=click.IntRange(0), help="Frames searched for what the network reads wrongly, for a second round."
)
@click.option("--seed", type=int, help="Another seed, another network.")
@click.option("--quick", is_flag=True, help="Minutes on two cores: MNIST alone, without rendered pages.")
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    metavar="FILE.keras",
    help="Go on from these weights, of this network or a narrower one.",
)
@click.option(
    "--out",
    default="runs/digits",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the network, its card and the checkpoints go.",
)
@click.option("--format", "formats", multiple=True, type=click.Choice(["onnx", "savedmodel"]), help="Export this too.")
def train(
    files: tuple[Path, ...],
    strokes: tuple[Path, ...],
    backgrounds: Path | None,
    out: Path,
    quick: bool,
    start: Path | None,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Train the network and export it.

    A run that was stopped goes on where it was when it is started again with the same options.

    \b
    livedigits train --quick --data mnist.npz
    livedigits train --data mnist.npz --strokes pens.npz --backgrounds photos/
    """
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from livedigits.training.dataset import data
    from livedigits.training.dataset.harvest import Crops
    from livedigits.training.model import calibrate, export, rescoring
    from livedigits.training.model.fit import Config, Sources, Validation
    from livedigits.training.model.fit import train as run

    if start is not None and not start.is_file():
        raise LivedigitsError(f"no network at {start}")
    config = replace(Config(), **{**(QUICK if quick else {}), **{k: v for k, v in options.items() if v is not None}})
    if config.network != "reader":  # the tutorials' networks know ten digits and no page
        config = replace(config, frames=0, drawn=0, mined=0)
    pages, test = _digits(files)
    pool, held_out = data.pools(strokes, backgrounds)
    out.mkdir(parents=True, exist_ok=True)
    cache = out / "crops"
    scenes, seen = _scenes(cache, config.frames, pool, held_out, config.seed)
    drawings, drawn = _drawings(cache, config.drawn, pool, held_out, config.seed)
    learn, check = _split(pages)
    channels = 2 if config.network == "reader" else 1
    most = OFTEN * (len(learn) + len(scenes) + len(drawings))
    config = replace(config, samples_per_epoch=max(config.batch_size, min(config.samples_per_epoch, most)))
    validation = Validation(*calibrate.inputs(check, [seen, drawn] if channels == 2 else [], channels))
    model, history = run(config, Sources(learn, scenes, drawings), validation, out / "first", start)
    if config.mined:
        export.tflite(model, out / "first" / "digits.tflite", validation.inputs)
        hard = _mined(cache, config.mined, pool, config.seed, out / "first" / "digits.tflite")
        second = replace(config, learning_rate=config.learning_rate / 2, mined=0)
        sources = Sources(learn, Crops.joined([scenes, hard]), drawings)
        model, more = run(second, sources, validation, out / "second", out / "first" / "best.keras")
        history += more
    temperature = calibrate.temper(model, validation)
    exported = export.tflite(model, out / "digits.tflite", validation.inputs)
    model.save(out / "digits.keras")
    for kind in formats:
        click.echo(f"wrote {export.other(model, kind, out / 'digits.tflite')}", err=True)
    card = {
        "network": config.network,
        "parameters": model.count_params(),
        "made": datetime.date.today().isoformat(),
        "keras": keras.__version__,
        "data": [Path(f).name for f in (*files, *strokes)] or ["MNIST (Keras)"],
        "config": asdict(config),
        "temperature": temperature,
        "scores": calibrate.scores(model, validation, test),
        **exported,
        "history": history,
    }
    if config.frames:
        card |= rescoring.calibrated(out / "digits.tflite", held_out, max(config.frames // 15, 4), config.seed + 3)
    (out / "digits.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{out / 'digits.tflite'}: " + ", ".join(f"{k} {v:.4f}" for k, v in card["scores"].items()))


def _digits(files: tuple[Path, ...]) -> tuple[data.Digits28, data.Digits28]:
    """Digits to learn from, and MNIST's test half."""
    import numpy as np

    from livedigits.training.dataset import data

    mnist = [f for f in files if data.is_mnist(f)]
    learn, test = data.mnist(mnist[0] if mnist else None)
    others = [data.bitmaps(f) for f in files if f not in mnist]
    # MNIST last: its end is the validation half.
    parts = [*others, learn]
    images, labels = np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts])
    return data.Digits28(images, labels), test


def _split(pages: data.Digits28) -> tuple[data.Digits28, data.Digits28]:
    from livedigits.training.dataset import data

    last = min(VALIDATION, len(pages) // 6)
    learn = data.Digits28(pages.images[:-last], pages.labels[:-last])
    return learn, data.Digits28(pages.images[-last:], pages.labels[-last:])


def _scenes(cache: Path, frames: int, pool: data.Pool, held_out: data.Pool, seed: int) -> tuple[Crops, Crops]:
    from livedigits.training.dataset import data

    with console.progress("rendering frames", frames + frames // 15) as progress:
        return (
            data.scene_crops(cache / "train", frames, pool, seed, progress),
            data.scene_crops(cache / "validation", frames // 15, held_out, seed + 1, progress),
        )


def _drawings(cache: Path, count: int, pool: data.Pool, held_out: data.Pool, seed: int) -> tuple[Crops, Crops]:
    from livedigits.training.dataset import data

    with console.progress("rendering drawings", count + count // 8) as progress:
        return (
            data.drawing_crops(cache / "train", count, pool, seed, progress),
            data.drawing_crops(cache / "validation", count // 8, held_out, seed + 1, progress),
        )


def _mined(cache: Path, frames: int, pool: data.Pool, seed: int, model: Path) -> Crops:
    from livedigits.training.dataset import data
    from livedigits.training.dataset.harvest import Miner

    with console.progress("mining", frames) as progress:
        return data.scene_crops(cache / "mined", frames, pool, seed + 2, progress, Miner(model))
