"""Sinks: where results go. Each is a context manager with write(frame, digits): JSON Lines, annotated video, pictures.

A sink opens its output when it is entered, so that a path that cannot be written is known before reading starts, and
leaves it whole when it is left, whatever the reason. What was there before stays until there is something to write.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from livedigits.annotate import overlay
from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.encoder import Encoder
from livedigits.outputs.jsonl import LineFile
from livedigits.types import Digits, Result

if TYPE_CHECKING:
    from livedigits.types import Frame

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""Of pictures that can be saved."""

LIVE_FPS = 30.0


class Sink(Protocol):
    """What takes the result of each frame."""

    def write(self, frame: Frame, digits: Digits) -> None: ...


class JsonLines:
    """JSON Lines, one object a frame, to a file or ("-") to standard output.

    Parameters
    ----------
    path : the file, or "-"
    append : go on behind what is in the file; otherwise the first line empties it, or an end without an error

    Raises
    ------
    LivedigitsError: the file cannot be written
    """

    def __init__(self, path: str | Path, append: bool = False) -> None:
        self._lines = LineFile(path, append)

    def __enter__(self) -> JsonLines:
        self._lines.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._lines.__exit__(kind)

    def write(self, frame: Frame, digits: Digits) -> None:
        """Writes one line."""
        self._lines.write(Result(frame, digits).to_json())


class VideoFile:
    """An annotated video: H.264 in .mp4, .m4v, .mov, .mkv or .avi, VP9 in .webm.

    Parameters
    ----------
    path : the file, of one of these kinds
    fps : frames a second; None for a source that does not know
    true_time : each frame is shown from its own time until the next one's, so that the video lasts as long as the take
        did whatever the rate; otherwise each frame is shown for 1 / fps

    The video has the size of its first frame; later frames of another size are fitted into it.

    Raises
    ------
    LivedigitsError: the suffix is of no such kind, the file cannot be written, the encoder fails
    """

    def __init__(self, path: str | Path, fps: float | None = None, true_time: bool = False) -> None:
        self._encoder = Encoder(path, fps if fps and 1 <= fps <= 240 else LIVE_FPS, true_time)
        self._start = 0.0
        self._last: np.ndarray | None = None

    def __enter__(self) -> VideoFile:
        self._encoder.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # An error that is under way already says more than the encoder's about the same.
        self._encoder.close(quietly=kind is not None)

    def write(self, frame: Frame, digits: Digits) -> None:
        """Draws the digits onto the frame and adds it to the video."""
        image = overlay.draw(frame.image, digits)
        if self._last is None:
            self._start = frame.time
        elif image.shape != self._last.shape:
            image = _fit(image, self._last.shape[1::-1])
        self._encoder.write(image, frame.time - self._start)
        self._last = image

    def hold(self, until: float) -> None:
        """Has a video in true time show its last picture until a time (s, as frames have it) without a new one."""
        if self._last is not None:
            self._encoder.write(self._last, until - self._start - 1 / self._encoder.fps)


def _fit(image: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The image resized into (width, height) px, its aspect kept, black beside it."""
    factor = min(size[0] / image.shape[1], size[1] / image.shape[0])
    width, height = (max(1, round(side * factor)) for side in image.shape[1::-1])
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    canvas[y : y + height, x : x + width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return canvas


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
        # Compared without case: on many disks A.png and a.png are one file.
        here = self.folder.resolve()
        self._taken = {path.name.lower() for path in map(Path, inputs) if path.parent.resolve() == here}

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

    def write(self, frame: Frame, digits: Digits) -> None:
        """Draws the digits onto the picture and saves it."""
        save_picture(self._name(Path(frame.source)), overlay.draw(frame.image, digits))

    def _name(self, source: Path) -> Path:
        suffix = ".jpg" if source.suffix.lower() in (".jpg", ".jpeg") else ".png"
        number = 1
        while True:
            name = f"{source.stem}{suffix}" if number == 1 else f"{source.stem}-{number}{suffix}"
            if name.lower() not in self._taken:
                self._taken.add(name.lower())
                return self.folder / name
            number += 1


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
        if self.path.suffix.lower() not in PICTURE_SUFFIXES:
            raise LivedigitsError(f"cannot save a picture as {self.path}: its name must end in .png or .jpg")
        if not os.access(self.path.resolve().parent, os.W_OK):
            raise OutputError(self.path, "no such folder, or no permission")
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, frame: Frame, digits: Digits) -> None:
        """Draws the digits onto the picture and saves it."""
        if self._written:
            raise LivedigitsError(f"{self.path} is one picture, but there are several: give a folder")
        save_picture(self.path, overlay.draw(frame.image, digits))
        self._written = True


def save_picture(path: Path, image: np.ndarray) -> None:
    """Writes an image (h, w, 3) uint8 BGR to path, of the kind that its suffix names, whole or not at all.

    Raises
    ------
    OutputError: it cannot be written
    """
    # Encoded here and written by Python, because cv2.imwrite gives no reason and takes no such name on Windows.
    jpeg = path.suffix.lower() in (".jpg", ".jpeg")
    whole, data = cv2.imencode(path.suffix, image, [cv2.IMWRITE_JPEG_QUALITY, 92] if jpeg else [])
    if not whole:
        raise OutputError(path, "the picture cannot be encoded")
    target = path.resolve()  # where the path is a link, the link stays
    part = target.with_name(f".livedigits-{os.getpid()}{target.suffix}")
    try:
        try:
            part.write_bytes(data.tobytes())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(path, error.strerror) from error
