"""What numbers are measured on: rendered pages of them, amounts in a folder, and numbers joined from MNIST's digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.reader import Reader
from livedigits.sources.images import decode
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.frame_truth import numbers_of
from livedigits.training.dataset.pools import pools
from livedigits.training.evaluation.strings import Strings, of_page, of_picture
from livedigits.training.synthesis.joined import CLOSE, TOUCHING, joined
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.numbers import Spacing
from livedigits.training.synthesis.scenes import Scene

SEED = 7_000_009
"""Of pages that no training renders."""
JOINED = 500
"""Numbers joined from MNIST's test half, at most, and as many pairs: of each digit one or none is used."""
LONGEST = 6
"""Digits of a joined number, at most."""
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


class PageReader:
    """Reads rendered pages of numbers; instances go to worker processes, so the reader is made at the first page."""

    def __init__(self, model: Path):
        self.model = model
        self._reader: Reader | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"model": self.model, "_reader": None}

    def __call__(self, scene: Scene) -> Strings:
        self._reader = self._reader or Reader(self.model)
        return of_page(self._reader.read(scene.image), numbers_of(scene))


def pages(
    model: Path, count: int, strokes: Sequence[Path], backgrounds: Path | None, done: Callable[[int], Any]
) -> Strings:
    """`count` rendered pages of numbers, of the writers and photos that are kept for validation."""
    _, pool = pools(strokes, backgrounds)
    read = []
    rendered = render_many(
        count, SEED, pool.digits, pool.others, pool.backgrounds, then=PageReader(model), numbers=True
    )
    for strings in rendered:
        read.append(strings)
        done(1)
    return Strings.joined(read)


def pictures(model: Path, labelled: Iterable[tuple[np.ndarray, str]], done: Callable[[int], Any]) -> Strings:
    """Pictures (h, w, 3) uint8 BGR of one number each, with its digits."""
    reader = Reader(model)
    read = []
    for image, text in labelled:
        read.append(of_picture(reader.read(image), text))
        done(1)
    return Strings.joined(read)


def from_mnist(test: Digits28) -> Mapping[str, list[tuple[np.ndarray, str]]]:
    """Numbers of digits that lie beside each other in MNIST's test half, close, and pairs that touch."""
    return {
        "numbers of MNIST": list(_joined(test, 2, LONGEST, CLOSE)),
        "touching pairs": list(_joined(test, 2, 2, TOUCHING)),
    }


def _joined(test: Digits28, least: int, most: int, spaced: Spacing) -> Iterator[tuple[np.ndarray, str]]:
    rng = np.random.default_rng(SEED)
    start = 0
    for _ in range(JOINED):
        part = slice(start, start + int(rng.integers(least, most + 1)))
        if part.stop > len(test):
            return
        text = "".join(map(str, test.labels[part].tolist()))
        yield joined(rng, test.images[part], spaced), text
        start = part.stop


def amounts(folder: Path) -> list[tuple[Path, str]]:
    """Pictures and the digits of their amounts, in the form of ORAND-CAR's ground truth.

    The folder holds a .txt file or several with lines of a file's name, a tab or blanks, and its amount; the pictures
    lie beside it or in folders below.

    Raises
    ------
    LivedigitsError: there is no such file, a line is of another form, a picture is missing
    """
    labels = sorted(folder.glob("*.txt"))
    if not labels:
        raise LivedigitsError(f"{folder} holds no .txt file with lines of a picture's name, a tab and its amount")
    places = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURES}
    found = []
    for file in labels:
        for number, line in enumerate(_lines(file), 1):
            name, _, amount = line.replace("\t", " ").partition(" ")
            if not amount.strip().isdecimal():
                raise LivedigitsError(f"{file}, line {number}: a picture's name, a tab and an amount are wanted")
            if name not in places:
                raise LivedigitsError(f"{file}, line {number}: there is no picture {name} in {folder}")
            found.append((places[name], amount.strip()))
    if not found:
        raise LivedigitsError(f"{labels[0]} names no picture")
    return found


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise LivedigitsError(f"cannot read {file}: {error}") from error


def decoded(labelled: Sequence[tuple[Path, str]]) -> Iterator[tuple[np.ndarray, str]]:
    """The pictures of these paths, one after another."""
    return ((decode(path), text) for path, text in labelled)
