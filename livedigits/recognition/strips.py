"""Writing -> proposals: a small network says where digits are in ink that is wider than one.

Where strokes of neighbours touch, ink alone does not tell one digit from the next. Windows of the writing, brought to
one scale, go through a fully convolutional network that gives for each cell of 4x4 px the chance that a digit's centre
is there, which digit it is, and how far its sides lie (as CenterNet does, Zhou et al. 2019, arXiv 1904.07850). What it
proposes is cropped and read like any other region, and both networks' answers are weighed together.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from livedigits.recognition.boxes import covered, first_of_each, iou
from livedigits.recognition.classifier import card, interpreter, read_network
from livedigits.recognition.fitted import logit
from livedigits.recognition.ink import Layer
from livedigits.recognition.writing import Writing, WritingModel
from livedigits.types import NO_DIGIT

WIDTH, HEIGHT = 96, 64  # px of a window
CELL = 4  # px: one answer for each cell of so many px a side
DIGIT = 30.0  # px: height of digits in windows, about
CHANNELS = 15  # of an answer: objectness, ten digits (logits), distances to the four sides in DIGIT
BATCHES = (8, 1)  # windows: an interpreter is slow to change its batch size

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# px of a window: ink nearer to its edge may be cut, and is seen whole in the next window.
MARGIN = 10
# Objectness of a proposal; less costs more crops.
LEAST = 0.12
# Intersection over union: two proposals of one digit.
ALIKE = 0.5
# Share of a proposal's box that makes it a part of a larger region.
WITHIN = 0.7
# Windows of a picture: what clutter may cost.
MOST = 48


def normalised(contrast: np.ndarray, strength: float) -> np.ndarray:
    """Contrast (h, w) int16 as the network gets it, uint8: 128 is paper, 255 ink of this mean strength."""
    return np.clip(contrast * (127 / strength) + 128, 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Digits that the network proposes.

    Attributes
    ----------
    boxes : (n, 4) float32 x, y, width, height, px of the frame
    layer : (n,) int64, index of the layer they were seen in
    objectness : (n,) float32 0..1, chance that a digit is there
    labels : (n, 10) float32 0..1, which digit, given that it is one
    """

    boxes: np.ndarray
    layer: np.ndarray
    objectness: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    @staticmethod
    def none() -> Proposals:
        """No proposals."""
        numbers = np.empty(0, np.float32)
        return Proposals(np.empty((0, 4), np.float32), np.empty(0, np.int64), numbers, np.empty((0, 10), np.float32))


class StripNetwork:
    """The network loaded once; by several threads, too, which then take turns.

    Parameters
    ----------
    path : a .tflite file that takes (n, 64, 96, 1) float32 and returns (n, 16, 24, 15); its card (.json) lies beside it

    Attributes
    ----------
    writing : tells writing from clutter, from the card; None without one
    trust : constant, weight of the strip network's and of the classifier's log odds, in those of a proposal

    Raises
    ------
    LivedigitsError: the file is missing, damaged or a network of another shape
    """

    def __init__(self, path: Path, threads: int = 2):
        content = read_network(path)
        self._interpreters = {n: interpreter(path, n, threads, _fault, content) for n in BATCHES}
        self._turn = threading.Lock()
        stored: dict[str, Any] = card(path)
        self.writing = WritingModel.from_card(stored["writing"]) if "writing" in stored else None
        self.trust = np.array(stored.get("trust", (0.0, 0.5, 0.5)))

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """Answers (n, 16, 24, 15) float32 for windows (n, 64, 96) uint8: CHANNELS of each cell."""
        out = np.empty((len(windows), HEIGHT // CELL, WIDTH // CELL, CHANNELS), np.float32)
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

    def weighed(self, proposals: Proposals, probabilities: np.ndarray) -> np.ndarray:
        """What both networks say of proposals together.

        Parameters
        ----------
        probabilities : (n, 11) float32 of the classifier for the proposals' crops

        Returns
        -------
        (n, 11) float32, each row sums to 1, the last column for "no digit"
        """
        ten = probabilities[:, :NO_DIGIT] / np.maximum(probabilities[:, :NO_DIGIT].sum(1, keepdims=True), 1e-6)
        both = np.sqrt(np.maximum(ten, 1e-4) * np.maximum(proposals.labels, 1e-4))
        agree = both.sum(1, keepdims=True)
        constant, strip, crop = self.trust
        odds = constant + strip * logit(proposals.objectness) + crop * logit(1 - probabilities[:, NO_DIGIT])
        is_digit = 1 / (1 + np.exp(-odds))[:, None]
        return np.concatenate([both / agree * is_digit, 1 - is_digit], 1).astype(np.float32)


def _fault(taken: list[int], given: list[int]) -> str:
    wanted = [HEIGHT, WIDTH, 1], [HEIGHT // CELL, WIDTH // CELL, CHANNELS]
    return "" if (taken[1:], given[1:]) == wanted else f"(n, {wanted[0]}) to (n, {wanted[1]})"


class Window(NamedTuple):
    """A window on a layer: its upper left corner, px of the layer; px of the window per px of the layer; mean ink."""

    layer: int
    x: float
    y: float
    scale: float
    strength: float


def windows(writing: Writing, most: int = MOST) -> list[Window]:
    """Windows that cover the writing, none twice, in the order of the writing; `most` at most."""
    out: list[Window] = []
    regions = writing.regions
    where = zip(regions.layer.tolist(), regions.pieces[:, 0].tolist(), regions.inside.tolist(), strict=True)
    for (entry, component, (x, y, w, h)), height in zip(where, writing.heights.tolist(), strict=True):
        layer, scale = regions.layers[entry], DIGIT / height
        own = (regions.labels[entry][y : y + h, x : x + w] == component).view(np.uint8)
        for left in starts(w * scale, WIDTH):
            for top in starts(h * scale, HEIGHT):
                x0, y0 = max(0, round(left / scale)), max(0, round(top / scale))
                x1, y1 = min(round((left + WIDTH) / scale), w), min(round((top + HEIGHT) / scale), h)
                ink = own[y0:y1, x0:x1]
                if not ink.size or cv2.countNonZero(ink) < 12:
                    continue
                if _seen(entry, scale, (x + x0, y + y0, x + x1, y + y1), out):
                    continue
                strength = max(cv2.mean(layer.ink[y + y0 : y + y1, x + x0 : x + x1], ink)[0], 4.0)
                out.append(Window(entry, x + left / scale, y + top / scale, scale, strength))
                if len(out) == most:
                    return out
    return out


def starts(length: float, side: int) -> list[float]:
    """Where windows of this side start along ink of this length (px of a window), so that they overlap by a digit."""
    room = side - 2 * MARGIN
    if length <= room:
        return [(length - side) / 2]
    count = int(np.ceil((length - room) / (room - 0.9 * DIGIT))) + 1
    return np.linspace(-MARGIN, length - side + MARGIN, count).tolist()


def _seen(layer: int, scale: float, ink: tuple[int, int, int, int], others: list[Window]) -> bool:
    """Whether another window shows this ink (x0, y0, x1, y1, px of the layer) wholly, at about this scale."""
    for other in others:
        if other.layer != layer or not 0.75 < other.scale / scale < 1.33:
            continue
        edge = MARGIN / other.scale / 2
        right, bottom = other.x + WIDTH / other.scale - edge, other.y + HEIGHT / other.scale - edge
        if ink[0] >= other.x + edge and ink[1] >= other.y + edge and ink[2] <= right and ink[3] <= bottom:
            return True
    return False


def picture(layer: Layer, window: Window) -> np.ndarray:
    """A window (64, 96) uint8 as the network gets it; what lies outside of the layer is paper."""
    scale = window.scale
    x0, y0 = int(np.floor(window.x)) - 2, int(np.floor(window.y)) - 2
    x1, y1 = x0 + int(WIDTH / scale) + 5, y0 + int(HEIGHT / scale) + 5
    height, width = layer.contrast.shape
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if x1 <= x0 or y1 <= y0:
        return np.full((HEIGHT, WIDTH), 128, np.uint8)
    part = layer.contrast[y0:y1, x0:x1]
    if scale < 0.8:
        part = cv2.GaussianBlur(part, (0, 0), 0.4 / scale)
    half = (scale - 1) / 2  # pixels' centres, not their corners, lie at whole numbers
    matrix = np.array([[scale, 0, (x0 - window.x) * scale + half], [0, scale, (y0 - window.y) * scale + half]])
    return normalised(cv2.warpAffine(part, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR), window.strength)


def propose(writing: Writing, network: StripNetwork, most: int = MOST) -> Proposals:
    """What the network proposes in writing, of proposals alike the best; `most` windows at most are looked at."""
    return proposed(windows(writing, most), writing.regions.layers, network)


def proposed(looked: list[Window], layers: list[Layer], network: StripNetwork) -> Proposals:
    """What the network proposes in windows on these layers, of proposals alike the best."""
    if not looked:
        return Proposals.none()
    answers = network(np.stack([picture(layers[w.layer], w) for w in looked]))
    parts = [_decoded(answer, window, layers[window.layer]) for answer, window in zip(answers, looked, strict=True)]
    boxes, objectness, labels, rank = (np.concatenate([p[k] for p in parts]) for k in range(4))
    layer = np.repeat([w.layer for w in looked], [len(p[0]) for p in parts])
    index = _best(boxes, rank)
    return Proposals(boxes[index], layer[index], objectness[index], labels[index])


def windows_of(width: float, height: float) -> int:
    """How many windows cover writing of this size, in px of anything, whose digits are as high as it is, about."""
    return len(starts(width * DIGIT / height, WIDTH))


def second_best_inside(boxes: np.ndarray, proposed: np.ndarray, is_digit: np.ndarray) -> np.ndarray:
    """How sure it is that boxes (n, 4) hold more than one digit, (n,): probability of the second of those inside."""
    inside = covered(proposed, boxes).T > WITHIN
    chances = np.sort(np.where(inside, is_digit, 0.0), axis=1)
    return np.asarray(chances[:, -2] if chances.shape[1] > 1 else np.zeros(len(boxes)), np.float32)


def _best(boxes: np.ndarray, rank: np.ndarray) -> list[int]:
    """Indices of boxes (n, 4) in the order of their rank (n,), of those alike the first."""
    order = np.argsort(-rank, kind="stable")
    return [int(order[i]) for i in first_of_each(iou(boxes[order], boxes[order]) > ALIKE)]


def _decoded(answer: np.ndarray, window: Window, layer: Layer) -> tuple[np.ndarray, ...]:
    """Boxes (n, 4) px of the frame, objectness, labels, rank of the local maxima of one window's answer."""
    logits = np.ascontiguousarray(answer[..., 0])
    peak = (logits == cv2.dilate(logits, np.ones((3, 3), np.uint8))) & (logits > np.log(LEAST / (1 - LEAST)))
    rows, columns = np.nonzero(peak)
    cells = answer[rows, columns]
    objectness = 1 / (1 + np.exp(-cells[:, 0]))
    chances = np.exp(cells[:, 1:11] - cells[:, 1:11].max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    cx, cy = (columns + 0.5) * CELL, (rows + 0.5) * CELL
    sides = np.maximum(cells[:, 11:], 0.02) * DIGIT
    x0, y0, x1, y1 = cx - sides[:, 0], cy - sides[:, 1], cx + sides[:, 2], cy + sides[:, 3]
    whole = (x0 > -2) & (y0 > -2) & (x1 < WIDTH + 2) & (y1 < HEIGHT + 2)
    scale = window.scale * layer.scale
    left, top = window.x / layer.scale, (window.y + layer.top) / layer.scale
    boxes = np.stack([left + x0 / scale, top + y0 / scale, (x1 - x0) / scale, (y1 - y0) / scale], 1)
    return boxes.astype(np.float32), objectness, chances, objectness * np.where(whole, 1.0, 0.3)
