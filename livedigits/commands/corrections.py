"""livedigits corrections."""

from __future__ import annotations

import click

from livedigits.commands import console
from livedigits.errors import LivedigitsError


@click.command()
@click.argument("doubtful", metavar="DIR")
@click.argument("table", metavar="TABLE")
@click.option("--out", metavar="FILE", help="Write the corrected table here, and leave TABLE as it is.")
@click.option("--overwrite", is_flag=True, help="Write over --out where it exists already.")
@click.pass_context
def corrections(ctx: click.Context, doubtful: str, table: str, out: str | None, overwrite: bool) -> None:
    """Merge corrections into a table of fields.

    DIR is the folder of --doubtful, or the list in it; TABLE the file of --csv. What stands in the list's column
    `correct` takes the place of what was read there, and is no longer called doubtful. Correct the list in a
    spreadsheet, or open doubtful.html beside it in a browser. Exit status 1 where a correction finds no place.

    \b
    livedigits image scans/ --fields form.toml --csv out.csv --doubtful look/
    livedigits corrections look/ out.csv
    """
    from livedigits.outputs.corrections import merge
    from livedigits.outputs.paths import keep_existing

    keep_existing([out], overwrite)
    merged = merge(doubtful, table, out)
    click.echo(f"{_cells(merged.merged)} corrected, {merged.left} still doubtful")
    for each in merged.missing:
        console.error(LivedigitsError(f"{each} is not in {table}"))
    if merged.missing:
        ctx.exit(1)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
