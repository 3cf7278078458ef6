"""From a trained network to the files that run: .tflite for livedigits, ONNX and SavedModel for others."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from livedigits.errors import LivedigitsError

AGREES = 1e-3  # largest difference in probability between the converted network and Keras, in single precision
ROUNDED = 0.02  # mean difference that whole numbers may make to the probability of a crop's first answer
TRIED = 2048  # crops
FORMATS = {"onnx": ("onnx", ".onnx"), "savedmodel": ("tf_saved_model", "")}


def tflite(model: keras.Model, path: Path, crops: np.ndarray) -> dict[str, float]:
    """Writes a .tflite file whose products are of 8-bit whole numbers: a quarter of the size, in a quarter of the time.

    Weights are rounded by output channel, activations by crop and layer as they come (Jacob et al. 2018, "dynamic
    range" in LiteRT), so no crop's answer depends on the others of its batch. The conversion itself is checked before
    anything is rounded.

    Parameters
    ----------
    crops : (n, 28, 28, channels) float32 in 0..1, such as the network reads; about TRIED of them are asked

    Returns
    -------
    export_differs_by : largest difference in probability between Keras and the file before rounding
    rounding_differs_by : mean difference that rounding makes to the probability of a crop's first answer
    same_answers : share of crops whose first answer it leaves

    Raises
    ------
    LivedigitsError: the first is more than AGREES, or the second than ROUNDED
    """
    import tensorflow

    crops = crops[:: max(1, len(crops) // TRIED)]
    wanted = model.predict(crops, batch_size=1024, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        single = Path(folder) / "single.tflite"
        _convert(model, single)
        difference = float(np.abs(_read(single, crops, wanted) - wanted).max())
    if difference > AGREES:
        raise LivedigitsError(f"{path} differs from the trained network by {difference:.1e} in probability")
    _convert(model, path, optimizations=[tensorflow.lite.Optimize.DEFAULT])
    rounded, rows, first = _read(path, crops, wanted), np.arange(len(wanted)), wanted.argmax(1)
    moved = float(np.abs(rounded - wanted)[rows, first].mean())
    if moved > ROUNDED:
        raise LivedigitsError(f"{path} in whole numbers differs from the trained network by {moved:.3f} in probability")
    same = float((rounded.argmax(1) == first).mean())
    return {
        "export_differs_by": difference,
        "rounding_differs_by": round(moved, 5),
        "same_answers": round(same, 5),
    }


def _convert(model: keras.Model, path: Path, **options: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        model.export(path, format="litert", verbose=False, **options)


def _read(path: Path, crops: np.ndarray, like: np.ndarray) -> np.ndarray:
    from livedigits.recognition.classifier import Classifier

    return Classifier(path)(crops)[:, : like.shape[1]]


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
