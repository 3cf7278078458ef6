"""Frame -> regions: the pieces of ink that could be digits, each with its box.

Every connected component of the right size is a candidate. Components too long or wide to be one digit lose their
ruled and table lines and are looked at again; what is still wide is cut at its thinnest places; pieces that lie close
together are tried as one. A region that is not a digit costs little here: the network rejects it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.recognition.ink import ALL_ROWS, Layer, Rows, layers
from livedigits.recognition.prefilter import log_odds, measures
from livedigits.recognition.proposals import ALL, SMALLEST, candidates
from livedigits.recognition.ruling import without_lines

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Regions of a frame, the likeliest: a page full of digits has 300, a frame of texture thousands. More costs
# time in texture.
MOST = 400
# Intersection over union above which two regions are one. Less loses digits that touch, more reads regions twice.
SAME = 0.8
# Of a layer's short side, and in px of it: longer regions may hold a ruled line. Less searches more for lines.
LINED_SHARE = 0.15
LINED = 60
# Ink over box area: what is denser is not a net of lines.
LINED_INK = 0.45


class ScanPlan(NamedTuple):
    """What of a frame is scanned.

    Attributes
    ----------
    finest : rows of the finest level of the pyramid, where the smallest digits show, and of its lines; None for none
    lines : whether lines are searched for at the other levels
    light : whether light ink is looked for
    coarse : whether digits are looked for at all levels; else only at the finest of those that are seen whole
    """

    finest: Rows | None = ALL_ROWS
    lines: bool = True
    light: bool = True
    coarse: bool = True


FULL_SCAN = ScanPlan()


@dataclass(frozen=True)
class Regions:
    """Pieces of ink that could be digits.

    Attributes
    ----------
    boxes : (n, 4) int32 x, y, width, height, px of the frame
    inside : (n, 4) int32 x, y, width, height, px of the region's layer, y from its top
    layer : (n,) int64, index into `layers`
    pieces : (n, 2) int32: the components of the layer's `labels` that make up the region; 0 stands for none,
        -1 for all ink of the layer
    score : (n,) float32: what the prefilter says, above 0 for regions that are worth reading
    layers : the ink they were found in
    labels : for each layer (h, w) int32, 0 for paper, else the component's number
    stats : for each layer (components, 5) int32 x, y, width, height, area, px of the layer, that of paper first
    shape : of the frame
    touching : (n,) bool: those that the strip network proposed where digits touch
    """

    boxes: np.ndarray
    inside: np.ndarray
    layer: np.ndarray
    pieces: np.ndarray
    score: np.ndarray
    layers: list[Layer]
    labels: list[np.ndarray]
    stats: list[np.ndarray]
    shape: tuple[int, ...]
    touching: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def light(self) -> np.ndarray:
        """(n,) bool: which are light ink on a dark ground."""
        return np.array([layer.light for layer in self.layers])[self.layer]

    @property
    def coarse(self) -> np.ndarray:
        """(n,) bool: which were found at a level that only a coarse scan sees."""
        return np.array(_coarse(self.layers))[self.layer]

    def explained(self, whole: int, part: int) -> float:
        """Share 0..1 of a region's ink, weighed by contrast, that lies in the box of a part of it.

        0 for parts that may lack strokes: cut ones, proposals, which strokes may leave anywhere, and those of a
        coarser level, where thin strokes fade.
        """
        number = self.layer[whole]
        layer = self.layers[number]
        if self.layers[self.layer[part]].scale < layer.scale or self.touching[part] or self._is_cut(part):
            return 0.0
        x, y, w, h = self.inside[whole].tolist()
        own = own_pixels(self.labels[number][y : y + h, x : x + w], self.pieces[whole].tolist())
        ink = layer.ink[y : y + h, x : x + w] * own
        left, top, width, height = self.boxes[part].tolist()
        corners = np.array([left, top, left + width, top + height]) * layer.scale - np.array([x, y + layer.top] * 2)
        left, top, right, bottom = np.maximum(np.round(corners), 0).astype(np.int64).tolist()
        return float(cv2.sumElems(ink[top:bottom, left:right])[0] / max(cv2.sumElems(ink)[0], 1.0))

    def _is_cut(self, i: int) -> bool:
        """Whether a region's stroke goes on beyond its box."""
        labels, piece = self.labels[self.layer[i]], self.pieces[i, 0]
        x, y, w, h = self.inside[i].tolist()
        beside = labels[y : y + h, [max(x - 1, 0), min(x + w, labels.shape[1] - 1)]]
        return piece > 0 and bool((beside[:, [x > 0, x + w < labels.shape[1]]] == piece).any())

    def of_components(self, layer: np.ndarray, components: np.ndarray) -> Regions:
        """Regions of the same ink, one for each component: `layer` (n,) int64 and its number (n,) int32."""
        stats = [self.stats[e][k, :4] for e, k in zip(layer.tolist(), components.tolist(), strict=True)]
        inside = np.array(stats, np.int32).reshape(-1, 4)
        tops = np.array([self.layers[e].top for e in layer.tolist()], np.int32)
        scales = np.array([self.layers[e].scale for e in layer.tolist()])
        boxes = _to_frame(inside, tops, scales, self.shape)
        pieces = np.stack([components, np.zeros_like(components)], 1).astype(np.int32)
        return self._of(boxes, inside, layer, pieces, False)

    def of_boxes(self, layer: np.ndarray, boxes: np.ndarray) -> Regions:
        """Regions of all ink in boxes (n, 4) float32, px of the frame, each of the layer (n,) that it was seen in."""
        corners = np.round(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)).astype(np.int32)
        high, wide = self.shape[:2]
        corners = np.clip(corners, 0, [wide, high, wide, high])
        corners[:, :2] = np.minimum(corners[:, :2], [wide - 1, high - 1])
        corners[:, 2:] = np.maximum(corners[:, 2:], corners[:, :2] + 1)
        inside = np.empty((len(boxes), 4), np.int32)
        for i, entry in enumerate(layer.tolist()):
            level = self.layers[entry]
            rows, columns = level.mask.shape
            x0, y0, x1, y1 = corners[i] * level.scale - np.array([0, level.top, 0, level.top])
            left, top = min(max(int(x0), 0), columns - 1), min(max(int(y0), 0), rows - 1)
            inside[i] = (
                left,
                top,
                max(min(int(np.ceil(x1)), columns) - left, 1),
                max(min(int(np.ceil(y1)), rows) - top, 1),
            )
        whole = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1).astype(np.int32)
        pieces = np.tile(np.array([[ALL, 0]], np.int32), (len(boxes), 1))
        return self._of(whole, inside, layer, pieces, True)

    def _of(self, boxes: np.ndarray, inside: np.ndarray, layer: np.ndarray, pieces: np.ndarray, touch: bool) -> Regions:
        n = len(layer)
        score, touching = np.zeros(n, np.float32), np.full(n, touch)
        return replace(self, boxes=boxes, inside=inside, layer=layer, pieces=pieces, score=score, touching=touching)

    def joined(self, more: Regions) -> Regions:
        """These and more of the same ink."""
        return replace(
            self,
            boxes=np.concatenate([self.boxes, more.boxes]),
            inside=np.concatenate([self.inside, more.inside]),
            layer=np.concatenate([self.layer, more.layer]),
            pieces=np.concatenate([self.pieces, more.pieces]),
            score=np.concatenate([self.score, more.score]),
            touching=np.concatenate([self.touching, more.touching]),
        )

    def only(self, index: np.ndarray) -> Regions:
        """The regions that a mask or index array selects."""
        return replace(
            self,
            boxes=self.boxes[index],
            inside=self.inside[index],
            layer=self.layer[index],
            pieces=self.pieces[index],
            score=self.score[index],
            touching=self.touching[index],
        )


def of_ink(levels: list[Layer], shape: tuple[int, ...]) -> Regions:
    """No regions yet of the ink of a frame of that shape, for `Regions.of_boxes`."""
    none = np.empty((0, 4), np.int32)
    return Regions(
        boxes=none,
        inside=none,
        layer=np.empty(0, np.int64),
        pieces=np.empty((0, 2), np.int32),
        score=np.empty(0, np.float32),
        layers=levels,
        labels=[layer.mask.astype(np.int32) for layer in levels],
        stats=[],
        shape=shape,
        touching=np.empty(0, bool),
    )


def own_pixels(labels: np.ndarray, pieces: list[int]) -> np.ndarray:
    """(h, w) uint8, 0 or 1: where a region's own components (Regions.pieces) are in this part of its layer's labels."""
    if pieces[0] == ALL:
        return (labels > 0).view(np.uint8)
    own = (labels == pieces[0]).view(np.uint8)
    if pieces[1]:
        own |= (labels == pieces[1]).view(np.uint8)
    return own


def find_regions(image: np.ndarray, plan: ScanPlan = FULL_SCAN, clutter: bool = False) -> Regions:
    """The regions of ink in a frame that are worth reading, likelier ones first, MOST at most.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR, or (h, w) uint8 grey, of any size
    plan : what is scanned; a full scan costs five times as much as the least
    clutter : also those that the prefilter takes for clutter
    """
    regions = find_all_regions(image, plan)
    score = np.where(regions.pieces[:, 0] == ALL, np.inf, regions.score)
    # Of regions alike the one from the finest level has the best box; light ink and the dark gaps in it are not alike.
    likely = [np.flatnonzero(((score > 0) | clutter) & (regions.light == polarity)) for polarity in (False, True)]
    kept = np.concatenate([index[distinct(regions.boxes[index])] for index in likely])
    return regions.only(kept[np.argsort(-score[kept], kind="stable")][:MOST])


def find_all_regions(image: np.ndarray, plan: ScanPlan = FULL_SCAN) -> Regions:
    """All regions of ink in a frame, some of them nearly alike; parameters as of `find`."""
    pyramid = layers(image, plan.finest, plan.light)
    finest = pyramid[0] if plan.finest is not None else None
    # Threads would gain nothing: half the work is numpy's, and they wait for each other.
    searched = [layer for layer, coarse in zip(pyramid, _coarse(pyramid), strict=True) if plan.coarse or not coarse]
    found = [part for layer in searched for part in _regions_of_layer(layer, plan.lines or layer is finest)]
    inside = np.concatenate([f.inside for f in found])
    pieces = np.concatenate([f.pieces for f in found])
    index = np.repeat(np.arange(len(found)), [len(f.inside) for f in found])
    tops = np.array([f.layer.top for f in found])[index]
    boxes = _to_frame(inside, tops, np.array([f.layer.scale for f in found])[index], image.shape)
    score = log_odds(np.concatenate([f.measured for f in found]))
    return Regions(
        boxes=boxes,
        inside=inside,
        layer=index,
        pieces=pieces,
        score=score,
        layers=[f.layer for f in found],
        labels=[f.labels for f in found],
        stats=[f.stats for f in found],
        shape=image.shape,
        touching=np.zeros(len(boxes), bool),
    )


def _coarse(pyramid: list[Layer]) -> list[bool]:
    """Which layers are coarser than the finest whole one of their polarity."""
    finest = {
        polarity: max((x.scale for x in pyramid if x.light == polarity and not any(x.cut)), default=0.0)
        for polarity in (False, True)
    }
    return [layer.scale < finest[layer.light] for layer in pyramid]


class _Found(NamedTuple):
    """What one search of a layer found: Regions of it, with boxes in px of it, and `prefilter.measures`."""

    layer: Layer
    labels: np.ndarray
    stats: np.ndarray
    inside: np.ndarray
    pieces: np.ndarray
    measured: np.ndarray


def _regions_of_layer(layer: Layer, lines: bool) -> list[_Found]:
    """The regions of one layer: of all its ink, and of the ink of long regions without their lines."""
    labels, stats = _components(layer.mask)
    found = [_search(layer, labels, stats)]
    unlined = None if not lines or layer.light or layer.coarser is None else _unlined(layer, labels, stats)
    if unlined is not None:
        labels, stats = _components(unlined)
        found.append(_search(layer, labels, stats))
    return found


def _search(layer: Layer, labels: np.ndarray, stats: np.ndarray) -> _Found:
    inside, pieces = candidates(labels, stats, layer)
    return _Found(layer, labels, stats, inside, pieces, measures(layer, inside))


def _components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Grana's algorithm is more than twice as fast here as the default.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return labels, stats


def _to_frame(inside: np.ndarray, top: np.ndarray, scale: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Boxes in px of their layers -> (n, 4) int32 boxes in px of the frame, within it and not empty."""
    x, y = inside[:, 0], inside[:, 1] + top
    corners = np.stack([x, y, x + inside[:, 2], y + inside[:, 3]], 1)
    corners = np.round(corners / scale[:, None]).astype(np.int32)
    # where the layer is larger than the frame its last pixels round to the frame's edge
    corners = np.minimum(corners, np.array([shape[1] - 1, shape[0] - 1, shape[1], shape[0]], np.int32))
    return np.concatenate([corners[:, :2], np.maximum(corners[:, 2:] - corners[:, :2], 1)], 1)


def _unlined(layer: Layer, labels: np.ndarray, stats: np.ndarray) -> np.ndarray | None:
    """The ink of a layer with regions too long for a digit, (h, w) uint8, without their lines; None for no lines."""
    w, h = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    longest, area = np.maximum(w, h), stats[:, cv2.CC_STAT_AREA]
    lined = (longest >= LINED_SHARE * layer.short_side) & (area < LINED_INK * w * h)
    lined &= (longest >= LINED) & (np.minimum(w, h) >= SMALLEST)
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
