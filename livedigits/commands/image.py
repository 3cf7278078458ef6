"""livedigits image."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.field_options import pictures
from livedigits.commands.options import Outputs, output_options
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.outputs import Sink
    from livedigits.types import Result


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("Save annotated pictures in this folder, or one picture as this file.")
@click.pass_context
def image(ctx: click.Context, paths: tuple[str, ...], outputs: Outputs) -> None:
    """Read pictures and folders of pictures.

    Prints a line for each: its path and the numbers in it as one reads them, a slash between lines. In a terminal with
    a display each picture is shown until a key is pressed, unless --json or --save says where results go. Line ends in
    a path are escaped; what is no UTF-8 in it is U+FFFD in JSON.

    \b
    livedigits image one.png photos/
    livedigits image - < page.jpg
    livedigits image photos/ --save read --json read.jsonl
    """
    from livedigits.live.following import Single
    from livedigits.live.loop import run
    from livedigits.outputs.paths import is_picture_folder, keep_existing, protect
    from livedigits.sources.images import Pictures

    errors: list[LivedigitsError] = []

    def report(error: LivedigitsError) -> None:
        errors.append(error)
        console.error(error)

    outputs.check()
    save = outputs.save
    source = Pictures(paths, on_error=report, without=save if save and is_picture_folder(save) else None)
    for path in outputs.lines:
        protect(source.files, path)
    keep_existing(outputs.emptied, outputs.overwrite)
    named, reader = outputs.fields, outputs.reader()
    look, fields = Single(reader), pictures(named, reader, outputs.min_confidence)
    with ExitStack() as stack:
        sinks = _sinks(stack, outputs, paths, source.files)
        shown = not (outputs.no_window or sinks) and sys.stdin.isatty() and sys.stdout.isatty()
        window = console.window(stack, "livedigits", quiet=True) if shown else None
        on_result: console.OnResult = _print
        if outputs.lines:
            bar = stack.enter_context(console.progress("pictures", source.count))
            on_result = lambda result: bar(1)  # noqa: E731
        summary = run(source, look, sinks, window, fields=fields, on_result=on_result)
        # Within, so that a file for results stays as it was where there were none.
        if summary.signal or errors:
            ctx.exit(128 + summary.signal if summary.signal else 1)


def _sinks(stack: ExitStack, outputs: Outputs, paths: Sequence[str], files: Sequence[str]) -> list[Sink]:
    """What the output options ask for, entered."""
    from livedigits.outputs.images import picture_sink

    sinks = outputs.live_sinks(stack, stills=True)
    if outputs.save:
        pictures = picture_sink(outputs.save, paths, files, outputs.lines, outputs.overwrite)
        stack.enter_context(pictures)
        sinks.append(pictures)
    return sinks


def _print(result: Result) -> None:
    click.echo(f"{console.line(result.frame.source)}: {console.read(result)}")
