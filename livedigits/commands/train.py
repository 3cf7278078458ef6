"""`livedigits train`: its options; the training itself is livedigits.training.model.recipe."""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from livedigits.commands import console
from livedigits.errors import LivedigitsError


@click.command()
@click.option(
    "--data",
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
    data: tuple[Path, ...],
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
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # noqa: F401  # that it is missing is said before all else

    from livedigits.training.model import recipe
    from livedigits.training.model.fit import Config

    if start is not None and not start.is_file():
        raise LivedigitsError(f"no network at {start}")
    given = {name: value for name, value in options.items() if value is not None}
    config = replace(Config(), **{**(recipe.QUICK if quick else {}), **given})
    inputs = recipe.Inputs(out, data, strokes, backgrounds, start, formats)
    progress, say = functools.partial(console.progress, log=True), functools.partial(click.echo, err=True)
    card = recipe.follow(config, inputs, progress, say)
    click.echo(f"{out / 'digits.tflite'}: " + ", ".join(f"{k} {v:.4f}" for k, v in card["scores"].items()))
