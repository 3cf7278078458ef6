"""What several commands have in common: the output options, and the reader that they set up."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from livedigits.reader import Reader
    from livedigits.sinks import Sink


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


def _view_address(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    from livedigits.view import parse_address

    try:
        return parse_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def live_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that camera and video have in common, for who is not before the screen."""
    options = [
        click.option(
            "--events",
            "events_path",
            metavar="FILE",
            help="Write a JSON line when a digit or number has appeared, changed or gone; - for stdout.",
        ),
        click.option(
            "--view",
            metavar="[HOST:]PORT",
            callback=_view_address,
            help="Show the annotated picture to browsers there; on this machine only, unless HOST is named.",
        ),
    ]
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), command)


def live_sinks(
    stack: ExitStack, json_path: str | None, events_path: str | None, view: tuple[str, int] | None, append: bool = False
) -> list[Sink]:
    """What --json, --events and --view ask for, entered; says where the view is.

    Raises
    ------
    click.UsageError: both into one place
    LivedigitsError: one of them cannot be written or listened at
    """
    from livedigits.events import Events
    from livedigits.sinks import JsonLines
    from livedigits.view import View

    if json_path and events_path and os.path.abspath(json_path) == os.path.abspath(events_path):
        place = "standard output" if json_path == "-" else json_path
        raise click.UsageError(f"--json and --events cannot both go to {place}")
    sinks: list[Sink] = []
    if json_path:
        sinks.append(stack.enter_context(JsonLines(json_path, append)))
    if events_path:
        sinks.append(stack.enter_context(Events(events_path)))
    if view is not None:
        server = stack.enter_context(View(*view))
        sinks.append(server)
        click.echo(f"the view is at {server.url}", err=True)
        if not server.local:
            click.echo("note: everybody who can reach this machine over the network can watch", err=True)
    return sinks


def make_reader(model: str | None, min_confidence: float | None) -> Reader:
    """A reader with the network and the threshold asked for."""
    from livedigits.reader import Reader

    return Reader(model, min_confidence)
