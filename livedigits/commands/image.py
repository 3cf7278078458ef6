"""livedigits image."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from livedigits import process
from livedigits.commands import console, field_options
from livedigits.commands.options import Outputs, jobs_option, output_options
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.archives.pictures import PicturesRead
    from livedigits.fields.definition import FieldSet
    from livedigits.outputs import Sink
    from livedigits.outputs.images import PictureFile, PictureFolder
    from livedigits.recognition.reader import Reader, Reading
    from livedigits.sources.images import Pictures
    from livedigits.types import Frame, Result

# Pictures a process from which on it pays: each takes about half a second of a core to begin.
WORTH_IT = 8


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_options("Save annotated pictures in this folder, or one picture as this file.")
@jobs_option()
@click.option(
    "--max-memory",
    type=click.FloatRange(min=200),
    default=600,
    show_default=True,
    metavar="MB",
    help="Refuse pictures that would need more memory.",
)
@click.option(
    "--doubtful",
    metavar="FOLDER",
    help="Keep crops of the fields that somebody should look at here, with a list to correct; see `corrections`.",
)
@click.pass_context
def image(
    ctx: click.Context, paths: tuple[str, ...], outputs: Outputs, jobs: int, max_memory: float, doubtful: str | None
) -> None:
    """Read pictures and folders of pictures.

    Prints a line for each: its path and the numbers in it as one reads them, a slash between lines. In a terminal with
    a display each picture is shown until a key is pressed, unless --json or --save says where results go. Line ends in
    a path are escaped; what is no UTF-8 in it is U+FFFD in JSON. A page that lies on its side or upside down is turned,
    where several numbers say so; its line and its JSON tell by how much, and boxes are those of the turned picture.

    \b
    livedigits image one.png photos/
    livedigits image - < page.jpg
    livedigits image photos/ --save read --json read.jsonl
    livedigits image scans/ --fields form.toml --csv out.csv --doubtful look/
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
    if doubtful == "":
        raise click.BadParameter("give a name", param_hint="'--doubtful'")
    if doubtful is not None and outputs.fields is None:
        raise click.UsageError("--doubtful keeps fields: name them with --fields or --region")
    save = outputs.save
    process.allow_large_pictures()  # they are measured before they are decoded
    without = save if save and is_picture_folder(save) else None
    source = Pictures(paths, report, without, max_memory)
    for path in outputs.lines:
        protect(source.files, path)
    keep_existing(outputs.emptied, outputs.overwrite)
    named, reader = outputs.fields, outputs.reader()
    with ExitStack() as stack:
        sinks, pictures = outputs.live_sinks(stack, stills=True), _pictures(stack, outputs, paths, source.files)
        shown = not (outputs.no_window or sinks or pictures or doubtful) and sys.stdin.isatty() and sys.stdout.isatty()
        window = console.window(stack, "livedigits", quiet=True, reader=reader) if shown else None
        single = Single(reader, upright=named is None)
        look: Callable[[Frame], Reading] = single
        console.askable(window, reader, [single.take])
        fields = field_options.pictures(named, reader, outputs.min_confidence)
        saving: Sink | None = pictures
        if window is None and min(jobs, len(source.files) // WORTH_IT) > 1:
            source = read = _spread(stack, source, outputs, reader, named, pictures, jobs, report)
            look, saving = read.look, read.saving(pictures) if pictures else None
            fields = read.fields if named else None
        sinks += [saving] if saving else []
        if doubtful is not None:
            from livedigits.outputs.doubtful import Doubtful

            sinks.append(stack.enter_context(Doubtful(doubtful, paths)))
        on_result: console.OnResult = _print
        if outputs.lines:
            bar = stack.enter_context(console.progress("pictures", source.count))
            on_result = lambda result: bar(1)  # noqa: E731
        summary = run(source, look, sinks, window, fields=fields, on_result=on_result)
        # Within, so that a file for results stays as it was where there were none.
        if summary.signal or errors:
            ctx.exit(128 + summary.signal if summary.signal else 1)


def _pictures(
    stack: ExitStack, outputs: Outputs, paths: Sequence[str], files: Sequence[str]
) -> PictureFile | PictureFolder | None:
    """What --save asks for, entered."""
    from livedigits.outputs.images import picture_sink

    if not outputs.save:
        return None
    pictures = picture_sink(outputs.save, paths, files, outputs.lines, outputs.overwrite)
    stack.enter_context(pictures)
    return pictures


def _spread(
    stack: ExitStack,
    source: Pictures,
    outputs: Outputs,
    reader: Reader,
    fields: FieldSet | None,
    pictures: PictureFile | PictureFolder | None,
    jobs: int,
    report: Callable[[LivedigitsError], None],
) -> PicturesRead:
    """The pictures as processes read them; annotated, too, where `pictures` are to be saved."""
    from livedigits.archives.pictures import PictureReader, PicturesRead
    from livedigits.engines.pool import Pool

    save, profile = pictures is not None, getattr(reader.learned, "path", None)
    make = PictureReader(
        outputs.model, outputs.min_confidence, fields, save, source.max_memory, outputs.decimal, profile
    )
    pool = stack.enter_context(Pool(min(jobs, len(source.files) // WORTH_IT), make, queued=1))
    return PicturesRead(source, pool, report, pictures.suffix if pictures else lambda path: "")


def _print(result: Result) -> None:
    turned = f" (turned by {result.frame.turned}°)" if result.frame.turned else ""
    click.echo(f"{console.line(result.frame.source)}: {console.read(result)}{turned}")
