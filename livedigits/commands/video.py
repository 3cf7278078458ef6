"""livedigits video."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from livedigits.commands import console
from livedigits.commands.options import check_outputs, live_options, live_sinks, make_reader, output_options
from livedigits.errors import LivedigitsError, OutputError

if TYPE_CHECKING:
    from livedigits.live.loop import Summary
    from livedigits.live.window import Window
    from livedigits.outputs import Sink
    from livedigits.outputs.resume import Done
    from livedigits.recognition.reader import Reader


class _Part(NamedTuple):
    """Which frames of each file are read: from start on and before end, in s, and each so-manieth."""

    start: float | None
    end: float | None
    every: int


def _seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Seconds of "90", "1:30", "1:02:03.5"."""
    if value is None:
        return None
    match = re.fullmatch(r"(?:(?:(\d+):(?=\d\d?:))?(\d+):)?(\d+(?:\.\d+)?)", value)
    hours, minutes, seconds = (float(part or 0) for part in match.groups()) if match else (0.0, 0.0, math.inf)
    if (":" in value and seconds >= 60) or (hours and minutes >= 60) or math.isinf(seconds):
        raise click.BadParameter("give seconds or [HH:]MM:SS, such as 90, 1:30 or 1:02:03.5")
    return hours * 3600 + minutes * 60 + seconds


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@output_options
@live_options
@click.option("--start", metavar="TIME", callback=_seconds, help="Begin there: seconds, or [HH:]MM:SS.")
@click.option("--end", metavar="TIME", callback=_seconds, help="End before it: seconds, or [HH:]MM:SS.")
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Read each Nth frame only.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with an interrupted run, behind what its --json FILE holds; needs that, and goes without --save and "
    "--events.",
)
@click.pass_context
def video(
    ctx: click.Context,
    files: tuple[str, ...],
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
    events_path: str | None,
    view: tuple[str, int] | None,
    start: float | None,
    end: float | None,
    every: int,
    resume: bool,
) -> None:
    """Read video files, each frame of them, and sum up what was read.

    In a window, and with --view, a file plays at its own speed; otherwise it is read as fast as can be. With several
    files, --save is a folder.

    \b
    livedigits video desk.mp4
    livedigits video desk.mp4 --no-window --json desk.jsonl --save desk-read.mp4
    livedigits video desk.mp4 --start 1:30 --end 2:00 --every 5
    livedigits video *.mp4 --no-window --json read.jsonl --resume
    """
    from livedigits.outputs.paths import protect, video_targets

    if end is not None and end <= (start or 0.0):
        raise click.UsageError("--end must be after --start")
    if resume:
        _check_resume(json_path, save, events_path)
    check_outputs(json=json_path, events=events_path, save=save)
    for path in (json_path, events_path):
        protect(files, path)
    part = _Part(start, end, every)
    left = _left(files, json_path if resume else None, part)
    targets: list[Path | None] = [*video_targets(save, files)] if save else [None] * len(files)
    for path in map(str, filter(None, targets)):
        check_outputs(json=json_path, events=events_path, save=path)
    reader = make_reader(model, min_confidence)
    failed = False
    with ExitStack() as stack:
        sinks = live_sinks(stack, json_path, events_path, view, append=resume)

        @functools.cache
        def window() -> Window | None:  # not before there is something to show: errors come without a notice about it
            return None if no_window else console.window(stack, "livedigits", quiet=view is not None)

        for (file, done, over), target in zip(left, targets, strict=True):
            if over and done is None:
                failed = True
                problem = f"{file} is not in {json_path}, and later files are: read it in another run"
                console.error(LivedigitsError(problem))
            if over:
                continue
            summary, error = _read_video(file, reader, sinks, target, window, part, done, paced=view is not None)
            if error is not None:
                failed = True
                console.error(error)
            if summary.frames:
                said = f"{console.line(file)}: {console.speed(summary)}; {console.tracks(summary)}"
                click.echo(said, err="-" in (json_path, events_path))
            elif done is not None and error is None and not summary.signal:
                click.echo(f"{console.line(file)}: nothing was left to read", err=True)
            if target is not None and summary.frames and not isinstance(error, OutputError):
                click.echo(f"annotated: {console.line(str(target))}", err=True)
            if summary.signal:
                ctx.exit(128 + summary.signal)
            if summary.closed or (isinstance(error, OutputError) and error.path in (json_path, events_path)):
                break
        if failed:  # within, so that files for results stay as they were where there were none
            ctx.exit(1)


def _check_resume(json_path: str | None, save: str | None, events_path: str | None) -> None:
    if not json_path or json_path == "-":
        raise click.UsageError("--resume needs --json FILE, the file of the run that was interrupted")
    if save:
        raise click.UsageError("--resume cannot go on with an annotated video: leave --save out")
    if events_path:
        raise click.UsageError("--resume cannot go on with events: leave --events out")


def _left(files: Sequence[str], resumed: str | None, part: _Part) -> list[tuple[str, Done | None, bool]]:
    """Each file, what an interrupted run has read of it, and whether that run was done with it."""
    if resumed is None:
        return [(file, None, False) for file in files]
    from livedigits.outputs.resume import left_to_read

    left = left_to_read(resumed, files, part.start, part.every)
    for file, done, over in left:
        if done is not None:
            click.echo(
                f"{console.line(file)}: {'read before' if over else f'goes on after frame {done.last}'}", err=True
            )
    return left


def _read_video(
    file: str,
    reader: Reader,
    sinks: list[Sink],
    target: Path | None,
    window: Callable[[], Window | None],
    part: _Part,
    done: Done | None,
    paced: bool,
) -> tuple[Summary, LivedigitsError | None]:
    """Reads one video; the error that ended it early is returned with what was read until then."""
    from livedigits.live.loop import Summary, run
    from livedigits.outputs.video import VideoFile
    from livedigits.sources.video import open_video

    summary = Summary()
    try:
        with ExitStack() as stack:
            source = stack.enter_context(open_video(file, *part, done.last if done else -1))
            shown = window()
            if target is not None:
                # A browser's recording says nothing true about its rate: then its frames' times decide.
                timed = source.fps is None or part.every > 1
                sinks = [*sinks, stack.enter_context(VideoFile(target, source.fps, true_time=timed))]
            bar = stack.enter_context(console.progress(Path(file).name, source.count if shown is None else None))
            tracks = done.tracks if done else 0
            run(
                source,
                reader,
                sinks,
                shown,
                paced=paced,
                tracks=tracks,
                on_frame=lambda frame, digits: bar(1),
                summary=summary,
            )
    except LivedigitsError as error:
        return summary, error
    return summary, None
