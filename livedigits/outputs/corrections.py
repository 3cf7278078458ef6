"""Corrections by hand -> the table of fields that they belong to."""

from __future__ import annotations

import csv
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.doubtful import LIST, line_of, read_list
from livedigits.outputs.table import DOUBTFUL, WHERE


@dataclass(frozen=True)
class Merged:
    """What became of corrections.

    merged : cells that were corrected; left : fields that the table still calls doubtful; missing : corrections whose
    picture or field is not in the table, as "source: field"
    """

    merged: int
    left: int
    missing: tuple[str, ...]


def merge(corrections: str | Path, table: str | Path, out: str | Path | None = None) -> Merged:
    """Puts what is right into the cells of a table of fields; they are no longer called doubtful.

    Rows are known by source and frame. The table is replaced as a whole when all is written, or stays as it is.

    Parameters
    ----------
    corrections : the list, or the folder of --doubtful that it is in; rows whose `correct` is empty say nothing
    table : the CSV file of --csv
    out : where the corrected table goes; None for its own place

    Raises
    ------
    LivedigitsError: one of them cannot be read or is none; the table cannot be written
    """
    path = Path(corrections)
    given = [row for row in read_list(path / LIST if path.is_dir() else path) if row["correct"].strip()]
    columns, rows = _table(Path(table))
    places: dict[tuple[str, str], list[list[str]]] = {}
    for row in rows:
        places.setdefault((row[columns.index("source")], row[columns.index("frame")]), []).append(row)
    merged, missing = 0, []
    fields = columns[len(WHERE) : -1]
    for correction in given:
        there = places.get((correction["source"], correction["frame"]), [])
        name = correction["field"]
        if not there or name not in fields:
            missing.append(f"{correction['source']}: {name}")
            continue
        for row in there:
            row[columns.index(name)] = correction["correct"].strip()
            row[-1] = ";".join(other for other in row[-1].split(";") if other and other != name)
            merged += 1
    _write(Path(out or table), [columns, *rows])
    left = sum(len([name for name in row[-1].split(";") if name]) for row in rows)
    return Merged(merged, left, tuple(missing))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """The columns and rows of a table of fields."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
    except OSError as error:
        raise LivedigitsError(f"cannot read {path}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise LivedigitsError(f"{path} is no CSV file: {error}") from error
    if not rows or tuple(rows[0][: len(WHERE)]) != WHERE or rows[0][-1] != DOUBTFUL:
        raise LivedigitsError(f"{path} is no table of fields, as --fields and --csv write it")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise LivedigitsError(f"{path}, row {number} has {len(row)} cells, and its columns are {len(rows[0])}")
    return rows[0], rows[1:]


def _write(path: Path, rows: list[list[str]]) -> None:
    """Writes a table beside its place and puts it there when it is whole."""
    name = ""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as file:
            name = file.name
            file.writelines(map(line_of, rows))
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path)
    except OSError as error:
        if name and os.path.exists(name):
            os.unlink(name)
        raise OutputError(str(path), error.strerror) from error
