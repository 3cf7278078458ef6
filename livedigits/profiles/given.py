"""Samples from files: folders of pictures that each show one mark, and lines of corrections with boxes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.profiles.marked import crop_of_picture, crops_of
from livedigits.profiles.samples import Samples
from livedigits.sources.images import decode, is_picture, list_pictures
from livedigits.sources.video import open_video
from livedigits.types import NO_DIGIT

NONE = "none"
"""The subfolder of what is no digit."""

SIDE = 100_000
"""px: largest number in a box."""
FRAMES = 1 << 31
"""More than a video has."""

OnError = Callable[[LivedigitsError], object]
Done = Callable[[int], object]


def of_folder(folder: Path, on_error: OnError, done: Done = lambda steps: None) -> Samples:
    """The samples of the pictures in the subfolders 0 to 9 and none of a folder, each of one mark.

    Raises
    ------
    LivedigitsError: there are no such subfolders; a picture that cannot be read is handed to `on_error`
    """
    labels = {str(digit): digit for digit in range(10)} | {NONE: NO_DIGIT}
    folders = [(folder / name, label) for name, label in labels.items() if (folder / name).is_dir()]
    if not folders:
        raise LivedigitsError(f"{folder} has no subfolders 0 to 9 or {NONE}: put pictures of one digit each into these")
    crops, given = [], []
    for subfolder, label in folders:
        for path in list_pictures(str(subfolder)):
            try:
                crops.append(crop_of_picture(decode(path)))
                given.append(label)
            except LivedigitsError as error:
                on_error(error if path in str(error) else LivedigitsError(f"{path}: {error}"))
            done(1)
    return Samples.of(np.stack(crops), given) if crops else Samples.none()


class Correction(NamedTuple):
    """A box x, y, width, height in px of a frame of a source, and what it truly shows, 0..9 or 10."""

    source: str
    frame: int
    box: tuple[int, int, int, int]
    label: int


def of_corrections(path: str, on_error: OnError, done: Done = lambda steps: None) -> Samples:
    """The samples of a file of corrections, JSON Lines as `corrections` takes them; "-" is standard input.

    Raises
    ------
    LivedigitsError: the file cannot be read, or a line of it; a box without ink is handed to `on_error`, and so is a
        source that cannot be read
    """
    by_frame: dict[tuple[str, int], list[Correction]] = {}
    for correction in corrections(path):
        by_frame.setdefault((correction.source, correction.frame), []).append(correction)
    crops, labels = [], []
    for (source, number), group in by_frame.items():
        try:
            image = _frame(source, number)
        except LivedigitsError as error:
            on_error(error)
            continue
        for correction in group:
            try:
                crops.append(crops_of(image, np.array([correction.box]))[0])
                labels.append(correction.label)
            except LivedigitsError as error:
                on_error(LivedigitsError(f"{source}: {error}"))
            done(1)
    return Samples.of(np.stack(crops), labels) if crops else Samples.none()


def corrections(path: str) -> Iterator[Correction]:
    """What the lines of a file say.

    A line is an object with `source`, the path of a picture or video, perhaps `frame`, its number there from 0, and
    either `box` and `digit`, or `digits`, a list of objects with these; a digit is 0 to 9, or null for what is none.

    Raises
    ------
    LivedigitsError: the file cannot be read, or a line is another
    """
    with _lines(path) as lines:
        for number, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
                source, frame = line["source"], line.get("frame", 0)
                entries = line.get("digits", [line])
                os.fsencode(str(source))  # raises UnicodeEncodeError where no file can have this name
                found = [Correction(str(source), _frame_of(frame), _box(e["box"]), _label(e["digit"])) for e in entries]
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
                wanted = 'a line such as {"source": "a.png", "box": [x, y, width, height], "digit": 7}'
                raise LivedigitsError(f"line {number} of {path} is no correction: it needs {wanted}") from None
            yield from found


@contextlib.contextmanager
def _lines(path: str) -> Iterator[Any]:
    if path == "-":
        yield sys.stdin
        return
    try:
        with open(path, encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise LivedigitsError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise LivedigitsError(f"{path} is no file of JSON Lines") from None


def _box(box: Any) -> tuple[int, int, int, int]:
    x, y, width, height = (round(float(side)) for side in box)
    if width <= 0 or height <= 0 or max(abs(x), abs(y), width, height) > SIDE:
        raise ValueError("a box without extent, or far outside")
    return x, y, width, height


def _frame_of(frame: Any) -> int:
    if not 0 <= int(frame) < FRAMES:
        raise ValueError("no frame has this number")
    return int(frame)


def _label(digit: Any) -> int:
    if digit is None or digit == NONE:
        return NO_DIGIT
    if isinstance(digit, bool) or int(digit) != float(digit) or not 0 <= int(digit) <= 9:
        raise ValueError("no digit")
    return int(digit)


def _frame(source: str, number: int) -> np.ndarray:
    """The picture, or a video's frame of this number, (h, w, 3) uint8 BGR."""
    if is_picture(source):
        return decode(source)
    with open_video(source, after=number - 1) as video:
        frame = next(iter(video), None)
    if frame is None or frame.index != number:
        raise LivedigitsError(f"{source} has no frame {number}")
    return frame.image
