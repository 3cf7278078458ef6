"""One person's digits as a camera and a canvas show them: some to learn from, the others to be read.

What is measured is the hand: the drawings are strokes as they were written, by pens of any width and colour, and in
frames digits that touch something, which are a matter of finding them, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livedigits.recognition.boxes import covered, iou
from livedigits.recognition.crop import crop
from livedigits.recognition.reader import scan
from livedigits.recognition.regions import FULL_SCAN
from livedigits.training.dataset.harvest import COVERS, drawn_box
from livedigits.training.synthesis import pens
from livedigits.training.synthesis.scenes import PAGES, Mark, Scene, render
from livedigits.training.synthesis.strokes import Character

SAMPLES = 15
"""Digits of each kind that a person gives; the others are read."""
TIMES = 10
"""So often each of the others is rendered, half of them as drawings, the rest in frames."""
SIZES = ((1280, 720), (640, 480))
"""Width and height, px, of the frames: the commonest of cameras."""
VISIBLE = 0.9
"""Share of a digit's ink that must be in sight."""
APART = 0.08
"""Of a digit's longest side: what is nearer touches it."""
CANVAS = (200, 480)
"""px: sides of a canvas."""
HEIGHTS, WIDTHS = (0.25, 0.75), (0.03, 0.12)
"""Of a canvas's shorter side, the digit's longer one; of that, the pen's width: what people draw with on the page."""


@dataclass(frozen=True)
class Page:
    """A picture (h, w, 3) uint8 BGR of a person's digits: labels (k,) and boxes (k, 4) x, y, width, height in px."""

    image: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    drawing: bool


def split(characters: Sequence[Character]) -> tuple[list[list[Character]], list[Character]]:
    """SAMPLES rounds of each digit once, in the order in which the person wrote them, and all that is left.

    Raises ValueError where a digit was not written often enough.
    """
    by_digit = [[c for c in characters if c.label == digit] for digit in range(10)]
    if min(map(len, by_digit)) <= SAMPLES:
        raise ValueError(f"each digit is needed more than {SAMPLES} times, and one is there {min(map(len, by_digit))}")
    return [[own[i] for own in by_digit] for i in range(SAMPLES)], [c for own in by_digit for c in own[SAMPLES:]]


def samples(rounds: Sequence[Sequence[Character]], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What the reader crops of a person's digits: (n, 28, 28, 2) uint8, and labels (n,), round by round.

    Rounds are drawn and held before a camera in turn. A digit whose region is not found is drawn again.
    """
    crops, labels = [], []
    for i, characters in enumerate(rounds):
        rng = np.random.default_rng([seed, i])
        seen = _seen_in_frame(rng, characters) if i % 2 else {}
        for character in characters:
            taken = seen.get(character.label)
            while taken is None:
                taken = _drawn(rng, character)
            crops.append(taken)
            labels.append(character.label)
    return np.stack(crops), np.array(labels)


def _drawn(rng: np.random.Generator, character: Character) -> np.ndarray | None:
    page = drawing(rng, character)
    return region_crop(page.image, page.boxes[0])


def drawing(rng: np.random.Generator, character: Character) -> Page:
    """A digit drawn on a canvas: dark on light, or light on dark, as the strokes were written, a little turned."""
    width, height = rng.integers(*CANVAS, 2)
    size = min(width, height) * rng.uniform(*HEIGHTS)
    pen = max(size * float(np.exp(rng.uniform(*np.log(WIDTHS)))), 1.5)
    angle, stretch = rng.normal(0, 0.06), np.exp(rng.normal(0, 0.08))
    turn = np.array([[stretch * np.cos(angle), np.sin(angle)], [-stretch * np.sin(angle), np.cos(angle)]])
    lines = [points @ turn * size for points in character.strokes]
    low, high = (f(np.concatenate(lines)) for f in (lambda p: p.min(0), lambda p: p.max(0)))
    room = np.maximum(np.array([width, height]) - (high - low) - 2 * pen, 0)
    at = pen - low + room * rng.uniform(0, 1, 2)
    cover = pens.draw_lines(
        [(p + at).astype(np.float32) for p in lines], (height, width), pens.Pen(pen, (0, 0, 0)), rng
    )
    ground, ink = np.full(3, 255.0), rng.uniform(0, 120, 3)
    if rng.random() < 0.3:
        ground, ink = rng.uniform(0, 40, 3), rng.uniform(180, 255, 3)
    image = np.clip(ground + cover[..., None] * (ink - ground), 0, 255).astype(np.uint8)
    return Page(image, np.array([character.label]), np.array([drawn_box(image)], np.float32), True)


def _seen_in_frame(rng: np.random.Generator, characters: Sequence[Character]) -> dict[int, np.ndarray]:
    """The crop of one of each digit that a frame shows."""
    page = frame(rng, characters)
    found: dict[int, np.ndarray] = {}
    for label, box in zip(page.labels.tolist(), page.boxes, strict=True):
        if label not in found:
            taken = region_crop(page.image, box)
            if taken is not None:
                found[label] = taken
    return found


def region_crop(image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
    """The crop (28, 28, 2) uint8 of the region that covers a box (4,) best; None where none does."""
    regions, _ = scan(image, FULL_SCAN)
    if not len(regions):
        return None
    overlap = iou(regions.boxes, box[None])[:, 0]
    best = int(overlap.argmax())
    if overlap[best] < COVERS:
        return None
    return np.asarray(np.round(crop(regions.only(np.array([best])))[0] * 255).astype(np.uint8))


def frame(rng: np.random.Generator, characters: Sequence[Character]) -> Page:
    """A camera's frame with digits of this person, all those that are to be seen clearly enough."""
    kind = str(rng.choice(PAGES[:3], p=[0.5, 0.35, 0.15]))
    scene = render(rng, list(characters), kind=kind, size=SIZES[int(rng.integers(len(SIZES)))], own=0.0, apart=True)
    seen = [mark for mark in scene.digits if mark.visible >= VISIBLE and _apart(mark, scene)]
    boxes = np.array([mark.box for mark in seen], np.float32).reshape(-1, 4)
    return Page(scene.image, np.array([mark.label for mark in seen], np.int64), boxes, False)


def _apart(mark: Mark, scene: Scene) -> bool:
    """Whether nothing that was written is near a mark."""
    x, y, w, h = mark.box
    edge = APART * max(w, h)
    around = np.array([[x - edge, y - edge, w + 2 * edge, h + 2 * edge]])
    others = [other.box for other in (*scene.digits, *scene.others) if other is not mark] + list(scene.ignore)
    return not len(others) or not covered(np.array(others), around).any()


def tests(characters: Sequence[Character], seed: int) -> list[Page]:
    """What is to be read: each digit drawn TIMES / 2 times, and frames until they show as many."""
    pages = []
    rng = np.random.default_rng([seed, SAMPLES])
    for character in characters:
        for _ in range(TIMES // 2):
            pages.append(drawing(rng, character))
    left = len(characters) * TIMES // 2
    while left > 0:
        page = frame(rng, characters)
        pages.append(page)
        left -= len(page.labels)
    return pages
