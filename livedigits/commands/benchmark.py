"""livedigits benchmark."""

from __future__ import annotations

import click


@click.command()
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
