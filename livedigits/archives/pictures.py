"""Pictures that several processes read, as a source of frames whose digits are there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from livedigits import process
from livedigits.engines.pool import Pool
from livedigits.errors import LivedigitsError
from livedigits.fields.definition import CONFIDENCE, FieldSet
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import Pictures as FieldsOfPictures
from livedigits.fields.watching import places
from livedigits.live.following import read_picture
from livedigits.outputs.images import PictureFile, PictureFolder, annotated
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.reader import Reader, Reading
from livedigits.sources.images import Pictures, decode
from livedigits.sources.picture_memory import MOST
from livedigits.types import Digits, FieldValue, Frame, Result


@dataclass(frozen=True)
class PictureReader:
    """Makes the function that reads pictures in a process: model, min_confidence as of a Reader, which has one thread.

    decimal : as of a Reader; fields : are read, too
    save : the function gives annotated pictures, too
    max_memory : MB that each process may take
    profile : file of what was learned of a hand
    """

    model: str | None = None
    min_confidence: float | None = None
    fields: FieldSet | None = None
    save: bool = False
    max_memory: float = MOST
    decimal: bool = False
    profile: Path | None = None

    def __call__(self) -> Callable[[tuple[str, str]], Read]:
        process.allow_large_pictures()
        classifier = Classifier(self.model, threads=1)
        learned = None if self.profile is None else WatchedProfile(self.profile, classifier)
        reader = Reader(classifier, self.min_confidence, 1, self.decimal, learned)
        values: Callable[[Frame], Mapping[str, FieldValue]] | None = None
        if self.fields is not None:
            doubtful = CONFIDENCE if self.min_confidence is None else self.min_confidence
            values = FieldsOfPictures(FieldReader(reader, doubtful), self.fields, places(self.fields, followed=False))

        def read(task: tuple[str, str]) -> Read:
            path, suffix = task
            frame = Frame(decode(path, self.max_memory), 0, 0.0, path)
            result = read_picture(reader, frame, values)
            picture = annotated(result, suffix) if self.save else None
            return Read(result.frame.image.shape, result.digits, result.fields, picture, result.frame.turned)

        return read


@dataclass(frozen=True, eq=False)
class Read:
    """What a process has read: the picture's shape (h, w, 3), digits, fields, and the annotated picture as a file.

    turned : as of a Frame
    """

    shape: tuple[int, ...]
    digits: Digits
    fields: Mapping[str, FieldValue]
    annotated: bytes | None
    turned: int = 0


class PicturesRead(Pictures):
    """The pictures of a source, read by a pool of PictureReaders; frames have the shape of the picture, and no pixels.

    Parameters
    ----------
    source : says which; of it nothing is taken
    pool : reads them
    on_error : as of Pictures
    suffix : of the annotated picture of a file
    """

    def __init__(
        self,
        source: Pictures,
        pool: Pool[Any, Read],
        on_error: Callable[[LivedigitsError], None],
        suffix: Callable[[str], str] = lambda path: "",
    ) -> None:
        super().__init__([], on_error)
        self.name, self.files, self.count = source.name, source.files, source.count
        self._answers = pool.map((file, suffix(file)) for file in self.files)
        self._read: Read | None = None

    def take(self, timeout: float) -> Frame | None:
        for answer in self._answers:
            index, self._next = self._next, self._next + 1
            if isinstance(answer, LivedigitsError):
                self._report(_named(answer, self.files[index]))
            elif isinstance(answer, Exception):
                raise answer
            else:
                self._read = answer
                image = np.broadcast_to(np.uint8(0), answer.shape)
                return Frame(image, index, 0.0, self.files[index], turned=answer.turned)
        return None

    def look(self, frame: Frame) -> Reading:
        """What was read in the frame that was taken last."""
        assert self._read is not None
        none = np.empty(0)
        return Reading(self._read.digits, none, none, none, none, {})

    def fields(self, frame: Frame) -> Mapping[str, FieldValue]:
        """The fields of the frame that was taken last."""
        assert self._read is not None
        return self._read.fields

    def saving(self, pictures: PictureFile | PictureFolder) -> _Saving:
        """A sink that puts the annotated pictures where `pictures` would."""
        return _Saving(lambda: self._read, pictures)


class _Saving:
    """Keeps the annotated picture that was read last."""

    def __init__(self, newest: Callable[[], Read | None], pictures: PictureFile | PictureFolder) -> None:
        self._newest = newest
        self._pictures = pictures

    def __enter__(self) -> _Saving:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, result: Result) -> None:
        """Saves it."""
        read = self._newest()
        assert read is not None and read.annotated is not None
        self._pictures.keep(result.frame.source, read.annotated)


def _named(error: LivedigitsError, path: str) -> LivedigitsError:
    """The error, which names its file."""
    return error if path in str(error) else LivedigitsError(f"{path} cannot be read: {error}")
