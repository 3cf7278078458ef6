"""Fits how far each network is believed about a proposal (livedigits.recognition.strips.StripNetwork.weighed)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from livedigits.engines.cores import Cores
from livedigits.recognition.boxes import iou
from livedigits.recognition.fitted import logit
from livedigits.recognition.strips import StripNetwork, propose
from livedigits.recognition.writing import WritingModel, candidates, scored
from livedigits.training import Progress, silent
from livedigits.training.dataset.frame_truth import MATCH, truth_of
from livedigits.training.dataset.pools import Pool
from livedigits.training.model import logistic
from livedigits.training.model.first_look import FirstLook
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Scene
from livedigits.types import NO_DIGIT

RIDGE = 1.0
"""Penalty on squared weights: three are fitted on thousands of proposals, and it matters little."""


class Proposed(NamedTuple):
    """Proposals of one frame, (n,) each: the strip network's objectness, the classifier's; whether it is a digit."""

    objectness: np.ndarray
    classifier: np.ndarray
    is_digit: np.ndarray


class Proposer:
    """Proposes digits in rendered frames and asks both networks about them; loaded at the first frame."""

    def __init__(self, classifier: Path, strips: Path, writing: WritingModel | None):
        self.look, self.strips, self.writing = FirstLook(classifier), strips, writing
        self._network: StripNetwork | None = None

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_network": None}

    def __call__(self, scene: Scene) -> Proposed:
        """Proposals that are neither digits nor wrong, because the truth is unclear, are left out."""
        self._network = self._network or StripNetwork(self.strips, threads=1)
        regions, is_digit = self.look(scene.image)
        among = candidates(regions, is_digit)
        found = propose(scored(among, regions, is_digit, self.writing), self._network)
        if not len(found):
            return Proposed(np.empty(0), np.empty(0), np.empty(0, bool))
        read = self.look.classified(regions.of_boxes(found.layer, found.boxes))
        truth = truth_of(scene)
        match = iou(found.boxes, truth.boxes).max(1, initial=0) >= MATCH
        clear = match | ~truth.ignored(found.boxes)
        return Proposed(found.objectness[clear], 1 - read[clear, NO_DIGIT], match[clear])


def fit(proposed: Iterable[Proposed]) -> list[float]:
    """Constant, weight of the strip network's and of the classifier's log odds; [] where there is nothing to tell."""
    parts = [np.concatenate(arrays) for arrays in zip(*proposed, strict=True)]
    if not parts or not parts[2].any() or parts[2].all():
        return []
    objectness, classifier, is_digit = parts
    inputs = np.stack([np.ones(len(is_digit)), logit(objectness), logit(classifier)], 1)
    return [round(float(w), 4) for w in logistic.fit(inputs, is_digit, RIDGE)]


def fitted(
    proposer: Proposer,
    pool: Pool,
    frames: int,
    seed: int,
    progress: Progress = silent,
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> list[float]:
    """As `fit`, from so many frames of a pool's writers."""
    proposed = []
    with progress("trust", frames) as done:
        for part in render_many(frames, seed, pool.digits, pool.others, pool.backgrounds, cores=cores, then=proposer):
            proposed.append(part)
            done(1)
    return fit(proposed)
