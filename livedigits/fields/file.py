"""TOML -> fields, and back: every mistake in a file is one line that says where it is and what is wanted."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from livedigits.errors import LivedigitsError
from livedigits.fields.cutting import convex
from livedigits.fields.definition import Field, FieldSet, Point, Settle, rectangle
from livedigits.fields.form import MOST_OPTIONAL, Form

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UNITS = ("px", "share")
TOP = ("anchor", "unit", "fields")
KEYS = ("region", "expect", "least", "greatest", "confidence", "settle")
FARTHEST = 1_000_000  # px, from the picture's corner to a field's: larger numbers lose what is behind the point
SETTLE = ("frames", "seconds", "step", "falls", "recover")


class _Wrong(Exception):
    """What is wrong, and the path of the key where it is."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)


def load(path: str | Path) -> FieldSet:
    """The fields that a file names; the path of its anchor is one from the file's folder.

    Raises
    ------
    LivedigitsError: it cannot be read, is no TOML, or says something that cannot be; with the place
    """
    file = Path(path)
    try:
        content = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise LivedigitsError(f"cannot read the fields in {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LivedigitsError(f"{file} is no TOML file: it is not UTF-8") from error
    return parsed(content, file.parent, str(file))


def parsed(content: str, folder: Path, name: str) -> FieldSet:
    """The fields that the text of a file names; as `load`, the file's folder and name given.

    Raises
    ------
    LivedigitsError: as `load`
    """
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:  # says the line and column itself
        raise LivedigitsError(f"{name} is no TOML: {error}") from error
    except ValueError as error:  # of a number with more digits than Python reads
        raise LivedigitsError(f"{name} is no file of fields: a number in it has too many digits") from error
    except RecursionError as error:
        raise LivedigitsError(f"{name} is no file of fields: its lists are nested too deeply") from error
    try:
        return _field_set(table, folder)
    except _Wrong as wrong:
        raise LivedigitsError(f"{name}, {wrong}") from None


def written(fields: FieldSet, folder: Path | None = None) -> str:
    """The text of a file that names these fields; the anchor's path as seen from the file's folder, if given."""
    lines = []
    if fields.anchor is not None:
        anchor = fields.anchor
        if folder is not None and anchor.is_absolute() and anchor.is_relative_to(folder.absolute()):
            anchor = anchor.relative_to(folder.absolute())
        lines.append(f"anchor = {_toml(anchor.as_posix())}")
    lines.append(f"unit = {_toml(UNITS[fields.share])}")
    for field in fields:
        lines += ["", f"[fields.{_toml(field.name)}]", f"region = {_toml(_region_of(field))}"]
        if field.form is not None:
            lines.append(f"expect = {_toml(field.form.text)}")
        for key in ("least", "greatest", "confidence"):
            if getattr(field, key) is not None:
                lines.append(f"{key} = {_toml(getattr(field, key))}")
        if field.settle is not None:
            lines.append(f"[fields.{_toml(field.name)}.settle]")
            given = ((key, getattr(field.settle, key)) for key in SETTLE)
            lines += [f"{key} = {_toml(value)}" for key, value in given if value is not None]
    return "\n".join(lines) + "\n"


def with_regions(fields: FieldSet | None, regions: Mapping[str, Field], forms: Mapping[str, Form]) -> FieldSet:
    """The fields of a file, if any, and those of the command line, with the forms of the command line.

    Raises
    ------
    LivedigitsError: a name twice, a form for a name that there is not, pixels beside shares
    """
    given = {field.name: field for field in fields or ()}
    twice = next((name for name in regions if name in given), None)
    if twice is not None:
        raise LivedigitsError(f"--region {twice}: the file of --fields has a field of this name")
    if regions and fields is not None and (fields.share or fields.anchor is not None):
        raise LivedigitsError(
            "--region is in px of the picture, and the file of --fields is not: write it into the file"
        )
    given |= regions
    for name, form in forms.items():
        if name not in given:
            raise LivedigitsError(f"--expect {name}: there is no field {name}{_meant(name, given)}")
        given[name] = _checked(Field(**{**vars_of(given[name]), "form": form}), f"--expect {name}")
    return FieldSet(tuple(given.values()), *(() if fields is None else (fields.share, fields.anchor)))


def vars_of(field: Field) -> dict[str, Any]:
    """A field's attributes by their names."""
    return {key: getattr(field, key) for key in Field.__dataclass_fields__}


def region_field(name: str, region: str) -> Field:
    """The field of --region NAME=x,y,width,height, px.

    Raises
    ------
    LivedigitsError: it is no region
    """
    try:
        sides = [float(side) for side in region.split(",")]
    except ValueError:
        sides = []
    try:
        return Field(name, _corners(sides, f"--region {name}"))
    except _Wrong:
        wanted = "x,y,width,height in px, such as 120,80,200,90"
        raise LivedigitsError(f"--region {name}={region}: give {wanted}, with a width and height above 0") from None


def form_of(text: str, place: str) -> Form:
    """A form.

    Raises
    ------
    LivedigitsError: it is none; `place` is where it was given
    """
    try:
        return Form(text)
    except ValueError as error:
        raise LivedigitsError(f"{place}: {text!r} {error}") from None


def _field_set(table: Mapping[str, Any], folder: Path) -> FieldSet:
    _known(table, TOP, "")
    unit = table.get("unit", UNITS[0])
    if unit not in UNITS:
        raise _Wrong("unit", f'"px" or "share" is wanted, not {_short(unit)}')
    anchor = table.get("anchor")
    if anchor is not None and (not isinstance(anchor, str) or not anchor):
        raise _Wrong("anchor", f"the path of a picture is wanted, not {_short(anchor)}")
    fields = table.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise _Wrong("fields", "there are none: name one with [fields.NAME] and its region")
    parts = tuple(_field(name, given) for name, given in fields.items())
    return FieldSet(parts, unit == "share", None if anchor is None else folder / anchor)


def _field(name: str, given: Any) -> Field:
    place = f"fields.{name}"
    if not name.strip() or not name.isprintable():
        raise _Wrong("fields", f"a field needs a name that can be printed, not {_short(name)}")
    if not isinstance(given, dict):
        raise _Wrong(place, f"a table with a region is wanted, not {_short(given)}")
    _known(given, KEYS, place)
    if "region" not in given:
        raise _Wrong(place, "region is missing: x, y, width, height, or four corners")
    expect = given.get("expect")
    if expect is not None and not isinstance(expect, str):
        raise _Wrong(f"{place}.expect", f'text such as "##?" is wanted, not {_short(expect)}')
    try:
        form = None if expect is None else Form(expect)
    except ValueError as error:
        raise _Wrong(f"{place}.expect", f"{_short(expect)} {error}") from None
    confidence = _number(given, "confidence", place)
    if confidence is not None and not 0 <= confidence <= 1:
        raise _Wrong(f"{place}.confidence", f"a number from 0 to 1 is wanted, not {_short(confidence)}")
    field = Field(
        name,
        _corners(given["region"], f"{place}.region"),
        form,
        _number(given, "least", place),
        _number(given, "greatest", place),
        confidence,
        _settle(given["settle"], f"{place}.settle", form) if "settle" in given else None,
    )
    return _checked(field, place)


def _checked(field: Field, place: str) -> Field:
    """The field, if its form and its bounds go together."""
    low, high = field.least, field.greatest
    if low is None and high is None:
        return field
    if field.form is not None and field.form.optional > MOST_OPTIONAL:
        raise _Wrong(f"{place}.expect", f"with least or greatest, {MOST_OPTIONAL} characters at most may be missing")
    if not field.is_number:
        bound = "least" if low is not None else "greatest"
        raise _Wrong(f"{place}.{bound}", f'what is expected, "{field.form and field.form.text}", is no number')
    if low is not None and high is not None and low > high:
        raise _Wrong(f"{place}.least", f"{low:g} is more than greatest, {high:g}")
    try:
        field.automaton  # noqa: B018 # is made once, here
    except ValueError:
        bounds = " and ".join(f"{key} = {v:g}" for key, v in (("least", low), ("greatest", high)) if v is not None)
        expected = "digits" if field.form is None else f'"{field.form.text}"'
        raise _Wrong(place, f"no value of {expected} is allowed by {bounds}") from None
    return field


def _settle(given: Any, place: str, form: Form | None) -> Settle:
    if not isinstance(given, dict):
        raise _Wrong(place, f"a table is wanted, not {_short(given)}")
    _known(given, SETTLE, place)
    usual = Settle()
    for key in ("frames", "recover"):
        count = given.get(key, 1)
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise _Wrong(f"{place}.{key}", f"a whole number from 1 up is wanted, not {_short(count)}")
    seconds, step = _number(given, "seconds", place), _number(given, "step", place)
    for key, value in (("seconds", seconds), ("step", step)):
        if value is not None and value < 0:
            raise _Wrong(f"{place}.{key}", f"a number from 0 up is wanted, not {_short(value)}")
    falls = given.get("falls", usual.falls)
    if not isinstance(falls, bool):
        raise _Wrong(f"{place}.falls", f"true or false is wanted, not {_short(falls)}")
    if form is not None and not form.is_number and (step is not None or not falls):
        key = "step" if step is not None else "falls"
        raise _Wrong(f"{place}.{key}", f'what is expected, "{form.text}", is no number')
    return Settle(
        given.get("frames", usual.frames),
        usual.seconds if seconds is None else seconds,
        step,
        falls,
        given.get("recover", usual.recover),
    )


def _corners(region: Any, place: str) -> tuple[Point, Point, Point, Point]:
    wanted = (
        f"x, y, width, height, or four corners [[x, y], ...] from the upper left one clockwise, up to {FARTHEST:,},"
    )
    if not isinstance(region, list) or len(region) != 4:
        raise _Wrong(place, f"{wanted} are wanted, not {_short(region)}")
    if all(map(_is_place, region)):
        x, y, width, height = (float(side) for side in region)
        if width <= 0 or height <= 0:
            raise _Wrong(place, f"its width and height must be above 0, and are {width:g} and {height:g}")
        return rectangle(x, y, width, height)
    points = [tuple(map(float, p)) for p in region if isinstance(p, list) and len(p) == 2 and all(map(_is_place, p))]
    if len(points) < 4:
        raise _Wrong(place, f"{wanted} are wanted, not {_short(region)}")
    a, b, c, d = ((p[0], p[1]) for p in points)
    if not convex([a, b, c, d]):
        raise _Wrong(place, "its four corners must go around it clockwise, the upper left one of its text first")
    return a, b, c, d


def _number(given: Mapping[str, Any], key: str, place: str) -> float | None:
    value = given.get(key)
    if value is not None and not _is_number(value):
        raise _Wrong(f"{place}.{key}", f"a number is wanted, not {_short(value)}")
    return value


def _is_number(value: Any, most: float = sys.float_info.max) -> bool:
    """Whether it is a number that a float can be, which whole ones need not be."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -most <= value <= most


def _is_place(value: Any) -> bool:
    return _is_number(value, FARTHEST)


def _known(given: Mapping[str, Any], keys: Collection[str], place: str) -> None:
    for key in given:
        if key not in keys:
            wrong = f"{place}.{key}" if place else key
            raise _Wrong(wrong, f"there is no such key{_meant(key, keys) or '; known are ' + ', '.join(keys)}")


def _meant(name: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; is {near[0]} meant?" if near else ""


def _short(value: Any) -> str:
    """A value as it stands in a file, cut where it is long."""
    text = _toml(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _region_of(field: Field) -> list[Any]:
    (x, y), (right, _), (_, bottom), _ = field.corners
    if field.corners == rectangle(x, y, right - x, bottom - y):
        return [x, y, right - x, bottom - y]
    return [list(point) for point in field.corners]


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    # a JSON string is one of TOML, but for DEL and what lies beyond 16 bits, which TOML takes as it is
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)
