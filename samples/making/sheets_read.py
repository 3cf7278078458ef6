"""Makes docs/fields.webp, the picture of fields in README: run `python -m samples.making.sheets_read` in the checkout.

Two of the sheets of samples/fields/, one of them upside down, as `livedigits image --fields` annotates them.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from livedigits.annotate import overlay
from livedigits.fields.file import load
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import Pictures, places
from livedigits.recognition.reader import Reader
from livedigits.sources.images import decode
from livedigits.types import Digits, Frame

FOLDER = Path(__file__).parents[1] / "fields"
TARGET = Path(__file__).parents[2] / "docs" / "fields.webp"
SHEETS = "sheet-07.jpg", "sheet-02.jpg"
SIZE, QUALITY = (600, 800), 60  # px of each, of WebP


def main() -> None:
    fields = load(FOLDER / "form.toml")
    read = Pictures(FieldReader(Reader()), fields, places(fields, followed=False))
    shown = []
    for name in SHEETS:
        frame = Frame(decode(FOLDER / "sheets" / name), 0, 0.0, name)
        drawn = overlay.draw(frame.image, Digits.empty(), fields=read(frame))
        shown.append(cv2.resize(drawn, SIZE, interpolation=cv2.INTER_AREA))
    picture = Image.fromarray(cv2.cvtColor(np.hstack(shown), cv2.COLOR_BGR2RGB))
    picture.save(TARGET, "WEBP", quality=QUALITY, method=6)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
