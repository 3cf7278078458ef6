"""Fits the prefilter (livedigits.recognition.prefilter) on rendered scenes.

Run it with python -m livedigits.training.model.prefilter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np

from livedigits.outputs.progress import bar
from livedigits.recognition.boxes import iou
from livedigits.recognition.fitted import named_card
from livedigits.recognition.prefilter import MEASURES, measures, terms
from livedigits.recognition.regions import find_all_regions
from livedigits.training.dataset.harvest import label
from livedigits.training.dataset.pools import pools
from livedigits.training.model import logistic
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Scene
from livedigits.training.tool import frames_options
from livedigits.types import NO_DIGIT

LOST = 0.01
"""Share of the digits of which no region may be left: more saves crops and network calls, and loses digits for good."""
RIDGE = 1e-3
"""Penalty on squared weights, for each region: it keeps them finite, and matters little among many frames."""


class Looked(NamedTuple):
    """Regions of one frame: measures (n, 9), labels (n,), and the digit that each is of, -1 for none."""

    measured: np.ndarray
    labels: np.ndarray
    owners: np.ndarray


def look(scene: Scene) -> Looked:
    """Measures all regions of a rendered frame."""
    regions = find_all_regions(scene.image)
    labels = label(regions, scene)
    measured = np.empty((len(regions), len(MEASURES)), np.float32)
    for layer in np.unique(regions.layer):
        mine = regions.layer == layer
        measured[mine] = measures(regions.layers[layer], regions.inside[mine])
    owners = np.full(len(regions), -1)
    digit = (labels >= 0) & (labels < NO_DIGIT)
    if digit.any():
        owners[digit] = iou(regions.boxes[digit], np.array([d.box for d in scene.digits], np.float32)).argmax(1)
    return Looked(measured, labels, owners)


def fit(looked: list[Looked]) -> dict[str, object]:
    """The model as stored: logistic regression by Newton's method, digits and the rest weighing alike."""
    kept = [(x, part) for x, part in enumerate(looked) if len(part.labels)]
    measured = np.concatenate([p.measured for _, p in kept]).astype(np.float64)
    labels = np.concatenate([p.labels for _, p in kept])
    known = labels >= 0
    mean, deviation = measured[known].mean(0), measured[known].std(0)
    inputs = terms(((measured - mean) / deviation).astype(np.float32)).astype(np.float64)
    digit = (labels < NO_DIGIT)[known]
    importance = np.where(digit, (~digit).sum() / digit.sum(), 1.0)
    weights = logistic.fit(inputs[known], digit, RIDGE * len(digit), importance)
    # The best region of each digit decides whether the digit is lost.
    owner = np.concatenate([np.where(p.owners >= 0, p.owners + 1000 * x, -1) for x, p in kept])
    score = inputs @ weights
    best = np.array([score[owner == o].max() for o in np.unique(owner[owner >= 0])])
    threshold = float(np.quantile(best, LOST))
    refused = float((score[known][~digit] < threshold).mean())
    return {
        **named_card(mean.round(6), deviation.round(6), weights.round(5), MEASURES),
        "threshold": round(threshold, 4),
        "digits_lost": LOST,
        "others_refused": round(refused, 4),
        "frames": len(looked),
    }


@click.command()
@frames_options(frames=1500, seed=77)
@click.option("--out", default="models/prefilter.json", show_default=True, type=click.Path(path_type=Path))
def main(strokes: tuple[Path, ...], backgrounds: Path | None, frames: int, seed: int, out: Path) -> None:
    """Fit the prefilter on rendered scenes."""
    pool, _ = pools(strokes, backgrounds)
    looked = []
    with bar("rendering", frames, log=True) as done:
        for part in render_many(frames, seed, pool.digits, pool.others, pool.backgrounds, then=look):
            looked.append(part)
            done(1)
    stored = fit(looked)
    out.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{out}: {stored['others_refused']:.1%} of what is no digit refused, {LOST:.1%} of digits lost")


if __name__ == "__main__":
    main()
