"""Crops of rendered frames are the same on however many cores, whichever of their processes die."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from livedigits.engines.cores import Cores
from livedigits.recognition.shipped import shipped
from livedigits.training.dataset import shards
from livedigits.training.dataset.harvest import Crops, Miner, harvest
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis.scenes import Scene

NOBODY = Pool(None, None, None)


def same(one: Crops, other: Crops) -> bool:
    return np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD", 5)


@dataclass
class KillsOnce(Miner):
    """Harvests; the first process that it works in is killed at its second frame. `mark` is a file that says so."""

    mark: Path
    seen: int = 0

    def __call__(self, scene: Scene) -> Crops:
        self.seen += 1
        if self.seen == 2 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return harvest(scene)

    def __getstate__(self) -> dict[str, object]:
        return {"mark": self.mark, "seen": 0}


@pytest.mark.slow
def test_crops_are_the_same_on_one_core_and_on_two_of_which_one_is_killed(tmp_path: Path) -> None:
    done: list[int] = []
    alone = shards.scene_crops(tmp_path / "1", 12, NOBODY, 3, done.append, cores=Cores(1))
    assert sum(done) == 12 and len(alone) > 20 and len(list((tmp_path / "1").iterdir())) == 3
    killing = KillsOnce(tmp_path / "killed")
    together = shards.scene_crops(tmp_path / "2", 12, NOBODY, 3, done.append, killing, Cores(2))
    assert (tmp_path / "killed").exists() and same(alone, together) and sum(done) == 24


@pytest.mark.slow
def test_a_shard_that_is_missing_is_made_again_and_no_other(tmp_path: Path) -> None:
    whole = shards.scene_crops(tmp_path / "a", 12, NOBODY, 4, lambda frames: None, cores=Cores(2))
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a").iterdir()}
    (tmp_path / "a" / "4-000005-5.npz").unlink()
    done: list[int] = []
    again = shards.scene_crops(tmp_path / "a", 12, NOBODY, 4, done.append, cores=Cores(1))
    now = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a").iterdir()}
    assert same(whole, again) and done == [7, 1, 1, 1, 1, 1]
    assert {name for name in now if now[name] != kept[name]} == {"4-000005-5.npz"}


@pytest.mark.slow
def test_mined_crops_and_drawings_are_the_same_on_one_core_and_on_two(tmp_path: Path) -> None:
    mined, drawn = [], []
    for jobs in (1, 2):
        miner = Miner(shipped("digits.tflite"))
        folder = tmp_path / str(jobs)
        mined.append(shards.scene_crops(folder, 10, NOBODY, 5, lambda frames: None, miner, Cores(jobs)))
        drawn.append(shards.drawing_crops(folder, 10, NOBODY, 5, lambda drawings: None, Cores(jobs)))
    assert same(*mined) and len(mined[0]) and same(*drawn) and len(drawn[0]) >= 10
