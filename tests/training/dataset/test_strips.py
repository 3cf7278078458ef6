"""What the strip network learns: targets that say where the digits are, and canvases that are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livedigits.engines.cores import Cores
from livedigits.recognition.strips import CELL, DIGIT, HEIGHT, WIDTH
from livedigits.training.dataset import strips
from livedigits.training.dataset.pools import Pool

NOBODY = Pool(None, None, None)


def told(targets: np.ndarray) -> list[tuple[int, list[float]]]:
    """Labels and boxes that the centre cells of targets tell."""
    out = []
    for row, column in zip(*np.nonzero(targets[..., 0] > 0.999), strict=True):
        cell = targets[row, column]
        cx, cy = (column + 0.5) * CELL, (row + 0.5) * CELL
        left, top, right, bottom = (cell[3:] * DIGIT).tolist()
        out.append((int(cell[2]), [cx - left, cy - top, left + right, top + bottom]))
    return out


def test_centre_cells_and_their_sides_give_back_the_boxes() -> None:
    boxes = np.array([[10, 14, 20, 31], [29, 17, 18, 28], [60, 20.5, 5, 30]], np.float32)
    targets = strips.targets(boxes, np.array([4, 7, 1]))
    assert targets.shape == (HEIGHT // CELL, WIDTH // CELL, strips.CHANNELS)
    found = sorted(told(targets), key=lambda f: f[1][0])
    assert [label for label, _ in found] == [4, 7, 1]
    assert np.allclose([box for _, box in found], boxes, atol=1e-3)


def test_every_cell_that_tells_a_class_tells_the_nearest_digit() -> None:
    boxes = np.array([[10, 14, 20, 31], [29, 17, 18, 28]], np.float32)
    targets = strips.targets(boxes, np.array([4, 7]))
    for row, column in zip(*np.nonzero(targets[..., 1]), strict=True):
        cell, x = targets[row, column], (column + 0.5) * CELL
        which = 0 if cell[2] == 4 else 1
        left, right = x - cell[3] * DIGIT, x + cell[5] * DIGIT
        assert (left, right) == pytest.approx((boxes[which, 0], boxes[which, 0] + boxes[which, 2]), abs=1e-3)


def test_cut_and_unclear_digits_are_neither_taught_nor_ground() -> None:
    inside, cut, outside = [40, 15, 20, 30], [-9, 15, 20, 30], [-30, 15, 20, 30]
    targets = strips.targets(np.array([inside, cut, outside], np.float32), np.array([-1, 3, 5]))
    assert not (targets[..., 0] > 0).any() and not targets[..., 1].any()
    unclear = targets[..., 0] < 0
    assert unclear[30 // CELL, 50 // CELL] and unclear[30 // CELL, 1] and not unclear[30 // CELL, 80 // CELL]
    assert not strips.targets(np.array([outside], np.float32), np.array([5])).any()


def test_windows_show_what_their_targets_say() -> None:
    contrast = np.zeros((1, 128, 288), np.int16)
    contrast[0, 40:70, 100:120] = 60
    one = strips.Canvases(
        contrast,
        (contrast > 0).astype(np.uint8),
        np.array([[100, 40, 20, 30]], np.float32),
        np.array([8]),
        np.array([0, 1]),
    )
    seen = 0
    for seed in range(30):
        image, targets = strips.window(one, 0, np.random.default_rng(seed))
        assert image.shape == (HEIGHT, WIDTH) and image.dtype == np.uint8
        for label, (x, y, w, h) in told(targets):
            seen += 1
            left, top, right, bottom = (round(v) for v in (max(x, 0), max(y, 0), min(x + w, WIDTH), min(y + h, HEIGHT)))
            assert label == 8 and (image[top:bottom, left:right] > 160).all()
            assert (image > 160).sum() == (bottom - top) * (right - left)
    assert seen > 15


def test_shards_are_made_once_and_are_the_same_however_many_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "SHARD", 3)
    done: list[int] = []
    paths = strips.render_shards(tmp_path, 5, NOBODY, None, 9, done.append, cores=Cores(1))
    assert len(paths) == 2 and sum(done) == 5
    kept = strips.load(paths)
    alone = strips.render(range(5), 9, NOBODY, None)
    assert len(kept) == 5
    for name, array in vars(alone).items():
        assert np.array_equal(array, getattr(kept, name)), name
    before = [path.stat().st_mtime_ns for path in paths]
    again = strips.render_shards(tmp_path, 5, NOBODY, None, 9, done.append)
    assert [path.stat().st_mtime_ns for path in again] == before and sum(done) == 10


def test_batches_are_the_same_for_the_same_seed() -> None:
    canvases = strips.render(range(3), 2, NOBODY, None)
    first, again, other = (list(strips.batches(canvases, 4, 3, [1, k])) for k in (0, 0, 1))
    assert (
        len(first) == 3
        and first[0][0].shape == (4, HEIGHT, WIDTH, 1)
        and 0 <= first[0][0].min() <= first[0][0].max() <= 1
    )
    assert all(np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], other[0][0])
