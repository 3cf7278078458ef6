"""Numbers on pages as fields: each with a region about it, as somebody would draw one, and what stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.fields.definition import rectangle
from livedigits.sources.images import decode
from livedigits.training.dataset.frame_truth import numbers_of
from livedigits.training.synthesis.scenes import Scene

WIDER = 1 / 3
"""Of a number's width and height: how much wider and higher than it a field is, on both sides together."""


class Page(NamedTuple):
    """A page of numbers: image (h, w, 3) uint8 BGR; of each number its text, and the corners (4, 2) px of its field."""

    image: np.ndarray
    texts: list[str]
    corners: list[np.ndarray]


def of_scene(scene: Scene) -> Page:
    """The numbers of a rendered page that are wholly to be seen."""
    truth = numbers_of(scene)
    return Page(scene.image, truth.texts, [about(box.tolist()) for box in truth.boxes])


def about(box: Sequence[float]) -> np.ndarray:
    """The corners (4, 2) of a field about a number's box x, y, width, height."""
    x, y, w, h = box
    return np.array(rectangle(x - WIDER / 2 * w, y - WIDER / 2 * h, (1 + WIDER) * w, (1 + WIDER) * h))


def pages_in(place: Path) -> Iterator[Page]:
    """Pages of a .jsonl file, or of that in a folder whose lines have numbers.

    A line is {"image": path from the file's folder, "numbers": [{"text": "407", "box": [x, y, width, height]}, ...]}.

    Raises
    ------
    LivedigitsError: there is no such file, a line is of another form, a picture cannot be read
    """
    files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    found = False
    for file in files:
        try:
            lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise LivedigitsError(f"cannot read {file}: {error}") from error
        for line in lines:
            if isinstance(line, dict) and line.get("numbers"):
                found = True
                try:
                    texts = [str(number["text"]) for number in line["numbers"]]
                    corners = [about(number["box"]) for number in line["numbers"]]
                    yield Page(decode(file.parent / line["image"]), texts, corners)
                except (KeyError, TypeError, ValueError) as error:
                    raise LivedigitsError(f"{file} has a line of another form: {error!r}") from error
    if not found:
        raise LivedigitsError(f"{place} has no line with an image and its numbers")
