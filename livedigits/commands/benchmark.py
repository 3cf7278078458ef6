"""livedigits benchmark."""

from __future__ import annotations

from collections.abc import Callable

import click

from livedigits import process
from livedigits.commands import console
from livedigits.commands.options import Number, make_reader


@click.command()
@click.argument("file", required=False)
@click.option("--camera", "source", metavar="SOURCE", help="Measure live, on a camera or network stream instead.")
@click.option("--seconds", type=Number(0.1), metavar="N", help="How long with --camera; 30 by default.")
@click.option("--slow", type=Number(1), metavar="FACTOR", help="Read so many times slower with --camera.")
@click.option("--tutorial", is_flag=True, help="Beside it the loop of the tutorials; needs the extra train.")
@click.option("--json", "json_path", metavar="FILE", help="Write the figures as JSON, too; - for stdout.")
@click.option("--overwrite", is_flag=True, help="Write over that file where it exists already.")
@click.option("--model", metavar="FILE", help="Measure with this .tflite network instead of the shipped one.")
def benchmark(
    file: str | None,
    source: str | None,
    seconds: float | None,
    slow: float | None,
    tutorial: bool,
    json_path: str | None,
    overwrite: bool,
    model: str | None,
) -> None:
    """Measure how fast videos are read here, on FILE or on the sample video.

    Times are in milliseconds a frame: the median, and the 99th percentile, which one frame in a hundred exceeds.

    With --camera it measures live: how old each frame is when its result is there, at the beginning and in the end,
    and how many frames were dropped. With --slow 5 the reader is too slow for any camera, and still must not lag.

    \b
    livedigits benchmark desk.mp4 --tutorial
    livedigits benchmark --camera 0 --seconds 60
    """
    from livedigits.diagnostics.latency import live_table, measure_live
    from livedigits.diagnostics.throughput import measure, table
    from livedigits.live.following import Following
    from livedigits.live.loop import run
    from livedigits.outputs.jsonl import write_figures
    from livedigits.outputs.paths import check_writable, keep_existing, protect
    from livedigits.sources.sample import sample_video

    process.tune()
    if source is None and (seconds is not None or slow is not None):
        raise click.UsageError("--seconds and --slow go with --camera")
    if source is not None and file is not None:
        raise click.UsageError("give a file or --camera, not both")
    if source is not None and tutorial:
        raise click.UsageError("--tutorial goes with a file")
    if source is None:
        path = file or sample_video()
        protect([path], json_path)
        keep_existing([json_path], overwrite)
        check_writable(json_path)
        compare = _tutorial() if tutorial else None
        figures = measure(run, path, model)
        if compare is not None:
            figures["tutorial"] = compare(path)
    else:
        keep_existing([json_path], overwrite)
        check_writable(json_path)
        look = Following(make_reader(model, None, no_profile=True))
        figures = measure_live(run, look, source, seconds or 30.0, slow or 1.0, console.say)
    if json_path:
        write_figures(figures, json_path)
    if json_path != "-":
        click.echo(table(figures) if source is None else live_table(figures))


def _tutorial() -> Callable[[str], dict[str, float]]:
    """What measures the tutorials' loop, imported first: what it lacks should not be told after a minute."""
    with process.quiet_tensorflow():
        import keras  # noqa: F401
        import tensorflow  # noqa: F401

    from livedigits.diagnostics import tutorial_loop as tutorial

    return tutorial.measure
