"""Many rendered frames and drawings -> their crops, kept in a folder as shards, so that a stopped run goes on there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.engines.cores import Cores
from livedigits.training.dataset.harvest import Crops, Miner, harvest, harvest_drawing
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.strokes import Character

SHARD = 250
"""Frames, or drawings, a file: some minutes of work, which is what a stopped run loses at most."""


def scene_crops(
    folder: Path,
    count: int,
    pool: Pool,
    seed: int,
    progress: Callable[[int], Any],
    miner: Miner | None = None,
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> Crops:
    """The crops of `count` rendered frames, kept in `folder` as shards; those that are there are not made again.

    Each frame is of its own seed, so that the crops are the same on however many cores.

    Parameters
    ----------
    progress : called with the number of frames done since the last call
    miner : keeps what its network gets wrong, instead of a sample of all crops
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {start: min(SHARD, count - start) for start in range(0, count, SHARD)}
    paths = {start: folder / f"{seed}-{start:06}-{size}.npz" for start, size in sizes.items()}
    missing = [start for start, path in paths.items() if not path.exists()]
    progress(sum(size for start, size in sizes.items() if start not in missing))
    indices = (i for start in missing for i in range(start, start + sizes[start]))
    rendered = render_many(
        indices, seed, pool.digits, pool.others, pool.backgrounds, cores=cores, then=miner or harvest
    )
    for start in missing:
        found = []
        for crops in islice(rendered, sizes[start]):
            found.append(crops)
            progress(1)
        Crops.joined(found).save(paths[start])
    return Crops.joined([Crops.load(path) for path in paths.values()])


def drawing_crops(
    folder: Path,
    count: int,
    pool: Pool,
    seed: int,
    progress: Callable[[int], Any],
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> Crops:
    """The crops of `count` drawings of one digit, half in our own strokes; kept in `folder` like those of scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {start: folder / f"drawings-{seed}-{start:06}.npz" for start in range(0, count, SHARD)}
    missing = [start for start, path in paths.items() if not path.exists()]
    progress(SHARD * (len(paths) - len(missing)))
    for start, crops in zip(missing, cores.map(Drawer(pool.digits, seed), missing), strict=True):
        crops.save(paths[start])
        progress(SHARD)
    return Crops.joined([Crops.load(path) for path in paths.values()])


@dataclass(frozen=True)
class Drawer:
    """Makes the function that draws a shard in a process, and gives its crops: those from `start` on of a seed."""

    digits: list[Character] | None
    seed: int

    def __call__(self) -> Callable[[int], Crops]:
        return self._shard

    def _shard(self, start: int) -> Crops:
        rng = np.random.default_rng([self.seed, start])
        found = []
        for _ in range(SHARD):
            if self.digits is None or rng.random() < 0.5:
                character = strokes.digit(int(rng.integers(10)), rng)
            else:
                character = self.digits[rng.integers(len(self.digits))]
            found.append(harvest_drawing(*render_drawing(rng, character)))
        return Crops.joined(found)
