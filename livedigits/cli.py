"""The command line: the group of commands and its errors. What is slow to import is imported in the commands."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import sys
import traceback
from typing import Any

import click

from livedigits import __version__, process
from livedigits.commands import console
from livedigits.commands.benchmark import benchmark
from livedigits.commands.camera import camera
from livedigits.commands.doctor import doctor
from livedigits.commands.image import image
from livedigits.commands.video import video
from livedigits.errors import LivedigitsError, OutputError

LATE = {  # where each command is that needs packages of its own, and its line in the help
    "web": ("livedigits.commands.web", "Open the page: draw digits, use the browser's camera, drop files."),
    "train": ("livedigits.commands.train", "Train the network and export it."),
    "evaluate": ("livedigits.commands.evaluate", "Measure a network."),
}
TRAINING_PACKAGES = {"tensorflow": "TensorFlow", "keras": "TensorFlow", "matplotlib": "matplotlib"}
WEB_PACKAGES = ("starlette", "uvicorn")


class Commands(click.Group):
    """Loads the page and training commands when they are called, and makes one line of what a user can cause."""

    def main(self, args: Any = None, *rest: Any, **options: Any) -> Any:
        process.quiet_opencv()
        program = args is None  # and not called by another
        if program and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # any file name can be printed, as to standard error
        try:
            return super().main(args, *rest, **options)
        except OSError as error:
            if not _was_printed(error):
                raise
            _given_up()
            sys.exit(_told(error))
        except SystemExit as end:
            problem = _given_up()
            code = end.code if problem is None or end.code else _told(problem)
            if program and isinstance(code, int) and _hangs():
                # Python would wait for the driver or the network, or be aborted by what comes back from there.
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    sys.stderr.flush()
                os._exit(code)
            if code != end.code:
                sys.exit(code)
            raise

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
            raise click.ClickException(console.line(str(error))) from error
        except ImportError as error:
            raise click.ClickException(_missing(error)) from error
        except KeyboardInterrupt as interrupt:
            # A camera has no end of its own: to interrupt it is how one ends it.
            number = next(iter(interrupt.args), signal.SIGINT)
            ctx.exit(0 if ctx.invoked_subcommand == "camera" else 128 + number)


def _was_printed(error: OSError) -> bool:
    """Whether an error comes from printing to standard output, which click does everywhere."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(frame.f_code is click.echo.__code__ and not frame.f_locals["err"] for frame in frames)


def _given_up() -> OSError | None:
    """Why standard output did not take all that was written; the rest is dropped, as Python would try it again."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except ValueError:  # it is closed
        return None
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
        return error
    return None


def _told(problem: OSError) -> int:
    """Prints what is wrong with standard output, but not that its reader has gone; returns the exit status."""
    if not isinstance(problem, BrokenPipeError):
        console.error(OutputError("-", problem.strerror))
    return 1


def _hangs() -> bool:
    """Whether a camera or stream that was closed does not give way."""
    feed = sys.modules.get("livedigits.sources.feed")
    return feed is not None and feed.hanging()


def _missing(error: ImportError) -> str:
    """What to do about a package or system library that is not there; anything else is raised again."""
    package = (error.name or "").split(".")[0]
    if package in TRAINING_PACKAGES:
        return f"this needs {TRAINING_PACKAGES[package]}: pip install 'livedigits[train]'"
    if package in WEB_PACKAGES:
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
    livedigits doctor                          what works here, and what to do
    """


for command in (camera, video, image, benchmark, doctor):
    main.add_command(command)
