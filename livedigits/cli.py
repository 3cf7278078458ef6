"""The command line: parses, calls the library, reports. What is slow to import is imported in the commands."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livedigits import __version__, console
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.digits import Digits
    from livedigits.live import Summary
    from livedigits.reader import Reader
    from livedigits.sinks import Sink
    from livedigits.sources import Frame
    from livedigits.window import Window

LATE = {  # where each command is that needs packages of its own, and its line in the help
    "web": ("livedigits.web.command", "Open the page: draw digits, use the browser's camera, drop files."),
    "train": ("livedigits.training.commands", "Train the network and export it."),
    "evaluate": ("livedigits.training.commands", "Measure a network."),
}
TRAINING_PACKAGES = ("tensorflow", "keras", "matplotlib", "scipy")
WEB_PACKAGES = ("starlette", "uvicorn")


class Commands(click.Group):
    """Loads the page and training commands when they are called, and makes one line of what a user can cause."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *(name for name in LATE if name not in self.commands)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in LATE and name not in self.commands:
            self.add_command(getattr(importlib.import_module(LATE[name][0]), name), name)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Not through get_command(): the help must neither need nor wait for what these commands need.
        texts = {name: command.get_short_help_str(limit=100) for name, command in self.commands.items()}
        texts |= {name: text for name, (_, text) in LATE.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, texts[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LivedigitsError as error:
            raise click.ClickException(str(error)) from error
        except ImportError as error:
            raise click.ClickException(_missing(error)) from error
        except KeyboardInterrupt:
            # A camera has no end of its own: to interrupt it is how one ends it.
            ctx.exit(0 if ctx.invoked_subcommand == "camera" else 130)


def _missing(error: ImportError) -> str:
    """What to do about a package or system library that is not there; anything else is raised again."""
    if error.name and error.name.split(".")[0] in TRAINING_PACKAGES:
        return "training needs TensorFlow: pip install 'livedigits[train]'"
    if error.name and error.name.split(".")[0] in WEB_PACKAGES:
        return "the page needs Starlette and uvicorn: pip install 'livedigits[web]'"
    if "cannot open shared object file" in str(error):
        library = str(error).split(":")[0]
        packages = "libgl1 libglib2.0-0" if library.startswith(("libGL", "libgthread", "libglib")) else "what has it"
        return f"OpenCV cannot load, {library} is missing; on Debian and Ubuntu: sudo apt-get install {packages}"
    raise error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version.")
def main() -> None:
    """Read handwritten digits, live: from a camera, from videos, from pictures.

    \b
    livedigits camera                          the first camera, in a window
    livedigits camera rtsp://host/stream       a network camera
    livedigits video desk.mp4 --save out.mp4   a video, and an annotated one
    livedigits image photo.jpg scans/          pictures and folders of pictures
    livedigits camera --json - --no-window     results for another program
    livedigits web                             the page: draw, camera, files
    """


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


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise click.BadParameter("give width and height in pixels, such as 1280x720")
    return int(width), int(height)


@main.command()
@click.argument("name", default="0", metavar="[SOURCE]")
@output_options
@click.option("--no-mirror", is_flag=True, help="Show the picture as the camera sees it, not as a mirror does.")
@click.option("--size", metavar="WxH", callback=_size, help="Ask the camera for this size, such as 1280x720.")
def camera(
    name: str,
    json_path: str | None,
    save: str | None,
    no_window: bool,
    model: str | None,
    min_confidence: float | None,
    no_mirror: bool,
    size: tuple[int, int] | None,
) -> None:
    """Read from a camera or a network stream, until q or Ctrl-C.

    SOURCE is the index of a camera (0 by default), a device path, or an rtsp:// or http:// URL. Without a window and
    without --json, digits are printed as they change.

    \b
    livedigits camera 1 --size 1280x720
    livedigits camera --no-window --json - | jq .digits
    """
    from livedigits.live import Summary, run
    from livedigits.outputs import camera_target
    from livedigits.sinks import JsonLines, VideoFile
    from livedigits.sources import open_camera

    reader = _reader(model, min_confidence)
    with ExitStack() as stack:
        source = stack.enter_context(open_camera(name, size))
        sinks: list[Sink] = [stack.enter_context(JsonLines(json_path))] if json_path else []
        if save:
            sinks.append(stack.enter_context(VideoFile(camera_target(save), true_time=True)))
        window = (
            None if no_window else console.window(stack, f"livedigits: camera {name}", live=True, mirror=not no_mirror)
        )
        printed = console.print_changes() if window is None and not json_path else None
        summary = Summary()
        try:
            run(source, reader, sinks, window, on_frame=printed, summary=summary)
        finally:
            click.echo(f"camera {name}: {console.speed(summary)}, {summary.dropped} dropped", err=True)


@main.command()
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
    reader = _reader(model, min_confidence)
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


@main.command()
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

    Prints a line for each: its path and its digits as one reads them, with a slash between lines. In a terminal with
    a display each picture is shown until a key is pressed, unless --json or --save says where results go.

    \b
    livedigits image one.png photos/
    livedigits image photos/ --save read --json read.jsonl
    """
    from livedigits.live import run, text
    from livedigits.outputs import picture_sink, protect
    from livedigits.pictures import Pictures
    from livedigits.sinks import JsonLines

    errors: list[LivedigitsError] = []

    def report(error: LivedigitsError) -> None:
        errors.append(error)
        click.echo(f"Error: {error}", err=True)

    def result(frame: Frame, digits: Digits) -> None:
        click.echo(f"{frame.source}: {text(digits)}")

    source = Pictures(paths, on_error=report)
    protect(source.files, json_path)
    shown = not (no_window or json_path or save) and sys.stdin.isatty() and sys.stdout.isatty()
    reader = _reader(model, min_confidence)
    with ExitStack() as stack:
        sinks: list[Sink] = [stack.enter_context(JsonLines(json_path))] if json_path else []
        if save:
            pictures = picture_sink(save, paths, source.files)
            stack.enter_context(pictures)
            sinks.append(pictures)
        window = console.window(stack, "livedigits", quiet=True) if shown else None
        on_frame: console.OnFrame | None = result
        if json_path:
            on_frame = stack.enter_context(console.progress(source.count, "pictures"))
        summary = run(source, reader, sinks, window, follow=False, on_frame=on_frame)
    if summary.signal:
        ctx.exit(128 + summary.signal)
    ctx.exit(1 if errors else 0)


@main.command()
@click.argument("file", required=False)
@click.option("--json", "json_path", metavar="FILE", help="Write the figures as JSON, too; - for stdout.")
@click.option("--model", metavar="FILE", help="Measure with this .tflite network instead of the shipped one.")
def benchmark(file: str | None, json_path: str | None, model: str | None) -> None:
    """Measure how fast videos are read here, on FILE or on the sample video.

    Times are in milliseconds a frame: the median, and the 99th percentile, which one frame in a hundred exceeds.
    """
    from livedigits.benchmark import measure, sample_video, table, write

    figures = measure(file or sample_video(), model)
    if json_path:
        write(figures, json_path)
    if json_path != "-":
        click.echo(table(figures))


def _reader(model: str | None, min_confidence: float | None) -> Reader:
    from livedigits.reader import Reader

    return Reader(model, min_confidence)
