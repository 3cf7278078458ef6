"""From a trained network to the files that run: .tflite for livedigits, ONNX and SavedModel for others."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import keras
import numpy as np

from livedigits.errors import LivedigitsError

AGREES = 1e-3  # largest difference in probability between the exported network and Keras
FORMATS = {"onnx": ("onnx", ".onnx"), "savedmodel": ("tf_saved_model", "")}


def tflite(model: keras.Model, path: Path) -> float:
    """Writes a .tflite file and returns the largest difference to Keras.

    Raises
    ------
    LivedigitsError: the exported network differs by more than AGREES in any probability
    """
    with contextlib.redirect_stdout(io.StringIO()):
        model.export(path, format="litert", verbose=False)
    difference = disagreement(model, path)
    if difference > AGREES:
        raise LivedigitsError(f"{path} differs from the trained network by {difference:.1e} in probability")
    return difference


def disagreement(model: keras.Model, path: Path) -> float:
    """The largest difference in probability between a network and its .tflite file, on 256 random crops."""
    from livedigits.classify import Classifier

    inputs = np.random.default_rng(0).random((256, 28, 28, 2), np.float32)
    wanted = model.predict(inputs[..., : model.input_shape[-1]], verbose=0)
    return float(np.abs(Classifier(path)(inputs)[:, : wanted.shape[1]] - wanted).max())


def other(model: keras.Model, kind: str, path: Path) -> Path:
    """Writes the network as "onnx" or "savedmodel" beside `path` and returns where.

    Raises
    ------
    LivedigitsError: what this format needs is not installed
    """
    name, suffix = FORMATS[kind]
    target = path.with_suffix(suffix)
    try:
        model.export(target, format=name, verbose=False)
    except ImportError as error:
        raise LivedigitsError(f"{kind} needs another package: {error}") from error
    return target
