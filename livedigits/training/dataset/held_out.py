"""Held-out scenes -> crops to measure on: of each digit and letter its best region, and clutter; look-alikes apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from livedigits.recognition.boxes import iou
from livedigits.recognition.crop import crop
from livedigits.recognition.regions import Regions, find_regions
from livedigits.training.dataset.harvest import COVERS, NEGATIVES, UNCLEAR, Crops, label
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis import scenes
from livedigits.training.synthesis.lookalikes import is_lookalike
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Mark, Scene
from livedigits.training.synthesis.strokes import SCRIBBLES
from livedigits.types import NO_DIGIT

LETTER, LOOKALIKE = 11, 12  # kinds of non-digits, as labels until the crops are sorted
SEED = 7_000_003  # of frames that no training renders


def held_out(count: int, pool: Pool, progress: Callable[[int], Any]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Crops (n, 28, 28, 2) uint8 and labels (n,), 0..9 or 10, of `count` rendered frames, by what they are for.

    "scenes": digits, letters, signs and clutter; "letters": the letters and signs of those alone; "look-alikes":
    letters that truly look like digits, which are nobody's fault and in no other set. Sets without crops are left out.
    """
    found = []
    rendered = render_many(count, SEED, pool.digits, pool.others, pool.backgrounds, then=crops_by_kind)
    for crops in rendered:
        found.append(crops)
        progress(1)
    every = Crops.joined(found)
    kinds = {
        "scenes": every.labels != LOOKALIKE,
        "letters": every.labels == LETTER,
        "look-alikes": every.labels == LOOKALIKE,
    }
    return {
        name: (every.images[chosen], np.minimum(every.labels[chosen], NO_DIGIT))
        for name, chosen in kinds.items()
        if chosen.any()
    }


def crops_by_kind(scene: Scene) -> Crops:
    """The crops of one rendered frame, labelled 0..9, NO_DIGIT for clutter, LETTER or LOOKALIKE."""
    regions = find_regions(scene.image)
    labels = label(regions, scene)
    unclear = labels == UNCLEAR
    digits = _best(regions, [d.box for d in scene.digits], (labels >= 0) & (labels < NO_DIGIT))
    written = [mark for mark in scene.others if _written(mark)]
    kinds = np.array([LOOKALIKE if is_lookalike(mark.name) else LETTER for mark in written], np.int8)
    letters = _best(regions, [mark.box for mark in written], unclear | (labels == NO_DIGIT))
    for index, kind in zip(letters, kinds, strict=True):
        # A region that is unclear for another reason, such as half a digit, is no letter either.
        if index >= 0 and (kind == LOOKALIKE or not unclear[index]):
            labels[index] = kind
    rng = np.random.default_rng(len(regions))
    clutter = rng.permutation(np.flatnonzero(labels == NO_DIGIT))[:NEGATIVES]
    chosen = np.unique(np.concatenate([digits[digits >= 0], np.flatnonzero(labels >= LETTER), clutter]))
    images = crop(regions.only(chosen))
    return Crops(np.round(images * 255).astype(np.uint8), labels[chosen])


def _written(mark: Mark) -> bool:
    return mark.name not in SCRIBBLES and mark.name != "box"


def _best(regions: Regions, boxes: list[scenes.Box], among: np.ndarray) -> np.ndarray:
    """For each true box the index of the region that covers it best, of those allowed; -1 where none does."""
    if not len(regions):
        return np.full(len(boxes), -1)
    overlap = iou(regions.boxes, np.array(boxes, np.float32).reshape(-1, 4)) * among[:, None]
    best: np.ndarray = np.where(overlap.max(0) >= COVERS, overlap.argmax(0), -1)
    return best
