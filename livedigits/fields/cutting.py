"""Frame and region -> cut: the field upright, at the size at which digits are read best, with what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.types import Box

# px: height of a region in its cut. More shows small digits in large regions better; cost grows as its square.
HEIGHT = 112
# Of the region's height: what is seen around it, so that what reaches in from beside is known as a whole.
MARGIN = 0.25
# Heights of its digits: height of the region of a line.
LINE = 1.5
# px: longest side of a cut; longer ones are less enlarged.
LONGEST = 2200
# px: a region of which less lies in the picture holds nothing.
LEAST = 4.0


class Cut(NamedTuple):
    """A field as it is read.

    Attributes
    ----------
    image : (h, w, 3) uint8 BGR, or (h, w) uint8 grey as the frame
    inside : (x, y, width, height) of the region in it, px
    to_frame : (3, 3) float64, homography from px of the cut to px of the frame
    """

    image: np.ndarray
    inside: tuple[float, float, float, float]
    to_frame: np.ndarray


def cut(image: np.ndarray, corners: np.ndarray, high: int = HEIGHT, margin: float = MARGIN) -> Cut | None:
    """A region cut out of a frame; None where it lies outside of the frame or is no quadrangle.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
    corners : (4, 2) float, px of the frame: upper left, upper right, lower right, lower left of the text as one reads
        it
    high : px, height of the region in the cut
    margin : of the region's height, what is seen around it
    """
    inner = clipped(np.asarray(corners, np.float64), image.shape)
    if inner is None:
        return None
    corners = inner
    across, down = _sides(corners)
    if min(across, down) < LEAST:
        return None
    beyond = margin * down
    scale = min(high / down, LONGEST / (max(across, down) + 2 * beyond))
    width, height, edge = across * scale, down * scale, beyond * scale
    size = max(round(width + 2 * edge), 8), max(round(height + 2 * edge), 8)
    wanted = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) + edge
    part, shift, reduced = _part(image, corners, scale, 1.5 * beyond + 2)
    # pixels' centres, not their corners, lie at whole numbers
    source = (corners - shift) * reduced - 0.5
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), (wanted - 0.5).astype(np.float32))
    enlarged = cv2.INTER_CUBIC if scale > reduced.min() else cv2.INTER_LINEAR
    warped = cv2.warpPerspective(part, matrix, size, flags=enlarged, borderMode=cv2.BORDER_REPLICATE)
    to_frame = cv2.getPerspectiveTransform(wanted.astype(np.float32), corners.astype(np.float32))
    return Cut(warped, (edge, edge, width, height), to_frame)


def levelled(cut: Cut, height: float, base: float, slope: float) -> np.ndarray:
    """Corners (4, 2), px of the frame, of the part of a region in which a line of digits stands, level in their cut.

    Parameters
    ----------
    height : of the digits, px of the cut; base, slope : y of the line under them is base + slope * x
    """
    x, _, w, _ = cut.inside
    centre = np.array([x + w / 2, base + slope * (x + w / 2) - height / 2])
    along = np.array([1.0, slope]) / np.hypot(1.0, slope)
    down = np.array([-along[1], along[0]])
    half = w / 2 * np.hypot(1.0, slope) * along, height / 2 * LINE * down
    corners = np.stack(
        [centre - half[0] - half[1], centre + half[0] - half[1], centre + half[0] + half[1], centre - half[0] + half[1]]
    )
    return np.asarray(cv2.perspectiveTransform(corners[None], cut.to_frame)[0])


def clipped(corners: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Corners (4, 2) of a region, an upright rectangle clipped to a frame of this shape; None for what is outside.

    Other quadrangles stay as they are, as their perspective would change; only what is wholly outside is left out.
    """
    high, wide = shape[:2]
    low, far = corners.min(0), corners.max(0)
    if (np.minimum(far, [wide, high]) - np.maximum(low, 0)).min() < LEAST or not convex(corners):
        return None
    upright = np.array([low, [far[0], low[1]], far, [low[0], far[1]]])
    return np.clip(corners, 0, [wide, high]) if np.allclose(corners, upright) else corners


def around(corners: np.ndarray, shape: tuple[int, ...]) -> Box:
    """The box around a region, x, y, width, height in whole px of a frame of this shape, clipped to it."""
    high, wide = shape[:2]
    low = np.clip(np.floor(corners.min(0) + 1e-6), 0, [wide, high])
    far = np.clip(np.ceil(corners.max(0) - 1e-6), 0, [wide, high])
    x, y, right, bottom = (int(v) for v in (*low, *far))
    return x, y, right - x, bottom - y


def convex(corners: Sequence[Sequence[float]] | np.ndarray) -> bool:
    """Whether four corners go around a quadrangle once, clockwise as one sees it, without a dent."""
    points = np.asarray(corners, np.float64)
    edges = np.roll(points, -1, 0) - points
    following = np.roll(edges, -1, 0)
    return bool((edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all())


def _sides(corners: np.ndarray) -> tuple[float, float]:
    """Width and height of a quadrangle, px: the means of opposite sides."""
    lengths = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1)
    return float(lengths[0] + lengths[2]) / 2, float(lengths[1] + lengths[3]) / 2


def _part(
    image: np.ndarray, corners: np.ndarray, scale: float, around: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of a frame about a region, reduced where the cut is to be smaller; its corner, px of the frame, and its
    scales across and down: a warp that reduces would leave out pixels.
    """
    high, wide = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0) - around), 0, [wide - 1, high - 1]).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(corners.max(0) + around), [x0 + 1, y0 + 1], [wide, high]).astype(int).tolist()
    part = image[y0:y1, x0:x1]
    if scale < 1:
        size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        reduced = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)])
        return cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.array([x0, y0]), reduced
    return part, np.array([x0, y0]), np.ones(2)
