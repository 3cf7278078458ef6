"""Fits how sure a field's reading is (livedigits.fields.confidence) on rendered pages: `python -m` runs it.

Each number is read as fields of several kinds: of its length, with a digit that may be missing, free, and with forms
that it does not have, all readings of which are wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import click
import numpy as np

from livedigits.fields.confidence import FILE, MEASURES, Confidence
from livedigits.fields.definition import Field, rectangle
from livedigits.fields.form import Form
from livedigits.fields.reading import FieldReader
from livedigits.recognition.reader import Reader
from livedigits.recognition.shipped import shipped
from livedigits.training.dataset.field_material import of_scene
from livedigits.training.dataset.pools import pools
from livedigits.training.model import logistic
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Scene
from livedigits.training.tool import frames_options

RIDGE = 1.0
"""Penalty on squared weights: seven are fitted on thousands of readings, and it matters little."""

Row = tuple[list[float], bool]
"""MEASURES of a reading, and whether it is right."""


def forms(text: str) -> Iterator[tuple[Form | None, bool]]:
    """The forms that a number is read with, and whether it has them."""
    yield Form("#" * len(text)), True
    yield None, True
    yield Form("#" * len(text) + "#?"), True
    yield Form("#" * (len(text) + 1)), False
    if len(text) > 1:
        yield Form("#" * (len(text) - 1)), False


class Measurer:
    """Reads the numbers of rendered pages as fields; instances go to worker processes."""

    def __init__(self) -> None:
        self._reader: FieldReader | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"_reader": None}

    def __call__(self, scene: Scene) -> list[Row]:
        self._reader = self._reader or FieldReader(Reader())
        page = of_scene(scene)
        rows: list[Row] = []
        for text, corners in zip(page.texts, page.corners, strict=True):
            free = Field("", rectangle(0, 0, 1, 1))
            seen = self._reader.see(page.image, corners, free)
            if seen is None or _inside(scene, corners) != len(text):
                continue
            for form, fits in forms(text):
                looked = self._reader.judge(*seen, Field("", rectangle(0, 0, 1, 1), form))
                if looked.measured is not None and looked.best is not None:
                    rows.append((looked.measured.tolist(), fits and looked.best.text == text))
        return rows


def _inside(scene: Scene, corners: np.ndarray) -> int:
    """How many digits of a page have their middle in a field; where there are others than its own, what is right?"""
    boxes = np.array([digit.box for digit in scene.digits], np.float64).reshape(-1, 4)
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    return int(((middle >= corners.min(0)) & (middle <= corners.max(0))).all(1).sum())


def fit(rows: Iterable[Row]) -> Confidence:
    """The model of readings, some right and some wrong."""
    measured, right = (np.array(column) for column in zip(*rows, strict=True))
    mean, deviation = measured.mean(0), measured.std(0) + 1e-6
    inputs = np.concatenate([np.ones((len(measured), 1)), (measured - mean) / deviation], 1)
    return Confidence(mean, deviation, logistic.fit(inputs, right, RIDGE))


@click.command()
@frames_options(frames=300, seed=4242)
@click.option("--out", type=click.Path(path_type=Path), help=f"Where the model goes; the shipped {FILE} by default.")
def main(strokes: tuple[Path, ...], backgrounds: Path | None, frames: int, seed: int, out: Path | None) -> None:
    """Fit the confidence of fields on rendered pages of numbers, by writers that no network has learned from."""
    _, pool = pools(strokes, backgrounds)
    rows: list[Row] = []
    for part in render_many(frames, seed, pool.digits, pool.others, pool.backgrounds, then=Measurer(), numbers=True):
        rows += part
    model = fit(rows)
    chance = np.array([model(np.array(measured)) for measured, _ in rows])
    right = np.array([is_right for _, is_right in rows])
    for name, weight in zip(("constant", *MEASURES), model.weights, strict=True):
        click.echo(f"{name:>22} {weight:7.3f}")
    for least in (0.5, 0.8, 0.9, 0.95, 0.98):
        sure = chance >= least
        click.echo(
            f"from {least}: {sure[right].mean():.3f} of the right ones, {1 - right[sure].mean():.4f} of these wrong"
        )
    stored = {
        "made": date.today().isoformat(),
        "fitted_on": f"{len(rows)} readings of numbers on {frames} rendered pages, seed {seed}",
        "confidence": {
            key: {name: value if isinstance(value, dict) else round(value, 5) for name, value in part.items()}
            for key, part in model.to_card().items()
        },
    }
    (out or shipped(FILE)).write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
