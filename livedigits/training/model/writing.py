"""Fits what tells writing from clutter (livedigits.recognition.writing) on rendered scenes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from livedigits.engines.cores import Cores
from livedigits.recognition.fitted import named_card
from livedigits.recognition.writing import LIKELY, MEASURES, Writing, candidates, measures, scored, terms
from livedigits.training import Progress, silent
from livedigits.training.dataset.pools import Pool
from livedigits.training.model import logistic
from livedigits.training.model.first_look import FirstLook
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Scene

RIDGE = 2.0
"""Penalty on squared weights: 105 of them are fitted on some thousands of components."""
SEVERAL = 3.0
"""How much a component of two digits or more counts against one of none or one: it is lost unless it is looked at."""
KEPT = 0.97
"""Share of the components of two digits or more that are looked at. More costs windows of clutter in every frame."""
ALIKE = 0.55
"""Log ratio of heights up to which a digit is of the size that a component was taken for."""


class Looked(NamedTuple):
    """Components of one frame that may be writing: measures (n, 13), and how many digits each holds, (n,) int."""

    measured: np.ndarray
    digits: np.ndarray


class Measurer:
    """Measures the components of rendered frames that may be writing."""

    def __init__(self, classifier: Path):
        self.look = FirstLook(classifier)

    def __call__(self, scene: Scene) -> Looked:
        regions, is_digit = self.look(scene.image)
        found = scored(candidates(regions, is_digit), regions, is_digit, None)
        likely = regions.boxes[is_digit > LIKELY]
        return Looked(measures(found.regions, found.heights, likely), held(found, scene))


def held(found: Writing, scene: Scene) -> np.ndarray:
    """How many digits of a frame have their centre in each component and about its height, (n,) int."""
    if not len(found) or not scene.digits:
        return np.zeros(len(found), np.int64)
    truth = np.array([d.box for d in scene.digits], np.float32)
    centres = truth[:, :2] + truth[:, 2:] / 2
    boxes = found.regions.boxes[:, None].astype(np.float32)
    inside = ((centres > boxes[..., :2]) & (centres < boxes[..., :2] + boxes[..., 2:])).all(2)
    scale = np.array([layer.scale for layer in found.regions.layers])[found.regions.layer]
    size = np.maximum(truth[:, 3], 0.5 * truth[:, 2])
    alike = np.abs(np.log(size / (found.heights / scale)[:, None])) < ALIKE
    ink = found.regions.light[:, None] == np.array([d.light for d in scene.digits])
    return np.asarray((inside & alike & ink).sum(1))


def fit(looked: Iterable[Looked]) -> dict[str, Any]:
    """The model as a card stores it, by logistic regression: does a component hold a digit; {} where none holds two."""
    parts = list(looked)
    measured = np.concatenate([np.empty((0, len(MEASURES))), *(p.measured for p in parts)]).astype(np.float64)
    digits = np.concatenate([np.empty(0, np.int64), *(p.digits for p in parts)])
    if not (digits > 1).any() or not (digits == 0).any():
        return {}
    mean, deviation = measured.mean(0), np.maximum(measured.std(0), 1e-3)
    inputs = terms(((measured - mean) / deviation).astype(np.float32)).astype(np.float64)
    weights = logistic.fit(inputs, digits > 0, RIDGE, np.where(digits > 1, SEVERAL, 1.0))
    score = inputs @ weights
    threshold = float(np.quantile(score[digits > 1], 1 - KEPT))
    return {
        **named_card(mean.round(6), deviation.round(6), weights.round(5), MEASURES),
        "threshold": round(threshold, 4),
        "several_kept": KEPT,
        "others_refused": round(float((score[digits == 0] < threshold).mean()), 4),
        "looked_at_per_frame": round(float((score >= threshold).sum() / len(parts)), 2),
        "frames": len(parts),
    }


def fitted(
    classifier: Path,
    pool: Pool,
    frames: int,
    seed: int,
    progress: Progress = silent,
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> dict[str, Any]:
    """The model as a card stores it, from so many frames of a pool's writers; {} where they hold too little."""
    looked = []
    with progress("writing", frames) as done:
        measurer = Measurer(classifier)
        for part in render_many(frames, seed, pool.digits, pool.others, pool.backgrounds, cores=cores, then=measurer):
            looked.append(part)
            done(1)
    return fit(looked)
