"""From a trained network to the files that run: .tflite for livedigits, ONNX and SavedModel for others.

python -m livedigits.training.model.export models/ exports digits.keras there anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import keras
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.strips import DIGIT, LEAST
from livedigits.recognition.trial import checksum

AGREES = 1e-3  # largest difference of an answer between the converted network and Keras, in single precision
ROUNDED = 0.02  # mean difference that whole numbers may make to the probability of a crop's first answer
TRIED, WINDOWS = 2048, 256  # crops, and windows of strips
DRAWINGS, SEED = 6, 4_000_011  # for each frame, of those that are rendered to export with
FORMATS = {"onnx": ("onnx", ".onnx"), "savedmodel": ("tf_saved_model", "")}


def tflite(model: keras.Model, path: Path, crops: np.ndarray) -> dict[str, float]:
    """Writes a .tflite file whose products are of 8-bit whole numbers: a quarter of the size, in a quarter of the time.

    Its second output is the layer before the last, from which profiles learn. Beside it stands an .npz with what keeps
    them from forgetting: `moments` (k + 1, k + 1) float32, the mean products of that layer's values, and a constant 1.

    Weights are rounded by output channel, activations by crop and layer as they come (Jacob et al. 2018, "dynamic
    range" in LiteRT), so no crop's answer depends on the others of its batch. The conversion itself is checked before
    anything is rounded.

    Parameters
    ----------
    crops : (n, 28, 28, channels) float32 in 0..1, such as the network reads; about TRIED of them are compared

    Returns
    -------
    export_differs_by : largest difference in probability between Keras and the file before rounding
    rounding_differs_by : mean difference that rounding makes to the probability of a crop's first answer
    same_answers : share of crops whose first answer it leaves

    Raises
    ------
    LivedigitsError: the first is more than AGREES, or the second than ROUNDED
    """
    every, crops = crops, crops[:: max(1, len(crops) // TRIED)]
    wanted = model.predict(crops, batch_size=1024, verbose=0)

    def read(file: Path) -> np.ndarray:
        from livedigits.recognition.classifier import Classifier

        return Classifier(file)(crops)[:, : wanted.shape[1]]

    difference = _converted(with_features(model), path, read, wanted)
    np.savez(path.with_suffix(".npz"), moments=_moments(path, every))
    rounded, rows, first = read(path), np.arange(len(wanted)), wanted.argmax(1)
    moved = float(np.abs(rounded - wanted)[rows, first].mean())
    if moved > ROUNDED:
        raise LivedigitsError(f"{path} in whole numbers differs from the trained network by {moved:.3f} in probability")
    same = float((rounded.argmax(1) == first).mean())
    return {
        "export_differs_by": difference,
        "rounding_differs_by": round(moved, 5),
        "same_answers": round(same, 5),
    }


def _moments(path: Path, crops: np.ndarray) -> np.ndarray:
    """The second moments of the exported network's features for crops, (k + 1, k + 1) float32."""
    from livedigits.recognition.classifier import Classifier

    _, features = Classifier(path).look(crops)
    inputs = np.concatenate([features, np.ones((len(features), 1), np.float32)], 1)
    return np.asarray(inputs.T @ inputs / len(inputs), np.float32)


def with_features(model: keras.Model) -> keras.Model:
    """The network with a second output, its second-last layer, that a head can be learned on."""
    return keras.Model(model.inputs, [model.outputs[0], model.layers[-1].input], name=model.name)


def strips(model: keras.Model, path: Path, windows: np.ndarray) -> dict[str, float]:
    """As `tflite`, of the strip network.

    Parameters
    ----------
    windows : (n, 64, 96) uint8, such as the network reads; about WINDOWS of them are asked

    Returns
    -------
    export_differs_by : largest difference of an answer between Keras and the file before rounding
    rounding_differs_by : mean difference that rounding makes to objectness where a digit is proposed
    same_answers : share of proposals whose label it leaves
    sides_differ_by : mean difference that it makes to their sides, px of a window

    Raises
    ------
    LivedigitsError: the first is more than AGREES
    """
    windows = windows[:: max(1, len(windows) // WINDOWS)]
    wanted = model.predict(windows[..., None].astype(np.float32) / 255, batch_size=64, verbose=0)

    def read(file: Path) -> np.ndarray:
        from livedigits.recognition.strips import StripNetwork

        return StripNetwork(file)(windows)

    figures = {"export_differs_by": _converted(model, path, read, wanted)}
    chance = _sigmoid(wanted[..., 0])
    proposed = chance > LEAST
    if not proposed.any():
        return figures
    rounded, wanted = read(path)[proposed], wanted[proposed]
    moved = np.abs(_sigmoid(rounded[:, 0]) - chance[proposed]).mean()
    same = (rounded[:, 1:11].argmax(1) == wanted[:, 1:11].argmax(1)).mean()
    sides = DIGIT * np.abs(rounded[:, 11:] - wanted[:, 11:]).mean()
    return figures | {
        "rounding_differs_by": round(float(moved), 5),
        "same_answers": round(float(same), 5),
        "sides_differ_by": round(float(sides), 3),
    }


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits)))


def _converted(model: keras.Model, path: Path, read: Callable[[Path], np.ndarray], wanted: np.ndarray) -> float:
    """Writes the file in whole numbers; the largest difference that the conversion made before they were rounded.

    Raises
    ------
    LivedigitsError: it is more than AGREES
    """
    import tensorflow

    path.with_suffix(".json").unlink(missing_ok=True)  # the card of the network before is none of this one
    with tempfile.TemporaryDirectory() as folder:
        single = Path(folder) / "single.tflite"
        _convert(model, single)
        difference = float(np.abs(read(single) - wanted).max())
    if difference > AGREES:
        raise LivedigitsError(f"{path} differs from the trained network by {difference:.1e}")
    _convert(model, path, optimizations=[tensorflow.lite.Optimize.DEFAULT])
    return difference


def _convert(model: keras.Model, path: Path, **options: Any) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        model.export(path, format="litert", verbose=False, **options)


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


def own_crops(frames: int) -> np.ndarray:
    """Crops (n, 28, 28, 2) float32 such as the network reads, of drawings and frames in our own strokes alone."""
    from livedigits.training.dataset.harvest import Crops, harvest, harvest_drawing
    from livedigits.training.synthesis import scenes, strokes
    from livedigits.training.synthesis.drawings import render_drawing

    rng = np.random.default_rng(SEED)
    found = [harvest(scene) for _, scene in zip(range(frames), scenes.stream(SEED), strict=False)]
    for i in range(DRAWINGS * frames):
        found.append(harvest_drawing(*render_drawing(rng, strokes.digit(i % 10, rng))))
    return Crops.joined(found).images.astype(np.float32) / 255


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--frames", default=80, show_default=True, help="Render so many frames to compare and to measure with.")
def main(folder: Path, frames: int) -> None:
    """Export digits.keras of FOLDER to digits.tflite and digits.npz, and tell the card how far they differ."""
    model = keras.models.load_model(folder / "digits.keras", compile=False)
    figures: dict[str, Any] = tflite(model, folder / "digits.tflite", own_crops(frames))
    figures |= {"sha256": checksum((folder / "digits.tflite").read_bytes())}
    path = folder / "digits.json"
    card = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps(card | figures, indent=1) + "\n", encoding="utf-8")
    click.echo("  ".join(f"{name} {figure}" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
