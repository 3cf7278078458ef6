"""Frame -> marks: the pieces of ink that could be digits, each with its box.

Every connected component of the right size is a candidate. Components too long or wide to be one digit lose their
ruled and table lines and are looked at again; what is still wide is cut at its thinnest places; pieces that lie close
together are tried as one. A mark that is no digit costs little here: the network refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.glance import measures, worth_a_look
from livedigits.ink import ALL_ROWS, Layer, Rows, layers
from livedigits.lines import without_lines

SMALLEST = 12  # px of a level: longest side of a mark
LARGEST_AT_FINE_LEVELS = 160  # px of a level: larger marks are left to the next, coarser level
WIDEST = 1.9  # width over height of one digit: a 2 with a long foot, a 4 with a long bar
TALLEST = 26.0  # height over width: a 1 in a thin pen
SPARSEST = 0.04  # ink over box area
TINY = 4  # px of a level: smaller specks are no pieces either
PIECES = 120  # per layer: pieces that are tried together; a frame of texture has thousands
JOINS = 60  # per layer
MOST = 400  # marks of a frame: a page full of digits has 300, a frame of texture thousands
ALL = -1  # in place of a component's number: all ink of the layer
LONERS = 8  # a picture with at most so many pieces may show a single digit that fell apart
CUT = (1.0, 5.5)  # width over height of marks that are cut: two digits to six
CUTS = 5  # wide marks per layer that are cut
SAME = 0.8  # intersection over union above which two marks are one


class Look(NamedTuple):
    """What of a frame is looked at.

    Attributes
    ----------
    finest : rows of the finest level of the pyramid, where the smallest digits show, and of its lines; None for none
    lines : whether lines are searched for at the coarser levels
    light : whether light ink is looked for
    """

    finest: Rows | None = ALL_ROWS
    lines: bool = True
    light: bool = True


THOROUGH = Look()


@dataclass(frozen=True)
class Marks:
    """Pieces of ink that could be digits.

    Attributes
    ----------
    boxes : (n, 4) int32 x, y, width, height, px of the frame
    inside : (n, 4) int32 x, y, width, height, px of the mark's layer, y from its top
    layer : (n,) int64, index into `layers`
    pieces : (n, 2) int32: the components of the layer's `labels` that make up the mark; 0 stands for none,
        -1 for all ink of the layer
    score : (n,) float32: what the first glance says, above 0 for marks that are worth reading
    layers : the ink they were found in
    labels : for each layer (h, w) int32, 0 for paper, else the component's number
    """

    boxes: np.ndarray
    inside: np.ndarray
    layer: np.ndarray
    pieces: np.ndarray
    score: np.ndarray
    layers: list[Layer]
    labels: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def light(self) -> np.ndarray:
        """(n,) bool: which are light ink on a dark ground."""
        return np.array([layer.light for layer in self.layers])[self.layer]

    def only(self, index: np.ndarray) -> Marks:
        """The marks that a mask or index array selects."""
        return replace(
            self,
            boxes=self.boxes[index],
            inside=self.inside[index],
            layer=self.layer[index],
            pieces=self.pieces[index],
            score=self.score[index],
        )


def find(image: np.ndarray, look: Look = THOROUGH) -> Marks:
    """The marks of ink in a frame that are worth a look, likelier ones first, MOST at most.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR, or (h, w) uint8 grey, of any size
    look : at what; without the finest level and the lines it is a quarter of the work
    """
    marks = find_all(image, look)
    score = np.where(marks.pieces[:, 0] == ALL, np.inf, marks.score)
    # Of marks alike the one from the finest level has the best box; light ink and the dark gaps in it are not alike.
    likely = [np.flatnonzero((score > 0) & (marks.light == polarity)) for polarity in (False, True)]
    kept = np.concatenate([index[distinct(marks.boxes[index])] for index in likely])
    return marks.only(kept[np.argsort(-score[kept], kind="stable")][:MOST])


def find_all(image: np.ndarray, look: Look = THOROUGH) -> Marks:
    """All marks of ink in a frame, some of them nearly alike; parameters as of `find`."""
    pyramid = layers(image, look.finest, look.light)
    finest = pyramid[0] if look.finest is not None else None
    # Threads would gain nothing: half the work is numpy's, and they wait for each other.
    found = [part for layer in pyramid for part in _marks_of_layer(layer, look.lines or layer is finest)]
    inside = np.concatenate([f.inside for f in found])
    pieces = np.concatenate([f.pieces for f in found])
    index = np.repeat(np.arange(len(found)), [len(f.inside) for f in found])
    tops = np.array([f.layer.top for f in found])[index]
    boxes = _to_frame(inside, tops, np.array([f.layer.scale for f in found])[index], image.shape)
    score = worth_a_look(np.concatenate([f.measured for f in found]))
    return Marks(boxes, inside, index, pieces, score, [f.layer for f in found], [f.labels for f in found])


class _Found(NamedTuple):
    """What one look at a layer found: Marks of a single layer, boxes only in px of it, and `glance.measures`."""

    layer: Layer
    labels: np.ndarray
    inside: np.ndarray
    pieces: np.ndarray
    measured: np.ndarray


def _marks_of_layer(layer: Layer, lines: bool) -> list[_Found]:
    """The marks of one layer: of all its ink, and of the ink of long marks without their lines."""
    labels, stats = _components(layer.mask)
    found = [_look(layer, labels, stats)]
    unlined = None if not lines or layer.light or layer.coarser is None else _unlined(layer, labels, stats)
    if unlined is not None:
        labels, stats = _components(unlined)
        found.append(_look(layer, labels, stats))
    return found


def _look(layer: Layer, labels: np.ndarray, stats: np.ndarray) -> _Found:
    inside, pieces = _candidates(labels, stats, layer)
    return _Found(layer, labels, inside, pieces, measures(layer, inside))


def _components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Grana's algorithm is more than twice as fast here as the default.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return labels, stats


def _to_frame(inside: np.ndarray, top: np.ndarray, scale: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Boxes in px of their layers -> (n, 4) int32 boxes in px of the frame, within it and not empty."""
    x, y = inside[:, 0], inside[:, 1] + top
    corners = np.stack([x, y, x + inside[:, 2], y + inside[:, 3]], 1)
    corners = np.round(corners / scale[:, None]).astype(np.int32)
    corners = np.minimum(corners, np.array([shape[1], shape[0]] * 2, np.int32))
    return np.concatenate([corners[:, :2], np.maximum(corners[:, 2:] - corners[:, :2], 1)], 1)


def _candidates(labels: np.ndarray, stats: np.ndarray, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) int32 and components (n, 2) int32 of the single, joined and cut marks of one layer."""
    coarsest = layer.coarser is None
    number = np.arange(len(stats), dtype=np.int32)[1:]
    number = number[_whole(stats[1:], layer)]
    boxes, area = stats[number, :4], stats[number, cv2.CC_STAT_AREA]
    fits = _fits(boxes, coarsest) & (area >= SPARSEST * boxes[:, 2] * boxes[:, 3])
    singles = boxes[fits], np.stack([number[fits], np.zeros_like(number[fits])], 1)
    joins = _joins(boxes, area, number, coarsest)
    parts = [singles, joins]
    if not layer.light:  # chalk is broad, and its digits stand apart
        parts.append(_cuts(labels, boxes, area, number))
    if coarsest:
        parts.append(_all_ink(boxes))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _whole(stats: np.ndarray, layer: Layer) -> np.ndarray:
    """(n,) bool: components that do not lie on an edge at which the layer was cut."""
    above, below = layer.cut
    top, bottom = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    return ~((above & (top == 0)) | (below & (bottom == layer.mask.shape[0])))


def _fits(boxes: np.ndarray, coarsest: bool) -> np.ndarray:
    """(n,) bool: boxes of the size and shape of one digit."""
    w, h = boxes[:, 2], boxes[:, 3]
    longest = np.maximum(w, h)
    fits = (longest >= SMALLEST) & (w <= WIDEST * h) & (h <= TALLEST * w) & (h >= 0.6 * SMALLEST)
    return fits if coarsest else fits & (longest <= LARGEST_AT_FINE_LEVELS)


def _all_ink(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mark of all ink together, where there are few pieces: a drawing of one digit in several strokes."""
    pieces = boxes[np.maximum(boxes[:, 2], boxes[:, 3]) >= TINY]
    if not 2 <= len(pieces) <= LONERS:
        return np.empty((0, 4), np.int32), np.empty((0, 2), np.int32)
    low, high = pieces[:, :2].min(0), (pieces[:, :2] + pieces[:, 2:]).max(0)
    box = np.concatenate([low, high - low])[None].astype(np.int32)
    if not _fits(box, True)[0]:
        return np.empty((0, 4), np.int32), np.empty((0, 2), np.int32)
    return box, np.array([[ALL, 0]], np.int32)


def _joins(boxes: np.ndarray, area: np.ndarray, number: np.ndarray, coarsest: bool) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of pieces close enough to be one digit: the bar of a 5, an open 4, a pen that skipped."""
    longest = np.maximum(boxes[:, 2], boxes[:, 3])
    piece = np.flatnonzero((longest >= TINY) & (longest <= 2 * LARGEST_AT_FINE_LEVELS))
    piece = piece[np.argsort(-area[piece], kind="stable")][:PIECES]
    b = boxes[piece]
    x0, y0, x1, y1 = b[:, 0], b[:, 1], b[:, 0] + b[:, 2], b[:, 1] + b[:, 3]
    gap_x = np.maximum(x0[:, None], x0) - np.minimum(x1[:, None], x1)
    gap_y = np.maximum(y0[:, None], y0) - np.minimum(y1[:, None], y1)
    size = np.maximum(longest[piece][:, None], longest[piece])
    smaller = np.minimum(longest[piece][:, None], longest[piece])
    near = (np.maximum(gap_x, 0) + np.maximum(gap_y, 0) <= 0.2 * size) & (smaller >= 0.15 * size)
    near &= (gap_x < 0) | (gap_y < -0.3 * size)  # one above the other, or side by side at one height
    i, j = np.nonzero(near)
    i, j = i[i < j], j[i < j]
    left, top = np.minimum(x0[i], x0[j]), np.minimum(y0[i], y0[j])
    union = np.stack([left, top, np.maximum(x1[i], x1[j]) - left, np.maximum(y1[i], y1[j]) - top], 1).astype(np.int32)
    union = union.reshape(-1, 4)
    pairs = np.stack([number[piece[i]], number[piece[j]]], 1).reshape(-1, 2)
    fits = np.flatnonzero(_fits(union, coarsest) & (union[:, 2] <= 1.4 * union[:, 3]))[:JOINS]
    return union[fits], pairs[fits]


def _cuts(labels: np.ndarray, boxes: np.ndarray, area: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parts of wide marks between places with little ink: "00", "10", "276" written in one."""
    w, h = boxes[:, 2], boxes[:, 3]
    wide = (w >= CUT[0] * h) & (w <= CUT[1] * h) & (h >= SMALLEST) & (h <= LARGEST_AT_FINE_LEVELS)
    wide &= (area > 0.08 * w * h) & (area < 0.6 * w * h)
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
    """Spans of columns [left, right) between the thinnest places of a wide mark, (h, w) uint8 0 or 1: at most 12."""
    height, width = ink.shape
    column = cv2.blur(cv2.reduce(ink, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F), (3, 1))
    reach = max(2, height // 6)
    lowest = cv2.erode(column, np.ones((1, 2 * reach + 1), np.uint8))
    edge = max(2, int(0.12 * height))
    thin = ((column == lowest) & (column <= max(2.0, 0.35 * column.max()))).ravel()
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
        for j in range(i + 1, min(i + 4, len(middle)))
        if not (i == 0 and j == len(middle) - 1)
    ]
    return [s for s in spans if 0.12 * height <= s[1] - s[0] <= 1.3 * height][:12]


def _unlined(layer: Layer, labels: np.ndarray, stats: np.ndarray) -> np.ndarray | None:
    """The ink of a layer with marks too long for a digit, (h, w) uint8, without their lines; None for no lines."""
    w, h = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    longest, area = np.maximum(w, h), stats[:, cv2.CC_STAT_AREA]
    lined = (
        (longest >= 0.15 * layer.short_side) & (area < 0.45 * w * h) & (longest >= 60) & (np.minimum(w, h) >= SMALLEST)
    )
    lined[0] = False
    if not lined.any():
        return None
    ink = np.zeros_like(layer.mask)
    for number in np.flatnonzero(lined):
        x, y, width, height = stats[number, :4]
        part = slice(y, y + height), slice(x, x + width)
        ink[part] |= (labels[part] == number).view(np.uint8)
    return without_lines(layer, ink)


def distinct(boxes: np.ndarray) -> np.ndarray:
    """Indices of the boxes (n, 4) left when of each group alike only the first stays."""
    order = np.linspace(1, 0.5, len(boxes))
    return np.asarray(cv2.dnn.NMSBoxes(boxes.tolist(), order.tolist(), 0.0, SAME), np.int64).ravel()
