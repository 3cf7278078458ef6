"""`livedigits evaluate`: its options; what is measured is in livedigits.training.evaluation."""

from __future__ import annotations

from pathlib import Path

import click

from livedigits.commands import console

FRAMES = 300


@click.command()
@click.option("--model", metavar="FILE", help="Measure this .tflite network instead of the shipped one.")
@click.option("--data", metavar="FILE", multiple=True, help="MNIST as mnist.npz, or other digits (x, y); repeatable.")
@click.option("--strokes", metavar="FILE", multiple=True, help="Pen strokes for the frames, .npz; repeatable.")
@click.option("--backgrounds", metavar="DIR", help="Photos for the frames.")
@click.option("--frames", type=click.IntRange(0), default=FRAMES, metavar="N", help="Render N frames; 300 by default.")
@click.option("--report", metavar="DIR", help="Write a page with pictures, and the figures, into this folder.")
@click.option("--json", "json_path", metavar="FILE", help="Write the figures as JSON, too; - for stdout.")
def evaluate(
    model: str | None,
    data: tuple[str, ...],
    strokes: tuple[str, ...],
    backgrounds: str | None,
    frames: int,
    report: str | None,
    json_path: str | None,
) -> None:
    """Measure a network: on MNIST, under corruptions, in rendered frames.

    MNIST is downloaded where no --data is mnist.npz. Frames are rendered from what training with the same strokes
    and photos keeps for validation, or from our own.

    \b
    livedigits evaluate
    livedigits evaluate --model mine.tflite --data mnist.npz --report report
    livedigits evaluate --strokes pens.npz --backgrounds photos/ --json figures.json
    """
    from livedigits.outputs.jsonl import write_figures
    from livedigits.outputs.paths import check_writable, protect
    from livedigits.recognition.classifier import Classifier, card
    from livedigits.recognition.shipped import shipped
    from livedigits.training.evaluation import material
    from livedigits.training.evaluation import report as measuring
    from livedigits.training.evaluation.table import table

    path = shipped("digits.tflite") if model is None else Path(model)
    Classifier(path)  # that it cannot be used is said before minutes of rendering
    protect([str(path), *data, *strokes], json_path)
    check_writable(json_path)
    folder = None if report is None else _report_folder(report)
    training, test, others = material.digits([Path(file) for file in data])
    if frames:
        photos = None if backgrounds is None else Path(backgrounds)
        with console.progress("render", frames) as done:
            others |= material.frames(frames, [Path(file) for file in strokes], photos, done)
    samples = None if folder is None else material.samples(training.images, others.get("scenes"))
    with console.progress("classify", measuring.effort(test, others)) as done:
        figures = measuring.evaluate(path, test, others, folder, card(path).get("history"), samples, done)
    if json_path:
        write_figures(figures, json_path)
    if json_path != "-":
        click.echo(table(figures))
    if folder is not None:
        click.echo(f"report: {folder / 'index.html'}", err=True)


def _report_folder(report: str) -> Path:
    """The folder, made; that it or what draws the report cannot be had is said before minutes of rendering."""
    import jinja2  # noqa: F401
    import matplotlib  # noqa: F401

    from livedigits.training.evaluation.report import make_folder

    folder = Path(report)
    make_folder(folder)
    return folder
