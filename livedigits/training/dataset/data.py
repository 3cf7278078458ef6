"""What the network learns from: digits without a page (MNIST and its like), rendered scenes, drawings.

Digits without a page are warped anew each time they are taken; scenes and drawings are rendered once, sent through
find and crop, and kept in a cache folder as shards, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import multiprocessing
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.crop import centred, reduced
from livedigits.training.dataset.harvest import Crops, Miner, harvest, harvest_drawing
from livedigits.training.synthesis import scenes, strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.lookalikes import marked
from livedigits.training.synthesis.strokes import Character

SHARD = 250  # frames, or drawings
HELD_OUT = 7  # every so many-th writer, and background, is kept for validation


@dataclass(frozen=True)
class Digits28:
    """Digits without a page: images (n, 28, 28) uint8, ink 255 on 0, prepared as MNIST's; labels (n,) int64 0..9."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Pool:
    """What scenes are rendered from; None stands for our own strokes, signs and textures."""

    digits: list[Character] | None
    others: list[Character] | None
    backgrounds: list[str] | None


def mnist(path: Path | None) -> tuple[Digits28, Digits28]:
    """MNIST's training and test half, as Keras downloads it or from its file mnist.npz.

    Raises
    ------
    LivedigitsError: the file is missing or another one; the download failed
    """
    if path is None:
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
    """Whether a file holds MNIST as Keras keeps it, rather than digits as x and y."""
    return "x_train" in _arrays(path)


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


def _arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except FileNotFoundError as error:
        raise LivedigitsError(f"no file {path}") from error
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise LivedigitsError(f"{path} is no .npz file of arrays") from error


def _prepared(image: np.ndarray) -> np.ndarray:
    """A bitmap as MNIST prepares it: longest side 20 px, centred by mass in 28x28."""
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    if not len(rows):
        return np.zeros((28, 28), np.uint8)
    return centred(reduced(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]))


def pools(stroke_files: Sequence[Path], backgrounds: Path | None) -> tuple[Pool, Pool]:
    """Stroke files and photos, split by writer and photo: for training, and for validation.

    Raises
    ------
    LivedigitsError: a file that holds no strokes, a folder without pictures
    """
    characters = [c for path in stroke_files for c in strokes.load(path)]
    photos: list[str] = []
    if backgrounds is not None:
        from imutils.paths import list_images

        photos = sorted(list_images(str(backgrounds)))
        if not photos:
            raise LivedigitsError(f"no pictures in {backgrounds}")
    digits = [c for c in characters if c.label >= 0]
    characters = [*digits, *marked([c for c in characters if c.label < 0], digits)]
    held_out = _held_out_writers(characters)
    halves = []
    for validation in (False, True):
        kept = [c for c in characters if ((c.label >= 0, str(c.writer)) in held_out) == validation]
        halves.append(
            Pool(
                [c for c in kept if c.label >= 0] or None,
                [c for c in kept if c.label < 0] or None,
                [p for i, p in enumerate(photos) if (i % HELD_OUT == 0) == validation] or None,
            )
        )
    return halves[0], halves[1]


def _held_out_writers(characters: Sequence[Character]) -> set[tuple[bool, str]]:
    """Every HELD_OUT-th writer of digits and of letters, as (writes digits, name)."""
    held_out = set()
    for digit in (True, False):
        writers = sorted({str(c.writer) for c in characters if (c.label >= 0) == digit})
        held_out |= {(digit, writer) for writer in writers[HELD_OUT - 1 :: HELD_OUT]}
    return held_out


def scene_crops(
    folder: Path, count: int, pool: Pool, seed: int, progress: Callable[[int], Any], miner: Miner | None = None
) -> Crops:
    """The crops of `count` rendered frames, kept in `folder` as shards; both cores render what is not there yet.

    Parameters
    ----------
    progress : called with the number of frames done since the last call
    miner : keeps what its network gets wrong, instead of a sample of all crops
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, count, SHARD):
        frames = min(SHARD, count - start)
        shard = folder / f"{seed}-{start:06}-{frames}.npz"
        if not shard.exists():
            then = miner or harvest
            found = []
            rendered = scenes.render_many(
                frames, seed, pool.digits, pool.others, pool.backgrounds, start=start, then=then
            )
            for crops in rendered:
                found.append(crops)
                progress(1)
            Crops.joined(found).save(shard)
        else:
            progress(frames)
        parts.append(Crops.load(shard))
    return Crops.joined(parts)


def drawing_crops(folder: Path, count: int, pool: Pool, seed: int, progress: Callable[[int], Any]) -> Crops:
    """The crops of `count` drawings of one digit, half in our own strokes; kept in `folder` like those of scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    every = range(0, count, SHARD)
    starts = [s for s in every if not _drawing_shard(folder, seed, s).exists()]
    progress(SHARD * (len(every) - len(starts)))
    with multiprocessing.get_context("spawn").Pool(2) as workers:
        jobs = ((folder, pool.digits, seed, start) for start in starts)
        for _ in workers.imap_unordered(_draw, jobs):
            progress(SHARD)
    return Crops.joined([Crops.load(_drawing_shard(folder, seed, s)) for s in every])


def _drawing_shard(folder: Path, seed: int, start: int) -> Path:
    return folder / f"drawings-{seed}-{start:06}.npz"


def _draw(job: tuple[Path, list[Character] | None, int, int]) -> None:
    folder, digits, seed, start = job
    rng = np.random.default_rng([seed, start])
    found = []
    for _ in range(SHARD):
        own = digits is None or rng.random() < 0.5
        if own:
            character = strokes.digit(int(rng.integers(10)), rng)
        else:
            assert digits is not None
            character = digits[rng.integers(len(digits))]
        found.append(harvest_drawing(*render_drawing(rng, character)))
    Crops.joined(found).save(_drawing_shard(folder, seed, start))
