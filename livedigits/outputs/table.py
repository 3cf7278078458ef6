"""A sink: a CSV file that goes on from run to run."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.changes import Changes, News
from livedigits.outputs.jsonl import LineFile
from livedigits.types import FieldValue, Result, iso_time, well_formed

WHERE = ("at", "source", "frame", "seconds")
"""The first columns. seconds: the frame's time, which a field may well be called."""
NUMBERS = ("number", "confidence", "complete", "x", "y", "width", "height")
DOUBTFUL = "doubtful"
"""The last column of a file of fields: the names of those that a person should look at, semicolons between them."""

_SHOWN = ("read", "settled", "doubtful")  # states whose text stands in the cell
TO_BE_LOOKED_AT = ("doubtful", "refused", "unregistered")


class Table:
    """Rows of comma-separated values: of fields one for each piece of news, else one for each number that is new.

    The columns are `at` (ISO 8601: when the frame was captured; of a file when it was read), `source`, `frame`,
    `seconds`; then one for each field, with its text, and `doubtful`; without fields NUMBERS. The cell of a field that
    is not there, not found or refused is empty. Where the file has these columns already the rows come behind its own.

    Parameters
    ----------
    path : the file; "-" is standard output
    changes : which results are news
    fields : the names of the fields; none for rows of numbers

    Raises
    ------
    LivedigitsError: the file cannot be written, or has other columns; a field is called like a column
    """

    def __init__(self, path: str | Path, changes: Changes, fields: Sequence[str] = ()) -> None:
        self._path = str(path)
        self._changes = changes
        self._fields = fields
        self._lines = LineFile(path, append=True)
        self._begun = False
        self.columns = (*WHERE, *fields, DOUBTFUL) if fields else (*WHERE, *NUMBERS)
        for name in fields:
            if name in (*WHERE, DOUBTFUL):
                raise LivedigitsError(f"cannot write {path}: the field {name} is called like a column of every one")

    def __enter__(self) -> Table:
        self._begun = self._is_begun()
        self._lines.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and not self._lines.broken:
                self._begin()
        finally:
            self._lines.__exit__(kind)

    def write(self, result: Result) -> None:
        """Writes the rows of a result where it is news."""
        if not self._fields:  # rows of numbers go on where somebody draws a field
            result = replace(result, fields={})
        news = self._changes.update(result)
        if news is None:
            return
        self._begin()
        frame = result.frame
        at = time.time() if frame.at is None else frame.at
        where = (iso_time(at), well_formed(frame.source), frame.index, round(frame.time, 4))
        if self._fields:
            self._row((*where, *self._cells(news)))
            return
        for number in news.new:
            self._row((*where, number.text, round(number.confidence, 4), str(number.complete).lower(), *number.box))

    def _cells(self, news: News) -> list[str]:
        values = [(name, news.result.fields.get(name)) for name in self._fields]
        doubtful = [name for name, value in values if value is not None and value.state in TO_BE_LOOKED_AT]
        return [*(_cell(value) for _, value in values), ";".join(doubtful)]

    def _begin(self) -> None:
        """Writes the names of the columns where that is still to be done: not in a run that fails before a row."""
        if not self._begun:
            self._begun = True
            self._row(self.columns)

    def _row(self, cells: Sequence[object]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        self._lines.write_line(text.getvalue())

    def _is_begun(self) -> bool:
        """Whether the file has rows, or the names of these columns; a last row without an end is given one."""
        if self._path == "-" or not os.path.isfile(self._path):
            return False
        try:
            with open(self._path, encoding="utf-8-sig", errors="replace", newline="") as file:
                header = next(csv.reader(file), None)
            if header is not None and tuple(header) != self.columns:
                raise LivedigitsError(
                    f"cannot go on with {self._path}: its columns are {_listed(header)}, and these would be "
                    f"{_listed(self.columns)}; give another name"
                )
            if header is not None:
                _end_last_row(self._path)
        except csv.Error as error:
            raise LivedigitsError(f"cannot go on with {self._path}: it is no CSV file ({error})") from error
        except OSError as error:
            raise OutputError(self._path, error.strerror) from error
        return header is not None


def _cell(value: FieldValue | None) -> str:
    return value.text if value is not None and value.state in _SHOWN else ""


def _listed(columns: Sequence[str], most: int = 300) -> str:
    """Columns as a message names them."""
    text = ",".join(columns)
    return text if len(text) <= most else f"{text[:most]}…"


def _end_last_row(path: str) -> None:
    """Ends the last line of a file, as some editors do not, and no run that was cut off does."""
    with open(path, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) not in b"\r\n":
            file.write(b"\n")
