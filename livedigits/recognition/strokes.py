"""Strokes of a drawing, in the order in which they were drawn -> which of them make up a digit each.

Where digits of a picture touch, nothing in it says which stroke is whose; who drew it put the pen down and lifted it.
Every few successive strokes are painted alone and read as a digit; the best way to share all strokes out is a shortest
path over them. So digits that touch, cross or overlap are read as if each stood alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.recognition.classifier import Classifier, Head
from livedigits.recognition.crop import SIZE, crop
from livedigits.recognition.flat_images import drawn
from livedigits.recognition.ink import layers
from livedigits.recognition.regions import of_ink
from livedigits.types import NO_DIGIT, Stroke

# Each constant: its unit, and what it trades; chosen on numbers of pen-digits.npz, and not swept further.

# Strokes of one digit. More reads a 5 of five strokes, and takes longer.
MOST = 4
# Of a digit's longer side: how far its next stroke may lie from the strokes before. More tries more groups.
APART = 0.6
# Log of the chance that a stroke belongs to no digit. More leaves more strokes out.
LEFT_OUT = -4.0
# What the gap between strokes of one digit costs, log per longer side of it. More takes far strokes apart.
GAP = 4.0
# What strokes beside each other cost as one digit, log per share of the narrower's width that lies outside the strokes
# before, and the share that is free: strokes of one digit cross. More takes 4s apart; without it 9 and 3 may be a 3.
BESIDE, FREE = 0.3, 0.3
# Power to which the chance of a digit by the picture alone counts, beside that of what is drawn on purpose. More joins
# fewer digits into one, and shows more letters as digits: with 0, 0.3 and 1 strokes of 23, 20 and 20 of 2,200 numbers
# are shared out wrongly, and 63, 68 and 73 % of pen-letters.npz are shown.
AS_PICTURE = 0.3
# Share of a stroke's width within an earlier digit from which on it was added to that later: the bar of a 7.
WITHIN = 0.8
# px: longest side of a group as it is painted to be read, and the paper around it.
PAINTED, MARGIN = 44, 44
# Groups on a sheet: a larger one would be reduced.
ROWS, COLUMNS = 7, 14
NONE = np.empty((0, SIZE, SIZE, 2), np.float32)


@dataclass(frozen=True, eq=False)
class Shared:
    """Strokes shared out among digits.

    Attributes
    ----------
    boxes : (n, 4) float32 x, y, width, height, px of the drawing, around the ink of each digit
    crops : (n, 28, 28, 2) float32 in 0..1, of each alone
    probabilities : (n, 11) float32 from the network, the last column for "no digit"
    is_digit : (n,) float32, probability of a digit, for somebody has drawn it
    left : (m, 4) float32, boxes of strokes that belong to no digit
    """

    boxes: np.ndarray
    crops: np.ndarray
    probabilities: np.ndarray
    is_digit: np.ndarray
    left: np.ndarray


def share_out(strokes: Sequence[Stroke], classifier: Classifier, head: Head | None = None) -> Shared:
    """The digits that strokes make up, each of its strokes alone.

    Parameters
    ----------
    strokes : in the order in which they were drawn
    head : what was learned of a hand
    """
    ordered = _ordered(strokes)
    groups = [(i, j) for i in range(len(ordered)) for j in _ends(ordered, i)]
    boxes = np.array([bounds_of(ordered[i:j]) for i, j in groups], np.float32).reshape(-1, 4)
    crops = crops_of([ordered[i:j] for i, j in groups])
    probabilities = classifier(crops, head)
    chosen = _best(len(ordered), groups, _scores(ordered, groups, probabilities))
    used = {k for i, j in (groups[g] for g in chosen) for k in range(i, j)}
    left = [bounds_of([stroke]) for k, stroke in enumerate(ordered) if k not in used]
    read = probabilities[chosen]
    return Shared(boxes[chosen], crops[chosen], read, drawn(read), np.array(left, np.float32).reshape(-1, 4))


def paint(strokes: Sequence[Stroke], width: int, height: int) -> np.ndarray:
    """The drawing as a picture, (height, width) uint8 grey, ink 0 on 255."""
    ink = np.zeros((height, width), np.uint8)
    for stroke in strokes:
        _draw(ink, stroke, 1.0, (0.0, 0.0))
    return cv2.bitwise_not(ink)


def _ordered(strokes: Sequence[Stroke]) -> list[Stroke]:
    """In the order of the digits: what was added to an earlier digit, such as a bar, follows that."""
    out: list[Stroke] = []
    for stroke in strokes:
        own = [_within(stroke, other) for other in out]
        last = max(range(len(own)), key=own.__getitem__, default=-1)
        if last >= 0 and own[last] >= WITHIN and own[-1] < 0.2:
            out.insert(last + 1, stroke)
        else:
            out.append(stroke)
    return out


def _within(stroke: Stroke, other: Stroke) -> float:
    """Share 0..1 of a stroke's width that lies in another's; 0 where they lie above each other."""
    (x, y, w, h), (left, top, wide, high) = bounds_of([stroke]), bounds_of([other])
    if y > top + high or top > y + h:
        return 0.0
    return max(0.0, min(x + w, left + wide) - max(x, left)) / w


def _ends(strokes: list[Stroke], first: int) -> list[int]:
    """After which strokes a digit may end that begins with this one."""
    ends = [first + 1]
    for end in range(first + 2, min(first + MOST, len(strokes)) + 1):
        if _gap(strokes[first:end]) > APART:
            break
        ends.append(end)
    return ends


def _gap(strokes: Sequence[Stroke]) -> float:
    """Of the longer side of all: how far the last of the strokes lies from those before, from box to box."""
    x, y, w, h = bounds_of(strokes[:-1])
    left, top, wide, high = bounds_of(strokes[-1:])
    apart = max(left - (x + w), x - (left + wide), 0.0), max(top - (y + h), y - (top + high), 0.0)
    _, _, whole, tall = bounds_of(strokes)
    return float(np.hypot(*apart)) / max(whole, tall)


def _scores(strokes: list[Stroke], groups: list[tuple[int, int]], probabilities: np.ndarray) -> np.ndarray:
    """(n,) log of the chance that each group is a digit, for each of its strokes, so that fewer groups gain nothing."""
    ten = probabilities[:, :NO_DIGIT]
    is_digit = np.maximum(ten.sum(1), 1e-6)
    chance = ten.max(1) * drawn(probabilities) * is_digit ** (AS_PICTURE - 1)
    count = np.array([j - i for i, j in groups])
    gaps = np.array([_gap(strokes[i:j]) if j - i > 1 else 0.0 for i, j in groups])
    beside = np.array([sum(_beside(strokes[i:k]) for k in range(i + 2, j + 1)) for i, j in groups])
    return np.asarray(count * np.log(np.maximum(chance, 1e-6)) - GAP * gaps - BESIDE * np.maximum(beside - FREE, 0))


def _beside(strokes: Sequence[Stroke]) -> float:
    """Share 0..1 of the narrower's width, of the last stroke and those before, that is not in the other's."""
    (x, _, w, _), (left, _, wide, _) = bounds_of(strokes[:-1]), bounds_of(strokes[-1:])
    return 1 - max(0.0, min(x + w, left + wide) - max(x, left)) / min(w, wide)


def _best(count: int, groups: list[tuple[int, int]], scores: np.ndarray) -> list[int]:
    """Indices of the groups that share out `count` strokes best, in their order; strokes may be left out."""
    best: list[float] = [0.0]
    path: list[list[int]] = [[]]
    ending: dict[int, list[int]] = {}
    for k, (_, end) in enumerate(groups):
        ending.setdefault(end, []).append(k)
    for end in range(1, count + 1):
        options = [(best[groups[k][0]] + float(scores[k]), [*path[groups[k][0]], k]) for k in ending[end]]
        options.append((best[end - 1] + LEFT_OUT, path[end - 1]))
        score, chosen = max(options, key=lambda option: option[0])
        best.append(score)
        path.append(chosen)
    return path[count]


def bounds_of(strokes: Sequence[Stroke]) -> tuple[float, float, float, float]:
    """x, y, width, height in px of the ink of strokes."""
    low = np.min([(s.points - s.widths[:, None] / 2).min(0) for s in strokes], 0)
    high = np.max([(s.points + s.widths[:, None] / 2).max(0) for s in strokes], 0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def crops_of(groups: Sequence[Sequence[Stroke]]) -> np.ndarray:
    """The crops of groups of strokes, each painted alone, (n, 28, 28, 2) float32 in 0..1."""
    part = ROWS * COLUMNS
    return np.concatenate([_crops_of_sheet(groups[k : k + part]) for k in range(0, len(groups), part)] or [NONE])


def _crops_of_sheet(groups: Sequence[Sequence[Stroke]]) -> np.ndarray:
    """The same of so few groups that a sheet holds them, each in a tile of its own."""
    tile = PAINTED + 2 * MARGIN
    columns = min(COLUMNS, len(groups))
    ink = np.zeros((-(-len(groups) // columns) * tile, columns * tile), np.uint8)
    boxes = np.empty((len(groups), 4), np.float32)
    for k, group in enumerate(groups):
        x, y, w, h = bounds_of(group)
        scale = PAINTED / max(w, h)
        top, left = k // columns * tile + MARGIN, k % columns * tile + MARGIN
        for stroke in group:
            _draw(ink, stroke, scale, (x - left / scale, y - top / scale))
        boxes[k] = left, top, w * scale, h * scale
    sheet = layers(cv2.bitwise_not(ink), light=False)
    return crop(of_ink(sheet, ink.shape).of_boxes(np.full(len(groups), 0, np.int64), boxes))


def _draw(ink: np.ndarray, stroke: Stroke, scale: float, origin: tuple[float, float]) -> None:
    """Draw a stroke's course, smooth as the page paints it, into ink (h, w) uint8."""
    course, widths = _course(stroke)
    points = np.round((course - origin) * scale * 16).astype(np.int32)
    thick = np.maximum(np.round(widths * scale), 1).astype(int)
    if len(points) == 1 or (thick == thick[0]).all():
        cv2.polylines(ink, [points], False, 255, int(thick[0]), cv2.LINE_AA, 4)
        return
    for i in range(1, len(points)):
        cv2.line(ink, points[i - 1].tolist(), points[i].tolist(), 255, int(thick[i]), cv2.LINE_AA, 4)


def _course(stroke: Stroke) -> tuple[np.ndarray, np.ndarray]:
    """The points (n, 2) of a stroke's smooth course and the pen's width (n,) at each.

    Quadratic curves from the middle of one pair of points to that of the next, bent towards the point between them.
    """
    points, widths = stroke.points, stroke.widths
    if len(points) < 3:
        return points, widths
    middles = (points[1:] + points[:-1]) / 2
    t = np.array([0.25, 0.5, 0.75, 1.0], np.float32)[None, :, None]
    start, bend, end = middles[:-1, None], points[1:-1, None], middles[1:, None]
    curves = ((1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end).reshape(-1, 2)
    course = np.concatenate([points[:1], middles[:1], curves, points[-1:]])
    return course, np.concatenate([widths[:1], widths[:1], np.repeat(widths[1:-1], 4), widths[-1:]])
