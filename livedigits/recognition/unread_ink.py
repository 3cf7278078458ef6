"""The ink of a field that its reading has to explain, and how much of it lies where, by integral images."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.recognition.regions import Regions
from livedigits.recognition.text_line import Band

# px of a layer: height of digits in the layer whose ink is counted.
DIGIT = 36.0
# Of a component's pixels: what has fewer in the region belongs to what stands beside it.
MINE = 0.5
# Heights of a digit: ink so far above the line of digits, and below it, belongs to others.
ABOVE, BELOW = 0.4, 0.4
# Of a strong stroke's contrast, that of a dot which the threshold leaves out: blurred, it is fainter than any stroke.
FAINT = 0.2
# Of the contrast that one in a hundred px of bare paper exceeds, that of a dot.
NOISE = 1.3
# Of a digit's height: strokes reach so far beyond the boxes of their digits, and line ends count as little.
AROUND = 0.06


@dataclass(frozen=True, eq=False)
class Ink:
    """Ink of one layer, as much of it as belongs to the region. Boxes and places are in px of the cut.

    Attributes
    ----------
    scale : px of the layer per px of the cut
    labels, stats : its components, as OpenCV gives them, px of the layer; those that are not of the region have no area
    faint : the same, labels and stats, of fainter ink, for small marks
    sums : (h + 1, w + 1) int32, integral image of the ink
    around : px of the layer, by which boxes are widened
    """

    scale: float
    labels: np.ndarray
    stats: np.ndarray
    faint: tuple[np.ndarray, np.ndarray]
    sums: np.ndarray
    around: float

    @property
    def all(self) -> float:
        """Ink of the region, px of the layer."""
        return float(self.sums[-1, -1])

    def within(self, boxes: np.ndarray) -> np.ndarray:
        """Ink in boxes (n, 4), (n,) px of the layer."""
        left, right, top, bottom = self._sides(boxes)
        return self._sum(left, right, top, bottom)

    def beside(self, boxes: np.ndarray) -> np.ndarray:
        """Ink above and below boxes (n, 4), in their columns, (n,)."""
        left, right, top, bottom = self._sides(boxes)
        return self._columns(left, right) - self._sum(left, right, top, bottom)

    def gaps(self, boxes: np.ndarray) -> np.ndarray:
        """Ink in the columns between each two boxes (n, 4), (n, n); for those that share columns what `beside` counts
        of these for each of them, though it lies in the other's box, or twice, is taken off.
        """
        left, right, top, bottom = self._sides(boxes)
        first, last = np.broadcast_arrays(right[:, None], left[None])
        gap = np.where(last > first, self._columns(first, np.maximum(first, last)), 0.0)
        near, far = np.maximum(left[:, None], left[None]), np.minimum(right[:, None], right[None])
        far = np.maximum(near, far)
        high, low = np.minimum(top[:, None], top[None]), np.maximum(bottom[:, None], bottom[None])
        one = self._sum(near, far, *np.broadcast_arrays(top[:, None], bottom[:, None], near)[:2])
        other = self._sum(near, far, *np.broadcast_arrays(top[None], bottom[None], near)[:2])
        either = self._sum(near, far, high, low)
        # counted twice: all less one, and all less the other; left open: all less either
        twice = 2 * self._columns(near, far) - one - other - (self._columns(near, far) - either)
        return gap - np.where(far > near, twice, 0.0)

    def left_of(self, places: np.ndarray) -> np.ndarray:
        """Ink to the left of x (n,), (n,)."""
        ends = self._at(places * self.scale - self.around, 1)
        return self._columns(np.zeros_like(ends), ends)

    def right_of(self, places: np.ndarray) -> np.ndarray:
        """Ink to the right of x (n,), (n,)."""
        starts = self._at(places * self.scale + self.around, 1)
        return self._columns(starts, np.full_like(starts, self.sums.shape[1] - 1))

    def _sides(self, boxes: np.ndarray) -> tuple[np.ndarray, ...]:
        low, far = boxes[:, :2] * self.scale - self.around, (boxes[:, :2] + boxes[:, 2:]) * self.scale + self.around
        return self._at(low[:, 0], 1), self._at(far[:, 0], 1), self._at(low[:, 1], 0), self._at(far[:, 1], 0)

    def _at(self, places: np.ndarray, axis: int) -> np.ndarray:
        return np.clip(np.round(places), 0, self.sums.shape[axis] - 1).astype(np.int64)

    def _sum(self, left: np.ndarray, right: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
        s = self.sums
        return (s[bottom, right] - s[top, right] - s[bottom, left] + s[top, left]).astype(np.float64)

    def _columns(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return (self.sums[-1, right] - self.sums[-1, left]).astype(np.float64)


def ink_of(regions: Regions, light: bool, band: Band, inside: tuple[float, float, float, float]) -> Ink:
    """The ink of a region.

    Parameters
    ----------
    regions : those of the cut
    light : of which polarity
    band : where its digits stand, px of the cut
    inside : x, y, width, height of the region, px of the cut
    """
    of_polarity = [i for i, layer in enumerate(regions.layers) if layer.light == light and not any(layer.cut)]
    scales = np.array([regions.layers[i].scale for i in of_polarity])
    scale = float(scales[np.abs(np.log(scales * band.height / DIGIT)).argmin()])
    searches = [i for i in of_polarity if regions.layers[i].scale == scale]  # all its ink, and without lines
    labels, stats = regions.labels[searches[0]], regions.stats[searches[0]]
    x, y, w, h = (side * scale for side in inside)
    x0, y0, x1, y1 = round(x), round(y), round(x + w), round(y + h)
    area = stats[:, cv2.CC_STAT_AREA]
    own = np.bincount(labels[y0:y1, x0:x1].ravel(), minlength=len(stats)) >= MINE * area
    own[0] = False
    mask = np.zeros(labels.shape, np.uint8)
    mask[y0:y1, x0:x1] = own[labels[y0:y1, x0:x1]]
    mask *= _on_line(mask.shape, band, scale)
    kept = stats.copy()
    kept[~own, cv2.CC_STAT_AREA] = 0
    faint = _faint(regions.layers[searches[0]].ink, mask, (slice(y0, y1), slice(x0, x1)))
    return Ink(scale, labels, kept, faint, cv2.integral(mask), AROUND * band.height * scale)


def _faint(ink: np.ndarray, mask: np.ndarray, region: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and stats of a region's fainter ink; ink : (h, w) uint8 its contrast; mask : (h, w) uint8 surely ink."""
    found = np.zeros_like(mask)
    strokes = ink[mask > 0]
    paper = ink[region][cv2.dilate(mask[region], np.ones((7, 7), np.uint8)) == 0]
    if len(strokes) and len(paper):
        noise = NOISE * float(np.percentile(paper, 99))  # a dot is less of it
        found[region] = ink[region] > max(FAINT * float(np.percentile(strokes, 80)), noise, 4.0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=4)
    return labels, stats


def _on_line(shape: tuple[int, ...], band: Band, scale: float) -> np.ndarray:
    """(h, w) uint8, 0 or 1: the rows of a layer in which digits of the line and their signs stand."""
    base = (band.base * scale + band.slope * np.arange(shape[1])).round()
    row = np.arange(shape[0])[:, None]
    high = band.height * scale
    return ((row >= base - (1 + ABOVE) * high) & (row <= base + BELOW * high)).view(np.uint8)
