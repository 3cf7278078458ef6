"""A sink: what a person should look at, cut out of the pictures, with a list to be corrected."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.images import save_picture
from livedigits.outputs.jsonl import LineFile
from livedigits.outputs.table import TO_BE_LOOKED_AT
from livedigits.sources.images import decode
from livedigits.types import FieldValue, Result, well_formed

LIST = "doubtful.csv"
PAGE = "doubtful.html"
COLUMNS = ("source", "frame", "field", "state", "read", "confidence", "crop", "correct")
"""Of the list. correct is empty, for what is right."""

_TEMPLATE = Path(__file__).parent / "pages" / PAGE
SCRIPT = _TEMPLATE.with_suffix(".js")
"""Shows, reads and writes lists in a browser: an ES module."""
_SIDE = 1200  # px, longest side of what is kept of a picture in which nothing was found
_AROUND = 0.3  # of a field's height: what is kept around it


class Doubtful:
    """Crops of the fields that are doubtful, refused or not found, and a list of them, in a folder.

    The folder is made where it is missing, when there is something to keep. Where it has a list already, the new rows
    come behind its own. Of a picture in which the fields were not found the whole is kept, once. The page beside the
    list shows the crops with room for what is right, and saves the list.

    Parameters
    ----------
    folder : where crops, list and page go
    inputs : the folders that are read; crops among them would be read with the next run

    Raises
    ------
    LivedigitsError: the folder is one that is read, or has a list of other columns; something cannot be written
    """

    def __init__(self, folder: str | Path, inputs: Iterable[str | Path] = ()) -> None:
        self.folder = Path(folder)
        for each in inputs:
            if Path(each).is_dir() and self.folder.resolve().is_relative_to(Path(each).resolve()):
                raise LivedigitsError(f"--doubtful {folder}: it lies in {each}, which is read: give another folder")
        self._rows = read_list(self.folder / LIST) if (self.folder / LIST).exists() else []
        self._lines: LineFile | None = None

    def __enter__(self) -> Doubtful:
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(str(self.folder), "it is no folder")
        return self

    def __exit__(self, *_: object) -> None:
        if self._lines is not None:
            self._lines.__exit__()
            self._lines = None
            write_page(self.folder / PAGE, self._rows)

    def write(self, result: Result) -> None:
        """Keeps what is doubtful in a result."""
        whole = ""
        for name, value in result.fields.items():
            if value.state not in TO_BE_LOOKED_AT:
                continue
            found = value.state != "unregistered"
            crop = whole if whole and not found else self._kept(result, name if found else "picture", value)
            whole = whole if found else crop
            source, confidence = well_formed(result.frame.source), f"{value.confidence:.4f}"
            self._add([source, str(result.frame.index), name, value.state, value.text, confidence, crop, ""])

    def _kept(self, result: Result, name: str, value: FieldValue) -> str:
        """The name of the file with the crop of a field, upright."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(str(self.folder), error.strerror) from error
        plain = re.sub(r"[^\w.-]+", "-", name)[:60]
        number = len(self._rows) + 1
        while (self.folder / f"{number:05}-{plain}.png").exists():
            number += 1
        crop = f"{number:05}-{plain}.png"
        image = result.frame.image
        if not any(image.strides):  # what another process has read comes without its pixels
            image = decode(result.frame.source)
        save_picture(self.folder / crop, reduced(image) if value.corners is None else upright(image, value.corners))
        return crop

    def _add(self, row: list[str]) -> None:
        if self._lines is None:
            begun = (self.folder / LIST).exists()
            self._lines = LineFile(self.folder / LIST, append=True).__enter__()
            if not begun:
                self._lines.write_line(line_of(COLUMNS))
        self._lines.write_line(line_of(row))
        self._rows.append(dict(zip(COLUMNS, row, strict=True)))


def upright(image: np.ndarray, corners: Iterable[tuple[float, float]]) -> np.ndarray:
    """A field (four corners, px, the upper left of its text first) as one reads it, with what is around it."""
    points = np.array(list(corners), np.float64)
    sides = np.linalg.norm(np.roll(points, -1, 0) - points, axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    scale = float(np.clip(64 / max(height, 1), 1, 4))  # a person should not have to enlarge it
    edge = _AROUND * height
    wanted = (np.array([[0, 0], [width, 0], [width, height], [0, height]]) + edge) * scale
    matrix = cv2.getPerspectiveTransform(points.astype(np.float32), wanted.astype(np.float32))
    size = max(8, round((width + 2 * edge) * scale)), max(8, round((height + 2 * edge) * scale))
    return np.asarray(cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)))


def reduced(image: np.ndarray) -> np.ndarray:
    """The picture, small enough for a list."""
    factor = min(1.0, _SIDE / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a list, by COLUMNS.

    Raises
    ------
    LivedigitsError: it is missing, or no such list
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
            columns = rows[0].keys() if rows else COLUMNS
    except OSError as error:
        raise LivedigitsError(f"cannot read {path}: {error.strerror}; give a folder of --doubtful") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise LivedigitsError(f"{path} is no list of doubtful fields: {error}") from error
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise LivedigitsError(f"{path} is no list of doubtful fields: it has no column {missing[0]}")
    return [{name: row[name] or "" for name in COLUMNS} for row in rows]


def write_page(path: Path, rows: list[dict[str, str]]) -> None:
    """The page on which a list is corrected in a browser; a file of its own that needs no server."""
    data = json.dumps(rows).replace("<", "\\u003c")  # no name of a file may end the script that holds it
    script = SCRIPT.read_text(encoding="utf-8")
    text = _TEMPLATE.read_text(encoding="utf-8").replace("/* script */", script).replace("/* rows */ []", data)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(str(path), error.strerror) from error


def line_of(cells: Iterable[str]) -> str:
    """A line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
