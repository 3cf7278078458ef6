"""Canvases of numbers -> labelled crops into which neighbours protrude, cut as the reader cuts proposals.

The strip network's boxes hold all ink within them, that of a neighbour's stroke, too. Boxes of the truth, moved and
scaled about as far as that network errs, teach which digit is meant; boxes between two digits, around two, and of
parts of one teach what is none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.engines.cores import Cores
from livedigits.recognition.boxes import covered, iou
from livedigits.recognition.crop import crop
from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions
from livedigits.training.dataset.harvest import APART, BROAD, Crops
from livedigits.training.dataset.strips import Canvases, load
from livedigits.types import NO_DIGIT

# Of the digit's height, deviation: how far the centre and the sides of proposals lie from the truth, as of the strip
# network's proposals on held-out canvases.
OFF_CENTRE, OFF_SIDE = 0.045, 0.05
LEAST = 0.6
"""Intersection over union with the truth that a moved box must keep to be taught as the digit."""
INKED = 0.75
"""Of a digit's height: rows of its box that must hold ink for it to be taught; of a fainter one a speck would be."""
DIGITS, OTHERS = 4, 3
"""Crops of a canvas at most, of digits and of none: a canvas has a dozen digits, but many canvases tell more."""


def touching_crops(
    shards: list[Path],
    progress: Callable[[int], Any] = lambda shards: None,
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> Crops:
    """The crops of all canvases of these shards, kept beside each; those that are there are not cut again.

    Parameters
    ----------
    progress : called with the number of shards done since the last call
    """
    kept = [shard.with_name(f"crops-{shard.name}") for shard in shards]
    missing = [number for number, path in enumerate(kept) if not path.exists()]
    if len(missing) < len(shards):
        progress(len(shards) - len(missing))
    cut = cores.map(_cutter, [(number, shards[number]) for number in missing])
    for number, crops in zip(missing, cut, strict=True):
        crops.save(kept[number])
        progress(1)
    return Crops.joined([Crops.load(path) for path in kept])


def _cutter() -> Callable[[tuple[int, Path]], Crops]:
    return _cut


def _cut(shard: tuple[int, Path]) -> Crops:
    number, path = shard
    canvases = load([path])
    return Crops.joined([harvest_canvas(canvases, i, np.random.default_rng([number, i])) for i in range(len(canvases))])


def harvest_canvas(canvases: Canvases, index: int, rng: np.random.Generator) -> Crops:
    """Crops of one canvas, drawn at random."""
    part = slice(canvases.first[index], canvases.first[index + 1])
    boxes, labels = canvases.boxes[part], canvases.labels[part]
    clear = boxes[labels >= 0]
    if not len(clear):
        return Crops.joined([])
    mask = canvases.mask[index]
    digits, kinds = _moved(boxes, np.where(_is_inked(mask, boxes), labels, -1), rng)
    others = _others(clear, boxes, rng)
    cut = np.concatenate([digits, others]).astype(np.float32)
    regions = _of_canvas(canvases, index).of_boxes(np.zeros(len(cut), np.int64), cut)
    images = np.round(crop(regions) * 255).astype(np.uint8)
    return Crops(images, np.concatenate([kinds, np.full(len(others), NO_DIGIT)]).astype(np.int8))


def _of_canvas(canvases: Canvases, index: int) -> Regions:
    """No regions of a canvas's ink; `of_boxes` gives some."""
    contrast, mask = canvases.contrast[index], canvases.mask[index]
    layer = Layer(1.0, contrast, np.clip(contrast, 0, 255).astype(np.uint8), mask, False)
    none, number = np.empty((0, 4), np.int32), np.empty(0, np.int64)
    pieces, score = np.empty((0, 2), np.int32), np.empty(0, np.float32)
    stats = [np.zeros((1, 5), np.int32)]
    ink = [mask.astype(np.int32)]
    return Regions(none, none, number, pieces, score, [layer], ink, stats, mask.shape, np.empty(0, bool))


def _moved(boxes: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) of some digits as a proposal could have them, and the digits (n,)."""
    chosen = rng.permutation(np.flatnonzero(labels >= 0))[:DIGITS]
    true = boxes[chosen]
    high = true[:, 3:]
    shift = rng.normal(0, OFF_CENTRE, (len(true), 2)) * high
    sides = np.maximum(true[:, 2:] + rng.normal(0, OFF_SIDE, (len(true), 2)) * high, 3)
    moved = np.concatenate([true[:, :2] + true[:, 2:] / 2 + shift - sides / 2, sides], 1)
    overlap = iou(moved, boxes)
    rows = np.arange(len(moved))
    kept = (overlap[rows, chosen] >= LEAST) & (overlap.argmax(1) == chosen)
    return moved[kept], labels[chosen][kept]


def _is_inked(mask: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(n,) bool: which boxes lie on the canvas and hold ink from top to bottom."""
    out = np.zeros(len(boxes), bool)
    height, width = mask.shape
    for i, (x, y, w, h) in enumerate(boxes.tolist()):
        if x >= 0 and y >= 0 and x + w <= width and y + h <= height:
            ink = mask[round(y) : round(y + h), round(x) : round(x + w)]
            out[i] = len(ink) > 0 and np.count_nonzero(ink.any(1)) >= INKED * len(ink)
    return out


def _others(clear: np.ndarray, boxes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Boxes (n, 4) of no digit: between neighbours, around both, and halves; none of them near a digit's own box."""
    pairs = _neighbours(clear)
    found = [_half(box, rng) for box in clear if box[2] >= BROAD * box[3]]
    for left, right in pairs:
        found += [_between(left, right, rng), _around(left, right)]
    boxed = np.array(found, np.float32).reshape(-1, 4)
    whole = covered(boxes, boxed).T  # of each digit by each box
    far = iou(boxed, boxes).max(1, initial=0) < APART
    return boxed[rng.permutation(np.flatnonzero(far | ((whole > 0.9).sum(1) > 1)))[:OTHERS]]


def _neighbours(boxes: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Digits and the next one to the right on their line, no farther than they are high."""
    out = []
    for box in boxes:
        x, y, w, h = box
        gap = boxes[:, 0] - (x + w)
        level = np.abs(boxes[:, 1] + boxes[:, 3] / 2 - (y + h / 2)) < 0.6 * h
        near = np.flatnonzero(level & (boxes[:, 0] > x + 0.3 * w) & (gap < 0.6 * h))
        if len(near):
            out.append((box, boxes[near[boxes[near, 0].argmin()]]))
    return out


def _between(left: np.ndarray, right: np.ndarray, rng: np.random.Generator) -> list[float]:
    """As wide as one of them, where they meet."""
    middle = (left[0] + left[2] / 2 + right[0] + right[2] / 2) / 2
    top, bottom = min(left[1], right[1]), max(left[1] + left[3], right[1] + right[3])
    wide = max(0.5 * (left[2] + right[2]), 0.3 * left[3]) * rng.uniform(0.8, 1.2)
    return [middle - wide / 2, top, wide, bottom - top]


def _around(left: np.ndarray, right: np.ndarray) -> list[float]:
    """Around both."""
    x, y = np.minimum(left[:2], right[:2])
    x1, y1 = np.maximum(left[:2] + left[2:], right[:2] + right[2:])
    return [x, y, x1 - x, y1 - y]


def _half(box: np.ndarray, rng: np.random.Generator) -> list[float]:
    """The left, right, upper or lower part of a digit."""
    x, y, w, h = box
    share = rng.uniform(0.35, 0.55)
    kind = rng.integers(4)
    if kind < 2:
        return [x + (1 - share) * w * (kind == 1), y, share * w, h]
    return [x, y + (1 - share) * h * (kind == 3), w, share * h]
