"""Sinks: annotated pictures, in a folder or one alone; and how a picture is written, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from livedigits.annotate import overlay
from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.paths import free_name, is_picture_folder, keep_existing, names_in, protect
from livedigits.sources.filetypes import JPEG_SUFFIXES, PICTURES_SAVED, VIDEOS_SAVED
from livedigits.types import Result


def picture_sink(
    save: str, given: Sequence[str], files: Sequence[str], taken: Sequence[str] = (), overwrite: bool = False
) -> PictureFile | PictureFolder:
    """Where annotated pictures go: into the folder `save`, or for one picture into the picture `save`.

    Parameters
    ----------
    given : the paths as the user gave them
    files : the pictures that they stand for
    taken : other files that must not be written over
    overwrite : pictures of earlier runs may be written over

    Raises
    ------
    LivedigitsError: a picture that is read is the output, or lies in the folder; several pictures but no folder; a
        picture is there already
    """
    if is_picture_folder(save):
        here = os.path.realpath(save)
        for file in files:
            if os.path.exists(file) and os.path.realpath(os.path.dirname(file)) == here:
                raise LivedigitsError(f"--save {save}: {file} is there, which is to be read: give another folder")
        folder = PictureFolder(save, [*files, *taken])
        keep_existing(folder.targets(files), overwrite)
        return folder
    suffix = Path(save).suffix.lower()
    if suffix in VIDEOS_SAVED or len(given) > 1 or os.path.isdir(given[0]):
        raise LivedigitsError(f"--save {save}: for pictures give a folder")
    protect(files, save)
    keep_existing([save], overwrite)
    return PictureFile(save)


class PictureFolder:
    """Annotated pictures, one for each picture read, in a folder that is made where it is missing.

    A picture keeps its name, as .jpg where it was a JPEG and as .png otherwise; a name that was given before in this
    run, or that is one of the pictures read, gets a number ("one-2.png").

    Parameters
    ----------
    folder : where the pictures go
    inputs : the pictures that are read, and other files, none of which is ever written over

    Raises
    ------
    LivedigitsError: the folder or a picture in it cannot be written
    """

    def __init__(self, folder: str | Path, inputs: Iterable[str | Path] = ()) -> None:
        self.folder = Path(folder)
        self._taken = names_in(self.folder, inputs)

    def targets(self, files: Iterable[str | Path]) -> list[Path]:
        """Where the annotated pictures of these files would go."""
        taken = set(self._taken)
        return [self._name(Path(file), taken) for file in files]

    def __enter__(self) -> PictureFolder:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except FileExistsError:
            raise LivedigitsError(f"cannot save into {self.folder}: it is no folder") from None
        except OSError as error:
            raise LivedigitsError(f"cannot write into {self.folder}: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, result: Result) -> None:
        """Draws the digits onto the picture and saves it."""
        self.keep(result.frame.source, annotated(result, self.suffix(result.frame.source)))

    def keep(self, source: str, data: bytes) -> None:
        """Saves the annotated picture of a file, encoded as `suffix` says."""
        _save(self._name(Path(source), self._taken), data)

    def suffix(self, source: str | Path) -> str:
        """What the annotated picture of a file is encoded as."""
        return ".jpg" if Path(source).suffix.lower() in JPEG_SUFFIXES else ".png"

    def _name(self, source: Path, taken: set[str]) -> Path:
        """A free name, which then is taken."""
        suffix = self.suffix(source)
        name = free_name(source.stem, suffix, lambda name: name.lower() in taken)
        taken.add(name.lower())
        return self.folder / name


class PictureFile:
    """One annotated picture, of the kind that its suffix names; a second picture is refused.

    Raises
    ------
    LivedigitsError: the suffix is none of a picture, or the file cannot be written
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._written = False

    def __enter__(self) -> PictureFile:
        if self.path.suffix.lower() not in PICTURES_SAVED:
            raise LivedigitsError(f"cannot save a picture as {self.path}: its name must end in .png or .jpg")
        if not os.access(self.path.resolve().parent, os.W_OK):
            raise OutputError(self.path, "no such folder, or no permission")
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, result: Result) -> None:
        """Draws the digits onto the picture and saves it."""
        self.keep(result.frame.source, annotated(result, self.suffix(result.frame.source)))

    def keep(self, source: str, data: bytes) -> None:
        """Saves the annotated picture of a file, encoded as `suffix` says."""
        if self._written:
            raise LivedigitsError(f"{self.path} is one picture, but there are several: give a folder")
        _save(self.path, data)
        self._written = True

    def suffix(self, source: str | Path) -> str:
        """What the annotated picture of a file is encoded as."""
        return self.path.suffix


def annotated(result: Result, suffix: str) -> bytes:
    """The picture with its digits drawn, as a file of the kind that the suffix names; raises OutputError."""
    return _encoded(overlay.draw(result.frame.image, result.digits, fields=result.fields), suffix, result.frame.source)


def save_picture(path: Path, image: np.ndarray) -> None:
    """Writes an image (h, w, 3) uint8 BGR to path, of the kind that its suffix names, whole or not at all.

    Raises
    ------
    OutputError: it cannot be written
    """
    _save(path, _encoded(image, path.suffix, path))


def _encoded(image: np.ndarray, suffix: str, name: str | Path) -> bytes:
    # Encoded here and written by Python, because cv2.imwrite gives no reason and takes no such name on Windows.
    if image.size > LARGE and suffix.lower() == ".png" and (large := _large_png(image)):
        return large
    jpeg = suffix.lower() in JPEG_SUFFIXES
    whole, data = cv2.imencode(suffix, image, [cv2.IMWRITE_JPEG_QUALITY, 92] if jpeg else [])
    if not whole:
        raise OutputError(name, "the picture cannot be encoded")
    return bytes(data.tobytes())


LARGE = 50_000_000
"""Bytes of a picture: in memory OpenCV takes twice as much again to encode a larger one as PNG."""
_PNG_END = b"IEND\xaeB`\x82"


def _large_png(image: np.ndarray) -> bytes:
    """A picture (h, w, 3) uint8 BGR as PNG, by way of a file; b"" where there is no room for that."""
    with tempfile.TemporaryDirectory(prefix="livedigits-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "picture.png"
        try:
            data = path.read_bytes() if cv2.imwrite(str(path), image) else b""
        except (cv2.error, OSError):
            return b""
        return data if data.endswith(_PNG_END) else b""


def _save(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; raises OutputError."""
    target = path.resolve()  # where the path is a link, the link stays
    part = target.with_name(f".livedigits-{os.getpid()}{target.suffix}")
    try:
        try:
            part.write_bytes(data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(path, error.strerror) from error
