"""Many frames, rendered on all cores of a machine or on a cluster: the same, in the same order, as on one core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.engines.cores import Cores
from livedigits.training.synthesis.scenes import Scene, render
from livedigits.training.synthesis.strokes import Character

TASK = 4
"""Frames a task where only what is made of them travels: some tenths of a second, against a few ms to hand it over."""


@dataclass(frozen=True)
class Renderer:
    """Makes the function that renders the frames of some indices in a process; frame i depends on seed and i alone.

    digits, others, backgrounds, options : as of render
    then : is called with each Scene, and its result is given instead
    """

    seed: int
    digits: Sequence[Character] | None
    others: Sequence[Character] | None
    backgrounds: Sequence[str | Path] | None
    then: Callable[[Scene], Any] | None
    options: dict[str, Any]

    def __call__(self) -> Callable[[Sequence[int]], list[Any]]:
        return lambda indices: [self._one(index) for index in indices]

    def _one(self, index: int) -> Any:
        rng = np.random.default_rng([self.seed, index])
        scene = render(rng, self.digits, self.others, self.backgrounds, **self.options)
        return self.then(scene) if self.then else scene


def render_many(
    frames: int | Iterable[int],
    seed: int,
    digits: Sequence[Character] | None = None,
    others: Sequence[Character] | None = None,
    backgrounds: Sequence[str | Path] | None = None,
    *,
    cores: Cores = Cores(),  # noqa: B008  # frozen
    then: Callable[[Scene], Any] | None = None,
    **options: Any,
) -> Iterator[Any]:
    """The first frames of a seed, or those of some indices, in order; the same as stream gives, on however many cores.

    then : a function of a module, called with each Scene in the process that rendered it; its result comes instead of
        the Scene, so that only crops and not frames travel between processes
    options : as of render
    """
    indices = list(range(frames)) if isinstance(frames, int) else list(frames)
    size = TASK if then else 1
    tasks = [indices[i : i + size] for i in range(0, len(indices), size)]
    for made in cores.map(Renderer(seed, digits, others, backgrounds, then, options), tasks):
        yield from made
