"""Pictures and folders of pictures: which files, in which order, and each decoded as a person sees it."""

from __future__ import annotations

import functools
import io
import logging
import math
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import IO

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from livedigits.errors import LivedigitsError
from livedigits.sources import standard_input
from livedigits.sources.filetypes import HEAD, PICTURE_SUFFIXES, is_heic, is_video
from livedigits.sources.noise import held_back
from livedigits.sources.picture_memory import MB, MOST, needed, process_megabytes
from livedigits.types import Frame

# The formats that are tried, by content; the rest costs the loading of all of Pillow's plugins. Never EPS and its
# like, which Pillow hands to another program.
COMMON_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM")
OTHER_FORMATS = ("WEBP", "TIFF", "AVIF", "JPEG2000", "DIB")
PIPED = 100 * MB  # bytes that are taken of a pipe, which may have no end
STRIP = 1_000_000  # px that are converted at a time: what is made on the way stays small
OF_EXIF = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")  # where Pillow keeps its bytes

# What matters of these messages (damage, size) is raised; the rest is noise on standard error.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


class Pictures:
    """The pictures of files and folders, in natural order (digit2 before digit10), as a source of frames.

    Files are taken as they are, folders with their sub-folders; hidden files and other suffixes in folders are left
    out. A frame's `index` is the picture's place in `files`, its `time` 0.0, its `source` the path as given (a
    folder's as given, joined with the file).

    Parameters
    ----------
    paths : files and folders; "-" is a picture on standard input
    on_error : called with the error of each path that cannot be read, after which the others go on;
        None raises instead
    without : a folder whose pictures are left out of the folders that it lies in: that of the results
    max_memory : MB that the process may take; pictures that would need more are refused

    Raises
    ------
    LivedigitsError: a folder without pictures; on iteration, a file that is missing or cannot be decoded.
    """

    live = timed = False
    fps: float | None = None
    dropped = 0
    notice = ""

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        on_error: Callable[[LivedigitsError], None] | None = None,
        without: str | os.PathLike[str] | None = None,
        max_memory: float = MOST,
    ) -> None:
        given = [os.fspath(path) for path in paths]
        self._on_error = on_error
        self.max_memory = max_memory
        self._without = None if without is None else os.path.realpath(without)
        self.name = ", ".join(given)
        self.files = [file for path in given for file in self._files(path)]
        self.count: int | None = len(self.files)
        self._next = 0

    def _files(self, path: str) -> list[str]:
        if not os.path.isdir(path):
            return [path]
        files = list_pictures(path, self._without)
        if not files:
            self._report(LivedigitsError(f"{path}: no pictures in this folder"))
        return files

    def _report(self, error: LivedigitsError) -> None:
        if self._on_error is None:
            raise error
        self._on_error(error)

    @property
    def ended(self) -> bool:
        return self._next >= len(self.files)

    def news(self) -> list[str]:
        return []

    def take(self, timeout: float) -> Frame | None:
        """The next picture, however long it takes; None after the last."""
        while not self.ended:
            index, self._next = self._next, self._next + 1
            try:
                return Frame(_decoded(self.files[index], self.max_memory), index, 0.0, self.files[index])
            except LivedigitsError as error:
                self._report(error)
        return None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame = self.take(0.0)
        if frame is None:
            raise StopIteration
        return frame

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the iteration; nothing is held open between pictures."""
        self._next = len(self.files)


def list_pictures(folder: str, without: str | None = None) -> list[str]:
    """The pictures in a folder and its sub-folders, by suffix, in natural order.

    Hidden ones are left out, and those below the sub-folder `without`, a real path.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and (not without or os.path.realpath(os.path.join(parent, name)) != without)
        ]
        found += [os.path.join(parent, name) for name in files if _is_picture_name(name)]
    return sorted(found, key=natural)


def _is_picture_name(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def natural(path: str) -> tuple[list[list[str | int]], str]:
    """A key that sorts paths as people do: digit2 before digit10, a folder before what is beside it."""
    parts = path.casefold().split(os.sep)
    return [[int(s) if s.isdecimal() else s for s in re.split(r"(\d+)", part)] for part in parts], path


def decode(path: str | os.PathLike[str], max_memory: float = MOST) -> np.ndarray:
    """Decode a picture file as a person sees it.

    The format follows the content, not the suffix. EXIF orientation is applied; transparency is laid on a ground
    on which the ink shows; deep pictures are brought to 8 bits by the range that they use; of an animation the
    first frame is taken. `max_memory` : MB that a command that reads it may take; its header says what it needs.

    Returns
    -------
    (h, w, 3) uint8, BGR, contiguous

    Raises
    ------
    LivedigitsError: missing, a folder, unreadable, empty, cut short, damaged, too large, or no picture.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        raise LivedigitsError(f"{name} is a folder, not a picture")
    try:
        with open(name, "rb") as file:
            # a pipe cannot be searched, as decoding must
            return _decode(file if file.seekable() else _piped(file, name), name, max_memory)
    except FileNotFoundError:
        raise LivedigitsError(f"{name}: no such file") from None
    except OSError as error:
        raise LivedigitsError(f"{name} cannot be read: {error.strerror or error}") from None


def _decoded(path: str, max_memory: float) -> np.ndarray:
    """A picture file, or with "-" what is on standard input, decoded."""
    if path == standard_input.NAME:
        return _decode(io.BytesIO(standard_input.read_all(PIPED)), standard_input.SAID, max_memory)
    return decode(path, max_memory)


def is_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a picture by its content, whole or damaged, of a kind that is read here or not."""
    try:
        with open(path, "rb") as file:
            if is_heic(file.read(HEAD)):
                return True
            file.seek(0)
            with _open(file):
                return True
    except Exception:  # damaged files make the decoders raise errors of almost any type
        return False


def decode_file(file: IO[bytes], name: str) -> np.ndarray:
    """Decode a picture from an open file that can be searched; `name` stands for it in error messages."""
    return _decode(file, name, MOST)


def measured(file: IO[bytes]) -> tuple[int, int, int]:
    """Width and height in px, and the bytes that decoding takes, as a picture's header says; 0, 0, 0 where it does not.

    Raises
    ------
    PIL.Image.DecompressionBombError: more pixels than Pillow opens
    """
    file.seek(0)
    try:
        with _open(file) as picture:
            return *picture.size, needed(picture)
    except Image.DecompressionBombError:
        raise
    except Exception:  # damaged headers raise errors of almost any type; decoding says what is wrong
        return 0, 0, 0


def _piped(file: IO[bytes], name: str) -> IO[bytes]:
    data = file.read(PIPED + 1)
    if len(data) > PIPED:
        raise LivedigitsError(f"{name} is too large: of a pipe at most {PIPED // MB} MB are taken; give it as a file")
    return io.BytesIO(data)


def _decode(file: IO[bytes], name: str, max_memory: float) -> np.ndarray:
    file.seek(0)
    try:
        with _open(file) as picture:
            _check_memory(picture, name, max_memory)
            with held_back():  # what matters of it is raised
                picture.load()
            _turn_upright(picture)
            return _to_bgr(picture)
    except LivedigitsError:
        raise
    except UnidentifiedImageError:
        raise LivedigitsError(f"{name} {_why_no_picture(file)}") from None
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise LivedigitsError(f"{name} is too large: more than {limit} megapixels") from None
    except Exception as error:  # damaged files make the decoders raise errors of almost any type
        raise LivedigitsError(f"{name} cannot be decoded: it is damaged or cut short ({_line(error)})") from None


def _check_memory(picture: Image.Image, name: str, most: float) -> None:
    megabytes = process_megabytes(needed(picture))
    if megabytes > most:
        width, height = picture.size
        raise LivedigitsError(
            f"{name} is too large: {width} x {height} pixels of a {picture.format} picture take {megabytes} MB of "
            f"memory, and at most {most:g} may be taken: --max-memory {megabytes} allows it"
        )


def _open(file: IO[bytes]) -> Image.Image:
    if is_heic(file.read(HEAD)) and _reads_heic():
        return Image.open(file, formats=["HEIF"])
    file.seek(0)
    try:
        return Image.open(file, formats=COMMON_FORMATS)
    except UnidentifiedImageError:
        Image.init()
        return Image.open(file, formats=[name for name in OTHER_FORMATS if name in Image.OPEN])


@functools.cache
def _reads_heic() -> bool:
    """Whether pillow-heif is there, which is told to Pillow; it takes 20 ms to import, and few pictures need it."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def _why_no_picture(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        return "is empty"
    if is_heic(head):
        return "is a HEIC picture, which needs pillow-heif: pip install 'livedigits[heic]', or save it as JPEG"
    if is_video(head):
        return "is a video, not a picture (for videos: livedigits video)"
    return "is no picture and no video, or too damaged to be read as one"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _turn_upright(picture: Image.Image) -> None:
    """Turns and mirrors as the EXIF orientation says; a damaged one, of any type, says nothing."""
    picture.getexif()  # which is remembered
    for name in OF_EXIF:  # or Pillow writes it back without the orientation, which fails where it is damaged
        picture.info.pop(name, None)
    ImageOps.exif_transpose(picture, in_place=True)


def _to_bgr(picture: Image.Image) -> np.ndarray:
    """(h, w, 3) uint8 BGR, made a strip at a time."""
    width, height = picture.size
    bgr = np.empty((height, width, 3), np.uint8)
    rows = max(1, STRIP // width)
    strips = [(top, min(top + rows, height)) for top in range(0, height, rows)]
    if picture.mode.startswith(("I", "F")):
        top_value, real = _largest(picture, strips)
        for top, bottom in strips:
            grey = _to_8_bits(_strip(picture, top, bottom), top_value, real)
            cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR, dst=bgr[top:bottom])
        return bgr
    if picture.has_transparency_data:
        ground = _ground(picture)
        for top, bottom in strips:
            bgr[top:bottom] = _on_ground(_strip(picture, top, bottom, "RGBA"), ground)
        return bgr
    for top, bottom in strips:
        cv2.cvtColor(_strip(picture, top, bottom, "RGB"), cv2.COLOR_RGB2BGR, dst=bgr[top:bottom])
    return bgr


def _strip(picture: Image.Image, top: int, bottom: int, mode: str | None = None) -> np.ndarray:
    """Some rows of a picture as an array, converted to a mode where one is given."""
    part = picture.crop((0, top, picture.width, bottom))
    return np.asarray(part if mode is None or part.mode == mode else part.convert(mode))


def _largest(picture: Image.Image, strips: list[tuple[int, int]]) -> tuple[float, bool]:
    """The largest finite value of a deep picture, and whether its values are real numbers."""
    parts = (_strip(picture, top, bottom) for top, bottom in strips)
    largest = [(float(_positive(part).max()), part.dtype.kind == "f") for part in parts]
    return max(value for value, _ in largest), largest[0][1]


def _positive(grey: np.ndarray) -> np.ndarray:
    return np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0)


def _to_8_bits(grey: np.ndarray, top: float, real: bool) -> np.ndarray:
    """(h, w) of any depth -> (h, w) uint8, by the bits in use: scanners and scientific cameras fill 8, 12 or 16.

    top : the largest value of the whole picture; real : whether its values are real numbers
    """
    # floats lie in 0..1, perhaps with overshoot
    full = max(top, 1.0) if real and top < 16 else 2 ** max(8, int(top).bit_length()) - 1
    return (_positive(grey) * (255 / full)).round().clip(max=255).astype(np.uint8)


def _on_ground(rgba: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """(h, w, 4) uint8 RGBA -> (h, w, 3) uint8 BGR, laid on a ground (3,) float32 BGR."""
    alpha = rgba[..., 3]
    bgr = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGR)
    if alpha.min() == 255:
        return bgr
    share = (alpha.astype(np.float32) / 255)[..., None]
    return (bgr * share + ground * (1 - share)).round().astype(np.uint8)


def _ground(picture: Image.Image) -> np.ndarray:
    """The colour behind a transparent picture, (3,) float32 BGR.

    Mostly opaque and of several shades: paper that misses an edge or a corner, which its own colour fills. Otherwise
    what is opaque is the ink, and white or black shows it, whichever is farther from it. Of large pictures every so
    many rows and columns are looked at.
    """
    step = 1 + math.isqrt(picture.width * picture.height // STRIP)
    rows = [_strip(picture, y, y + 1, "RGBA")[:, ::step] for y in range(0, picture.height, step)]
    rgba = np.concatenate(rows)
    alpha = rgba[..., 3]
    bgr = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGR)
    if not alpha.any():
        return np.full(3, 255, np.float32)
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    solid = alpha == alpha.max()  # the soft edges of ink have shades of their own
    if alpha.mean() > 0.6 * 255 and np.ptp(grey[solid]) > 8:
        return np.median(bgr[solid], axis=0).astype(np.float32)
    return np.full(3, 255 if np.average(grey, weights=alpha) < 128 else 0, np.float32)
