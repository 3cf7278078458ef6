"""Pictures: each gives an array, or a LivedigitsError in one line."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from livedigits.errors import LivedigitsError
from livedigits.sources.images import decode_file
from tests.fuzz.mutation import mutated

mutate = mutated


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


def right(data: bytes) -> bool:
    """Whether a picture is decoded, or refused in one line."""
    try:
        image = decode_file(io.BytesIO(data), "input")
    except LivedigitsError as error:
        return "\n" not in str(error)
    return image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size > 0
