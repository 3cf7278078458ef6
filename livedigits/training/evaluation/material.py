"""What a network is measured on: files of digits, rendered frames, and a sheet of training samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.crop import from_mnist
from livedigits.training.dataset.augment import Warp, elastic_fields
from livedigits.training.dataset.files import Digits28, bitmaps, is_mnist, mnist
from livedigits.training.dataset.held_out import held_out
from livedigits.training.dataset.pools import pools
from livedigits.types import NO_DIGIT

Crops = tuple[np.ndarray, np.ndarray]
"""Crops (n, 28, 28, 2), float32 in 0..1 or uint8, and their labels (n,), 0..9 or 10 for no digit."""

_ROWS, _WARPS = 4, 7  # of the sheet of training samples: rows of each kind, warps in a row


def digits(files: Sequence[Path]) -> tuple[Digits28, Digits28, dict[str, Crops]]:
    """MNIST's training and test half, and other sets by the name of their file.

    Raises
    ------
    LivedigitsError: a file is missing or another one, two hold MNIST, MNIST cannot be downloaded
    """
    whole = [file for file in files if is_mnist(file)]
    if len(whole) > 1:
        raise LivedigitsError(f"{whole[0]} and {whole[1]} both hold MNIST: give one of them")
    others: dict[str, Crops] = {}
    for file in files:
        if file not in whole:
            read = bitmaps(file)
            others[file.stem if file.stem not in others else str(file)] = read.images, read.labels
    training, test = mnist(whole[0] if whole else None)
    return training, test, others


def frames(
    count: int, strokes: Sequence[Path], backgrounds: Path | None, done: Callable[[int], Any]
) -> dict[str, Crops]:
    """The sets of `held_out` from `count` frames, of the writers and photos that are kept for validation."""
    _, validation = pools(strokes, backgrounds)
    return held_out(count, validation, done)


def samples(images: np.ndarray, scenes: Crops | None) -> Crops:
    """Digits without a page and digits from frames, before and after warping as in training."""
    rng = np.random.default_rng(0)
    warp = Warp(rng, elastic_fields(0))
    plain = images[rng.choice(len(images), _ROWS)]
    before, after = [*from_mnist(plain)], [warp.drawn(np.repeat(image[None], _WARPS, 0)) for image in plain]
    if scenes is not None:
        crops, labels = scenes
        seen = crops[rng.permutation(np.flatnonzero(labels < NO_DIGIT))[:_ROWS]]
        before += [crop.astype(np.float32) / 255 for crop in seen]
        after += [warp.crops(np.repeat(crop[None], _WARPS, 0)) for crop in seen]
    return np.stack(before), np.stack(after)
