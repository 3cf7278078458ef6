"""Many rendered frames and drawings -> their crops, kept in a folder as shards, so that a stopped run goes on there."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.training.dataset.harvest import Crops, Miner, harvest, harvest_drawing
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis import scenes, strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.strokes import Character

SHARD = 250
"""Frames, or drawings, a file: some minutes of work, which is what a stopped run loses at most."""


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
