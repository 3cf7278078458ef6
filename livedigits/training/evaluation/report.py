"""Measures a network and writes down what came out: figures, pictures, and a page of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.crop import from_mnist
from livedigits.training.dataset.files import Digits28
from livedigits.training.evaluation import measures
from livedigits.training.evaluation.corruptions import CORRUPTIONS, corrupted
from livedigits.training.evaluation.material import Crops
from livedigits.training.evaluation.measures import rounded
from livedigits.training.evaluation.strings import Strings
from livedigits.training.evaluation.strings import figures as figures_of
from livedigits.types import NO_DIGIT

Network = Callable[[np.ndarray], np.ndarray]
"""Crops (n, 28, 28, 2) float32 to probabilities (n, 11), as livedigits.recognition.classifier.Classifier."""

_PART = 2048  # crops that are float at the same time


def evaluate(
    model: Path | Network,
    mnist: Digits28,
    others: Mapping[str, Crops],
    report: Path | None,
    history: Sequence[Mapping[str, float]] | None = None,
    samples: Crops | None = None,
    progress: Callable[[int], Any] = lambda done: None,
    strings: Mapping[str, Strings] | None = None,
) -> dict[str, Any]:
    """Measures a network on digits without a page, on those corrupted, and on crops of other sets.

    Parameters
    ----------
    model : a .tflite file, or anything that classifies as livedigits.recognition.classifier.Classifier does
    mnist : MNIST's test half, for the figures and the corruptions
    others : more sets by name, with or without non-digits
    report : a folder for index.html, figures.json and the pictures, made where it is missing; None for figures only
    history : each epoch's figures, for the training curves
    samples : training samples before (n, 28, 28, c) and after warping (n, k, 28, 28, c), float in 0..1, for a picture
    progress : called with the number of crops classified since the last call; `effort` says how many there will be
    strings : how numbers were read, by the name of what they were read in

    Returns
    -------
    figures that can be written as JSON; what there is nothing to measure on is None

    Raises
    ------
    LivedigitsError: the network cannot be used, a label is out of range, the report cannot be written
    """
    if report is not None:
        make_folder(report)
    network = Classifier(model) if isinstance(model, Path) else model
    threshold = float(getattr(network, "min_confidence", 0.5))
    named = {"MNIST test": (mnist.images, mnist.labels), **_checked(others)}
    answers = {name: classified(network, crops, progress) for name, (crops, _) in named.items()}
    figures = {
        "model": _about(model, network, threshold),
        "sets": {name: measured(answers[name], labels, threshold) for name, (_, labels) in named.items()},
        "strings": {name: figures_of(read) for name, read in (strings or {}).items()},
        "corruptions": _robustness(network, mnist, progress),
        "history": [dict(epoch) for epoch in history or ()],
    }
    if report is not None:
        _write(report, figures, named, answers, samples, strings or {})
    return figures


def _checked(sets: Mapping[str, Crops]) -> dict[str, Crops]:
    """The sets, their labels int64; LivedigitsError where one is empty or has another label."""
    for name, (_, labels) in sets.items():
        if not len(labels) or labels.min() < 0 or labels.max() > NO_DIGIT:
            raise LivedigitsError(f"{name}: labels must be 0 to 9, or 10 for no digit, and there must be some")
    return {name: (crops, labels.astype(np.int64)) for name, (crops, labels) in sets.items()}


def make_folder(folder: Path) -> None:
    """Makes the folder of a report; LivedigitsError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LivedigitsError(f"cannot make the folder {folder}: {error.strerror}") from error


def effort(mnist: Digits28, others: Mapping[str, Crops]) -> int:
    """How many crops `evaluate` will classify."""
    return len(mnist) * (1 + len(CORRUPTIONS)) + sum(len(labels) for _, labels in others.values())


def classified(network: Network, crops: np.ndarray, progress: Callable[[int], Any] = lambda done: None) -> np.ndarray:
    """Probabilities (n, 11) float32 of crops (n, 28, 28, 2), or of images (n, 28, 28) uint8 prepared as MNIST's."""
    out = np.empty((len(crops), measures.CLASSES), np.float32)
    for start in range(0, len(crops), _PART):
        part = crops[start : start + _PART]
        if part.ndim == 3:
            part = from_mnist(part)
        elif part.dtype == np.uint8:
            part = part.astype(np.float32) / 255
        out[start : start + _PART] = network(part)
        progress(len(part))
    return out


def measured(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> dict[str, Any]:
    """All figures of one set, for JSON.

    accuracy asks for the class of eleven, so that a digit refused is a mistake; accuracy_of_ten for the digit when it
    must be one. lost, misread, false: at the threshold, the share of digits not shown, of shown digits that are read
    wrongly, of non-digits shown. calibration_error is that of the likeliest of eleven, calibration_error_shown that of
    the digits shown.
    """
    is_digit = labels != NO_DIGIT
    right = measures.confidence(probabilities)[0] == labels
    matrix = measures.confusion(probabilities, labels)
    overall, per_class = measures.accuracy(matrix)
    return {
        "crops": len(labels),
        "digits": int(is_digit.sum()),
        "accuracy": rounded(overall),
        "accuracy_of_ten": rounded(right[is_digit].mean()) if is_digit.any() else None,
        "per_class": rounded(per_class),
        "confusion": matrix.tolist(),
        **_calibration(probabilities, labels, threshold),
        **_shown(probabilities, labels, threshold),
        "rejection": _rejection(probabilities, is_digit) if is_digit.any() and not is_digit.all() else None,
    }


def _calibration(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> dict[str, Any]:
    """Whether confidence means what it says, as it is and at the temperature that would suit best."""
    right = probabilities.argmax(1) == labels
    answers = measures.reliability(probabilities.max(1), right)
    digits, sure = measures.confidence(probabilities)
    shown = sure >= threshold
    temperature = measures.fit_temperature(probabilities, labels)
    warmed = measures.tempered(probabilities, temperature)
    return {
        "calibration_error": rounded(answers.error),
        "calibration_error_shown": rounded(measures.reliability(sure[shown], (digits == labels)[shown]).error),
        "temperature": rounded(temperature),
        "calibration_error_at_temperature": rounded(measures.reliability(warmed.max(1), right).error),
        "reliability": {
            "counts": answers.counts.tolist(),
            "confidence": rounded(answers.confidence),
            "accuracy": rounded(answers.accuracy),
        },
    }


def _shown(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> dict[str, Any]:
    """What is shown and what of it is wrong, at the threshold and at others."""
    used = measures.coverage(probabilities, labels, np.array([threshold]))
    curve = measures.coverage(probabilities, labels)
    return {
        "at_threshold": {
            "threshold": threshold,
            "lost": rounded(1 - used.coverage[0]),
            "misread": rounded(used.error[0]),
            "false": rounded(used.false[0]),
        },
        "coverage": {
            "threshold": rounded(curve.thresholds),
            "coverage": rounded(curve.coverage),
            "error": rounded(curve.error),
            "false": rounded(curve.false),
        },
    }


def _robustness(network: Network, mnist: Digits28, progress: Callable[[int], Any]) -> dict[str, Any]:
    """Accuracy under each corruption and its mean, of eleven classes and of ten, as `measured` defines them."""
    right: dict[str, float] = {}
    of_ten: dict[str, float] = {}
    for name in CORRUPTIONS:
        chances = classified(network, corrupted(mnist.images, name), progress)
        right[name] = rounded((chances.argmax(1) == mnist.labels).mean())
        of_ten[name] = rounded((measures.confidence(chances)[0] == mnist.labels).mean())
    return {
        "mean": rounded(np.mean(list(right.values()))),
        "mean_of_ten": rounded(np.mean(list(of_ten.values()))),
        "accuracy": right,
        "accuracy_of_ten": of_ten,
    }


def _rejection(probabilities: np.ndarray, is_digit: np.ndarray) -> dict[str, Any]:
    """How well non-digits are refused by each score that the probabilities offer."""
    ten = probabilities[:, :NO_DIGIT].astype(np.float64)
    scores = {"likeliest digit": ten.max(1), "any digit": ten.sum(1) - probabilities[:, NO_DIGIT]}
    return {
        name: {key: rounded(value) for key, value in vars(measures.rejection(score, is_digit)).items()}
        for name, score in scores.items()
    }


def _about(model: Path | Network, network: Network, threshold: float) -> dict[str, Any]:
    about = {"file": None, "bytes": None, "channels": getattr(network, "channels", None), "min_confidence": threshold}
    if isinstance(model, Path):
        about |= {"file": model.name, "bytes": model.stat().st_size}
    return about


def _write(
    folder: Path,
    figures: dict[str, Any],
    named: Mapping[str, Crops],
    answers: Mapping[str, np.ndarray],
    samples: Crops | None,
    strings: Mapping[str, Strings],
) -> None:
    from livedigits.training.evaluation.page import page
    from livedigits.training.evaluation.pictures import pictures_of

    pictures = pictures_of(figures, named, answers, samples, strings)
    try:
        for picture in pictures:
            (folder / f"{picture.file}.png").write_bytes(picture.light)
        (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        (folder / "index.html").write_text(page(figures, pictures), encoding="utf-8")
    except OSError as error:
        raise LivedigitsError(f"cannot write the report to {folder}: {error.strerror}") from error
