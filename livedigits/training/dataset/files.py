"""Files of digits without a page, as MNIST's: 28x28 pixels with labels.

They are warped each time that one is taken (augment); nothing here is rendered.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.process import quiet_tensorflow
from livedigits.recognition.crop import centred, reduced


@dataclass(frozen=True)
class Digits28:
    """Digits without a page: images (n, 28, 28) uint8, ink 255 on 0, prepared as MNIST's; labels (n,) int64 0..9."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def mnist(path: Path | None) -> tuple[Digits28, Digits28]:
    """MNIST's training and test half, as Keras downloads it or from its file mnist.npz.

    Raises
    ------
    LivedigitsError: the file is missing or another one; the download failed
    """
    if path is None:
        with quiet_tensorflow():
            from keras.datasets import mnist as keras_mnist

        try:
            (x, y), (x_test, y_test) = keras_mnist.load_data()
        except Exception as error:  # Keras raises a bare Exception for a URL that cannot be reached
            raise LivedigitsError(
                "MNIST could not be downloaded: check the network, or give the file with --data mnist.npz"
            ) from error
    else:
        arrays = _arrays(path)
        if not {"x_train", "y_train", "x_test", "y_test"} <= arrays.keys():
            raise LivedigitsError(f"{path} holds no MNIST: it needs x_train, y_train, x_test and y_test")
        x, y, x_test, y_test = (arrays[k] for k in ("x_train", "y_train", "x_test", "y_test"))
    return Digits28(x, y.astype(np.int64)), Digits28(x_test, y_test.astype(np.int64))


def is_mnist(path: Path) -> bool:
    """Whether a file holds MNIST as Keras keeps it, rather than digits as x and y.

    Raises
    ------
    LivedigitsError: the file is missing, or is no .npz file
    """
    with _opened(path) as file:
        return not {"x_train", "x_test"}.isdisjoint(file.files)


def bitmaps(path: Path) -> Digits28:
    """Digits of any size from an .npz with x (n, h, w) uint8, ink bright, and y (n,), prepared as MNIST's.

    Raises
    ------
    LivedigitsError: the file is missing, or holds something else
    """
    arrays = _arrays(path)
    if "x" not in arrays or "y" not in arrays or arrays["x"].ndim != 3 or len(arrays["x"]) != len(arrays["y"]):
        raise LivedigitsError(f"{path} holds no digits: it needs x (n, height, width) and y (n,)")
    images = np.stack([_prepared(image) for image in arrays["x"].astype(np.uint8)])
    return Digits28(images, arrays["y"].astype(np.int64))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The arrays of an .npz file by name, each read when it is asked for."""
    try:
        with np.load(path, allow_pickle=False) as file:
            yield file
    except FileNotFoundError as error:
        raise LivedigitsError(f"no file {path}") from error
    except (OSError, EOFError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise LivedigitsError(f"{path} is no .npz file of arrays") from error


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with _opened(path) as file:
        return {key: file[key] for key in file.files}


def _prepared(image: np.ndarray) -> np.ndarray:
    """A bitmap as MNIST prepares it: longest side 20 px, centred by mass in 28x28."""
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    if not len(rows):
        return np.zeros((28, 28), np.uint8)
    return centred(reduced(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))
