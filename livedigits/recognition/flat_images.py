"""Pictures on which somebody drew a digit, in a paint program or on a web page: there is no clutter to doubt.

Their ground is of one colour and known everywhere, so that how strong ink must be follows from the noise of the ground
alone, and what fills the picture or lies on its edge stands as free as what does not.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import cv2
import numpy as np

from livedigits.types import NO_DIGIT

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Share of the pixels within NEAR grey levels of the commonest one: no camera sees paper so even. Less takes photos of
# screens for drawings, more misses drawings with much ink.
FLAT = 0.55
# Share of the pixels that are the ground or the ink, each as even: a broad pen fills half of a picture. Less takes
# posters for drawings, more misses soft brushes.
FILLED = 0.7
# Share of the pixels that show ink: with more it may be commoner than the ground. Less takes frames for the ground.
BROAD = 0.25
# Grey levels: how much the ground of a drawing may vary, by JPEG's blocks. More takes blurred photos for drawings.
NEAR = 2
# Regions on flat ground: more are a page of writing, not a drawing.
MOST_REGIONS = 24
# How much likelier a region on flat ground is a digit, as odds: somebody has drawn it. More reads doodles as digits.
DRAWN = 10.0
# Of the box of all that is drawn: regions of that size are read whatever surrounds them. Less reads pieces.
WHOLE = 0.8
# px: pictures are thinned out to about this size before grey levels are counted. More takes longer and says the same.
COUNTED = 400
# Grey levels: the deviation of the most noise that is looked for: what differs more is edges of strokes.
NOISIEST = 4.0
# Of the deviation of the ground's noise: what differs less from the ground is ground. Less shows noise as ink, more
# loses faint ink.
ABOVE_NOISE = 2.5
# Grey levels: the same where there is no noise; JPEG leaves as much beside faint ink.
LEAST = 3
# Share of the pixels that are as strong as the ink is said to be: a fine pen's stroke has more.
STRONGEST = 0.0003
# Share of the pixels of faint ink that are at least half as strong as the strongest. Less shows stains, more misses
# soft brushes.
EVEN = 0.35
# Of the strength of faint ink: how far the ground may differ from itself the other way. More shows mottled grounds.
ONE_WAY = 0.45
# Grey levels: to what fainter ink is strengthened. The shades of stronger ink stay as they are.
STRONG = 128


def brought_out(image: np.ndarray) -> np.ndarray | None:
    """A drawing with its ink dark on a light ground, strong, and without noise; None for what is not a drawing.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey

    Returns
    -------
    the same picture, or (h, w) uint8 grey, 255 the ground
    """
    if min(image.shape[:2]) < 2:
        return None
    sample = image[:: -(-image.shape[0] // COUNTED), :: -(-image.shape[1] // COUNTED)]
    grey = np.ascontiguousarray(sample[..., 1] if sample.ndim == 3 else sample)
    noise = _noise(grey)
    flat = _ground(grey, round(NEAR + noise))
    if flat is None:
        return None
    sample = np.ascontiguousarray(sample)
    ground = cv2.mean(sample, flat)
    least = max(ABOVE_NOISE * noise, LEAST)
    dark, light = (_strength(sample, ground, towards, least) for towards in (-1, 1))
    is_light = bool(cv2.sumElems(light)[0] > cv2.sumElems(dark)[0])
    ink, towards = (light, 1) if is_light else (dark, -1)
    strongest = _quantile(ink, 1 - STRONGEST)
    if strongest >= STRONG and not is_light:
        return image
    if strongest < STRONG and not _is_drawn(ink, strongest, least, _strength(sample, ground, -towards, 0)):
        return None
    gain = max(STRONG / strongest, 1.0)
    return cv2.bitwise_not(cv2.convertScaleAbs(_strength(image, ground, towards, least), alpha=gain))


def _ground(grey: np.ndarray, near: int) -> np.ndarray | None:
    """Where the ground of a drawing (h, w) uint8 grey is, (h, w) uint8, 0 or 255; None if it is not of one colour.

    `near` : grey levels by which noise makes the ground and broad strokes vary
    """
    count = _histogram(grey)
    ground, narrow = _commonest(count, NEAR)
    _, wide = _commonest(count, near)
    count[max(0, ground - near) : ground + near + 1] = 0
    ink, broad = _commonest(count, near)
    if narrow < FLAT * grey.size and wide + broad < FILLED * grey.size:
        return None
    if broad >= BROAD * grey.size:  # digits leave the corners free even where they fill the rest
        part = max(1, min(grey.shape) // 8)
        edge = np.r_[:part, -part:0]
        corners = _histogram(grey[np.ix_(edge, edge)])
        if _near(corners, ink, near) > _near(corners, ground, near):
            ground = ink
    return cv2.inRange(grey, max(0, ground - near), ground + near)


def _histogram(grey: np.ndarray) -> np.ndarray:
    """How many pixels of (h, w) uint8 have each grey level, (256,) float32."""
    return cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()


def _near(count: np.ndarray, level: int, near: int) -> int:
    """How many pixels of a histogram (256,) are so near to a grey level."""
    return int(count[max(0, level - near) : level + near + 1].sum())


def _commonest(count: np.ndarray, near: int) -> tuple[int, int]:
    """The commonest grey level of a histogram (256,), and how many pixels are so near to it."""
    level = int(count.argmax())
    return level, _near(count, level, near)


def _is_drawn(ink: np.ndarray, strongest: int, least: float, opposite: np.ndarray) -> bool:
    """Whether faint ink (h, w) uint8 is that of a pen: strokes are of one strength, and noise goes both ways."""
    even = np.count_nonzero(ink > strongest / 2) >= EVEN * np.count_nonzero(ink)
    one_way = _quantile(opposite, 1 - STRONGEST) <= ONE_WAY * (strongest + least)
    return strongest >= least and bool(even) and one_way


def _noise(grey: np.ndarray) -> float:
    """The deviation of the noise of a picture (h, w) uint8 most of whose neighbouring pixels show the same."""
    return min(_quantile(cv2.absdiff(grey[:, 1:], grey[:, :-1]), 0.75) / 1.4, NOISIEST)


def _quantile(values: np.ndarray, share: float) -> int:
    """The least value of (h, w) uint8 that so many of them, as a share, do not exceed."""
    return int(np.searchsorted(_histogram(values).cumsum(), share * values.size))


def _strength(image: np.ndarray, ground: Sequence[float], towards: int, least: float) -> np.ndarray:
    """By how much more than `least` a picture is darker (`towards` -1) or lighter (1) than its ground, (h, w) uint8.

    The strongest channel decides: ink of any colour shows.
    """
    shades = [towards * (np.arange(256) - level) - least for level in ground]
    tables = [np.clip(np.round(shade), 0, 255).astype(np.uint8) for shade in shades]
    if image.ndim == 2:
        return cv2.LUT(image, tables[0])
    # one channel at a time: of a large picture all three at once are as much again
    return functools.reduce(cv2.max, (cv2.LUT(cv2.extractChannel(image, i), tables[i]) for i in range(3)))


def drawn(probabilities: np.ndarray) -> np.ndarray:
    """Probability (n,) that regions are digits in a drawing, from the network's (n, 11)."""
    odds = DRAWN * (1 - probabilities[:, NO_DIGIT])
    return odds / (odds + probabilities[:, NO_DIGIT])


def whole(boxes: np.ndarray) -> np.ndarray:
    """(n,) bool: which of the regions of a drawing, boxes (n, 4) x, y, width, height, are all that is drawn."""
    if not len(boxes):
        return np.zeros(0, bool)
    low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
    return np.asarray(boxes[:, 2:].prod(1) >= WHOLE * (high - low).prod())
