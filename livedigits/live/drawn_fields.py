"""Fields that are drawn over a window's picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from livedigits.errors import LivedigitsError
from livedigits.types import Box, FieldValue, Frame, Result

NOT_DRAWN = "f draws fields in videos and before cameras"


class TakesFields(Protocol):
    """Takes fields that are drawn: a frame and a box in it -> its value by its name, and the file that keeps it."""

    def add(self, frame: Frame, box: Box) -> tuple[Mapping[str, FieldValue], Path]: ...


def keep(fields: TakesFields, result: Result, box: Box | None) -> tuple[Result, str]:
    """The result with the field that was drawn, and a line about it; box: px of the frame, None for a click."""
    if box is None:
        return result, "no field was drawn: hold the button and move the mouse"
    try:
        values, path = fields.add(result.frame, box)
    except LivedigitsError as error:
        return result, str(error)
    return replace(result, fields={**result.fields, **values}), f"{next(iter(values))} is kept in {path}"
