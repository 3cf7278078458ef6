"""`livedigits train`: its options; the training itself is livedigits.training.model.recipe and strip_recipe."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livedigits.commands import console
from livedigits.commands.options import jobs_option
from livedigits.errors import LivedigitsError
from livedigits.process import quiet_tensorflow

if TYPE_CHECKING:
    from livedigits.training import Progress
    from livedigits.training.model.run_folder import Inputs


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
@click.option(
    "--quick", is_flag=True, help="MNIST alone, 7 epochs: minutes on two cores; no rendered pages, drawings or strips."
)
@click.option(
    "--only",
    type=click.Choice(["classifier", "strips"]),
    help="Train one of the two networks: what reads crops, or what finds digits that touch. Default: both.",
)
@click.option(
    "--canvases", type=click.IntRange(0), help="Strips of writing to render, which both learn from; 0: not the second."
)
@click.option("--strip-epochs", type=click.IntRange(1), help="Passes over those.")
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    metavar="FILE.keras",
    help="Go on from these weights, of this network or a narrower one; with --only strips, of a strip network.",
)
@click.option(
    "--out",
    default="runs/digits",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the network, its card and the checkpoints go.",
)
@click.option("--overwrite", is_flag=True, help="Throw away what another training left in that folder.")
@jobs_option("Render")
@click.option("--ray", "address", metavar="ADDRESS", help="Render on a Ray cluster: auto, HOST:PORT, ray://HOST:PORT.")
@click.option("--format", "formats", multiple=True, type=click.Choice(["onnx", "savedmodel"]), help="Export this too.")
def train(
    data: tuple[Path, ...],
    strokes: tuple[Path, ...],
    backgrounds: Path | None,
    out: Path,
    quick: bool,
    only: str | None,
    canvases: int | None,
    strip_epochs: int | None,
    start: Path | None,
    formats: tuple[str, ...],
    overwrite: bool,
    jobs: int,
    address: str | None,
    **options: Any,
) -> None:
    """Train the two networks and export them: the one that reads crops, and the one that finds digits that touch.

    A run that was stopped goes on where it was when it is started again with the same options and
    data; what differs needs a folder of its own. Frames are rendered, cut up and searched on all cores, or on those of
    a Ray cluster, with the same result; what fits the networks is this machine.

    \b
    livedigits train --quick --data mnist.npz
    livedigits train --data mnist.npz --strokes pens.npz --backgrounds photos/
    livedigits train --only strips --data mnist.npz --strokes pens.npz
    """
    with quiet_tensorflow():
        import keras  # noqa: F401  # that it is missing is said before all else

    from livedigits.engines.cores import Cores
    from livedigits.training.model.run_folder import Inputs

    if only == "strips" and canvases == 0:
        raise click.UsageError("--only strips needs canvases")
    if start is not None and not start.is_file():
        raise LivedigitsError(f"no network at {start}")
    given = {name: value for name, value in options.items() if value is not None}
    inputs = Inputs(out, data, strokes, backgrounds, start, formats, overwrite, Cores(jobs, address))
    with_strips = not quick and given["network"] == "reader" and canvases != 0
    if only != "strips":
        both = {} if canvases is None else {"canvases": canvases}
        _classifier(inputs, {**(_quick() if quick else {}), **given, **both})
    if only == "strips" or (only is None and with_strips):
        start = start if only == "strips" else None
        wanted = {"canvases": canvases, "epochs": strip_epochs, "seed": given.get("seed")}
        _strips(replace(inputs, start=start), wanted, given.get("frames"))


def _quick() -> dict[str, Any]:
    from livedigits.training.model.recipe import QUICK

    return QUICK


def _classifier(inputs: Inputs, given: dict[str, Any]) -> None:
    from livedigits.training.model import recipe
    from livedigits.training.model.fit import Config

    card = recipe.follow(replace(Config(), **given), inputs, *_reporters())
    _done(inputs.out / "digits.tflite", card)


def _strips(inputs: Inputs, wanted: dict[str, int | None], frames: int | None) -> None:
    """frames: as of the classifier; one for so many of those is rendered for the models around the strip network."""
    from livedigits.training.model import recipe, strip_recipe
    from livedigits.training.model.strip_fit import StripConfig

    given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    if frames is not None:
        given["frames"] = frames // recipe.FRAMES_HELD_OUT
    card = strip_recipe.follow(replace(StripConfig(), **given), inputs, *_reporters())
    _done(inputs.out / "strips.tflite", card)


def _reporters() -> tuple[Progress, Callable[[str], None]]:
    return functools.partial(console.progress, log=True), functools.partial(click.echo, err=True)


def _done(path: Path, card: dict[str, Any]) -> None:
    click.echo(f"{path}: " + ", ".join(f"{name} {value:.4f}" for name, value in card["scores"].items()))
