"""The options that the tools `python -m livedigits.training...` have in common: what frames are rendered from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import click


def frames_options(frames: int, seed: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--strokes, --backgrounds, --frames and --seed, with these defaults."""
    options = [
        click.option(
            "--strokes", multiple=True, type=click.Path(path_type=Path), help="Pen strokes, .npz; repeatable."
        ),
        click.option("--backgrounds", type=click.Path(path_type=Path), help="Folder of photos to put the pages into."),
        click.option("--frames", type=click.IntRange(1), default=frames, show_default=True, help="Rendered frames."),
        click.option("--seed", default=seed, show_default=True, help="Another seed, other frames."),
    ]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate
