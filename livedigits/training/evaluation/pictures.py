"""Which pictures a report has, in which order, and the line about each; plots draws them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from livedigits.training.evaluation import measures, plots
from livedigits.training.evaluation.corruptions import CORRUPTIONS, corrupted
from livedigits.training.evaluation.material import Crops
from livedigits.training.evaluation.page import Picture, slug
from livedigits.training.evaluation.strings import Strings
from livedigits.types import NO_DIGIT

SHOWN = 40
"""Answers in the grid of predictions: what fits the page at the size of a stamp."""
SHOWN_WRONG = 10
"""Of which mistakes, at most: more than their share, so that there are any to look at."""


class Gallery:
    """The pictures that were drawn so far; each is drawn twice, light and dark."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []

    def add(self, group: str, name: str, about: str, draw: Callable[..., bytes | None], *given: Any) -> None:
        """One more, drawn by a function of plots from what is given; none where that says there is nothing to see."""
        light, dark = draw(*given), draw(*given, dark=True)
        if light is not None and dark is not None:
            self.pictures.append(Picture(group, name, about, f"{slug(group)}-{slug(name)}", light, dark))


def pictures_of(
    figures: dict[str, Any],
    named: Mapping[str, Crops],
    answers: Mapping[str, np.ndarray],
    samples: Crops | None,
    strings: Mapping[str, Strings],
) -> list[Picture]:
    """All pictures of a report, those of a group beside each other.

    Parameters
    ----------
    figures : as of report.evaluate
    named, answers : the sets by name, the first of MNIST's form, and the probabilities (n, 11) of their crops
    samples, strings : as of report.evaluate
    """
    gallery = Gallery()
    for name, (crops, labels) in named.items():
        _add_set(gallery, name, crops if crops.ndim == 3 else crops[..., 0], labels, answers[name], figures)
    for name, read in strings.items():
        gallery.add("Numbers", name.capitalize(), "Of numbers shown with a confidence of 0.9, nine in ten should be "
            "right as a whole.", plots.reliability, read.reliability(), "numbers")  # fmt: skip
    first = next(iter(named.values()))[0][:1]
    robust = figures["corruptions"]
    examples = [corrupted(first, name)[0] for name in CORRUPTIONS]
    gallery.add("Robustness", "Corruptions", "Accuracy on MNIST's test half under the 15 corruptions of MNIST-C, "
        "written anew. Pale: the digit is right among ten, but \"no digit\" is likelier.",
        plots.corruptions, robust["accuracy"], robust["accuracy_of_ten"], examples)  # fmt: skip
    if figures["history"]:
        gallery.add("Training", "Curves", "The dot is the best epoch.", plots.training_curves, figures["history"])
    if samples is not None:
        gallery.add("Training", "Samples", "Digits as they are, and as training warps them anew each time. Side by "
            "side: the mark and, from twice as far, its surroundings.", plots.samples, *samples)  # fmt: skip
    return gallery.pictures


def _add_set(
    gallery: Gallery, name: str, marks: np.ndarray, labels: np.ndarray, chances: np.ndarray, figures: dict[str, Any]
) -> None:
    """The pictures of one set: marks (n, 28, 28) in 0..1 or uint8, labels (n,), probabilities (n, 11)."""
    some = _some(chances.argmax(1) == labels)
    gallery.add(name, "Predictions", "At random, with more mistakes than their share; bars are the ten probabilities.",
        plots.predictions, marks[some], labels[some], chances[some])  # fmt: skip
    gallery.add(name, "Worst mistakes", "Truth → answer, and how sure the network was. "
        f"The {plots.WORST} surest at most.", plots.mistakes, marks, labels, chances)  # fmt: skip
    if not (labels != NO_DIGIT).any():
        return
    gallery.add(name, "Confusion", "What was taken for what; \"none\" is no digit.",
        plots.confusion, np.array(figures["sets"][name]["confusion"]))  # fmt: skip
    sure = measures.reliability(chances.max(1), chances.argmax(1) == labels)
    gallery.add(name, "Reliability", "Of answers with a confidence of 0.9, nine in ten should be right: "
        "on the dashed line confidence means what it says.", plots.reliability, sure)  # fmt: skip
    gallery.add(name, "Coverage", "Digits less sure than the threshold are not shown: fewer are shown, and fewer "
        "wrongly.", plots.coverage, measures.coverage(chances, labels), figures["model"]["min_confidence"])  # fmt: skip


def _some(right: np.ndarray) -> np.ndarray:
    """Indices of up to SHOWN answers drawn at random, mistakes among them as far as there are any."""
    order = np.random.default_rng(0).permutation(len(right))
    wrong = order[~right[order]][:SHOWN_WRONG]
    chosen = np.concatenate([wrong, order[right[order]][: SHOWN - len(wrong)]])
    return np.sort(chosen)
