"""Cut -> all that may be a digit in it: the reader's candidates, and what the strip network sees in the whole region.

In a frame the strip network looks only where contours look like writing; where somebody named a field there is writing,
whatever it looks like, and so it looks everywhere, at the heights that digits may have in the region.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.crop import crop
from livedigits.recognition.found import Found
from livedigits.recognition.ink import Layer
from livedigits.recognition.reader import Reader, scan
from livedigits.recognition.regions import FULL_SCAN, find_regions
from livedigits.recognition.strips import DIGIT, HEIGHT, WIDTH, Window, proposed, starts
from livedigits.recognition.suppression import NO_BOXES

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Of the region's height: heights that its digits may have. More of them cost windows.
HEIGHTS = (0.78, 0.52)
# px of a window: ink of which less is in it shows nothing.
LEAST_INK = 12


def candidates(
    reader: Reader, image: np.ndarray, inside: tuple[float, float, float, float], drawn: bool = False
) -> Found:
    """All that may be a digit in a cut, and what the networks say of it.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
    inside : x, y, width, height of the region in it, px
    drawn : whether it was cut out of a drawing; by itself a cut of any blank sheet looks like one
    """
    regions, is_drawing = scan(image, FULL_SCAN) if drawn else (find_regions(image, FULL_SCAN), False)
    found = reader.classified(regions, crop(regions), is_drawing, NO_BOXES)
    if reader.strips is None:
        return found
    layers = regions.layers
    looked = [window for light in (False, True) for d in HEIGHTS for window in _windows(layers, light, inside, d)]
    return reader.with_touching(found, proposed(looked, layers, reader.strips), NO_BOXES)


def _windows(layers: list[Layer], light: bool, inside: tuple[float, float, float, float], share: float) -> list[Window]:
    """Windows that cover a region, for digits whose height is this share of its."""
    of_polarity = [i for i, layer in enumerate(layers) if layer.light == light]
    if not of_polarity:
        return []
    height = share * inside[3]
    # the coarsest level in which these digits need not be enlarged
    entry = min(of_polarity, key=lambda i: abs(np.log(layers[i].scale * height / (1.3 * DIGIT))))
    layer = layers[entry]
    x, y, w, h = (side * layer.scale for side in inside)
    scale = DIGIT / (height * layer.scale)
    out = []
    for left in starts(w * scale, WIDTH):
        for top in starts(h * scale, HEIGHT):
            x0, y0 = max(0, round(x + left / scale)), max(0, round(y + top / scale))
            x1, y1 = round(x + (left + WIDTH) / scale), round(y + (top + HEIGHT) / scale)
            ink = layer.mask[y0:y1, x0:x1]
            if ink.size and cv2.countNonZero(ink) * scale**2 >= LEAST_INK:
                strength = max(cv2.mean(layer.ink[y0:y1, x0:x1], ink)[0], 4.0)
                out.append(Window(entry, x + left / scale, y + top / scale, scale, strength))
    return out
