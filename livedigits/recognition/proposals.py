"""Components of ink -> candidates: single components, pieces that lie close together, parts of wide ones.

A digit can be one component, several (the bar of a 5, an open 4, a pen that skipped), or a part of one that it shares
with its neighbours. All that could be a digit is a candidate; their number in a layer is bounded.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.ink import OVERLAP, Layer

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# px of a level: longest side of a region. Less finds smaller digits, and many more specks.
SMALLEST = 12
# Of SMALLEST: least height, so that a small digit may be narrow but not flat.
LEAST_HEIGHT = 0.6
# px of a level: larger regions are left to the next, coarser level. More finds digits at two levels.
LARGEST = 160
# px of a strip of a level: larger ones would seldom be whole in it.
LARGEST_IN_STRIP = 2 * OVERLAP
# px: what a region of the coarsest level may be: no bound.
HUGE = 1 << 20
# Width over height of one digit: a 2 with a long foot, a 4 with a long bar. More lets words through.
WIDEST = 1.9
# Height over width: a 1 in a thin pen. More lets lines through.
TALLEST = 26.0
# Ink over box area. Less lets outlines of boxes and loops of writing through.
SPARSEST = 0.04
# px of a level: smaller specks are no pieces either. Less joins noise to digits.
TINY = 4
# Per layer: pieces that are tried together, the largest; a frame of texture has thousands. Cost grows as its square.
PIECES = 120
# Per layer: pairs of pieces that become regions. Each costs a crop and a place in the network's batch.
JOINS = 60
# Of the longer piece: how far apart two pieces of one digit may be. More joins neighbours.
PIECE_GAP = 0.2
# Of the longer piece: least size of the shorter one. Less joins specks.
LEAST_PIECE = 0.15
# Of the longer piece: common height of pieces side by side. Less joins what stands diagonally.
COMMON_HEIGHT = 0.3
# Width over height of two pieces together. More joins two digits.
WIDEST_JOIN = 1.4
# A picture with at most so many pieces may show a single digit that fell apart; more joins whole numbers.
MOST_ALONE = 8
# Width over height of regions that are cut: two digits to six.
CUT = (1.0, 5.5)
# Wide regions per layer that are cut, those of most ink. Each gives up to MOST_SPANS regions.
CUTS = 5
MOST_SPANS = 12
# Ink over box area of what is cut: less is an outline, more is a blot.
CUT_INK = (0.08, 0.6)
# Of the height: width of what a cut leaves, from a 1 to a broad digit.
SPAN = (0.12, 1.3)
# Of the most ink in a column: where there is more nothing is cut. More cuts through digits.
THIN = 0.35
# px: ink of a column that is thin in any case: a line of a fine pen.
THIN_LINE = 2.0
# Parts between cuts that may be one digit together. More tries more spans.
JOINED_PARTS = 3

ALL = -1  # in place of a component's number: all ink of the layer


def candidates(labels: np.ndarray, stats: np.ndarray, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """The single, joined and cut regions of one layer.

    Parameters
    ----------
    labels : (h, w) int32, 0 for paper, else the component's number
    stats : (components, 5) int32 x, y, width, height, area, px of the layer, as OpenCV gives them, that of paper first

    Returns
    -------
    boxes (n, 4) int32 x, y, width, height, px of the layer, and their components (n, 2) int32 as in Regions.pieces
    """
    coarsest = layer.coarser is None
    largest = HUGE if coarsest else LARGEST_IN_STRIP if any(layer.cut) else LARGEST
    number = np.arange(len(stats), dtype=np.int32)[1:]
    number = number[_whole(stats[1:], layer)]
    boxes, area = stats[number, :4], stats[number, cv2.CC_STAT_AREA]
    fits = _fits(boxes, largest) & (area >= SPARSEST * boxes[:, 2] * boxes[:, 3])
    singles = boxes[fits], np.stack([number[fits], np.zeros_like(number[fits])], 1)
    joins = _joins(boxes, area, number, largest)
    parts = [singles, joins]
    if not layer.light:  # chalk is broad, and its digits stand apart
        parts.append(_cuts(labels, boxes, area, number, min(largest, LARGEST)))
    if coarsest:
        parts.append(_all_ink(boxes))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _whole(stats: np.ndarray, layer: Layer) -> np.ndarray:
    """(n,) bool: components that do not lie on an edge at which the layer was cut."""
    above, below = layer.cut
    top, bottom = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    return ~((above & (top == 0)) | (below & (bottom == layer.mask.shape[0])))


def _fits(boxes: np.ndarray, largest: int) -> np.ndarray:
    """(n,) bool: boxes of the size and shape of one digit."""
    w, h = boxes[:, 2], boxes[:, 3]
    longest = np.maximum(w, h)
    small, large = longest >= SMALLEST, longest <= largest
    return small & large & (w <= WIDEST * h) & (h <= TALLEST * w) & (h >= LEAST_HEIGHT * SMALLEST)


def _all_ink(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The region of all ink together, where there are few pieces: a drawing of one digit in several strokes."""
    pieces = boxes[np.maximum(boxes[:, 2], boxes[:, 3]) >= TINY]
    if not 2 <= len(pieces) <= MOST_ALONE:
        return np.empty((0, 4), np.int32), np.empty((0, 2), np.int32)
    low, high = pieces[:, :2].min(0), (pieces[:, :2] + pieces[:, 2:]).max(0)
    box = np.concatenate([low, high - low])[None].astype(np.int32)
    if not _fits(box, HUGE)[0]:
        return np.empty((0, 4), np.int32), np.empty((0, 2), np.int32)
    return box, np.array([[ALL, 0]], np.int32)


def _joins(boxes: np.ndarray, area: np.ndarray, number: np.ndarray, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of pieces close enough to be one digit: the bar of a 5, an open 4, a pen that skipped."""
    longest = np.maximum(boxes[:, 2], boxes[:, 3])
    piece = np.flatnonzero((longest >= TINY) & (longest <= min(largest, 2 * LARGEST)))
    piece = piece[np.argsort(-area[piece], kind="stable")][:PIECES]
    b = boxes[piece]
    x0, y0, x1, y1 = b[:, 0], b[:, 1], b[:, 0] + b[:, 2], b[:, 1] + b[:, 3]
    gap_x = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    gap_y = np.maximum(y0[:, None], y0) - np.minimum(y1[:, None], y1)
    size = np.maximum(longest[piece][:, None], longest[piece])
    smaller = np.minimum(longest[piece][:, None], longest[piece])
    near = (np.maximum(gap_x, 0) + np.maximum(gap_y, 0) <= PIECE_GAP * size) & (smaller >= LEAST_PIECE * size)
    near &= (gap_x < 0) | (gap_y < -COMMON_HEIGHT * size)  # one above the other, or side by side at one height
    i, j = np.nonzero(near)
    i, j = i[i < j], j[i < j]
    left, top = np.minimum(x0[i], x0[j]), np.minimum(y0[i], y0[j])
    union = np.stack([left, top, np.maximum(x1[i], x1[j]) - left, np.maximum(y1[i], y1[j]) - top], 1).astype(np.int32)
    union = union.reshape(-1, 4)
    pairs = np.stack([number[piece[i]], number[piece[j]]], 1).reshape(-1, 2)
    fits = np.flatnonzero(_fits(union, largest) & (union[:, 2] <= WIDEST_JOIN * union[:, 3]))[:JOINS]
    return union[fits], pairs[fits]


def _cuts(
    labels: np.ndarray, boxes: np.ndarray, area: np.ndarray, number: np.ndarray, largest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Parts of wide regions between places with little ink: "00", "10", "276" written in one."""
    w, h = boxes[:, 2], boxes[:, 3]
    wide = (w >= CUT[0] * h) & (w <= CUT[1] * h) & (h >= SMALLEST) & (h <= largest)
    wide &= (area > CUT_INK[0] * w * h) & (area < CUT_INK[1] * w * h)
    wide_index = np.flatnonzero(wide)
    wide_index = wide_index[np.argsort(-area[wide_index], kind="stable")][:CUTS]
    parts: list[tuple[int, int, int, int]] = []
    owners: list[tuple[int, int]] = []
    for k in wide_index.tolist():
        x, y, width, height = boxes[k].tolist()
        own = int(number[k])
        ink = (labels[y : y + height, x : x + width] == own).view(np.uint8)
        for left, right in _segments(ink):
            _, top, _, tall = cv2.boundingRect(ink[:, left:right])
            if tall:
                parts.append((x + left, y + top, right - left, tall))
                owners.append((own, 0))
    return np.array(parts, np.int32).reshape(-1, 4), np.array(owners, np.int32).reshape(-1, 2)


def _segments(ink: np.ndarray) -> list[tuple[int, int]]:
    """Spans of columns [left, right) between the thinnest places of a wide region, (h, w) uint8 0 or 1."""
    height, width = ink.shape
    column = cv2.blur(cv2.reduce(ink, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F), (3, 1))
    reach = max(2, height // 6)
    lowest = cv2.erode(column, np.ones((1, 2 * reach + 1), np.uint8))
    edge = max(2, int(SPAN[0] * height))
    thin = ((column == lowest) & (column <= max(THIN_LINE, THIN * column.max()))).ravel()
    places = (edge + np.flatnonzero(thin[edge : width - edge])).tolist()
    if not places:
        return []
    middle = [0]
    first = last = places[0]
    for place in [*places[1:], width + 1]:
        if place > last + 1:
            middle.append((first + last) // 2)
            first = place
        last = place
    middle.append(width)
    spans = [
        (middle[i], middle[j])
        for i in range(len(middle))
        for j in range(i + 1, min(i + 1 + JOINED_PARTS, len(middle)))
        if not (i == 0 and j == len(middle) - 1)
    ]
    return [s for s in spans if SPAN[0] * height <= s[1] - s[0] <= SPAN[1] * height][:MOST_SPANS]
