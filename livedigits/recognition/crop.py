"""Regions -> crops, each as MNIST prepares its digits, with a second channel that shows what stands around it.

Channel 0 is the region alone: aspect kept, longest side 20 px, centred by mass in 28x28, ink 1 on 0 (LeCun et al.,
yann.lecun.com/exdb/mnist). Channel 1 is the same place seen from twice as far with nothing left out: 0.5 is paper,
1 ink, 0 the opposite. There the network sees that a stroke is a piece of something larger, or a region lies in texture.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions, own_pixels

SIZE = 28  # px: side of a crop, as of MNIST
LONGEST = 20  # px: longest side of the region in it, as of MNIST
AROUND = 2 * SIZE / LONGEST  # side of the surroundings over the longest side of the region: seen from twice as far

# The rest was chosen by trying, and not swept; networks are trained on crops that were made with these values.

# px of a layer: the surroundings of larger regions are taken from a coarser layer. More costs time and shows no more.
FARTHEST = 48
# Thin strokes fade when a large region is reduced; they are brought back up to this factor. More brings up noise, too.
GAIN = 8.0
# Of 255: what ink of mean strength becomes, so that 1.5 times the mean is full. More flattens strokes.
MEAN_INK = 170
# Of 255: what contrast of mean strength adds to the grey of the paper in the surroundings. More clips strong ink.
MEAN_CONTRAST = 127
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def crop(regions: Regions) -> np.ndarray:
    """The crops of all regions, (n, 28, 28, 2) float32 in 0..1."""
    crops = np.zeros((len(regions), SIZE, SIZE, 2), np.float32)
    around = np.zeros((len(regions), SIZE, SIZE), np.float32)
    strengths = np.empty((len(regions), 1, 1), np.float32)
    where = zip(regions.inside.tolist(), regions.layer.tolist(), regions.pieces.tolist(), strict=True)
    for i, ((x, y, w, h), number, pieces) in enumerate(where):
        layer = regions.layers[number]
        own = own_pixels(regions.labels[number][y : y + h, x : x + w], pieces)
        ink = layer.ink[y : y + h, x : x + w]
        strength = max(cv2.mean(ink, own)[0], 1.0)
        region, gain = _own_ink(ink, own, strength)
        _centre(region, crops[i, :, :, 0])
        _surroundings(layer, (x, y, w, h), around[i])
        strengths[i] = strength / gain
    # In steps of 1 / 255, as in the files that networks are trained on.
    crops[..., 1] = np.clip(around * (MEAN_CONTRAST / strengths) + 128, 0, 255).astype(np.uint8)
    crops /= 255
    return crops


def from_mnist(images: np.ndarray) -> np.ndarray:
    """MNIST's pictures as if this module had cropped them from blank paper.

    Parameters
    ----------
    images : (n, 28, 28) uint8, ink 255 on 0

    Returns
    -------
    (n, 28, 28, 2) float32 in 0..1
    """
    crops = np.full((len(images), SIZE, SIZE, 2), 0.5, np.float32)
    ink = images.astype(np.float32) / 255
    quarter, half = SIZE // 4, SIZE // 2
    crops[..., 0] = ink
    seen = ink.reshape(-1, half, 2, half, 2).mean((2, 4))
    crops[:, quarter : quarter + half, quarter : quarter + half, 1] += seen / 2
    return crops


def _own_ink(ink: np.ndarray, own: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """The region reduced to LONGEST px, uint8, and the factor by which that strengthened its strokes, at least 1."""
    edge = cv2.dilate(own, _NEIGHBOURS)  # the soft edge of a stroke belongs to it
    small = reduced(cv2.convertScaleAbs(ink, alpha=MEAN_INK / strength) * edge)
    gain = min(max(255 / max(cv2.minMaxLoc(small)[1], 1), 1.0), GAIN)
    return cv2.convertScaleAbs(small, alpha=gain), gain


def reduced(ink: np.ndarray) -> np.ndarray:
    """A region, (h, w) uint8 and nothing around it, brought to LONGEST px on its longest side, aspect kept."""
    h, w = ink.shape
    scale = LONGEST / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def centred(small: np.ndarray) -> np.ndarray:
    """A region of LONGEST px, (h, w) uint8, in (28, 28) uint8 with its centre of mass in the middle."""
    placed = np.zeros((SIZE, SIZE), np.uint8)
    _centre(small, placed)
    return placed


def _centre(small: np.ndarray, into: np.ndarray) -> None:
    h, w = small.shape
    moments = cv2.moments(small)
    mass = moments["m00"] or 1.0
    left = min(max(round(SIZE / 2 - 0.5 - moments["m10"] / mass), 0), SIZE - w)
    top = min(max(round(SIZE / 2 - 0.5 - moments["m01"] / mass), 0), SIZE - h)
    into[top : top + h, left : left + w] = small


def _surroundings(layer: Layer, box: tuple[float, float, float, float], into: np.ndarray) -> None:
    """Puts the contrast around a region into (28, 28) float32, which is 0 on paper and beyond the frame."""
    x, y, w, h = box
    longest = max(w, h)
    while longest > FARTHEST and layer.coarser is not None:
        y, layer = y + layer.top, layer.coarser
        x, y, w, h, longest = x / 2, y / 2, w / 2, h / 2, longest / 2
    side = max(round(AROUND * longest), 2)
    left, top = round(x + w / 2 - side / 2), round(y + h / 2 - side / 2)
    height, width = layer.contrast.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    scale = SIZE / side
    u0, v0 = round((x0 - left) * scale), round((y0 - top) * scale)
    u1, v1 = round((x1 - left) * scale), round((y1 - top) * scale)
    if u1 > u0 and v1 > v0:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        into[v0:v1, u0:u1] = cv2.resize(layer.contrast[y0:y1, x0:x1], (u1 - u0, v1 - v0), interpolation=how)
