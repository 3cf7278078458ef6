"""Frame -> ink: the adaptive threshold at each level of a pyramid, for dark ink on light and light ink on dark.

One block size cannot serve digits from 15 px to the whole frame; a pyramid of halved working sizes lets it. The
contrast of each pixel against the mean around it is compared with a share of the strongest contrast nearby, so that
strong ink hides the faint lines of its paper, and faint ink is still found where nothing stronger stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# px: smaller frames are enlarged to this short side. More finds smaller digits in thumbnails, and costs time there.
SMALLEST_SIDE = 160
# px: larger frames are reduced to this short side. More finds smaller digits in large frames; cost grows as its
# square.
LARGEST_SIDE = 1080
# px: bound of the long side, for panoramas and rows: less is faster, and loses their small digits.
LONG_SIDE = 2400
# px of a level: no level has a shorter short side. Less adds cheap levels that show only huge digits.
COARSEST_SIDE = 40
# Share of the finest level's short side: no level is smaller than that. Less adds levels, as above.
COARSEST_SHARE = 1 / 8
# px of a level: the neighbourhood whose mean is the paper. Strokes up to half of it stay solid; more follows
# shadows less.
BLOCK = 62
# px of a level: wider than any stroke that this level has to show. More takes dark areas for ink; less hollows out ink.
STROKE = 42
# px of a level: how far strong ink raises the threshold. More hides faint digits beside strong ones, less shows the
# lines of the paper.
LOCAL = 65
# Of the strongest contrast nearby: above the blur around strokes, below their core. Less joins what is close together.
SHARE = 0.35
# Grey levels: the least contrast of dark ink; pencil on paper stands about 16 above it. Less finds fainter ink and
# more noise.
FAINTEST_DARK = 8
# Grey levels: the same of light ink. Chalk and screens are strong; fainter light marks are gloss and gaps.
FAINTEST_LIGHT = 16
# Weakest over strongest channel of a ground: below it paper is coloured, not white in warm light, and grey decides.
COLOURED = 0.7
# px: in larger frames light ink is not looked for at the finest level; nobody chalks so small. More costs time.
CHALK = 480
# px of the finest level: rows beyond those asked for, so that what lies on the edge is whole in one part.
OVERLAP = 32
# Grey levels: the ground of light ink is darker. More takes the gaps between strokes on bright paper for chalk.
BRIGHT = 170

Rows = tuple[float, float]
"""Rows of a frame from the first to the second, as shares of its height, 0..1."""

ALL_ROWS: Rows = (0.0, 1.0)


@dataclass(frozen=True)
class Layer:
    """The ink of one polarity at one level of the pyramid.

    Attributes
    ----------
    scale : px of this level per px of the frame
    contrast : (h, w) int16, -255..255: how much inkier a pixel is than the mean around it
    ink : (h, w) uint8: the same where it is inkier, else 0
    mask : (h, w) uint8, 0 or 1: thresholded ink
    light : True for light ink on a dark ground
    coarser : the same ink at half the size; None at the coarsest level
    top : px of this level: how many rows above it were left out, 0 or an even number; the coarser levels are whole
    cut : whether rows above it, and below it, were left out
    """

    scale: float
    contrast: np.ndarray
    ink: np.ndarray
    mask: np.ndarray
    light: bool
    coarser: Layer | None = None
    top: int = 0
    cut: tuple[bool, bool] = (False, False)

    @property
    def short_side(self) -> int:
        """Of the whole level, px."""
        if self.coarser is not None and any(self.cut):
            return 2 * min(self.coarser.mask.shape)
        return min(self.mask.shape)


def working_scale(height: int, width: int) -> float:
    """The factor from frame px to px of the finest level."""
    short, long = min(height, width), max(height, width)
    scale = min(1.0, LARGEST_SIDE / short, LONG_SIDE / long)
    return max(scale, min(SMALLEST_SIDE / short, LONG_SIDE / long))


def working_size(image: np.ndarray) -> float:
    """The short side of an image's finest level, px."""
    height, width = image.shape[:2]
    return min(height, width) * working_scale(height, width)


def layers(image: np.ndarray, finest: Rows | None = ALL_ROWS, light: bool = True) -> list[Layer]:
    """The ink of a frame, from the finest level to the coarsest, at each level dark ink first.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR, or (h, w) uint8 grey
    finest : rows of the finest level, the others are whole; None leaves it out: it costs more than all others together
    light : False leaves out light ink
    """
    height, width = image.shape[:2]
    scale = working_scale(height, width)
    coarsest = max(COARSEST_SIDE, COARSEST_SHARE * min(height, width) * scale)
    if finest == ALL_ROWS:
        return _both(_scaled(image, scale), scale, coarsest, light, True)
    found = _both(_scaled(image, scale / 2), scale / 2, coarsest, light, False)
    if finest is None:
        return found
    level = _scaled(image, scale)
    top, bottom = (int(share * level.shape[0]) for share in finest)
    top, bottom = max(0, top - OVERLAP) & ~1, min(level.shape[0], bottom + OVERLAP)
    part = _grey(level[top:bottom])[0]
    cut = top > 0, bottom < level.shape[0]
    return [_layer(part, _halved(part), scale, False, found[0], top, cut), *found]


def _both(image: np.ndarray, scale: float, coarsest: float, light: bool, finest: bool) -> list[Layer]:
    """The pyramids of dark ink and, with `light`, of light ink; of that without the finest level of large frames."""
    dark, grey = _grey(image)
    found = _pyramid(dark, scale, False, coarsest)
    if not light:
        return found
    light_grey = cv2.bitwise_not(grey)
    if finest and min(grey.shape) >= CHALK:
        found += _pyramid(_halved(light_grey), scale / 2, True, coarsest)
    else:
        found += _pyramid(light_grey, scale, True, coarsest)
    return sorted(found, key=lambda layer: -layer.scale)


def _scaled(image: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _grey(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An image as (h, w) uint8 in which ink of any colour is dark, and in grey."""
    if image.ndim == 2:
        return image, image
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return _weakest_channel(image, grey), grey


def _halved(image: np.ndarray) -> np.ndarray:
    """Half the size, which is several times as fast as any other factor."""
    return cv2.resize(image, ((image.shape[1] + 1) // 2, (image.shape[0] + 1) // 2), interpolation=cv2.INTER_AREA)


def _weakest_channel(image: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8 in which ink of any colour is dark.

    Ink on white paper is darkest in one channel: red has 18 % contrast in grey, 60 % in blue. On coloured paper that
    channel is dark already: black on a yellow note shows in grey. Where the ground is coloured, grey takes over.
    """
    blue, green, red = cv2.split(image)
    weakest = cv2.min(cv2.min(blue, green), red)
    ground = cv2.dilate(_halved(_halved(_halved(image))), np.ones((9, 9), np.uint8))
    least, most = ground.min(2).astype(np.float32), ground.max(2).astype(np.float32)
    coloured = (least < COLOURED * most).view(np.uint8)
    if coloured.any():
        there = cv2.resize(cv2.medianBlur(coloured, 3), grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(grey, there, weakest)
    return weakest


def _pyramid(grey: np.ndarray, scale: float, light: bool, coarsest: float) -> list[Layer]:
    """The layers of one polarity, finest first."""
    half = _halved(grey)
    coarser = _pyramid(half, scale / 2, light, coarsest) if min(grey.shape) >= 2 * coarsest else []
    return [_layer(grey, half, scale, light, coarser[0] if coarser else None), *coarser]


def _layer(
    grey: np.ndarray,
    half: np.ndarray,
    scale: float,
    light: bool,
    coarser: Layer | None,
    top: int = 0,
    cut: tuple[bool, bool] = (False, False),
) -> Layer:
    """One level, from its picture in which ink is dark and the same at half the size."""
    grey = cv2.GaussianBlur(grey, (3, 3), 0)
    paper = cv2.resize(_paper(half), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    ink = cv2.subtract(paper, grey)
    mask = threshold(ink, light)
    if light:  # on bright paper light regions are the gaps between strokes
        mask &= (paper > 255 - BRIGHT).view(np.uint8)
    contrast = cv2.subtract(paper, grey, dtype=cv2.CV_16S)
    return Layer(scale, contrast, ink, mask, light, coarser, top, cut)


def _paper(half: np.ndarray) -> np.ndarray:
    """The grey of the paper around each pixel of a level, from its picture at half the size: it has no detail."""
    # Beside the edge of a shadow or a sheet the mean is too bright for the dark side; the brightest there is not.
    half = cv2.GaussianBlur(half, (3, 3), 0)
    brightest = cv2.morphologyEx(half, cv2.MORPH_CLOSE, np.ones((STROKE // 2, STROKE // 2), np.uint8))
    return cv2.min(cv2.blur(half, (BLOCK // 2, BLOCK // 2)), brightest)


def threshold(ink: np.ndarray, light: bool) -> np.ndarray:
    """Where there is ink, (h, w) uint8, 0 or 1: more than a share of the strongest contrast nearby, and visible at all.

    Parameters
    ----------
    ink : (h, w) uint8, contrast to the paper
    light : True for light ink on a dark ground
    """
    side = LOCAL // 4
    strongest = cv2.dilate(_halved(_halved(ink)), np.ones((side, side), np.uint8))
    share = cv2.convertScaleAbs(cv2.blur(strongest, (side, side)), alpha=SHARE)
    least = np.maximum(share, np.uint8(FAINTEST_LIGHT if light else FAINTEST_DARK))
    return (ink > cv2.resize(least, ink.shape[::-1], interpolation=cv2.INTER_LINEAR)).view(np.uint8)


def strip_contrast(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contrast (h, w) int16 and mask (h, w) uint8 of a picture (h, w) uint8 grey that is one level of dark ink."""
    layer = _layer(grey, _halved(grey), 1.0, False, None)
    return layer.contrast, layer.mask
