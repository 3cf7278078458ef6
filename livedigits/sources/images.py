"""Pictures and folders of pictures: which files, in which order, and each decoded as a person sees it."""

from __future__ import annotations

import functools
import io
import logging
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
from livedigits.types import Frame

# The formats that are tried, by content; the rest costs the loading of all of Pillow's plugins. Never EPS and its
# like, which Pillow hands to another program.
COMMON_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM")
OTHER_FORMATS = ("WEBP", "TIFF", "AVIF", "JPEG2000", "DIB", "ICO")
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
    ) -> None:
        given = [os.fspath(path) for path in paths]
        self._on_error = on_error
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
                return Frame(_decoded(self.files[index]), index, 0.0, self.files[index])
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
    return sorted(found, key=_natural)


def _is_picture_name(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES


def _natural(path: str) -> tuple[list[list[str | int]], str]:
    parts = path.casefold().split(os.sep)
    return [[int(s) if s.isdecimal() else s for s in re.split(r"(\d+)", part)] for part in parts], path


def decode(path: str | os.PathLike[str]) -> np.ndarray:
    """Decode a picture file as a person sees it.

    The format follows the content, not the suffix. EXIF orientation is applied; transparency is laid on a ground
    on which the ink shows; deep pictures are brought to 8 bits by the range that they use; of an animation the
    first frame is taken.

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
            return _decode(file if file.seekable() else io.BytesIO(file.read()), name)
    except FileNotFoundError:
        raise LivedigitsError(f"{name}: no such file") from None
    except OSError as error:
        raise LivedigitsError(f"{name} cannot be read: {error.strerror or error}") from None


def _decoded(path: str) -> np.ndarray:
    """A picture file, or with "-" what is on standard input, decoded."""
    if path == standard_input.NAME:
        return decode_bytes(standard_input.read_all(), standard_input.SAID)
    return decode(path)


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


def decode_bytes(data: bytes, name: str) -> np.ndarray:
    """Decode a picture that is in memory, as `decode` does a file; `name` stands for it in error messages."""
    return _decode(io.BytesIO(data), name)


def _decode(file: IO[bytes], name: str) -> np.ndarray:
    try:
        with _open(file) as picture:
            picture.load()
            _turn_upright(picture)
            return np.ascontiguousarray(_to_bgr(picture))
    except UnidentifiedImageError:
        raise LivedigitsError(f"{name} {_why_no_picture(file)}") from None
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise LivedigitsError(f"{name} is too large: more than {limit} megapixels") from None
    except Exception as error:  # damaged files make the decoders raise errors of almost any type
        raise LivedigitsError(f"{name} cannot be decoded: it is damaged or cut short ({_line(error)})") from None


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
    if picture.mode.startswith(("I", "F")):
        return cv2.cvtColor(_to_8_bits(np.asarray(picture)), cv2.COLOR_GRAY2BGR)
    if picture.has_transparency_data:
        return _on_ground(np.asarray(picture.convert("RGBA")))
    return cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR)


def _to_8_bits(grey: np.ndarray) -> np.ndarray:
    """(h, w) of any depth -> (h, w) uint8, by the bits in use: scanners and scientific cameras fill 8, 12 or 16."""
    real = grey.dtype.kind == "f"
    grey = np.nan_to_num(grey.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0).clip(min=0)
    top = float(grey.max())
    # floats lie in 0..1, perhaps with overshoot
    full = max(top, 1.0) if real and top < 16 else 2 ** max(8, int(top).bit_length()) - 1
    return (grey * (255 / full)).round().clip(max=255).astype(np.uint8)


def _on_ground(rgba: np.ndarray) -> np.ndarray:
    """(h, w, 4) uint8 RGBA -> (h, w, 3) uint8 BGR, laid on the ground that `_ground` chooses."""
    alpha = rgba[..., 3]
    bgr = cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGR)
    if alpha.min() == 255:
        return bgr
    ground = _ground(bgr, alpha)
    share = (alpha.astype(np.float32) / 255)[..., None]
    return (bgr * share + ground * (1 - share)).round().astype(np.uint8)


def _ground(bgr: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The colour behind a transparent picture, (3,) float32 BGR.

    Mostly opaque and of several shades: paper that misses an edge or a corner, which its own colour fills. Otherwise
    what is opaque is the ink, and white or black shows it, whichever is farther from it.
    """
    if not alpha.any():
        return np.full(3, 255, np.float32)
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    solid = alpha == alpha.max()  # the soft edges of ink have shades of their own
    if alpha.mean() > 0.6 * 255 and np.ptp(grey[solid]) > 8:
        return np.median(bgr[solid], axis=0).astype(np.float32)
    return np.full(3, 255 if np.average(grey, weights=alpha) < 128 else 0, np.float32)
