"""How inputs are mutated: as files, as files whose length is part of them, or as text."""

from __future__ import annotations

import numpy as np

TIMES = [0, 1, 1, 1, 1, 1, 2, 2, 40, 5000]  # that a word comes: lists within lists have no end, either
WORDS = [
    *(b"1e999 NaN Infinity -1 0 1e-400 99999999999999999999 null true {} [] \\ud800 \\u0000 inf nan".split()),
    *(b'"', b"[", b"{", b"'", b"\\", b"\r\n", b"\0", b"\xff", b"[::1", b"%00", b"../", b"#", b"=", b","),
]


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, most near the beginning, where headers are; or a piece cut out, doubled, or cut off."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(len(out) * rng.random() ** 2)
        kind = rng.integers(5)
        if kind < 2:
            out[at : at + 1] = bytes([rng.choice([0, 1, 127, 128, 255, rng.integers(256)])])
        elif kind == 2:
            out[at : at + 4] = int(rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 65_536])).to_bytes(4, "big")
        elif kind == 3:
            out[at:at] = out[at : at + int(rng.integers(1, 30))]
        else:
            del out[at : at + int(rng.integers(1, 30))]
    return bytes(out)


def changed(data: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes or words of four changed, wherever they are: all else stays where it was."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(out)))
        word = int(rng.choice([0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, rng.integers(1 << 32)]))
        size = min(int(rng.choice([1, 1, 2, 4])), len(out) - at)
        out[at : at + size] = word.to_bytes(4, "little")[:size]
    return bytes(out)


def crossed(text: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Text mutated as text: a word of another is put in, or in the place of one of its own, now and then a byte too."""
    words, taken = _words(text), _words(others[int(rng.integers(len(others)))])
    for _ in range(int(rng.integers(1, 4))):
        choice = WORDS if rng.random() < 0.4 else taken
        at, word = int(rng.integers(len(words) + 1)), choice[int(rng.integers(len(choice)))]
        words[at : at + int(rng.integers(0, 3))] = [word] * int(rng.choice(TIMES))
    out = b"".join(words)
    return mutated(out, rng) if rng.random() < 0.4 else out


def _words(text: bytes) -> list[bytes]:
    """Pieces of a text, which joined are it: letters and digits together, each other byte by itself."""
    pieces: list[bytes] = []
    for i in range(len(text)):
        byte = text[i : i + 1]
        if pieces and byte.isalnum() and pieces[-1].isalnum():
            pieces[-1] += byte
        else:
            pieces.append(byte)
    return pieces or [b""]
