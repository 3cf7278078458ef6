"""Files of digits without a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.training.dataset.files import bitmaps, is_mnist, mnist


@pytest.fixture
def mnist_file(tmp_path: Path) -> Path:
    images, labels = np.zeros((4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2])
    return tmp_path / "mnist.npz"


def test_mnist_is_told_from_other_digits_by_its_arrays(mnist_file: Path, tmp_path: Path) -> None:
    bars = np.zeros((2, 30, 20), np.uint8)
    bars[:, 5:25, 8:11] = 255
    np.savez(tmp_path / "own.npz", x=bars, y=np.array([1, 1]))
    assert is_mnist(mnist_file) and not is_mnist(tmp_path / "own.npz")
    learn, test = mnist(mnist_file)
    assert (len(learn), len(test)) == (4, 2) and learn.labels.dtype == np.int64
    read = bitmaps(tmp_path / "own.npz")
    assert read.images.shape == (2, 28, 28) and read.labels.tolist() == [1, 1]
    rows = np.flatnonzero(read.images[0].any(1))
    assert (rows[0], rows[-1]) == (4, 23)  # 20 px high and in the middle, as MNIST's


@pytest.mark.parametrize("content", [b"", b"hello", None])
def test_what_is_no_such_file_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    if content is not None:
        path.write_bytes(content)
    for read in (is_mnist, bitmaps, mnist):
        with pytest.raises(LivedigitsError, match="bad.npz"):
            read(path)


def test_an_array_alone_and_other_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", z=np.zeros(3))
    with pytest.raises(LivedigitsError, match="one.npy"):
        is_mnist(tmp_path / "one.npy")
    with pytest.raises(LivedigitsError, match="needs x_train"):
        mnist(tmp_path / "other.npz")
    with pytest.raises(LivedigitsError, match="needs x "):
        bitmaps(tmp_path / "other.npz")
