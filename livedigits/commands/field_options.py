"""The options that name fields, for commands that read frames, and what reads these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livedigits.commands import console

if TYPE_CHECKING:
    from livedigits.fields.definition import FieldSet
    from livedigits.fields.drawing import Drawing
    from livedigits.fields.reading import FieldReader
    from livedigits.recognition.reader import Reader
    from livedigits.types import FieldValue, Frame

    ReadFields = Callable[[Frame], Mapping[str, FieldValue]]


def _pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """NAME=... by their names."""
    found: dict[str, str] = {}
    for value in values:
        name, equals, rest = value.partition("=")
        if not (name.strip() and equals and rest):
            raise click.BadParameter(f"{value!r} has no name: give {param.metavar}")
        if name in found:
            raise click.BadParameter(f"{name} is named twice")
        found[name] = rest
    return found


FIELD_OPTIONS = [
    click.option(
        "--fields", "fields_path", metavar="FILE", help="Read the fields that a TOML file names, and what they hold."
    ),
    click.option(
        "--region",
        "regions",
        metavar="NAME=x,y,w,h",
        multiple=True,
        callback=_pairs,
        help="Read a field there, px; repeatable.",
    ),
    click.option(
        "--expect",
        "expected",
        metavar="NAME=FORM",
        multiple=True,
        callback=_pairs,
        help="What it holds: # a digit, #? one that may be missing, other characters themselves, as in '##:##'.",
    ),
]


def named_fields(path: str | None, regions: Mapping[str, str], expected: Mapping[str, str]) -> FieldSet | None:
    """The fields that the options name; None where they name none.

    Raises
    ------
    LivedigitsError: a file, region or form that is none
    """
    if path is None and not regions and not expected:
        return None
    from livedigits.fields.file import form_of, load, region_field, with_regions

    forms = {name: form_of(form, f"--expect {name}") for name, form in expected.items()}
    given = {name: region_field(name, region) for name, region in regions.items()}
    return with_regions(None if path is None else load(path), given, forms)


def watching(fields: FieldSet | None, reader: Reader, confidence: float | None) -> ReadFields | None:
    """What reads the fields of a video or camera; None without fields. Parameters as of `pictures`."""
    if fields is None:
        return None
    from livedigits.fields.watching import Watching, places

    return Watching(_reader(reader, confidence), fields, places(fields, followed=True))


def drawing(fields: FieldSet | None, path: str | None, reader: Reader, confidence: float | None) -> Drawing:
    """As `watching`, before a window in which more can be drawn; path : of the file of fields, if there is one."""
    from livedigits.fields.drawing import Drawing

    return Drawing(_reader(reader, confidence), fields, None if path is None else Path(path), console.say)


def pictures(fields: FieldSet | None, reader: Reader, confidence: float | None) -> ReadFields | None:
    """What reads the fields of pictures; None without fields.

    Parameters
    ----------
    reader : has the networks
    confidence : below it a reading is doubtful; None for the usual one
    """
    if fields is None:
        return None
    from livedigits.fields.watching import Pictures, places

    return Pictures(_reader(reader, confidence), fields, places(fields, followed=False))


def _reader(reader: Reader, confidence: float | None) -> FieldReader:
    from livedigits.fields.definition import CONFIDENCE
    from livedigits.fields.reading import FieldReader

    return FieldReader(reader, CONFIDENCE if confidence is None else confidence)
