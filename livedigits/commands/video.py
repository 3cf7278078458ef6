"""livedigits video."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livedigits import console
from livedigits.commands.options import make_reader, output_options
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.live import Summary
    from livedigits.reader import Reader
    from livedigits.sinks import Sink
    from livedigits.window import Window


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@output_options
@click.pass_context
def video(
    ctx: click.Context,
    files: tuple[str, ...],
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
) -> None:
    """Read video files, each frame of them, and sum up what was read.

    With several files, --save is a folder.

    \b
    livedigits video desk.mp4
    livedigits video desk.mp4 --no-window --json desk.jsonl --save desk-read.mp4
    livedigits video *.mp4 --no-window --save read
    """
    from livedigits.outputs import protect, video_targets
    from livedigits.sinks import JsonLines

    protect(files, json_path)
    targets: list[Path | None] = [*video_targets(save, files)] if save else [None] * len(files)
    reader = make_reader(model, min_confidence)
    failed = False
    with ExitStack() as stack:
        sinks: list[Sink] = [stack.enter_context(JsonLines(json_path))] if json_path else []
        window = None if no_window else console.window(stack, "livedigits")
        for file, target in zip(files, targets, strict=True):
            summary, error = _read_video(file, reader, sinks, target, window)
            if error is not None:
                failed = True
                click.echo(f"Error: {error}", err=True)
            if summary.frames:
                click.echo(f"{file}: {console.speed(summary)}; {console.tracks(summary)}", err=json_path == "-")
            if target is not None and target.exists():
                click.echo(f"annotated: {target}", err=True)
            if summary.signal:
                ctx.exit(128 + summary.signal)
            if summary.closed:
                break
    ctx.exit(1 if failed else 0)


def _read_video(
    file: str, reader: Reader, sinks: list[Sink], target: Path | None, window: Window | None
) -> tuple[Summary, LivedigitsError | None]:
    """Reads one video; the error that ended it early is returned with what was read until then."""
    from livedigits.live import Summary, run
    from livedigits.sinks import VideoFile
    from livedigits.sources import open_video

    summary = Summary()
    try:
        with ExitStack() as stack:
            source = stack.enter_context(open_video(file))
            if target is not None:
                # A browser's recording says nothing true about its rate: then its frames' times decide.
                sinks = [*sinks, stack.enter_context(VideoFile(target, source.fps, true_time=source.fps is None))]
            bar = stack.enter_context(console.progress(source.count if window is None else None, Path(file).name))
            run(source, reader, sinks, window, on_frame=bar, summary=summary)
    except LivedigitsError as error:
        return summary, error
    return summary, None
