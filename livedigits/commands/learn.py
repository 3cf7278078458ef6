"""livedigits learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.options import make_classifier, make_reader, profile_path
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    import numpy as np


@click.command()
@click.argument("folder", required=False, metavar="[FOLDER]")
@click.option(
    "--corrections",
    metavar="FILE",
    help="Learn from JSON Lines of pictures or videos, boxes and right digits; - for stdin.",
)
@click.option(
    "--camera",
    metavar="[SOURCE]",
    is_flag=False,
    flag_value="0",
    help="Ask for digits before a camera, in a window: its index (0 by default), device or URL.",
)
@click.option("--profile", metavar="FILE", help="The profile that learns; by default your own.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Port of the page that asks for digits.")
@click.option("--no-open", is_flag=True, help="Do not open that page in a browser.")
@click.option("--model", metavar="FILE", help="Learn for this .tflite network instead of the shipped one.")
def learn(
    folder: str | None,
    corrections: str | None,
    camera: str | None,
    profile: str | None,
    port: int | None,
    no_open: bool,
    model: str | None,
) -> None:
    """Teach it a hand: by writing 0 to 9, or pictures and what they show.

    Without FOLDER and --corrections a page asks for 0 to 9, once or up to fifteen times, shows what it saw of each, and
    says how sure it now is. With --camera a window does, before which they are held up: space takes what is seen.

    In FOLDER the subfolders 0 to 9 and none hold pictures of one digit, or mark that is none, each. A line of
    corrections has a source (a picture, or a video and a frame), and a box and a digit (null for none), or a list of
    digits with boxes, as --json writes them.

    What was learned is used by camera, video, image and web at once. livedigits profile shows it.

    \b
    livedigits learn
    livedigits learn --camera
    livedigits learn my-digits/
    livedigits learn --corrections fixed.jsonl --profile anna.npz
    """
    if sum(given is not None for given in (folder, corrections, camera)) > 1:
        raise click.UsageError("give FOLDER or --corrections or --camera, and not two of them")
    if camera is not None:
        if port is not None or no_open:
            raise click.UsageError("--port and --no-open are for the page, and --camera asks in a window")
        _ask_before(camera, profile, model)
    elif folder is None and corrections is None:
        _ask(profile, port, no_open, model)
    elif port is not None or no_open:
        raise click.UsageError("--port and --no-open are for the page, which asks where there is no FOLDER")
    else:
        _learn_given(profile_path(profile), folder, corrections, model)


def _ask(profile: str | None, port: int | None, no_open: bool, model: str | None) -> None:
    """Serves the page, which begins by asking for digits."""
    from livedigits.commands.web import listen, serve
    from livedigits.profiles.head import learning

    host = "127.0.0.1"
    reader = make_reader(model, None, profile=profile, learns=True)
    learning(reader.classifier)
    serve(listen(host, port), reader, host, (), opened=not no_open, part="#/learn")


def _ask_before(name: str, profile: str | None, model: str | None) -> None:
    """Asks for digits in a window before a camera."""
    from livedigits.live.correcting import Correcting
    from livedigits.live.course import Course
    from livedigits.live.following import Following
    from livedigits.live.loop import run
    from livedigits.live.window import Window
    from livedigits.outputs.display import display_problem
    from livedigits.profiles.head import learning
    from livedigits.sources.camera import open_camera
    from livedigits.sources.endpoints import URL

    problem = display_problem()
    if problem is not None:
        raise LivedigitsError(f"no window: {problem}; livedigits learn without --camera asks on a page")
    reader = make_reader(model, None, profile=profile, learns=True)
    learning(reader.classifier)
    course = Course.of(reader)
    assert course is not None  # the network can learn
    try:
        with (
            open_camera(name) as source,
            Window(f"livedigits: learn from camera {name}", live=True, mirror=not URL.match(name)) as window,
        ):
            window.correcting, window.course, window.say = Correcting.of(reader), course, console.say
            run(source, Following(reader), window=window, say=console.say)
    finally:
        if course.taken:
            _learned(course.counts, profile_path(profile), course.holds)
    if not course.taken:
        console.say("nothing was learned")


def _learned(counts: np.ndarray, path: Path, holds: int) -> None:
    """Says what was learned, of each digit and none, and how many samples the profile holds since."""
    click.echo(f"learned {console.samples(counts)}; {console.line(str(path))} holds {holds}")


def _learn_given(path: Path, folder: str | None, corrections: str | None, model: str | None) -> None:
    """Learns what a folder or a file of corrections holds; what cannot be read is said, and ends it with status 1."""
    from livedigits.profiles import given
    from livedigits.profiles.head import learning
    from livedigits.profiles.profile import changed

    classifier = make_classifier(model)
    learning(classifier)  # that it cannot is said before anything is read
    errors: list[LivedigitsError] = []

    def report(error: LivedigitsError) -> None:
        errors.append(error)
        console.error(error)

    with console.progress("learn", None) as done:
        if folder is not None:
            samples = given.of_folder(Path(folder), report, done)
        else:
            assert corrections is not None
            samples = given.of_corrections(corrections, report, done)
    if not len(samples):
        raise LivedigitsError(f"nothing to learn in {folder or corrections}")
    profile = changed(path, lambda found: found.with_samples(found.samples.joined(samples)), classifier)
    _learned(samples.counts, path, len(profile.samples))
    if errors:
        click.get_current_context().exit(1)
