"""Rectangle in a frame -> one more field: read at once, in each frame from then on, and kept in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from livedigits.errors import LivedigitsError, OutputError
from livedigits.fields.definition import Field, FieldSet, Point, rectangle
from livedigits.fields.file import written
from livedigits.fields.reading import FieldReader
from livedigits.fields.registration import Registration
from livedigits.fields.watching import Pictures, Places, Watching, places
from livedigits.outputs.paths import free_name
from livedigits.sources.images import decode
from livedigits.types import Box, FieldValue, Frame

NAME = "fields.toml"


class Drawing:
    """The fields of videos or a camera, to which more can be drawn.

    Parameters
    ----------
    reader : reads them
    fields : those that there are to begin with
    path : of the file that names them; it is never written to. None for none
    say : is called with a line that names the file in which drawn ones are kept
    """

    def __init__(
        self, reader: FieldReader, fields: FieldSet | None, path: Path | None, say: Callable[[str], object]
    ) -> None:
        self.fields = fields or FieldSet(())
        self._reader, self._path, self._say = reader, path or Path(NAME), say
        self._file: Path | None = None  # what is written, and what stands in it
        self._text = ""
        self.restart()

    def restart(self) -> None:
        """Another video begins: nothing is known of its fields' values."""
        self._watching = Watching(self._reader, self.fields, places(self.fields, followed=True))

    def __call__(self, frame: Frame) -> Mapping[str, FieldValue]:
        """Each field's value in the next frame, by its name."""
        return self._watching(frame)

    def add(self, frame: Frame, box: Box) -> tuple[dict[str, FieldValue], Path]:
        """A field there in a frame, px: its value by its name, and the file in which all are kept now.

        Raises
        ------
        LivedigitsError: the anchor is not to be seen in this frame; the file cannot be written
        """
        name = next(name for number in range(1, len(self.fields) + 2) if (name := f"field{number}") not in self.names)
        corners, unit, here = np.array(rectangle(*map(float, box))), frame.image.shape, None
        if self.fields.anchor is not None:
            anchor = decode(self.fields.anchor)
            place = Registration(anchor).place(frame.image)
            if place is None:
                raise LivedigitsError("the scene of the fields is not found in this picture")
            corners, unit = place.back(corners), anchor.shape
        if self.fields.share:
            corners = corners / [unit[1], unit[0]]
        field = Field(name, _rounded(corners, 5 if self.fields.share else 1))
        alone = replace(self.fields, fields=(field,))
        if self.fields.anchor is not None:
            here = Places(alone, lambda image: place, anchor)
        value = Pictures(self._reader, alone, here)(frame)[name]
        self.fields = replace(self.fields, fields=(*self.fields, field))
        self._watching.add(field, places(self.fields, followed=True))
        return {name: value}, self._keep(name)

    @property
    def names(self) -> tuple[str, ...]:
        return self.fields.names

    def _keep(self, name: str) -> Path:
        """Writes all fields into a file of their own; where somebody has changed that meanwhile, into another."""
        folder = self._path.parent
        anchor = self.fields.anchor and self.fields.anchor.absolute()
        text = written(replace(self.fields, anchor=anchor), folder)
        try:
            if self._file is None or not self._file.exists() or self._file.read_text(encoding="utf-8") != self._text:
                self._file = folder / free_name(self._path.stem, ".toml", lambda name: (folder / name).exists())
            self._file.write_text(text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OutputError(str(self._file), getattr(error, "strerror", "") or str(error)) from error
        self._text = text
        self._say(f"{name} is kept in {self._file}")
        return self._file


def _rounded(corners: np.ndarray, digits: int) -> tuple[Point, Point, Point, Point]:
    a, b, c, d = ((round(float(x), digits), round(float(y), digits)) for x, y in corners)
    return a, b, c, d
