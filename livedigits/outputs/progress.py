"""Progress in a terminal: the bar that commands and training tools show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def bar(label: str, length: int, log: bool = False) -> Iterator[Callable[..., Any]]:
    """A bar on standard error; nothing where that is not a terminal, or with `log` the label alone.

    Parameters
    ----------
    label : one line
    length : how many steps there will be

    Returns
    -------
    a function to call with the number of steps done since the last call and, if there is one, a note to show
    """
    if not length or not (log or sys.stderr.isatty()):
        yield lambda steps, note="": None
        return
    with click.progressbar(
        length=length,
        label=label,
        file=sys.stderr,
        item_show_func=lambda note: note or None,
        update_min_steps=max(1, length // 200),
    ) as shown:
        yield lambda steps, note="": shown.update(steps, note)
