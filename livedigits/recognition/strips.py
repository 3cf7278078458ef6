"""Strips of writing -> proposals: a small network says where digits are in what is wider than one digit.

Where strokes of neighbours touch, ink alone does not tell one digit from the next. The scale of such writing is known
from its contours; windows of it, brought to one scale, go through a fully convolutional network that gives for each
cell of 4x4 px the chance that a digit's centre is there, which digit it is, and how far its sides lie (as CenterNet
does, Zhou et al. 2019, arXiv 1904.07850). What it proposes is cropped and read like any other region.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from livedigits.recognition.boxes import iou
from livedigits.recognition.classifier import interpreter
from livedigits.recognition.ink import Layer
from livedigits.recognition.regions import Regions

WIDTH, HEIGHT = 96, 64  # px of a window
CELL = 4  # px: one answer for each cell of so many px a side
DIGIT = 30.0  # px: height of digits in windows, about
MARGIN = 10  # px of a window: ink nearer to its edge may be cut, and is seen whole in the next window
LEAST = 0.12  # objectness of a proposal
ALIKE = 0.5  # intersection over union: two proposals of one digit
BEST = 18.0  # px of a level: the least height of digits that it shows, up to twice of that
SMALLEST = 11  # px of a level: height of writing that is looked at
WIDE = 0.72  # width over height of ink that may be two digits
LONGEST = 30.0  # width over height of ink that may be a number
FILLED = (0.05, 0.75)  # ink over box area of writing
MOST = 40  # windows of a picture
BATCHES = (8, 1)  # an interpreter is slow to change its batch size


class Writing(NamedTuple):
    """Ink that may be several digits: its box x, y, w, h in px of its layer (index as in Regions), digit height there."""

    entry: int
    component: int
    box: tuple[int, int, int, int]
    height: float


@dataclass(frozen=True)
class Proposals:
    """Digits that the network proposes.

    boxes : (n, 4) float32 x, y, w, h, px of the frame; entry : (n,) int64, index of the layer as in Regions
    objectness : (n,) float32 0..1; labels : (n, 10) float32, probability of each digit, given that it is one
    """

    boxes: np.ndarray
    entry: np.ndarray
    objectness: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    @staticmethod
    def none() -> Proposals:
        return Proposals(
            np.empty((0, 4), np.float32), np.empty(0, np.int64), np.empty(0, np.float32), np.empty((0, 10), np.float32)
        )


def normalised(contrast: np.ndarray, strength: float) -> np.ndarray:
    """Contrast (h, w) int16 as the network gets it, uint8: 128 is paper, 255 ink of this mean strength."""
    return np.clip(contrast * (127 / strength) + 128, 0, 255).astype(np.uint8)


class StripNetwork:
    """The network loaded once; by several threads, too, which then take turns.

    Raises LivedigitsError: the file is missing, damaged or a network of another shape.
    """

    def __init__(self, path: Path, threads: int = 2):
        self._interpreters = {n: interpreter(path, n, threads, _fault) for n in BATCHES}
        self._turn = threading.Lock()

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """Answers (n, 16, 24, 15) float32 for windows (n, 64, 96) uint8: logits of objectness and labels, four sides."""
        out = np.empty((len(windows), HEIGHT // CELL, WIDTH // CELL, 15), np.float32)
        start = 0
        while start < len(windows):
            size = BATCHES[0] if len(windows) - start >= BATCHES[0] else BATCHES[1]
            part = windows[start : start + size, :, :, None].astype(np.float32) / 255
            with self._turn:
                run = self._interpreters[size]
                run.set_tensor(run.get_input_details()[0]["index"], part)
                run.invoke()
                out[start : start + size] = run.get_tensor(run.get_output_details()[0]["index"])
            start += size
        return out


def _fault(taken: list[int], given: list[int]) -> str:
    wanted = [HEIGHT, WIDTH, 1], [HEIGHT // CELL, WIDTH // CELL, 15]
    return "" if (taken[1:], given[1:]) == wanted else f"(n, {wanted[0]}) to (n, {wanted[1]})"


def writing(regions: Regions, sure: np.ndarray) -> list[Writing]:
    """Components of ink that may be several digits, each at the level where its digits are about DIGIT px high.

    sure : (m, 4) boxes, px of the frame, of what is one digit beyond doubt: not looked at again
    """
    found = []
    finest = {light: max((k.scale for k in regions.layers if k.light == light), default=0.0) for light in (False, True)}
    for entry, (layer, stats) in enumerate(zip(regions.layers, regions.stats, strict=True)):
        x, y, w, h, area = stats.T.astype(np.float32)
        fits = (w >= WIDE * h) & (w <= LONGEST * h) & (h >= SMALLEST) & (area >= 20)
        fits &= (area > FILLED[0] * w * h * np.minimum(1, 3 * h / w)) & (area < FILLED[1] * w * h)
        fits[0] = False
        for k in np.flatnonzero(fits).tolist():
            box = tuple(int(v) for v in stats[k, :4])
            height = _digit_height(regions.labels[entry], k, box)
            if not _fitting(height, layer, layer.scale == finest[layer.light]):
                continue
            found.append(Writing(entry, k, box, height))
    if len(sure) and found:
        frames = np.array([_frame_box(regions.layers[f.entry], f.box) for f in found])
        one = iou(frames, sure).max(1) > 0.8
        found = [f for f, o in zip(found, one, strict=True) if not o]
    return found


def _fitting(height: float, layer: Layer, finest: bool) -> bool:
    """Whether a level shows digits so high best; the finest shows smaller ones, the coarsest larger ones, too."""
    return height >= (SMALLEST if finest else BEST) and (height < 2 * BEST or layer.coarser is None)


def _digit_height(labels: np.ndarray, component: int, box: tuple[int, int, int, int]) -> float:
    """Height of the digits in a component, px of its layer: of its ink after the slope of its line is taken out."""
    x, y, w, h = box
    if w < 1.4 * h:
        return float(h)
    own = labels[y : y + h, x : x + w] == component
    columns = np.flatnonzero(own.any(0))
    top = own.argmax(0)[columns]
    bottom = h - 1 - own[::-1].argmax(0)[columns]
    middle = (top + bottom) / 2
    slope = np.polyfit(columns, middle, 1)[0]
    level = columns * np.clip(slope, -0.5, 0.5)
    span = np.percentile(bottom - level, 92) - np.percentile(top - level, 8)
    return float(np.clip(span + 1, 0.3 * h, h))


def _frame_box(layer: Layer, box: tuple[int, int, int, int]) -> list[float]:
    x, y, w, h = box
    return [x / layer.scale, (y + layer.top) / layer.scale, w / layer.scale, h / layer.scale]


class _Window(NamedTuple):
    entry: int
    x: float  # of its upper left corner, px of the layer
    y: float
    scale: float  # px of the window per px of the layer
    strength: float


def windows(regions: Regions, found: list[Writing], most: int = MOST) -> list[_Window]:
    """Windows that cover the writing, none twice; those of the strongest ink first where there are too many."""
    out: list[_Window] = []
    order = sorted(found, key=lambda f: -f.box[2])
    for f in order:
        layer = regions.layers[f.entry]
        x, y, w, h = f.box
        scale = DIGIT / f.height
        own = (regions.labels[f.entry][y : y + h, x : x + w] == f.component).view(np.uint8)
        for left in _starts(w * scale, WIDTH):
            for top in _starts(h * scale, HEIGHT):
                x0, y0 = max(0, round(left / scale)), max(0, round(top / scale))
                x1, y1 = round((left + WIDTH) / scale), round((top + HEIGHT) / scale)
                ink = own[y0:y1, x0:x1]
                if cv2.countNonZero(ink) < 12 if ink.size else True:
                    continue
                part = layer.ink[y + y0 : min(y + y1, y + h), x + x0 : min(x + x1, x + w)]
                strength = max(cv2.mean(part, ink)[0], 4.0)
                window = _Window(f.entry, x + left / scale, y + top / scale, scale, strength)
                if not _seen(window, (x + x0, y + y0, min(x + x1, x + w), min(y + y1, y + h)), out, regions):
                    out.append(window)
                if len(out) >= most:
                    return out
    return out


def _starts(length: float, side: int) -> list[float]:
    """Where windows of this side start along ink of this length (px of a window), so that they overlap by a digit."""
    room = side - 2 * MARGIN
    if length <= room:
        return [(length - side) / 2]
    count = int(np.ceil((length - room) / (room - 0.9 * DIGIT))) + 1 if room > DIGIT else 1
    return np.linspace(-MARGIN, length - side + MARGIN, count).tolist()


def _seen(window: _Window, ink: tuple[int, int, int, int], others: list[_Window], regions: Regions) -> bool:
    """Whether another window shows this ink (x0, y0, x1, y1, px of the layer) wholly, at about this scale."""
    for other in others:
        if other.entry != window.entry or not 0.75 < other.scale / window.scale < 1.33:
            continue
        edge = MARGIN / other.scale / 2
        if (
            ink[0] >= other.x + edge
            and ink[1] >= other.y + edge
            and ink[2] <= other.x + WIDTH / other.scale - edge
            and ink[3] <= other.y + HEIGHT / other.scale - edge
        ):
            return True
    return False


def _picture(layer: Layer, window: _Window) -> np.ndarray:
    """A window as the network gets it."""
    scale = window.scale
    matrix = np.array([[scale, 0, -window.x * scale], [0, scale, -window.y * scale]], np.float32)
    # half a pixel: pixel centres lie at whole numbers
    matrix[:, 2] += (scale - 1) / 2
    x0, y0 = int(np.floor(window.x)) - 2, int(np.floor(window.y)) - 2
    x1, y1 = x0 + int(WIDTH / scale) + 5, y0 + int(HEIGHT / scale) + 5
    height, width = layer.contrast.shape
    cx0, cy0, cx1, cy1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if cx1 <= cx0 or cy1 <= cy0:
        return np.full((HEIGHT, WIDTH), 128, np.uint8)
    part = layer.contrast[cy0:cy1, cx0:cx1]
    matrix[0, 2] += cx0 * scale
    matrix[1, 2] += cy0 * scale
    if scale < 0.8:
        part = cv2.GaussianBlur(part, (0, 0), 0.4 / scale)
    seen = cv2.warpAffine(part, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderValue=0)
    return normalised(seen, window.strength)


def propose(regions: Regions, found: list[Writing], network: StripNetwork, most: int = MOST) -> Proposals:
    """What the network proposes in writing, boxes in px of the frame, of proposals alike only the best."""
    looked = windows(regions, found, most)
    if not looked:
        return Proposals.none()
    answers = network(np.stack([_picture(regions.layers[w.entry], w) for w in looked]))
    parts = [_decoded(answer, window, regions.layers[window.entry]) for answer, window in zip(answers, looked, strict=True)]
    boxes, objectness, labels, rank = (np.concatenate([p[k] for p in parts]) for k in range(4))
    entry = np.repeat([w.entry for w in looked], [len(p[0]) for p in parts])
    order = np.argsort(-rank, kind="stable")
    overlap = iou(boxes[order], boxes[order]) > ALIKE
    kept: list[int] = []
    taken = np.zeros(len(order), bool)
    for i in range(len(order)):
        if not taken[i]:
            kept.append(i)
            taken |= overlap[i]
    index = order[kept]
    return Proposals(boxes[index], entry[index], objectness[index], labels[index])


def _decoded(
    answer: np.ndarray, window: _Window, layer: Layer
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Boxes (n, 4) px of the frame, objectness, labels, rank of the local maxima of one window's answer."""
    logits = answer[..., 0]
    peak = (logits == cv2.dilate(logits, np.ones((3, 3), np.uint8))) & (logits > np.log(LEAST / (1 - LEAST)))
    rows, columns = np.nonzero(peak)
    cells = answer[rows, columns]
    objectness = 1 / (1 + np.exp(-cells[:, 0]))
    chances = np.exp(cells[:, 1:11] - cells[:, 1:11].max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    cx, cy = (columns + 0.5) * CELL, (rows + 0.5) * CELL
    sides = np.maximum(cells[:, 11:], 0.02) * DIGIT
    x0, y0, x1, y1 = cx - sides[:, 0], cy - sides[:, 1], cx + sides[:, 2], cy + sides[:, 3]
    inside = (x0 > -2) & (y0 > -2) & (x1 < WIDTH + 2) & (y1 < HEIGHT + 2)
    rank = objectness * np.where(inside, 1.0, 0.3)
    scale = window.scale * layer.scale
    left, top = window.x / layer.scale, (window.y + layer.top) / layer.scale
    boxes = np.stack([left + x0 / scale, top + y0 / scale, (x1 - x0) / scale, (y1 - y0) / scale], 1)
    return boxes.astype(np.float32), objectness, chances, rank
