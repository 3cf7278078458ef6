"""Fits how surroundings count (livedigits.recognition.rescoring) and the threshold.

Run it with python -m livedigits.training.model.rescoring.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median_high
from typing import Any

import click
import numpy as np

from livedigits.outputs.progress import bar
from livedigits.recognition.boxes import iou
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.crop import crop
from livedigits.recognition.flat_images import drawn
from livedigits.recognition.reader import Reader, scan
from livedigits.recognition.regions import FULL_SCAN, Regions
from livedigits.recognition.rescoring import MEASURES, WEAK, Rescoring, measures
from livedigits.recognition.suppression import suppress, survivors
from livedigits.training import Progress, silent
from livedigits.training.dataset.frame_truth import MATCH, FrameTruth, truth_of
from livedigits.training.dataset.harvest import drawn_box
from livedigits.training.dataset.pools import Pool, pools
from livedigits.training.model import logistic
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.scenes import Scene, stream
from livedigits.training.tool import frames_options

RIDGE = 1.0
"""Penalty on squared weights: it keeps them finite where a measure tells all, and matters little among many frames."""
THRESHOLDS = np.arange(0.3, 0.91, 0.05)
"""Least probabilities that are compared."""
GIVE = 0.01
"""Share of the best F1 that is given up for fewer false digits: more would make the reader shy."""
FLAT = 0.001
"""The same in drawings: without clutter F1 hardly depends on the threshold, and the middle of those alike is taken."""
DRAWINGS = 16
"""Drawings for each frame: each shows but one digit."""
FOR_THRESHOLD = 600
"""Frames, at most half of them, on which the threshold is chosen; the surroundings are fitted on the others."""
NONE = np.empty((0, 4), np.int32)


@dataclass(frozen=True)
class Seen:
    """A rendered frame as the network saw it, with its truth."""

    regions: Regions
    probabilities: np.ndarray
    shape: tuple[int, ...]
    truth: FrameTruth


def see(scene: Scene, reader: Reader, done: Callable[[int], Any] = lambda steps: None) -> Seen:
    """Reads the regions of a frame, and tells `done` so."""
    done(1)
    found = reader.found(scene.image)
    return Seen(found.regions, found.probabilities, scene.image.shape, truth_of(scene))


def fit(frames: Iterable[Seen]) -> dict[str, Any]:
    """The model as a card stores it: logistic regression by Newton's method.

    Of regions that overlap only the best counts, as in suppress: a likely half of a digit is false, but does no harm.
    """
    found = [_measured(frame) for frame in frames]
    measured = np.concatenate([np.empty((0, len(MEASURES))), *(inputs for inputs, _ in found)])
    digit = np.concatenate([np.empty(0), *(right for _, right in found)])
    if not len(measured):
        return {}
    mean, deviation = measured.mean(0), np.maximum(measured.std(0), 1e-3)
    terms = np.concatenate([np.ones((len(measured), 1)), (measured - mean) / deviation], 1)
    weights = logistic.fit(terms, digit, RIDGE)
    return Rescoring(mean.round(5), deviation.round(5), weights.round(4)).to_card()


def _measured(frame: Seen) -> tuple[np.ndarray, np.ndarray]:
    """The measures (n, 8) of the regions of a frame that are chosen from, and which are digits, (n,) bool."""
    digit = 1 - frame.probabilities[:, 10]
    index = survivors(
        frame.regions.boxes,
        digit,
        frame.probabilities,
        WEAK,
        explained=frame.regions.explained,
        touching=frame.regions.touching,
    )
    index = index[~frame.truth.ignored(frame.regions.boxes[index])]
    if not len(index):
        return np.empty((0, len(MEASURES))), np.empty(0, bool)
    match = iou(frame.regions.boxes[index], frame.truth.boxes).max(1, initial=0) >= MATCH
    return measures(frame.regions, frame.probabilities, frame.shape, NONE, index), match


def threshold(
    frames: Iterable[Seen],
    likely: Callable[[Seen], np.ndarray],
    give: float,
    which: Callable[[list[float]], float] = max,
) -> tuple[float, list[dict[str, float]]]:
    """One of the thresholds whose F1 is within `give` of the best, as a share of it, and the figures at each.

    Parameters
    ----------
    frames : each is dropped when it was used: thousands would not fit into memory
    likely : gives for a frame (n,) float32, the probability that its regions are digits at all
    which : of these thresholds, in rising order
    """
    counts = np.zeros((len(THRESHOLDS), 2), np.int64)  # right ones, all that are read
    count = there = 0
    for frame in frames:
        digit = likely(frame)
        count, there = count + 1, there + len(frame.truth.labels)
        for i, least in enumerate(THRESHOLDS.tolist()):
            digits = suppress(
                frame.regions.boxes,
                digit,
                frame.probabilities,
                least,
                explained=frame.regions.explained,
                touching=frame.regions.touching,
            )
            counts[i] += frame.truth.counts(digits)
    table = []
    for least, (right, read) in zip(THRESHOLDS.tolist(), counts.tolist(), strict=True):
        f1, false = 2 * right / max(read + there, 1), (read - right) / max(count, 1)
        table.append({"threshold": round(least, 2), "f1": round(f1, 4), "false_per_frame": round(false, 3)})
    best = max(row["f1"] for row in table)
    return which([row["threshold"] for row in table if row["f1"] >= best * (1 - give)]), table


def calibrated(model: Path, held_out: Pool, frames: int, seed: int, progress: Progress = silent) -> dict[str, Any]:
    """Rescoring, threshold and its table for a network, from frames of held-out writers and photos."""
    reader = Reader(model)
    scenes = islice(stream(seed, held_out.digits, held_out.others, held_out.backgrounds), frames)
    with progress("surroundings", frames) as done:
        seen = (see(scene, reader, done) for scene in scenes)
        stored = fit(islice(seen, frames - min(frames // 2, FOR_THRESHOLD)))
        rescoring = Rescoring.from_card(stored)
        least, table = threshold(
            seen, lambda frame: rescoring.probability(frame.regions, frame.probabilities, frame.shape, NONE), GIVE
        )
    drawings = _drawings(held_out, DRAWINGS * min(frames, FOR_THRESHOLD), seed, reader.classifier)
    least_drawn, _ = threshold(drawings, lambda frame: drawn(frame.probabilities), FLAT, median_high)
    return {"rescoring": stored, "min_confidence": least, "min_confidence_drawn": least_drawn, "thresholds": table}


def _drawings(pool: Pool, count: int, seed: int, classifier: Classifier) -> Iterator[Seen]:
    """Pictures of one digit, as the Reader sees those that it takes for drawings."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        people = pool.digits
        character = people[rng.integers(len(people))] if people else strokes.digit(int(rng.integers(10)), rng)
        image, label = render_drawing(rng, character)
        regions, is_drawing = scan(image, FULL_SCAN)
        if not is_drawing:
            continue
        box = np.array([drawn_box(image)], np.float32)
        yield Seen(
            regions,
            classifier(crop(regions)),
            image.shape,
            FrameTruth(box, np.array([label]), np.empty((0, 4), np.float32)),
        )


@click.command()
@frames_options(frames=800, seed=555)
@click.option("--model", default="models/digits.tflite", show_default=True, type=click.Path(path_type=Path))
def main(strokes: tuple[Path, ...], backgrounds: Path | None, frames: int, seed: int, model: Path) -> None:
    """Fit rescoring and threshold for a network and put them into its card."""
    path = model.with_suffix(".json")
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    _, held_out = pools(strokes, backgrounds)
    stored |= calibrated(model, held_out, frames, seed, functools.partial(bar, log=True))
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    for row in stored["thresholds"]:
        click.echo("  ".join(f"{k} {v}" for k, v in row.items()))
    click.echo(f"min_confidence {stored['min_confidence']}")


if __name__ == "__main__":
    main()
