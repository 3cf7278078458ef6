"""Crops into which neighbours protrude: which digit is meant, and what is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livedigits.engines.cores import Cores
from livedigits.training.dataset import strips
from livedigits.training.dataset.pools import Pool
from livedigits.training.dataset.strips import Canvases
from livedigits.training.dataset.touching import harvest_canvas, touching_crops
from livedigits.types import NO_DIGIT

BOXES = np.array([[20, 12, 20, 30], [38, 12, 20, 30], [57, 12, 20, 30]], np.float32)
LABELS = np.array([7, 0, 3], np.int8)


def three(mask: np.ndarray) -> Canvases:
    """A canvas (54, 96) of three digits that touch, with this ink (54, 96) uint8."""
    return Canvases((mask * 100).astype(np.int16)[None], mask[None], BOXES, LABELS, np.array([0, 3]))


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """Ink of three frames that touch."""
    mask = np.zeros((54, 96), np.uint8)
    for x, y, w, h in BOXES.astype(int):
        mask[y : y + h, x : x + w] = 1
        mask[y + 3 : y + h - 3, x + 3 : x + w - 3] = 0
    return mask


def test_all_three_are_taught_and_what_lies_between_is_none(frames: np.ndarray) -> None:
    canvases = three(frames)
    crops = [harvest_canvas(canvases, 0, np.random.default_rng(seed)) for seed in range(12)]
    labels = np.concatenate([c.labels for c in crops])
    assert set(labels.tolist()) == {7, 0, 3, NO_DIGIT}
    assert all((c.labels == NO_DIGIT).sum() <= 3 for c in crops)


def test_a_neighbours_stroke_is_in_the_crop(frames: np.ndarray) -> None:
    canvases = three(frames)
    alone = Canvases(canvases.contrast, canvases.mask.copy(), BOXES, LABELS, canvases.first)
    alone.mask[0, :, :38] = 0  # without the first digit
    rows = {"with": canvases, "without": alone}
    second = {}
    for name, chosen in rows.items():
        crops = [harvest_canvas(chosen, 0, np.random.default_rng(seed)) for seed in range(12)]
        second[name] = np.concatenate([c.images[c.labels == 0] for c in crops])
    left = {name: images[:, :, :8, 0].astype(float).mean() for name, images in second.items()}
    assert left["with"] > left["without"]


def test_a_digit_without_ink_is_not_taught(frames: np.ndarray) -> None:
    faint = frames.copy()
    faint[:, 57:] = 0
    faint[20:24, 64:68] = 1
    labels = [harvest_canvas(three(faint), 0, np.random.default_rng(seed)).labels for seed in range(12)]
    assert 3 not in np.concatenate(labels) and 7 in np.concatenate(labels)


def test_crops_of_shards_are_kept(tmp_path: Path) -> None:
    paths = strips.render_shards(tmp_path, 3, Pool(None, None, None), None, 5, cores=Cores(1))
    done: list[int] = []
    crops = touching_crops(paths, done.append)
    assert len(crops) > 3 and crops.images.shape[1:] == (28, 28, 2) and done == [1]
    kept = [path.stat().st_mtime_ns for path in tmp_path.glob("crops-*")]
    again = touching_crops(paths)
    assert np.array_equal(crops.images, again.images) and np.array_equal(crops.labels, again.labels)
    assert [path.stat().st_mtime_ns for path in tmp_path.glob("crops-*")] == kept
