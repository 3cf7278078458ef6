"""What reads the frames of a source for the loop: each for itself, or those of a video with what came before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from livedigits.recognition.reader import Reader, Reading
from livedigits.recognition.turning import read_upright, turned
from livedigits.recognition.video_reader import Scan, VideoReader
from livedigits.types import FieldValue, Frame, Result


class Following:
    """Reads the frames of a video or a camera, whose digits it follows until the frames' size changes.

    Parameters
    ----------
    reader : reads them
    last_track : numbers of tracks up to this one are taken
    """

    def __init__(self, reader: Reader, last_track: int = 0) -> None:
        self._reader = reader
        self._video = VideoReader(reader, last_track)
        self._shape: tuple[int, ...] = ()

    @property
    def last_track(self) -> int:
        """The highest number of a track so far."""
        return self._video.last_track

    def ahead(self, frame: Frame) -> Callable[[], Scan] | None:
        """What scans the frame after those asked for before, as VideoReader.ahead; None for one of another size."""
        return self._video.ahead(frame.image, frame.time) if frame.image.shape == self._shape else None

    def jump(self) -> None:
        """The next frame does not follow the one before: nothing is where it was."""
        self._video = VideoReader(self._reader, self._video.last_track)

    def take(self, reader: Reader) -> None:
        """Reads on with a reader that asks for another confidence."""
        self._reader = reader
        self._video.take(reader)

    def __call__(self, frame: Frame, ahead: Scan | None = None) -> Reading:
        if self._shape not in ((), frame.image.shape):
            self.jump()
        self._shape = frame.image.shape
        return self._video.look(frame.image, frame.time, ahead)


class Single:
    """Reads pictures, each for itself.

    Parameters
    ----------
    reader : reads them
    upright : pages that lie on their side or upside down are read upright
    """

    def __init__(self, reader: Reader, upright: bool = False) -> None:
        self._reader = reader
        self._upright = upright

    def take(self, reader: Reader) -> None:
        """Reads on with a reader that asks for another confidence."""
        self._reader = reader

    def __call__(self, frame: Frame) -> Reading:
        return read_upright(self._reader, frame.image) if self._upright else self._reader.look(frame.image)


def read_picture(
    reader: Reader, frame: Frame, fields: Callable[[Frame], Mapping[str, FieldValue]] | None = None
) -> Result:
    """What a picture holds: where fields are asked for as it lies, else upright; as `image` reads it.

    fields : reads the fields of a picture
    """
    reading = Single(reader, upright=fields is None)(frame)
    return Result(as_read(frame, reading), reading.digits, fields(frame) if fields else {})


def as_read(frame: Frame, reading: Reading) -> Frame:
    """The frame as it was read: turned, where it had to be."""
    if not reading.turned:
        return frame
    return replace(frame, image=turned(frame.image, reading.turned), turned=reading.turned)
