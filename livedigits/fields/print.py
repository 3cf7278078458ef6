"""Cut -> cut without the print of the form: its lines, boxes and words around a field are known, and are no digits.

The anchor shows them; where it lies in the picture is known, and so they can be painted over as the paper around is.
What is darker than the print alone would be is ink, and stays; ink that crosses a line is carried on over it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.fields.alignment import Place
from livedigits.fields.cutting import Cut, cut

# Each constant: its unit, and what it trades. Chosen by looking at cuts of rendered forms, and not swept. px are those
# of cuts, in which a field is cutting.HEIGHT px high.

# Of a field's height in the anchor: what is looked at around it. A cut that was levelled shows a good part of that.
AROUND = 1.0
# px: radius of a disc that no print holds and all ground does.
THICK = 14
# Grey levels by which print differs from the ground around it: fainter print is not taken for ink either.
FAINT = 18.0
# px: deviations of the photo's blur that are tried, and two px each: how far print may lie from where it is expected.
BLURS = (1.0, 2.0, 3.2)
OFF = 1
# Of the print's darkness, and grey levels more: what is darker is ink.
INK = 1.3, 10.0
# px of ink outside of print: less is print that lies a bit farther off.
BEYOND = 12
# Share of the print's darkness from which on a pixel is painted over.
TRACE = 0.08
# px: how far around a pixel that is painted over its ground is looked for.
REACH = 4


class _Near(NamedTuple):
    """Print around a field.

    image : (h, w) float32, 0..1, how dark it is, or how light where `light`
    to_anchor : (3, 3) float64, px of it to px of the anchor
    """

    image: np.ndarray
    light: bool
    to_anchor: np.ndarray


class Print:
    """The print of an anchor around its fields.

    What lies in a field altogether is none: it may be a digit that was there when the picture was taken, or a sample of
    how to fill in.

    Parameters
    ----------
    anchor : (h, w, 3) uint8 BGR or (h, w) uint8
    corners : (4, 2) px of it, of each field
    """

    def __init__(self, anchor: np.ndarray, corners: Sequence[np.ndarray]) -> None:
        grey = _grey(anchor)
        self._corners = corners
        self._near = [_near(grey, each) for each in corners]

    def erased(self, part: Cut, place: Place, number: int) -> Cut:
        """A cut of the field of this number without print, the anchor lying at `place` in the picture."""
        near = self._near[number]
        if near is None:
            return part
        to_cut = np.linalg.inv(part.to_frame) @ place.at(self._corners[number]) @ near.to_anchor
        grey = _grey(part.image)
        mask = _explained(255 - grey if near.light else grey, near.image, to_cut)
        return part if mask is None else part._replace(image=cv2.inpaint(part.image, mask, REACH, cv2.INPAINT_TELEA))


def _near(grey: np.ndarray, corners: np.ndarray) -> _Near | None:
    """The print around a field of the anchor (h, w) uint8; None where there is none."""
    part = cut(grey, corners, margin=AROUND)
    if part is None:
        return None
    dark, light = (cv2.morphologyEx(part.image, way, _disc(THICK)) for way in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
    kinds = [_outside(contrast, part.inside) for contrast in (dark, light)]
    is_light = bool(kinds[1].sum() > kinds[0].sum())
    found = kinds[is_light]
    return _Near(found / found.max(), is_light, part.to_frame) if found.any() else None


def _outside(contrast: np.ndarray, inside: tuple[float, float, float, float]) -> np.ndarray:
    """What of print (h, w) uint8 reaches out of a field, (h, w) float32, 0 elsewhere."""
    x, y, wide, high = inside
    _, labels, stats, _ = cv2.connectedComponentsWithStats((contrast > FAINT).astype(np.uint8))
    left, top, w, h = (stats[:, i] for i in range(4))
    outside = (left < x) | (top < y) | (left + w > x + wide) | (top + h > y + high)
    outside[0] = False
    own = cv2.dilate(outside[labels].astype(np.uint8), _disc(2))
    return np.where(own > 0, contrast, 0).astype(np.float32)


def _explained(grey: np.ndarray, near: np.ndarray, to_cut: np.ndarray) -> np.ndarray | None:
    """Where a cut (h, w) uint8 shows print, and no ink: (h, w) uint8 mask; None where it shows none.

    near : (h, w) float32 0..1, how dark print is, and to_cut : (3, 3) where it is expected in the cut
    """
    size = grey.shape[1], grey.shape[0]
    there = cv2.warpPerspective(near, to_cut, size, flags=cv2.INTER_LINEAR)
    if there.max() < 0.3:
        return None
    dark = cv2.subtract(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, _disc(THICK)), grey).astype(np.float32)
    blur, (across, down), strength = _fitted(dark[::2, ::2], cv2.resize(there, None, fx=0.5, fy=0.5))
    shift = np.array([[1.0, 0.0, 2 * across], [0.0, 1.0, 2 * down], [0.0, 0.0, 1.0]])
    moved = cv2.GaussianBlur(cv2.warpPerspective(near, shift @ to_cut, size, flags=cv2.INTER_LINEAR), (0, 0), blur)
    top = strength * float(moved.max())
    if top < INK[1]:
        return None
    most = cv2.dilate(moved, _disc(1)) * strength
    zone = most > TRACE * top
    # ink goes on where there is no print
    ink = np.where(zone, dark > INK[0] * most + INK[1], dark > 0.4 * top)
    labels = cv2.connectedComponents(ink.astype(np.uint8))[1]
    beyond = np.bincount(labels[~zone], minlength=int(labels.max()) + 1) >= BEYOND
    beyond[0] = False
    return (zone & ~beyond[labels]).astype(np.uint8)


def _fitted(dark: np.ndarray, there: np.ndarray) -> tuple[float, tuple[int, int], float]:
    """How print that is expected `there` (h, w) float32 0..1 shows in a cut of half the size, how `dark` (h, w) float32
    that is: its blur, px of the whole size, how far right and down it lies, px of half the size, and its darkness.
    """
    near = np.nonzero(cv2.dilate((there > 0.2).astype(np.uint8), _disc(3)))
    seen = dark[near]
    best, fit = np.inf, (BLURS[0], (0, 0), 0.0)
    for blur in BLURS:
        blurred = cv2.GaussianBlur(there, (0, 0), blur / 2)
        for down, across in itertools.product(range(-OFF, OFF + 1), repeat=2):
            moved = np.roll(blurred, (down, across), (0, 1))[near]
            core = moved > 0.5 * moved.max()
            strength = float(np.median(seen[core]) / np.median(moved[core]))
            wrong = float(np.minimum(np.abs(seen - strength * moved), 30).mean())
            if wrong < best:
                best, fit = wrong, (blur, (across, down), strength)
    return fit


def _grey(image: np.ndarray) -> np.ndarray:
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
