"""How much memory a picture takes, known from its header before a byte of it is decoded."""

from __future__ import annotations

import math
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MB = 1_000_000
MOST = 600
"""MB that the whole process may take by default: a photo of 50 megapixels, which is what phones and cameras make."""
PROCESS = 145
"""MB that a command takes without a picture, with what the stages make of any picture: `livedigits image` on a picture
of 28x28 px has 105 at its peak, and the ink of the largest frame (regions.py brings it to 1080 px) takes 35 more."""

READ = 9
"""Bytes a pixel that are needed once it is decoded: BGR, and as much each for what is brought out of a drawing, or to
draw on it and for the file that is made of that."""
STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes a pixel of Pillow's modes; 4 in all others."""
DECODERS = {"WEBP": 12, "AVIF": 12, "JPEG2000": 22, "HEIF": 12}
"""Bytes a pixel that decoders take besides: measured as VmHWM on pictures of 9 megapixels with Pillow 13, RGBA, AVIF
and JPEG 2000 with 8 bits (12, 7 and 21)."""
COEFFICIENTS = 6
"""The same of a JPEG in several scans, whose coefficients are held: 2 bytes of each of 3 colours."""


def needed(picture: Image.Image) -> int:
    """Bytes that decoding and reading an opened picture takes."""
    stored = STORED.get(picture.mode, 4)
    extra: float = DECODERS.get(picture.format or "", 0)
    if picture.format in ("JPEG", "MPO") and _has_scans(picture.fp):  # type: ignore[attr-defined]
        extra = COEFFICIENTS
    elif picture.format == "TIFF":
        extra = _tiff_strip(picture)
    elif [tile[0] for tile in picture.tile[:1]] in (["bmp_rle"], ["ppm_plain"]):  # type: ignore[attr-defined]
        extra = 2 * stored  # decoded in Python, whole
    # as it is decoded, turned upright by Pillow, or beside the BGR that is made of it
    decoded = extra + max(2 * stored, stored + 3)
    return math.ceil(picture.size[0] * picture.size[1] * max(decoded, READ))


def process_megabytes(bytes_needed: int) -> int:
    """MB that the process takes with a picture that needs so many bytes, rounded up."""
    return math.ceil((PROCESS + bytes_needed / MB) / 10) * 10


def _tiff_strip(picture: Image.Image) -> float:
    """Bytes of a strip of a TIFF, for each pixel of the picture: a strip is decoded whole, and may hold all of it."""
    bits = picture.tag_v2.get(258, (8,))  # type: ignore[attr-defined]
    samples = picture.tag_v2.get(277, 1)  # type: ignore[attr-defined]
    per_sample = max(bits) if isinstance(bits, tuple) and bits else 8
    tile = picture.tag_v2.get(322, 0) * picture.tag_v2.get(323, 0)  # type: ignore[attr-defined]
    strip = picture.width * picture.tag_v2.get(278, picture.height)  # type: ignore[attr-defined]
    share = min((tile or strip) / (picture.width * picture.height), 1.0)
    return float(max(1, samples) * per_sample / 8 * share)


def _has_scans(file: IO[bytes]) -> bool:
    """Whether a JPEG comes in several scans: progressive, or a colour at a time; True where that is not clear."""
    place = file.tell()
    try:
        file.seek(2)
        colours = 0
        while True:
            marker = file.read(2)
            if len(marker) < 2 or marker[0] != 0xFF:
                return True
            if marker[1] == 0xFF:  # fill bytes
                file.seek(-1, 1)
                continue
            length = int.from_bytes(file.read(2), "big")
            if marker[1] == 0xDA:  # start of scan: how many colours it has
                return file.read(1)[:1] != bytes([colours])
            if marker[1] in (0xC0, 0xC1):
                colours = (file.read(6) or b"\0")[-1]
                file.seek(-6, 1)
            elif 0xC2 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
                return True
            if length < 2:
                return True
            file.seek(length - 2, 1)
    finally:
        file.seek(place)
