"""Training and measuring the network: for `livedigits train` and `livedigits evaluate`, not for the live path.

Handed in are data sets, strokes, backgrounds and a seed. Out come a network with its model card, and a report on it.
It may import from outputs, annotate, recognition, sources and engines. Of its own rooms evaluation may import from
model, dataset and synthesis, model from dataset and synthesis, dataset from synthesis.

What takes long tells a callback how far it is: either `done`, called with the number of steps done since the last
call, or a `Progress`, where it has several parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

Progress = Callable[[str, int], AbstractContextManager[Callable[..., Any]]]
"""From the label of a part of the work and how many steps it has: entered, a function to call with the number of steps
done since the last call and, if there is one, a note; as livedigits.outputs.progress.bar."""


@contextmanager
def silent(label: str, length: int) -> Iterator[Callable[..., Any]]:
    """The Progress that nobody watches."""
    yield lambda steps, note="": None
