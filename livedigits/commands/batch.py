"""livedigits batch."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from livedigits import __version__
from livedigits.commands import console
from livedigits.commands.field_options import FIELD_OPTIONS, named_fields
from livedigits.commands.options import PROFILE, Number, jobs_option, make_reader
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from livedigits.archives.batch import Totals
    from livedigits.archives.plan import Part
    from livedigits.archives.rows import UnitReader
    from livedigits.archives.store import Store


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", help="Write the parts into this folder, or at this address.")
@click.option("--format", "suffix", type=click.Choice(["jsonl", "parquet"]), default="jsonl", help="Of the parts.")
@click.option("--overwrite", is_flag=True, help="Begin anew where DIR holds another batch.")
@jobs_option()
@click.option("--ray", "address", metavar="ADDRESS", help="Read on a Ray cluster: auto, HOST:PORT, ray://HOST:PORT.")
@click.option("--model", metavar="FILE", help="Read with this .tflite network instead of the shipped one.")
@click.option("--min-confidence", type=Number(0, 1), metavar="P", help="Show digits of at least this confidence.")
@click.option("--decimal", is_flag=True, help="Look for points and commas in numbers: 12.50 is one number.")
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Read every Nth frame of videos only.")
@click.pass_context
def batch(
    ctx: click.Context,
    inputs: tuple[str, ...],
    out: str,
    suffix: str,
    overwrite: bool,
    jobs: int,
    address: str | None,
    model: str | None,
    min_confidence: float | None,
    decimal: bool,
    every: int,
    profile: str | None,
    no_profile: bool,
    fields_path: str | None,
    regions: dict[str, str],
    expected: dict[str, str],
) -> None:
    """Read much: pictures and videos by the thousand, on all cores or on a cluster.

    An INPUT is a picture, a video, a folder, a pattern, a list of these (.txt, one a line), or an address such as
    s3://bucket/scans/. DIR gets part-00000.jsonl and so on, a row a picture and a frame; what cannot be read is a row
    with `error`. A run that was stopped goes on when it is started again.

    \b
    livedigits batch scans/ videos/*.mp4 --out read
    livedigits batch list.txt --out read --format parquet
    livedigits batch s3://school/scans/ --out s3://school/read --ray auto
    """
    from livedigits.archives.inputs import expanded
    from livedigits.archives.plan import fingerprint
    from livedigits.archives.rows import UnitReader
    from livedigits.archives.store import Store

    fields = named_fields(fields_path, regions, expected)
    # before anything is written: is there such a network?
    reader = make_reader(model, min_confidence, 1, decimal, profile=profile, no_profile=no_profile)
    learned = None if reader.learned is None else reader.learned.head()
    make = UnitReader(model, min_confidence, fields, decimal, every, learned)
    parts = _planned(expanded(inputs))
    asked = {**vars(make), "fields": repr(fields), "learned": getattr(learned, "digest", None), "format": suffix}
    store = Store(out, suffix, fields.names if fields else ())
    there = store.begin(fingerprint(parts, asked), {"version": __version__, "parts": len(parts)}, overwrite)
    status = _run(parts, there, store, make, jobs, address)
    if status:
        ctx.exit(status)


for option in reversed([*FIELD_OPTIONS, *PROFILE]):
    batch = option(batch)


def _planned(files: list[str]) -> list[Part]:
    from livedigits.archives.inputs import is_remote, is_video_name, local
    from livedigits.archives.plan import plan
    from livedigits.sources.video import seconds_of

    def seconds(path: str) -> float | None:
        if is_remote(path):
            try:
                with local(path) as file:
                    return seconds_of(file)
            except LivedigitsError:
                return None
        return seconds_of(path)

    return plan(files, is_video_name, seconds)


def _run(parts: list[Part], there: set[str], store: Store, make: UnitReader, jobs: int, address: str | None) -> int:
    """Reads what is missing, and says what came of it; the exit status."""
    from livedigits.archives.batch import Totals, run
    from livedigits.engines.cores import Cores
    from livedigits.live.interrupts import Interrupts

    totals, number = Totals(), 0
    left = sum(part.inputs for part in parts if store.name(part.number) not in there)
    engine = Cores(jobs, address).engine(make, left)
    if not left:
        console.say(f"{store.place}: all {len(parts)} parts are there")
        return 0
    with Interrupts() as interrupts:
        try:
            with engine, console.progress("batch", left) as bar:
                run(parts, there, store, engine, _telling(bar, engine), totals)
        except KeyboardInterrupt:
            number = interrupts.number or int(signal.SIGINT)
    _tell(store, totals, engine)
    return 128 + number if number else int(totals.failed > 0)


def _telling(bar: Callable[..., Any], engine: Any) -> Callable[[Any, Totals], None]:
    def tell(unit: Any, totals: Totals) -> None:
        failed = f", {totals.failed} failed" if totals.failed else ""
        bar(len(unit.paths), f"{totals.rate:.0f} rows a second on {engine.cores} cores{failed}")

    return tell


def _tell(store: Store, totals: Totals, engine: Any) -> None:
    """What a batch came to."""
    kept = f" ({totals.kept} were there)" if totals.kept else ""
    said = f"{console.line(store.place)}: {totals.written} parts{kept}, {totals.rows} rows in {totals.seconds:.1f} s: "
    said += f"{totals.rate:.1f} a second, {totals.rate / max(1, engine.cores):.1f} a core on {engine.cores}"
    console.say(said + (f"; {engine.lost} processes died and were replaced" if engine.lost else ""))
    if totals.failed:
        console.error(LivedigitsError(f"{totals.failed} inputs could not be read: their rows say why"))
