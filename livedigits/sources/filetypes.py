"""What a file is by its name and its first bytes, and whether a video is as long as its container says."""

from __future__ import annotations

import os
from typing import IO

PICTURE_SUFFIXES = frozenset(
    (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff", ".pbm")
    + (".pgm", ".ppm", ".pnm", ".jp2", ".avif", ".heic", ".heif")
)
"""Of pictures that can be read, or that one is told how to convert."""
JPEG_SUFFIXES = (".jpg", ".jpeg")
PICTURES_SAVED = (".png", *JPEG_SUFFIXES, ".webp", ".bmp", ".tif", ".tiff")
VIDEOS_SAVED = (".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm")
MOVING = frozenset((".gif", ".apng"))  # pictures that are videos, too

HEAD = 189  # bytes that is_video and is_heic look at
MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
PICTURE_BRANDS = (*HEIC_BRANDS, b"avif", b"avis")
EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"  # Matroska and WebM
OGG, FLV, ASF = b"OggS", b"FLV\1", b"\x30\x26\xb2\x75"  # ASF: Windows Media, .wmv
MPEG = (b"\0\0\1\xba", b"\0\0\1\xb3")  # program and elementary streams
TS_SYNC, TS_PACKET = b"G", 188  # MPEG transport streams: packets of so many bytes, each with this first


def is_video(head: bytes) -> bool:
    """Whether a file that begins with these HEAD bytes is a video, by the marks of the usual containers."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in PICTURE_BRANDS
    if head[:4] == b"RIFF":
        return head[8:12] == b"AVI "
    return (
        head.startswith((EBML, OGG, FLV, ASF, *MPEG))
        or head[4:8] in MP4_FIRST_BOXES
        or head[:1] == head[TS_PACKET : TS_PACKET + 1] == TS_SYNC
    )


def is_heic(head: bytes) -> bool:
    """Whether a file that begins so is a HEIC picture, which is known and not read."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def is_cut_short(path: str | os.PathLike[str]) -> bool:
    """Whether an MP4, MOV, AVI, MKV or WebM file is shorter than its container says; False for all others."""
    if not os.path.isfile(path):  # a pipe is read but once
        return False
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(8)
        file.seek(0)
        if head[4:] in MP4_FIRST_BOXES:
            return _mp4_length(file, size) > size
        if head[:4] == b"RIFF":
            return _riff_length(head, size) > size
        if head[:4] == EBML:
            return _matroska_length(file, size) > size
    return False


def _mp4_length(file: IO[bytes], size: int) -> int:
    """The end in bytes of the last box that begins within the file."""
    end = 0
    while end + 8 <= size:
        file.seek(end)
        length = int.from_bytes(file.read(4), "big")
        if length == 1:  # the length stands behind the name, in 8 bytes
            file.seek(end + 8)
            length = int.from_bytes(file.read(8), "big")
        if length < 8:  # 0: to the end of the file, whatever that is
            return size
        end += length
    return end


def _riff_length(head: bytes, size: int) -> int:
    length = int.from_bytes(head[4:8], "little")
    return size if length == 0xFFFFFFFF else 8 + length  # unknown when it was written into a pipe


def _matroska_length(file: IO[bytes], size: int) -> int:
    file.seek(len(EBML))
    header = _read_vint(file)
    file.seek(header or 0, os.SEEK_CUR)
    if file.read(len(SEGMENT)) != SEGMENT:
        return size
    length = _read_vint(file)
    return size if length is None else file.tell() + length


def _read_vint(file: IO[bytes]) -> int | None:
    """EBML's number of variable length; None where all its bits are set: unknown."""
    first = file.read(1)
    if not first or first[0] == 0:
        return None
    more = 8 - first[0].bit_length()
    bits = 7 * (more + 1)
    value = int.from_bytes(first + file.read(more), "big") & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value
