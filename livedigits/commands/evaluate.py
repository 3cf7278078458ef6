"""`livedigits evaluate`: its options; what is measured is in livedigits.training.evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livedigits.commands import console

if TYPE_CHECKING:
    import numpy as np

    from livedigits.training.dataset.files import Digits28
    from livedigits.training.evaluation.strings import Strings

FRAMES, PAGES = 300, 100


@click.command()
@click.option("--model", metavar="FILE", help="Measure this .tflite network instead of the shipped one.")
@click.option("--data", metavar="FILE", multiple=True, help="MNIST as mnist.npz, or other digits (x, y); repeatable.")
@click.option("--strokes", metavar="FILE", multiple=True, help="Pen strokes for the frames, .npz; repeatable.")
@click.option("--backgrounds", metavar="DIR", help="Photos for the frames.")
@click.option("--frames", type=click.IntRange(0), default=FRAMES, metavar="N", help="Render N frames; 300 by default.")
@click.option(
    "--pages", type=click.IntRange(0), default=PAGES, metavar="N", help="Render N pages of numbers; 100 by default."
)
@click.option(
    "--amounts",
    metavar="DIR",
    help="Pictures of one number each, and a .txt file with lines of file name, tab, number: the form of ORAND-CAR.",
)
@click.option("--report", metavar="DIR", help="Write a page with pictures, and the figures, into this folder.")
@click.option("--json", "json_path", metavar="FILE", help="Write the figures as JSON, too; - for stdout.")
@click.option("--overwrite", is_flag=True, help="Write over an earlier report, and that file where it exists already.")
def evaluate(
    model: str | None,
    data: tuple[str, ...],
    strokes: tuple[str, ...],
    backgrounds: str | None,
    frames: int,
    pages: int,
    amounts: str | None,
    report: str | None,
    json_path: str | None,
    overwrite: bool,
) -> None:
    """Measure a network: on MNIST, under corruptions, in rendered frames, and on numbers read whole.

    MNIST is downloaded where no --data is mnist.npz. Frames are rendered from what training with the same strokes
    and photos keeps for validation, or from our own.

    \b
    livedigits evaluate
    livedigits evaluate --model mine.tflite --data mnist.npz --report report
    livedigits evaluate --strokes pens.npz --backgrounds photos/ --json figures.json
    livedigits evaluate --amounts cheques/ --pages 300
    """
    from livedigits.outputs.jsonl import write_figures
    from livedigits.outputs.paths import check_writable, keep_existing, protect
    from livedigits.recognition.classifier import Classifier, card
    from livedigits.recognition.shipped import shipped
    from livedigits.training.evaluation import material, string_material
    from livedigits.training.evaluation import report as measuring
    from livedigits.training.evaluation.table import table

    path = shipped("digits.tflite") if model is None else Path(model)
    Classifier(path)  # that it cannot be used is said before minutes of rendering
    protect([str(path), *data, *strokes], json_path)
    keep_existing([json_path, None if report is None else Path(report) / "index.html"], overwrite)
    check_writable(json_path)
    folder = None if report is None else _report_folder(report)
    labelled = [] if amounts is None else string_material.amounts(Path(amounts))
    training, test, others = material.digits([Path(file) for file in data])
    written, photos = [Path(file) for file in strokes], None if backgrounds is None else Path(backgrounds)
    if frames:
        with console.progress("render", frames) as done:
            others |= material.frames(frames, written, photos, done)
    read: dict[str, Strings] = {}
    if pages:
        with console.progress("pages of numbers", pages) as done:
            read["pages of numbers"] = string_material.pages(path, pages, written, photos, done)
    read |= _pictures(path, labelled, test)
    samples = None if folder is None else material.samples(training.images, others.get("scenes"))
    with console.progress("classify", measuring.effort(test, others)) as done:
        figures = measuring.evaluate(path, test, others, folder, card(path).get("history"), samples, done, read)
    if json_path:
        write_figures(figures, json_path)
    if json_path != "-":
        click.echo(table(figures))
    if folder is not None:
        click.echo(f"report: {folder / 'index.html'}", err=True)


def _pictures(model: Path, amounts: list[tuple[Path, str]], test: Digits28) -> dict[str, Strings]:
    """How numbers in pictures of their own are read: amounts, and those joined from MNIST's digits."""
    from livedigits.training.evaluation import string_material

    given: dict[str, Iterable[tuple[np.ndarray, str]]] = dict(string_material.from_mnist(test))
    lengths = {name: len(list(pairs)) for name, pairs in given.items()}
    if amounts:
        given["amounts"], lengths["amounts"] = string_material.decoded(amounts), len(amounts)
    read = {}
    for name, pairs in given.items():
        with console.progress(name, lengths[name]) as done:
            read[name] = string_material.pictures(model, pairs, done)
    return read


def _report_folder(report: str) -> Path:
    """The folder, made; that it or what draws the report cannot be had is said before minutes of rendering."""
    import jinja2  # noqa: F401
    import matplotlib  # noqa: F401

    from livedigits.training.evaluation.report import make_folder

    folder = Path(report)
    make_folder(folder)
    return folder
