"""Rendered scenes -> labelled crops, made by the same find and crop that the camera's frames go through.

Each crop is labelled by the truth: the digit that its box covers, or "no digit" for letters, pieces of digits, the
ground between their strokes, two digits in one, lines and clutter. What lies between is left out, and so are regions
that truly look like digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from livedigits.recognition.boxes import covered, iou
from livedigits.recognition.crop import crop
from livedigits.recognition.flat_images import brought_out
from livedigits.recognition.reader import Reader
from livedigits.recognition.regions import Regions, find_regions
from livedigits.training.synthesis.lookalikes import is_lookalike
from livedigits.training.synthesis.scenes import Scene
from livedigits.types import NO_DIGIT

UNCLEAR = -1
"""The label of a region that is neither taught as a digit nor as none."""

# None of these was swept, and why these values was not written down: to try another, train with it.
COVERS = 0.6
"""Intersection over union from which a region is the digit: less teaches cut digits, more leaves them out."""
APART = 0.3
"""Below it the region is not the digit; between the two it is unclear."""
WHOLE, PART = 0.75, 0.5
"""Where a region covers the digit so well as the first, those inside that cover less than the second are pieces: half a
0. Higher values teach more pieces as no digit, and some digits whose ink was cut, too."""
BROAD = 0.45
"""Width over height of digits whose pieces are told by their boxes: a 1 without its flag is half a box."""
VISIBLE = 0.8
"""Share of a digit's ink that must be in sight for it to be taught: with less people would doubt, too."""
NEGATIVES = 24
"""Regions that are no digit taken of a frame, at most: of texture there are hundreds, which are alike."""
ALIKE = 3
"""Crops of one digit taken of a frame, at most: levels, joins and unlined ink show it several times."""
FALSE = 0.15
"""Probability of a wrong answer from which a mined crop is a hard one: lower keeps more, easier crops."""


@dataclass(frozen=True)
class Crops:
    """Labelled crops: images (n, 28, 28, 2) uint8; labels (n,) int8, 0..9 or 10 for "no digit"."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: np.ndarray) -> Crops:
        return Crops(self.images[index], self.labels[index])

    @staticmethod
    def joined(parts: Sequence[Crops]) -> Crops:
        """All crops of several, in order."""
        images = [p.images for p in parts] or [np.empty((0, 28, 28, 2), np.uint8)]
        labels = [p.labels for p in parts] or [np.empty(0, np.int8)]
        return Crops(np.concatenate(images), np.concatenate(labels))

    def save(self, path: Path) -> None:
        """Writes an .npz; a file that is there was written whole."""
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, images=self.images, labels=self.labels)
        part.replace(path)

    @staticmethod
    def load(path: Path) -> Crops:
        """Reads what `save` wrote."""
        with np.load(path) as file:
            return Crops(file["images"], file["labels"])


def label(regions: Regions, scene: Scene) -> np.ndarray:
    """What each region of a rendered frame is: (n,) int8, 0..9, NO_DIGIT or UNCLEAR."""
    labels = np.full(len(regions), NO_DIGIT, np.int8)
    boxes = regions.boxes
    if scene.digits:
        truth = np.array([d.box for d in scene.digits], np.float32)
        overlap = iou(boxes, truth)
        best = overlap.argmax(1)
        most = overlap[np.arange(len(boxes)), best]
        digit = np.array([d.label for d in scene.digits], np.int8)
        visible = np.array([d.visible for d in scene.digits]) >= VISIBLE
        inside = covered(truth, boxes).T  # of each digit by each region
        several = (inside > 0.6).sum(1) > 1
        is_digit = (most >= COVERS) & ~several
        labels[is_digit] = np.where(visible[best], digit[best], UNCLEAR)[is_digit]
        labels[(most > APART) & (most < COVERS) & ~several] = UNCLEAR
        ground = regions.light != np.array([d.light for d in scene.digits])[best]
        shown = np.where(ground[:, None], 0, overlap).max(0, initial=0)[best] >= WHOLE
        piece = shown & (most < WHOLE) & (covered(boxes, truth)[np.arange(len(boxes)), best] >= 0.9)
        broad = (truth[:, 2] >= BROAD * truth[:, 3])[best]
        labels[piece] = np.where((most < PART) & broad, NO_DIGIT, UNCLEAR)[piece]
        # The light shapes that dark strokes enclose show which digit it is, but are none.
        labels[ground & (most > APART)] = NO_DIGIT
    unsure = [m.box for m in scene.others if is_lookalike(m.name)] + list(scene.ignore)
    if unsure:
        labels[(covered(boxes, np.array(unsure, np.float32)).max(1) > 0.4) & (labels == NO_DIGIT)] = UNCLEAR
    return labels


def harvest(scene: Scene) -> Crops:
    """The crops of one rendered frame that are worth teaching: digits, and negatives drawn at random."""
    regions = find_regions(scene.image)
    labels = label(regions, scene)
    rng = np.random.default_rng(len(regions) + int(scene.image[0, 0].sum()))
    chosen = rng.permutation(len(regions))
    order = np.concatenate(
        [_some_digits(regions, labels, scene, chosen), chosen[labels[chosen] == NO_DIGIT][:NEGATIVES]]
    )
    return _crops(regions, labels, np.sort(order).astype(np.int64))


def _some_digits(regions: Regions, labels: np.ndarray, scene: Scene, order: np.ndarray) -> np.ndarray:
    """Regions that are digits, at most ALIKE of each."""
    index = order[(labels[order] >= 0) & (labels[order] < NO_DIGIT)]
    if not len(index):
        return index
    owner = iou(regions.boxes[index], np.array([d.box for d in scene.digits], np.float32)).argmax(1)
    nth = [int((owner[:i] == owner[i]).sum()) for i in range(len(owner))]
    return index[np.array(nth) < ALIKE]


def harvest_drawing(image: np.ndarray, digit: int) -> Crops:
    """The crops of a picture that shows one digit: regions with nearly all of its ink, and pieces of it."""
    drawing = brought_out(image)
    if drawing is not None:  # as the Reader looks at it
        image = drawing if drawing.ndim == 3 else cv2.cvtColor(drawing, cv2.COLOR_GRAY2BGR)
    regions = find_regions(image, clutter=True)
    ink = _ink(image)
    overlap = iou(regions.boxes, np.array([drawn_box(image)]))[:, 0]
    light = image[ink].mean() > np.median(image)
    labels = np.full(len(regions), UNCLEAR, np.int8)
    labels[overlap >= 0.7] = digit
    labels[(overlap < APART) | (regions.light != light)] = NO_DIGIT
    digits, pieces = np.flatnonzero(labels == digit)[:ALIKE], np.flatnonzero(labels == NO_DIGIT)[:ALIKE]
    return _crops(regions, labels, np.concatenate([digits, pieces]))


def drawn_box(image: np.ndarray) -> tuple[int, int, int, int]:
    """x, y, width, height px of all that is drawn on the ground of a picture (h, w, 3) uint8."""
    ink = _ink(image)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1] + 1 - columns[0]), int(rows[-1] + 1 - rows[0])


def _ink(image: np.ndarray) -> np.ndarray:
    """(h, w) bool: what differs from the commonest grey."""
    strength = np.abs(image.astype(np.int16) - int(np.median(image))).max(2)
    return np.asarray(strength > 0.4 * strength.max())


def _crops(regions: Regions, labels: np.ndarray, index: np.ndarray) -> Crops:
    images = crop(regions.only(index))
    return Crops(np.round(images * 255).astype(np.uint8), labels[index])


class Miner:
    """Harvests what a network gets wrong: negatives that it reads as digits, digits that it misses.

    What the shipped strip network proposes where digits seem to touch is harvested whether right or wrong: no other
    scene crops are cut like that. Instances go to worker processes, so the networks are loaded at the first frame, not
    before.
    """

    def __init__(self, model: Path):
        self.model = model
        self.reader: Reader | None = None

    def __getstate__(self) -> dict[str, object]:
        return {"model": self.model, "reader": None}

    def __call__(self, scene: Scene) -> Crops:
        """The hard crops of one rendered frame."""
        self.reader = self.reader or Reader(self.model, threads=1)
        found = self.reader.found(scene.image)
        regions, labels = found.regions, label(found.regions, scene)
        read = self.reader.classifier(found.crops)  # of proposals, too: there what both networks say is no measure
        right = read[np.arange(len(labels)), np.maximum(labels, 0)]
        hard = (labels >= 0) & ((right < 1 - FALSE) | regions.touching)
        return Crops(np.round(found.crops[hard] * 255).astype(np.uint8), labels[hard])
