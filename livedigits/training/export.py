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


def halve(model: keras.Model) -> None:
    """Rounds weights to half precision, in place, so that a .tflite file of half the size computes just the same.

    The converter folds batch normalisation into the layer before it; here that is done first, as folding after rounding
    would round again. What is left of the normalisation does nothing, and the network can go on learning.
    """
    before = None
    for layer in (layer for layer in model.layers if layer.weights):
        if isinstance(layer, keras.layers.BatchNormalization) and before is not None:
            gamma, beta, mean, variance = layer.get_weights()
            scale = gamma / np.sqrt(variance + layer.epsilon)
            kernel, *bias = before.get_weights()
            shift = beta + (bias[0] if bias else 0) * scale - mean * scale
            before.set_weights([_rounded(kernel * scale), *(np.zeros_like(b) for b in bias)])
            one = np.ones_like(gamma)
            layer.set_weights([one, _rounded(shift), 0 * one, one - np.float32(layer.epsilon)])
        else:
            layer.set_weights([_rounded(w) for w in layer.get_weights()])
        before = layer


def _rounded(weights: np.ndarray) -> np.ndarray:
    return weights.astype(np.float16).astype(np.float32)


def tflite(model: keras.Model, path: Path) -> float:
    """Writes a .tflite file in half precision, `halve`s the model, and returns the largest difference between the two.

    Raises
    ------
    LivedigitsError: the exported network differs by more than AGREES in any probability
    """
    import tensorflow

    halve(model)
    half = {
        "optimizations": [tensorflow.lite.Optimize.DEFAULT],
        "target_spec": {"supported_types": [tensorflow.float16]},
    }
    with contextlib.redirect_stdout(io.StringIO()):
        model.export(path, format="litert", verbose=False, **half)
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
