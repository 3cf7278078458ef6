"""What several commands have in common: the output options, and the reader that they set up."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from livedigits.reader import Reader


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that camera, video and image have in common."""
    options = [
        click.option("--json", "json_path", metavar="FILE", help="Write JSON Lines, one object a frame; - for stdout."),
        click.option("--save", metavar="PATH", help="Save annotated: a video, or a folder (of pictures)."),
        click.option("--no-window", is_flag=True, help="Show no window."),
        click.option("--model", metavar="FILE", help="Read with this .tflite network instead of the shipped one."),
        click.option(
            "--min-confidence",
            type=click.FloatRange(0, 1),
            metavar="P",
            help="Show digits of at least this confidence, 0 to 1; by default what suits the network.",
        ),
    ]
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


def make_reader(model: str | None, min_confidence: float | None) -> Reader:
    """A reader with the network and the threshold asked for."""
    from livedigits.reader import Reader

    return Reader(model, min_confidence)
