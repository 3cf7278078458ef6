"""How well fields are read, numbers on pages as fields: `python -m livedigits.training.evaluation.fields`.

Each number is read twice: its length known ("###"), and free. Text right is the share whose text is read whole and
right, whatever its state; sure are those that are not marked doubtful or refused.
"""

from __future__ import annotations

import json
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import cv2

from livedigits.fields.definition import Field, rectangle
from livedigits.fields.form import Form
from livedigits.fields.reading import FieldReader
from livedigits.recognition.reader import Reader
from livedigits.training.dataset.field_material import Page, of_scene, pages_in
from livedigits.training.dataset.pools import pools
from livedigits.training.evaluation.string_material import SEED
from livedigits.training.synthesis.scenes import stream
from livedigits.training.tool import frames_options

SOMEWHERE = rectangle(0, 0, 1, 1)


class Row(NamedTuple):
    """One field as it was read: whether its length was known, what stands there, what was read, and its state."""

    known: bool
    truth: str
    text: str
    state: str


_reader: FieldReader | None = None


def read(page: Page) -> list[Row]:
    """All fields of a page, each with its length known and free."""
    global _reader
    if _reader is None:
        cv2.setNumThreads(1)
        _reader = FieldReader(Reader())
    rows = []
    for text, corners in zip(page.texts, page.corners, strict=True):
        free = Field("", SOMEWHERE)
        seen = _reader.see(page.image, corners, free)
        for asked in (replace(free, form=Form("#" * len(text))), free):
            looked = None if seen is None else _reader.judge(*seen, asked)
            best = "" if looked is None or looked.best is None else looked.best.text
            rows.append(Row(asked is not free, text, best, "missing" if looked is None else looked.read.state))
    return rows


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """For JSON: of fields with their length known, and free, shares that are right, sure, and sure and wrong."""
    out = {}
    for name, known in (("length known", True), ("free", False)):
        own = [row for row in rows if row.known == known]
        sure = [row for row in own if row.state == "read"]
        count = max(len(own), 1)
        out[name] = {
            "fields": len(own),
            "text_right": round(sum(row.text == row.truth for row in own) / count, 4),
            "sure": round(len(sure) / count, 4),
            "sure_wrong": round(sum(row.text != row.truth for row in sure) / count, 4),
            "states": dict(Counter(row.state for row in own)),
        }
    return out


def _rendered(strokes: Sequence[Path], backgrounds: Path | None, frames: int, seed: int) -> Iterator[Page]:
    _, pool = pools(strokes, backgrounds)
    scenes = stream(seed, pool.digits, pool.others, pool.backgrounds, numbers=True)
    return (of_scene(next(scenes)) for _ in range(frames))


def _all(pages: Iterable[Page]) -> Iterator[Row]:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for rows in pool.imap(read, pages):
            yield from rows


@click.command()
@click.option(
    "--pages",
    type=click.Path(path_type=Path),
    help="A .jsonl file of pages with their numbers, or its folder; rendered pages by default.",
)
@click.option("--list", "listed", is_flag=True, help="List the numbers that are not read rightly.")
@frames_options(frames=60, seed=SEED)
def main(
    pages: Path | None, listed: bool, strokes: tuple[Path, ...], backgrounds: Path | None, frames: int, seed: int
) -> None:
    """Read the numbers of pages as fields, each a third wider and higher than the number, and count what is right."""
    rows = list(_all(pages_in(pages) if pages else _rendered(strokes, backgrounds, frames, seed)))
    for row in rows:
        if listed and row.text != row.truth:
            click.echo(f"{'length known' if row.known else 'free':>12}: {row.truth} read as {row.text} ({row.state})")
    click.echo(json.dumps(figures(rows), indent=2))


if __name__ == "__main__":
    main()
