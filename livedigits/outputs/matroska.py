"""Raw frames, each with its own time, as a Matroska stream: what a pipe to ffmpeg needs to keep uneven times."""

from __future__ import annotations

TICK = 0.0001
"""Seconds: the finest step of time that the stream knows."""

_UNKNOWN_LENGTH = b"\x01" + 7 * b"\xff"  # of what is still being written
_SIMPLE_BLOCK = b"\x81\x00\x00\x80"  # track 1, at the time of its cluster, a key frame


def header(width: int, height: int, duration: float) -> bytes:
    """The start of a stream of frames (height, width, 3) uint8 BGR; duration in s, of a frame that none follows."""
    kind = _element("1A45DFA3", _element("4282", b"matroska") + _element("4287", _number(4)))
    info = _element("1549A966", _element("2AD7B1", _number(round(TICK * 1e9))))
    video = _element("E0", _element("B0", _number(width)) + _element("BA", _number(height)) + _element("2EB524", _BGR))
    entry = _element("D7", _number(1)) + _element("73C5", _number(1)) + _element("83", _number(1))
    entry += _element("23E383", _number(round(duration * 1e9))) + _element("86", b"V_UNCOMPRESSED") + video
    tracks = _element("1654AE6B", _element("AE", entry))
    return kind + bytes.fromhex("18538067") + _UNKNOWN_LENGTH + info + tracks


def frame_header(ticks: int, size: int) -> bytes:
    """What stands before a frame's pixels: its time in TICKs since the first frame, its size in bytes."""
    time = _element("E7", _number(ticks))
    block = bytes.fromhex("A3") + _length(len(_SIMPLE_BLOCK) + size) + _SIMPLE_BLOCK
    return bytes.fromhex("1F43B675") + _length(len(time) + len(block) + size) + time + block


_BGR = b"BGR\x18"  # a FourCC: 24 bits a pixel


def _element(name: str, data: bytes) -> bytes:
    return bytes.fromhex(name) + _length(len(data)) + data


def _length(size: int) -> bytes:
    return (1 << 56 | size).to_bytes(8, "big")


def _number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
