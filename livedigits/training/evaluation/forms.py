"""Measures reading of forms: rendered sheets of one form with twelve fields, filled in by hand and photographed.

    python -m livedigits.training.evaluation.forms
    python -m livedigits.training.evaluation.forms --strokes pens.npz --backgrounds photos/ --keep wrong/

renders 200 sheets as synthesis.filled_forms lays them (turned and tilted by up to 30 degrees, half of them wavy, one in
ten upside down), reads each with and without what its fields expect, and prints shares and time: of all fields, and of
those "apart", in which no character touches or crosses the next. --keep writes the
pictures of sheets with an error, the fields outlined as they were found. The same seed gives the same sheets.
"""

from __future__ import annotations

import functools
import itertools
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import cv2
import numpy as np

from livedigits.fields.alignment import Place
from livedigits.fields.definition import Field, FieldSet, rectangle
from livedigits.fields.form import Form
from livedigits.fields.print import Print
from livedigits.fields.reading import Erase, FieldReader
from livedigits.fields.registration import Registration
from livedigits.outputs.progress import bar
from livedigits.recognition.reader import Reader
from livedigits.training.dataset.pools import Pool, pools
from livedigits.training.synthesis import filled_forms
from livedigits.training.synthesis.filled_forms import PLACES, Photo
from livedigits.training.synthesis.writers import Writer
from livedigits.training.tool import frames_options

SEED = 16_000_016
"""Of sheets that no training renders."""
UPSIDE_DOWN = 10  # every so many sheets
RIGHT = 0.15
"""Of a field's height: how far its corners may be found from where they are for the registration to be right."""
SURE = ("read", "settled")
"""States that say that the text is right."""


def fields() -> FieldSet:
    """The form's fields."""
    return FieldSet(tuple(Field(p.name, rectangle(*map(float, p.region)), Form(p.expect)) for p in PLACES))


def digits_of(text: str) -> str:
    """Of a text what is read where nothing is expected."""
    return "".join(sign for sign in text if sign.isdigit())


class Forms:
    """Counts what is found and read.

    Attributes
    ----------
    counts : by what was counted
    faults : a line for each error of a sheet that is found or read wrongly
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[dict[str, object]] = []
        self._registration = Registration(filled_forms.empty())
        self._print = Print(filled_forms.empty(), [filled_forms.corners_of(place.region) for place in PLACES])
        self._reader = FieldReader(Reader())
        self._fields = fields()

    def add(self, number: int, photo: Photo) -> Place | None:
        """Registers and reads one sheet."""
        counts = self.counts
        began = time.perf_counter()
        place = self._registration.place(photo.image)
        counts["registration seconds"] += time.perf_counter() - began  # type: ignore[assignment]
        counts["sheets"] += 1
        off = np.inf if place is None else max(_off(place, photo, p) for p in PLACES)
        counts["registered"] += off <= RIGHT
        counts["misplaced"] += RIGHT < off < np.inf
        if off > RIGHT:
            self.faults.append({"sheet": number, "off": None if place is None else round(float(off), 3)})
        for i, (field, given) in enumerate(zip(self._fields, PLACES, strict=True)):
            counts["fields"] += 1
            counts["fields apart"] += given.name not in photo.touching
            if place is None:
                continue
            corners = place.map(filled_forms.corners_of(given.region))
            erase = functools.partial(self._print.erased, place=place, number=i)
            self._count(number, photo, (corners, erase), field, "", photo.texts[given.name])
            bare = replace(field, form=None)
            self._count(number, photo, (corners, erase), bare, " without expect", digits_of(photo.texts[given.name]))
        return place

    def _count(
        self, number: int, photo: Photo, where: tuple[np.ndarray, Erase], field: Field, how: str, text: str
    ) -> None:
        began = time.perf_counter()
        read = self._reader.read(photo.image, where[0], field, where[1])
        self.counts[f"field seconds{how}"] += time.perf_counter() - began  # type: ignore[assignment]
        right, sure = read.text == text, read.state in SURE
        apart = field.name not in photo.touching
        for group in ("", " apart") if apart else ("",):
            self.counts[f"right{how}{group}"] += right and read.state in (*SURE, "doubtful")
            self.counts[f"sure{how}{group}"] += sure
            self.counts[f"wrong and sure{how}{group}"] += sure and not right
        if not right:
            fault = {"sheet": number, "field": field.name, "is": text, "read": read.text, "state": read.state}
            fault |= {"expect": not how, "apart": apart, "confidence": round(float(read.confidence), 3)}
            self.faults.append(fault)

    def lines(self) -> list[str]:
        """What was counted, in words."""
        c = self.counts
        out = [
            f"registration right {c['registered'] / c['sheets']:.4f} of {c['sheets']} sheets, misplaced "
            f"{c['misplaced']}, {1000 * c['registration seconds'] / c['sheets']:.0f} ms a sheet"
        ]
        for how, group in itertools.product(("", " without expect"), ("", " apart")):
            of = max(c[f"fields{group}"], 1)
            out.append(
                f"fields{group} right{how} {c[f'right{how}{group}'] / of:.4f} of {of}, not marked doubtful "
                f"{c[f'sure{how}{group}'] / of:.4f}, wrong and not marked doubtful "
                f"{c[f'wrong and sure{how}{group}'] / of:.4f}"
            )
        spent = 1000 * (c["field seconds"] + c["field seconds without expect"]) / (2 * c["fields"])
        out.append(f"{spent:.0f} ms a field")
        return out


def _off(place: Place, photo: Photo, given: filled_forms.Place) -> float:
    """How far the corners of a field are found from where they are, at most, in heights of the field."""
    real = photo.corners[given.name]
    height = float(np.linalg.norm(real[3] - real[0]))
    return float(np.linalg.norm(place.map(filled_forms.corners_of(given.region)) - real, axis=1).max()) / height


def sheet(number: int, seed: int, pool: Pool) -> Photo:
    """The sheet of a number; every tenth lies upside down."""
    rng = np.random.default_rng([seed, number])
    writer = Writer(rng, pool.digits, None, 0.0 if pool.digits else 1.0)
    return filled_forms.photograph(rng, writer, pool.backgrounds, number % UPSIDE_DOWN == UPSIDE_DOWN - 1)


def _kept(folder: Path, number: int, photo: Photo, place: Place | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    image = photo.image.copy()
    for given in PLACES if place is not None else ():
        assert place is not None
        outline = place.map(filled_forms.corners_of(given.region)).round().astype(np.int32)
        cv2.polylines(image, [outline], True, (0, 0, 255), 1, cv2.LINE_AA)
    cv2.imwrite(str(folder / f"{number:03}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 85])


@click.command(help=__doc__.split("\n")[0])
@frames_options(frames=200, seed=SEED)
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for the pictures of sheets with an error.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="File for the errors, a line each.")
def main(
    strokes: Sequence[Path], backgrounds: Path | None, frames: int, seed: int, keep: Path | None, json_path: Path | None
) -> None:
    _, pool = pools(strokes, backgrounds)
    forms = Forms()
    with bar("sheets", frames) as done:
        for number in range(frames):
            photo = sheet(number, seed, pool)
            before = len(forms.faults)
            place = forms.add(number, photo)
            if keep is not None and len(forms.faults) > before:
                _kept(keep, number, photo, place)
            done(1)
    if json_path is not None:
        json_path.write_text("".join(json.dumps(fault) + "\n" for fault in forms.faults), encoding="utf-8")
    for line in forms.lines():
        click.echo(line)


if __name__ == "__main__":
    main()
