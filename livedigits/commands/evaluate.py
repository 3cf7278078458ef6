"""`livedigits evaluate`: gathers what to measure on, measures, prints a table, writes the report."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livedigits.commands import console
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    import numpy as np

FRAMES = 300
_ROWS, _WARPS = 4, 7  # of the sheet of training samples: rows of each kind, warps in a row


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
    from livedigits.training.evaluation import report as measuring

    path = shipped("digits.tflite") if model is None else Path(model)
    Classifier(path)  # that it cannot be used is said before minutes of rendering
    protect([str(path), *data, *strokes], json_path)
    check_writable(json_path)
    folder = None if report is None else _report_folder(report)
    training, test, others = _digits([Path(file) for file in data])
    found = _scenes(frames, [Path(file) for file in strokes], backgrounds) if frames else {}
    others = {**others, **found}
    samples = None if folder is None else _samples(training.images, found.get("scenes"))
    with console.progress("classify", measuring.effort(test, others)) as done:
        figures = measuring.evaluate(path, test, others, folder, card(path).get("history"), samples, done)
    if json_path:
        write_figures(figures, json_path)
    if json_path != "-":
        click.echo(table(figures))
    if folder is not None:
        click.echo(f"report: {folder / 'index.html'}", err=True)


def table(figures: dict[str, Any]) -> str:
    """The figures as people read them in a terminal."""
    from livedigits.training.evaluation.page import percent

    model = figures["model"]
    lines = [f"{model['file']}: digits are shown from a confidence of {model['min_confidence']:g}", ""]
    head = ("crops", "right", "not shown", "misread", "false", "calibration", "AUROC", "refused")
    widths = (8, 10, 11, 10, 10, 13, 9, 10)
    lines.append(f"{'':<20}" + "".join(f"{name:>{width}}" for name, width in zip(head, widths, strict=True)))
    for name, figure in figures["sets"].items():
        used, refused = figure["at_threshold"], (figure["rejection"] or {}).get("likeliest digit")
        cells = (
            f"{figure['crops']:,}", percent(figure["accuracy"]), percent(used["lost"]), percent(used["misread"]),
            percent(used["false"]), f"{figure['calibration_error']:.4f}" if figure["digits"] else "–",
            f"{refused['auroc']:.4f}" if refused else "–", percent(refused["rejected"] if refused else None),
        )  # fmt: skip
        lines.append(f"{name:<20}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    lines += [
        "",
        'right: the likeliest of ten digits and "no digit"; not shown, misread: digits; false: non-digits shown;',
        "refused: non-digits, where 1 % of the digits are lost",
        "",
    ]
    name, first = next(iter(figures["sets"].items()))
    lines += _in_columns(f"{name} by digit", [(str(i), share) for i, share in enumerate(first["per_class"][:10])], 5)
    robust = figures["corruptions"]
    lines += ["", *_in_columns("under corruptions", [*robust["accuracy"].items(), ("mean", robust["mean"])], 4)]
    lines.append(f"  mean where the answer must be one of the ten digits: {percent(robust['mean_of_ten'])}")
    return "\n".join(lines)


def _in_columns(title: str, shares: Sequence[tuple[str, float | None]], columns: int) -> list[str]:
    from livedigits.training.evaluation.page import percent

    wide = max(len(name) for name, _ in shares)
    cells = [f"{name:<{wide}}{percent(share):>10}" for name, share in shares]
    return [title, *("  " + "    ".join(cells[i : i + columns]) for i in range(0, len(cells), columns))]


def _report_folder(report: str) -> Path:
    """The folder, made; that it or matplotlib cannot be had is said before minutes of rendering."""
    import matplotlib  # noqa: F401

    from livedigits.training.evaluation.report import make_folder

    folder = Path(report)
    make_folder(folder)
    return folder


def _digits(files: Sequence[Path]) -> tuple[Any, Any, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """MNIST's training and test half, and other sets by the name of their file."""
    from livedigits.training.dataset.data import bitmaps, mnist

    whole = [file for file in files if _is_mnist(file)]
    if len(whole) > 1:
        raise LivedigitsError(f"{whole[0]} and {whole[1]} both hold MNIST: give one of them")
    others: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for file in files:
        if file not in whole:
            digits = bitmaps(file)
            others[file.stem if file.stem not in others else str(file)] = digits.images, digits.labels
    training, test = mnist(whole[0] if whole else None)
    return training, test, others


def _is_mnist(file: Path) -> bool:
    """Whether a file has MNIST's arrays; what is wrong with others is found out when they are read."""
    import numpy as np

    try:
        with np.load(file) as arrays:
            return "x_test" in arrays
    except (OSError, ValueError, TypeError, zipfile.BadZipFile):
        return False


def _scenes(frames: int, strokes: Sequence[Path], backgrounds: str | None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    from livedigits.training.dataset.data import pools
    from livedigits.training.dataset.held_out import held_out

    _, validation = pools(strokes, None if backgrounds is None else Path(backgrounds))
    with console.progress("render", frames) as done:
        return held_out(frames, validation, done)


def _samples(images: np.ndarray, scenes: tuple[np.ndarray, np.ndarray] | None) -> tuple[np.ndarray, np.ndarray]:
    """Digits without a page and digits from frames, before and after warping as in training."""
    import numpy as np

    from livedigits.recognition.crop import from_mnist
    from livedigits.training.dataset.augment import Warp, elastic_fields

    rng = np.random.default_rng(0)
    warp = Warp(rng, elastic_fields(0))
    plain = images[rng.choice(len(images), _ROWS)]
    before, after = [*from_mnist(plain)], [warp.drawn(np.repeat(image[None], _WARPS, 0)) for image in plain]
    if scenes is not None:
        crops, labels = scenes
        seen = crops[rng.permutation(np.flatnonzero(labels < 10))[:_ROWS]]
        before += [crop.astype(np.float32) / 255 for crop in seen]
        after += [warp.crops(np.repeat(crop[None], _WARPS, 0)) for crop in seen]
    return np.stack(before), np.stack(after)
