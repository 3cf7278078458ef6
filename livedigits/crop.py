"""Marks -> crops, each as MNIST prepares its digits, with a second channel that shows what stands around it.

Channel 0 is the mark alone: aspect kept, longest side 20 px, centred by mass in 28x28, ink 1 on 0 (LeCun et al.,
yann.lecun.com/exdb/mnist). Channel 1 is the same place seen from twice as far with nothing left out: 0.5 is paper,
1 ink, 0 the opposite. There the network sees that a stroke is a piece of something larger, or a mark lies in texture.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.find import ALL, Marks
from livedigits.ink import Layer

SIZE = 28  # px: side of a crop
LONGEST = 20  # px: longest side of the mark in it
AROUND = 2 * SIZE / LONGEST  # side of the surroundings over the longest side of the mark
FARTHEST = 48  # px of a layer: the surroundings of larger marks are taken from a coarser layer
GAIN = 8.0  # thin strokes fade when a large mark is reduced; they are brought back up to this factor
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def crop(marks: Marks) -> np.ndarray:
    """The crops of all marks, (n, 28, 28, 2) float32 in 0..1."""
    crops = np.zeros((len(marks), SIZE, SIZE, 2), np.uint8)
    for i in range(len(marks)):
        layer, labels = marks.layers[marks.layer[i]], marks.labels[marks.layer[i]]
        x, y, w, h = marks.inside[i].tolist()
        contrast = layer.contrast[y : y + h, x : x + w]
        own = _own(labels[y : y + h, x : x + w], marks.pieces[i].tolist())
        strength = max(cv2.mean(contrast, own)[0], 1.0)
        ink, gain = _mark(contrast, own, strength)
        crops[i, :, :, 0] = ink
        crops[i, :, :, 1] = _surroundings(marks, layer, (x, y, w, h), strength / gain)
    return crops.astype(np.float32) / 255


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


def _own(labels: np.ndarray, pieces: list[int]) -> np.ndarray:
    """(h, w) uint8, 0 or 1: where the mark's own components are."""
    if pieces[0] == ALL:
        return (labels > 0).view(np.uint8)
    own = (labels == pieces[0]).view(np.uint8)
    if pieces[1]:
        own |= (labels == pieces[1]).view(np.uint8)
    return own


def _mark(contrast: np.ndarray, own: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """The mark in (28, 28) uint8, and the factor by which its reduced strokes were strengthened, at least 1."""
    edge = cv2.dilate(own, _NEIGHBOURS)  # the soft edge of a stroke belongs to it
    ink = cv2.convertScaleAbs(np.maximum(contrast, 0), alpha=170 / strength)  # 255 at 1.5 times the mean
    ink = ink * edge
    small = reduced(ink)
    gain = min(max(255 / max(int(small.max()), 1), 1.0), GAIN)
    return centred(cv2.convertScaleAbs(small, alpha=gain)), gain


def reduced(ink: np.ndarray) -> np.ndarray:
    """A mark, (h, w) uint8 and nothing around it, brought to LONGEST px on its longest side, aspect kept."""
    h, w = ink.shape
    scale = LONGEST / max(h, w)
    size = max(1, round(w * scale)), max(1, round(h * scale))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def centred(small: np.ndarray) -> np.ndarray:
    """A mark of LONGEST px, (h, w) uint8, in (28, 28) uint8 with its centre of mass in the middle."""
    h, w = small.shape
    moments = cv2.moments(small)
    mass = moments["m00"] or 1.0
    left = min(max(round(SIZE / 2 - 0.5 - moments["m10"] / mass), 0), SIZE - w)
    top = min(max(round(SIZE / 2 - 0.5 - moments["m01"] / mass), 0), SIZE - h)
    placed = np.zeros((SIZE, SIZE), np.uint8)
    placed[top : top + h, left : left + w] = small
    return placed


def _surroundings(marks: Marks, layer: Layer, box: tuple[int, int, int, int], strength: float) -> np.ndarray:
    """(28, 28) uint8: the contrast around the mark, 128 where it equals the paper or the frame has ended."""
    x, y, w, h = (float(v) for v in box)
    longest = max(w, h)
    while longest > FARTHEST and layer.coarser is not None:
        y, layer = y + layer.top, layer.coarser
        x, y, w, h, longest = x / 2, y / 2, w / 2, h / 2, longest / 2
    side = max(round(AROUND * longest), 2)
    left, top = round(x + w / 2 - side / 2), round(y + h / 2 - side / 2)
    height, width = layer.contrast.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    scale = SIZE / side
    u0, v0, u1, v1 = (
        round((x0 - left) * scale),
        round((y0 - top) * scale),
        round((x1 - left) * scale),
        round((y1 - top) * scale),
    )
    seen = np.full((SIZE, SIZE), 128, np.uint8)
    if u1 > u0 and v1 > v0:
        part = cv2.resize(
            layer.contrast[y0:y1, x0:x1],
            (u1 - u0, v1 - v0),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        )
        seen[v0:v1, u0:u1] = np.clip(part * (127 / strength) + 128, 0, 255)
    return seen
