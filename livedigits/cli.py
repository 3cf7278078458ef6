"""The command line: the group of commands and its errors. What is slow to import is imported in the commands."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from typing import Any

import click

from livedigits import __version__, process
from livedigits.commands import console, standard_output
from livedigits.commands.batch import batch
from livedigits.commands.benchmark import benchmark
from livedigits.commands.camera import camera
from livedigits.commands.corrections import corrections
from livedigits.commands.doctor import doctor
from livedigits.commands.evaluate import evaluate
from livedigits.commands.image import image
from livedigits.commands.learn import learn
from livedigits.commands.profile import profile
from livedigits.commands.standard_output import StandardOutput
from livedigits.commands.train import train
from livedigits.commands.video import video
from livedigits.commands.web import web
from livedigits.errors import LivedigitsError

TRAINING_PACKAGES = {"tensorflow": "TensorFlow", "keras": "TensorFlow", "matplotlib": "matplotlib", "jinja2": "Jinja2"}
WEB_PACKAGES = ("starlette", "uvicorn")
PHONE_PACKAGES = ("cryptography", "ifaddr", "segno")


class Commands(click.Group):
    """Makes one line of what a user can cause."""

    def main(self, args: Any = None, *rest: Any, **options: Any) -> Any:
        process.quiet_opencv()
        program = args is None  # and not called by another
        if program and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout = StandardOutput(sys.stdout)
        try:
            return super().main(args, *rest, **options)
        except OSError as error:
            if not standard_output.failed(error):
                raise
            standard_output.give_up()
            sys.exit(standard_output.tell(error))
        except SystemExit as end:
            problem = standard_output.give_up()
            code = end.code if problem is None or end.code else standard_output.tell(problem)
            if program and isinstance(code, int) and _hangs():
                # Python would wait for the driver or the network, or be aborted by what comes back from there.
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    sys.stderr.flush()
                os._exit(code)
            if code != end.code:
                sys.exit(code)
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in their order, not that of the alphabet

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=100)) for name, each in self.commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LivedigitsError as error:
            raise click.ClickException(console.line(str(error))) from error
        except BrokenPipeError as error:
            if not standard_output.failed(error):
                raise
            standard_output.give_up()
            ctx.exit(standard_output.tell(error))
        except ImportError as error:
            raise click.ClickException(_missing(error)) from error
        except KeyboardInterrupt as interrupt:
            # A camera has no end of its own: to interrupt it is how one ends it.
            number = next(iter(interrupt.args), signal.SIGINT)
            ctx.exit(0 if ctx.invoked_subcommand == "camera" else 128 + number)


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
    if package in PHONE_PACKAGES:
        return f"--phone needs {package}: pip install 'livedigits[phone]'"
    if package == "cv2" and isinstance(error, ModuleNotFoundError):
        return "OpenCV is not installed: pip install opencv-python; README says for which machines there is one"
    if package == "onnx":
        return "this needs onnx: pip install 'livedigits[train]'"
    if package == "paho":
        return "--mqtt needs paho-mqtt: pip install 'livedigits[mqtt]'"
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
    livedigits learn                           teach it your hand
    livedigits doctor                          what works here, and what to do
    """


for command in (camera, video, image, batch, corrections, benchmark, doctor, web, learn, profile, train, evaluate):
    main.add_command(command)
