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
from livedigits.commands.field_options import drawing, watching
from livedigits.commands.options import Outputs, jobs_option, output_options
from livedigits.errors import LivedigitsError, OutputError

if TYPE_CHECKING:
    from livedigits.commands.field_options import ReadFields
    from livedigits.fields.drawing import Drawing
    from livedigits.live.playing import Playing
    from livedigits.live.summary import Summary
    from livedigits.live.window import Window
    from livedigits.outputs import Sink
    from livedigits.outputs.resume import Done
    from livedigits.recognition.reader import Reader
    from livedigits.sources import Source
    from livedigits.types import Result


# Threads that scan frames ahead: what must go in order takes about a third of a frame's time, so more would wait.
MOST_THREADS = 3


class _Part(NamedTuple):
    """Which frames of each file are read: from start on and before end, in s, and of these every nth."""

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
@click.argument("files", nargs=-1, metavar="FILE...")
@output_options("Save an annotated video; of several files, a folder of them.", live=True)
@click.option("--sample", is_flag=True, help="Read the sample video that comes with livedigits.")
@click.option("--start", metavar="TIME", callback=_seconds, help="Begin there: seconds, or [HH:]MM:SS.")
@click.option("--end", metavar="TIME", callback=_seconds, help="End before it: seconds, or [HH:]MM:SS.")
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Read every Nth frame only.")
@jobs_option()
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
    outputs: Outputs,
    sample: bool,
    start: float | None,
    end: float | None,
    every: int,
    jobs: int,
    resume: bool,
) -> None:
    """Read video files, each frame of them, and sum up what was read.

    FILE may be - for standard input: any container that can be read as it comes, and MP4 files. In a window, and with
    --view, a file plays at its own speed; otherwise it is read as fast as can be. With several
    files, --save is a folder.

    \b
    livedigits video --sample
    livedigits video desk.mp4 --no-window --json desk.jsonl --save desk-read.mp4
    ffmpeg -i rtsp://host/stream -f mpegts - | livedigits video - --no-window
    livedigits video desk.mp4 --start 1:30 --end 2:00 --every 5
    livedigits video *.mp4 --no-window --json read.jsonl --resume
    """
    if end is not None and end <= (start or 0.0):
        raise click.UsageError("--end must be after --start")
    if bool(files) == sample:
        raise click.UsageError("give files or --sample, not both" if files else "give video files, or --sample")
    if sample:
        from livedigits.sources.sample import sample_video

        files = (sample_video(),)
    part = _Part(start, end, every)
    runs = _runs(files, outputs, part, resume)
    failed = False
    with ExitStack() as stack:
        videos = _Videos(stack, outputs, part, jobs, append=resume)
        for job in runs:
            if job.over:
                if job.done is None:
                    failed = True
                    problem = f"{job.file} is not in {outputs.json_path}, and later files are: read it in another run"
                    console.error(LivedigitsError(problem))
                continue
            summary, error = videos.read(job)
            failed |= error is not None
            _tell(job, outputs, part, summary, error)
            if summary.signal:
                ctx.exit(128 + summary.signal)
            if summary.closed or (isinstance(error, OutputError) and error.path in outputs.lines):
                break
        if failed:  # within, so that files for results stay as they were where there were none
            ctx.exit(1)


class _Run(NamedTuple):
    """A file, what an interrupted run has read of it, whether that run was done with it, and its annotated video."""

    file: str
    done: Done | None
    over: bool
    target: Path | None


def _runs(files: Sequence[str], outputs: Outputs, part: _Part, resume: bool) -> list[_Run]:
    """What is to be done with each file; raises click.UsageError or LivedigitsError where that cannot be."""
    from livedigits.outputs.paths import keep_existing, protect, video_targets

    if resume:
        _check_resume(files, outputs)
    outputs.check()
    for path in outputs.lines:
        protect(files, path)
    left = _left(files, outputs.json_path if resume else None, part)
    targets: list[Path | None] = [*video_targets(outputs.save, files)] if outputs.save else [None] * len(files)
    for path in map(str, filter(None, targets)):
        outputs.check(save=path)
    keep_existing([*(() if resume else outputs.emptied), *targets], outputs.overwrite)
    return [_Run(*each, target) for each, target in zip(left, targets, strict=True)]


def _check_resume(files: Sequence[str], outputs: Outputs) -> None:
    if not outputs.json_path or outputs.json_path == "-":
        raise click.UsageError("--resume needs --json FILE, the file of the run that was interrupted")
    if "-" in files:
        raise click.UsageError("--resume cannot go on with standard input: name files")
    if outputs.save:
        raise click.UsageError("--resume cannot go on with an annotated video: leave --save out")
    if outputs.events_path:
        raise click.UsageError("--resume cannot go on with events: leave --events out")


def _left(files: Sequence[str], resumed: str | None, part: _Part) -> list[tuple[str, Done | None, bool]]:
    """Each file, what an interrupted run has read of it, and whether that run was done with it."""
    if resumed is None:
        return [(file, None, False) for file in files]
    from livedigits.outputs.resume import left_to_read

    left = left_to_read(resumed, files, part.start, part.every)
    for file, done, over in left:
        if done is not None:
            console.say(f"{console.line(file)}: {'read before' if over else f'goes on after frame {done.last}'}")
    return left


class _Videos:
    """Reads one video after the other into the same outputs and the same window."""

    def __init__(self, stack: ExitStack, outputs: Outputs, part: _Part, jobs: int, append: bool) -> None:
        self._stack = stack
        self._outputs = outputs
        self._part = part
        self._threads = min(jobs - 1, MOST_THREADS)
        # With threads that scan, a second one of the network is waited for longer than it works.
        self._named, self._reader = outputs.fields, outputs.reader(threads=1 if self._threads else None)
        self._sinks = outputs.live_sinks(stack, append)
        self._drawing: Drawing | None = None  # of the window's fields

    @functools.cached_property
    def _window(self) -> Window | None:
        if self._outputs.no_window:
            return None
        window = console.window(self._stack, "livedigits", quiet=self._outputs.view is not None, reader=self._reader)
        if window is not None:
            path, confidence = self._outputs.fields_path, self._outputs.min_confidence
            window.fields = self._drawing = drawing(self._named, path, self._reader, confidence)
        return window

    def read(self, job: _Run) -> tuple[Summary, LivedigitsError | None]:
        """Reads one video; the error that ended it early is returned with what was read until then."""
        from livedigits.live.following import Following
        from livedigits.live.loop import run
        from livedigits.live.summary import Summary

        summary = Summary()
        look = Following(self._reader, job.done.tracks if job.done else 0)
        start = self._part.start
        try:
            while True:
                with ExitStack() as stack:
                    source = stack.enter_context(self._open(job, start))
                    window = self._window  # not before there is something to show: errors come without a notice
                    console.askable(window, self._reader, [look.take, self._take])
                    playing = self._playing(job, source)
                    fields = self._fields()
                    sinks = [*self._sinks, *self._annotated(stack, job, source)]
                    length = source.count if window is None else None
                    bar = stack.enter_context(console.progress(Path(job.file).name, length))
                    paced = self._outputs.view is not None
                    run(
                        source,
                        look,
                        sinks,
                        window,
                        fields=fields,
                        paced=paced,
                        on_result=functools.partial(_step, bar),
                        summary=summary,
                        threads=0 if window else self._threads,
                    )
                if playing is None or playing.jump is None or summary.closed:
                    return summary, None
                start, playing.jump = playing.jump, None
                look.jump()
        except LivedigitsError as error:
            return summary, error

    def _open(self, job: _Run, start: float | None) -> Source:
        """The frames of a video from this time on."""
        from livedigits.sources.ranges import open_range
        from livedigits.sources.video import open_video

        if start == self._part.start:
            return open_video(job.file, *self._part, job.done.last if job.done else -1)
        return open_range(job.file, start or 0.0, self._part.end, self._part.every)

    def _playing(self, job: _Run, source: Source) -> Playing | None:
        """What the window's keys do with the video; of what is saved nothing is left out or repeated."""
        from livedigits.live.playing import Playing
        from livedigits.sources.standard_input import NAME

        window, rate, count = self._window, source.fps, source.count
        saves = bool(self._sinks) or job.target is not None or job.file == NAME
        if window is None or saves:
            return None
        if window.playing is None or window.playing.name != job.file:
            begin = self._part.start or 0.0
            end = begin + count / rate if rate and count else (self._part.end or begin)
            window.playing = Playing(job.file, begin, end, rate)
        return window.playing

    def _take(self, reader: Reader) -> None:
        self._reader = reader

    def _fields(self) -> ReadFields | None:
        """What reads the fields of the next video; those that were drawn before are among them."""
        if self._drawing is None:
            return watching(self._named, self._reader, self._outputs.min_confidence)
        self._drawing.restart()
        return self._drawing

    def _annotated(self, stack: ExitStack, job: _Run, source: Source) -> list[Sink]:
        from livedigits.outputs.video import VideoFile

        if job.target is None:
            return []
        # A browser's recording says nothing true about its rate: then its frames' times decide.
        timed = source.fps is None or self._part.every > 1
        return [stack.enter_context(VideoFile(job.target, source.fps, true_time=timed))]


def _step(bar: Callable[..., object], result: Result) -> None:
    bar(1)


def _tell(job: _Run, outputs: Outputs, part: _Part, summary: Summary, error: LivedigitsError | None) -> None:
    """Says what came of a video."""
    from livedigits.live.pace import place

    if error is not None:
        console.error(error)
    if summary.frames:
        stopped = part.end is not None or summary.signal or summary.closed
        until = f", up to {place(summary.until)}" if stopped else ""
        said = f"{console.line(job.file)}: {console.speed(summary)}{until}; {console.sum_up(summary)}"
        click.echo(said, err="-" in outputs.lines)
    elif job.done is not None and error is None and not summary.signal:
        console.say(f"{console.line(job.file)}: nothing was left to read")
    if job.target is not None and summary.frames and not isinstance(error, OutputError):
        console.say(f"annotated: {console.line(str(job.target))}")
