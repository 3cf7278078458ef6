"""livedigits image."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.options import check_outputs, make_reader, output_options
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.outputs import Sink
    from livedigits.types import Digits, Frame


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options
@click.pass_context
def image(
    ctx: click.Context,
    paths: tuple[str, ...],
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
) -> None:
    """Read pictures and folders of pictures.

    Prints a line for each: its path and the numbers in it as one reads them, a slash between lines. In a terminal with
    a display each picture is shown until a key is pressed, unless --json or --save says where results go. Line ends in
    a path are escaped; what is no UTF-8 in it is U+FFFD in JSON.

    \b
    livedigits image one.png photos/
    livedigits image photos/ --save read --json read.jsonl
    """
    from livedigits.live.loop import run
    from livedigits.outputs.images import picture_sink
    from livedigits.outputs.jsonl import JsonLines
    from livedigits.outputs.paths import is_picture_folder, protect
    from livedigits.sources.images import Pictures

    errors: list[LivedigitsError] = []

    def report(error: LivedigitsError) -> None:
        errors.append(error)
        console.error(error)

    def result(frame: Frame, digits: Digits) -> None:
        click.echo(f"{console.line(frame.source)}: {console.numbers(digits)}")

    check_outputs(json=json_path, save=save)
    source = Pictures(paths, on_error=report, without=save if save and is_picture_folder(save) else None)
    protect(source.files, json_path)
    shown = not (no_window or json_path or save) and sys.stdin.isatty() and sys.stdout.isatty()
    reader = make_reader(model, min_confidence)
    with ExitStack() as stack:
        sinks: list[Sink] = [stack.enter_context(JsonLines(json_path))] if json_path else []
        if save:
            pictures = picture_sink(save, paths, source.files, [json_path] if json_path else [])
            stack.enter_context(pictures)
            sinks.append(pictures)
        window = console.window(stack, "livedigits", quiet=True) if shown else None
        on_frame: console.OnFrame | None = result
        if json_path:
            bar = stack.enter_context(console.progress("pictures", source.count))
            on_frame = lambda frame, digits: bar(1)  # noqa: E731
        summary = run(source, reader, sinks, window, follow=False, on_frame=on_frame)
        # Within, so that a file for results stays as it was where there were none.
        if summary.signal or errors:
            ctx.exit(128 + summary.signal if summary.signal else 1)
