"""Units of work -> rows: what a process does that has one reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from livedigits.archives.inputs import local
from livedigits.archives.plan import OVERLAP, Unit
from livedigits.errors import LivedigitsError
from livedigits.fields.definition import CONFIDENCE, FieldSet
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import Pictures as FieldsOfPictures
from livedigits.fields.watching import Watching, places
from livedigits.live.following import Following, read_picture
from livedigits.recognition.classifier import Head
from livedigits.recognition.reader import Reader
from livedigits.sources.images import decode
from livedigits.sources.ranges import open_range
from livedigits.types import FieldValue, Frame, Result, well_formed

Row = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """The rows of a unit, in order.

    rows : objects of the JSON contract; of what cannot be read one that has `error`
    before : of a range those of the frames before it, by which it is joined to the one before
    tracks : the highest number of a track at its beginning, and at its end
    """

    rows: list[Row]
    before: list[Row]
    tracks: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class UnitReader:
    """Makes the function that reads units in a process: model, min_confidence as of a Reader, which has one thread.

    fields : are read, too
    decimal : as of a Reader
    every : of videos, every nth frame
    learned : what was learned of a hand
    """

    model: str | None = None
    min_confidence: float | None = None
    fields: FieldSet | None = None
    decimal: bool = False
    every: int = 1
    learned: Head | None = None

    def __call__(self) -> Callable[[Unit], Rows]:
        learned = None if self.learned is None else _Unchanging(self.learned)
        reader = Reader(self.model, self.min_confidence, 1, self.decimal, learned)
        return lambda unit: self._range(reader, unit) if unit.video else self._pictures(reader, unit)

    def _pictures(self, reader: Reader, unit: Unit) -> Rows:
        values = None
        if self.fields is not None:
            values = FieldsOfPictures(self._field_reader(reader), self.fields, places(self.fields, followed=False))
        rows = []
        for path in unit.paths:
            try:
                with local(path) as file:
                    frame = Frame(_named(decode, file, path), 0, 0.0, path)
                rows.append(read_picture(reader, frame, values).to_json())
            except LivedigitsError as error:
                rows.append(failed(path, error))
        return Rows(rows, [])

    def _range(self, reader: Reader, unit: Unit) -> Rows:
        (path,) = unit.paths
        rows: list[Row] = []
        before: list[Row] = []
        look, began = Following(reader), 0
        try:
            with local(path) as file:
                values = self._watching(reader)
                for frame in _frames(file, path, unit, self.every):
                    row = _row(frame, look(frame).digits, values)
                    if frame.time < unit.start:
                        before.append(row)
                        began = look.last_track
                    else:
                        rows.append(row)
        except LivedigitsError as error:
            rows.append(failed(path, error))
        return Rows(rows, before, (began, look.last_track))

    def _watching(self, reader: Reader) -> Callable[[Frame], Mapping[str, FieldValue]] | None:
        if self.fields is None:
            return None
        return Watching(self._field_reader(reader), self.fields, places(self.fields, followed=True))

    def _field_reader(self, reader: Reader) -> FieldReader:
        return FieldReader(reader, CONFIDENCE if self.min_confidence is None else self.min_confidence)


@dataclass(frozen=True)
class _Unchanging:
    """What was learned when a batch began: its rows are alike, whichever process reads them, and when."""

    learned: Head

    def head(self) -> Head:
        return self.learned


def _frames(file: str, path: str, unit: Unit, every: int) -> Iterator[Frame]:
    """The frames of a range and those by which it is joined, by the name that the user gave the file."""
    with _named(open_range, file, path, max(0.0, unit.start - OVERLAP), unit.end, every) as source:
        frames = iter(source)
        while (frame := _named(next, frames, path, None)) is not None:
            if frame.index % every == 0:
                yield Frame(frame.image, frame.index, frame.time, path)


def _named(function: Callable[..., Any], file: Any, path: str, *rest: Any) -> Any:
    """Calls the function with the file; an error about a copy of it names the original."""
    try:
        return function(file, *rest)
    except LivedigitsError as error:
        text = str(error).replace(file, path) if isinstance(file, str) else str(error)
        raise LivedigitsError(text) from None


def _row(frame: Frame, digits: Any, values: Callable[[Frame], Mapping[str, FieldValue]] | None) -> Row:
    return Result(frame, digits, values(frame) if values else {}).to_json()


def failed(path: str, error: object) -> Row:
    """The row of an input that cannot be read."""
    nothing = dict.fromkeys(("frame", "time", "width", "height"))
    return {"source": well_formed(path), **nothing, "digits": [], "numbers": [], "error": str(error)}
