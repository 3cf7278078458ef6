"""livedigits doctor."""

from __future__ import annotations

import click


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check whether everything works here, and say what to do where it does not.

    Looks at versions, the network, the speed, display, cameras, the video encoder and the extras. Nothing is fetched
    from the internet. The exit status is 1 where no picture could be read.
    """
    from livedigits.diagnostics.doctor import checks, table

    rows = list(checks())
    click.echo(table(rows))
    ctx.exit(1 if any(row.essential and not row.ok for row in rows) else 0)
