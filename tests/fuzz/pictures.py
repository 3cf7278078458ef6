"""Mutated pictures are decoded: each gives an array or a LivedigitsError in one line; what does not is kept."""

from __future__ import annotations

import argparse
import io
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from livedigits.errors import LivedigitsError
from livedigits.sources.images import decode_file


def corpus() -> list[bytes]:
    """Small pictures of every kind that is read."""
    grey = np.full((24, 40), 230, np.uint8)
    grey[4:20, 8:12] = 30
    picture = Image.fromarray(grey)
    kinds = [("PNG", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "I;16")]
    kinds += [("GIF", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("BMP", "RGB"), ("PPM", "RGB"), ("WEBP", "RGBA")]
    kinds += [("TIFF", "RGB"), ("TIFF", "1"), ("TIFF", "F"), ("JPEG2000", "RGB")]
    found = []
    for kind, mode in kinds:
        file = io.BytesIO()
        options = {"compression": "tiff_lzw"} if (kind, mode) == ("TIFF", "RGB") else {}
        picture.convert(mode).save(file, kind, **options)
        found.append(file.getvalue())
    return found


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


def fuzz(seconds: float, seed: int, most: int = sys.maxsize, keep: Path | None = None) -> tuple[int, int]:
    """How many inputs were tried in this time, and how many of them were faults, which are kept in a folder."""
    rng, seeds = np.random.default_rng(seed), corpus()
    tried = faults = 0
    end = time.monotonic() + seconds
    while tried < most and time.monotonic() < end:
        data = mutated(seeds[int(rng.integers(len(seeds)))], rng)
        try:
            image = decode_file(io.BytesIO(data), "input")
            right = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size > 0
        except LivedigitsError as error:
            right = "\n" not in str(error)
        except Exception:
            right = False
        tried += 1
        if not right:
            faults += 1
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"picture-{seed}-{tried}").write_bytes(data)
    return tried, faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path("faults"))
    given = parser.parse_args()
    tried, faults = fuzz(given.seconds, given.seed, keep=given.keep)
    print(f"{tried} pictures tried, {faults} faults (seed {given.seed})")
