"""A page laid into the frame: paper, boards and screens in front of a background, with what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from livedigits.training.synthesis import paper, ruling
from livedigits.training.synthesis.backgrounds import background
from livedigits.training.synthesis.paper import Surface
from livedigits.training.synthesis.ruling import Ruling, Slot


@dataclass
class Sheet:
    """A page in a frame that is being made.

    image: the frame (h, w, 3) float32 in 0..1, unlit; clip: what the page covers, (h, w) float32 in 0..1, None for
    all; ground: "paper", "white" or "black" board, "screen", "dark screen"; slots: places to write in.
    """

    page: Surface
    image: np.ndarray
    clip: np.ndarray | None
    ground: str
    ruling: Ruling = field(default_factory=Ruling)
    slots: list[Slot] = field(default_factory=list)


def lay(rng: np.random.Generator, kind: str, width: int, height: int, photos: Sequence[str | Path] | None) -> Sheet:
    """A bare page for a frame of this kind (see scenes.KINDS): filling it, or in front of a background."""
    ground = "paper"
    if kind == "board":
        ground = "black" if rng.random() < 0.5 else "white"
    elif kind == "screen":
        ground = "dark screen" if rng.random() < 0.3 else "screen"
    close = {"page": 1.0, "huge": 1.0, "empty": 0.6, "board": 0.7}.get(kind, 0.0)
    fills = rng.random() < close
    page = paper.close_up(rng, width, height) if fills else paper.held_up(rng, width, height)
    page.colour = _ground_colour(rng, ground)
    image = paper.ground(rng, (height, width), page.colour, ground)
    if fills:
        return Sheet(page, image, None, ground)
    scene = background(rng, width, height, photos)
    if kind == "sheet" and rng.random() < 0.25:
        _under(rng, scene)
    outline = page.outline()
    mask = paper.polygon_mask((height, width), outline)
    unit = min(width, height)
    if kind == "screen":
        _bezel(rng, scene, page, unit)
    else:
        _drop_shadow(rng, scene, outline, unit)
    scene += mask[..., None] * (image - scene)
    return Sheet(page, scene, mask, ground)


def furnish(rng: np.random.Generator, sheet: Sheet, digit_height: float, kind: str) -> None:
    """Print lines, a table, a form, text or a screen's buttons onto the bare page, in place."""
    page, image, clip = sheet.page, sheet.image, sheet.clip
    if "screen" in sheet.ground and rng.random() < 0.6:
        _buttons(rng, sheet)
    if sheet.ground != "paper":
        return
    if kind != "huge" and rng.random() < 0.05:
        sheet.slots = ruling.form(rng, image, page, clip, digit_height)
        return
    if kind != "huge" or rng.random() < 0.4:
        sheet.ruling = ruling.choose_ruling(rng, page, digit_height)
    ruling.draw_ruling(rng, image, page, sheet.ruling, clip)
    sheet.slots = sheet.ruling.cells()
    if rng.random() < 0.05:
        _spiral(rng, sheet)
    if rng.random() < 0.07:
        _smudges(rng, sheet)


def _bezel(rng: np.random.Generator, scene: np.ndarray, page: Surface, unit: float) -> None:
    corners = np.array([[0, 0], [page.width, 0], [page.width, page.height], [0, page.height]])
    outwards = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * rng.uniform(8, 0.07 * unit + 9)
    frame = paper.polygon_mask(scene.shape[:2], page.map(corners + outwards))[..., None]
    scene += frame * (np.float32(rng.choice([0.04, 0.04, 0.85])) - scene)


def _drop_shadow(rng: np.random.Generator, scene: np.ndarray, outline: np.ndarray, unit: float) -> None:
    shadow = paper.polygon_mask(scene.shape[:2], outline + rng.uniform(-0.02, 0.02, 2) * unit)
    shadow = cv2.blur(shadow, (int(rng.uniform(2, 0.06 * unit)) + 1,) * 2)
    scene *= (1 - rng.uniform(0.1, 0.6) * shadow)[..., None]


def _ground_colour(rng: np.random.Generator, ground: str) -> np.ndarray:
    if ground == "black":
        base = np.array([0.14, 0.14, 0.14]) if rng.random() < 0.5 else np.array([0.22, 0.30, 0.18])
        return (base * rng.uniform(0.5, 1.7)).astype(np.float32)
    if ground == "white":
        return (rng.uniform(0.82, 1.0) + rng.normal(0, 0.01, 3)).astype(np.float32)
    if ground == "dark screen":
        return (rng.uniform(0.02, 0.15) + rng.uniform(0, 0.05, 3)).astype(np.float32)
    if ground == "screen":
        return np.full(3, rng.uniform(0.85, 1.05), np.float32)
    return paper.paper_colour(rng)


def _under(rng: np.random.Generator, scene: np.ndarray) -> None:
    """Other sheets that lie under the one written on, with lines and print of their own."""
    h, w = scene.shape[:2]
    for _ in range(int(rng.integers(1, 3))):
        page = paper.held_up(rng, w, h)
        mask = paper.polygon_mask((h, w), page.outline())
        under = Sheet(page, paper.ground(rng, (h, w), paper.paper_colour(rng), "paper"), None, "paper")
        size = float(rng.uniform(15, 60))
        ruling.draw_ruling(rng, under.image, page, ruling.choose_ruling(rng, page, size), None)
        if rng.random() < 0.4:
            add_print(rng, under, size)
        scene += mask[..., None] * (under.image - scene)


def add_print(
    rng: np.random.Generator, sheet: Sheet, digit_height: float, full: bool = False, marks: Sequence[Slot] = ()
) -> None:
    """Print a few lines of text, a full page of it, or the other side, shining through, onto the page, in place.

    marks: left, top, right, bottom in page px of what is going to be written; print mostly leaves room for that.
    """
    page, image = sheet.page, sheet.image
    if rng.random() < 0.1:
        marks = ()
    size = float(np.clip(digit_height * np.exp(rng.uniform(-1.2, 0.3)), 7, 0.2 * page.height))
    if rng.random() < 0.25 and not full:
        back = image.copy()
        ruling.printed(rng, back, page, int(rng.integers(3, 30)), sheet.clip, size)
        back = cv2.blur(back, (int(rng.integers(2, 6)),) * 2)
        share = float(rng.uniform(0.03, 0.15))
        cv2.addWeighted(image, 1 - share, back, share, 0, dst=image)
        return
    count = int(rng.integers(1, 12))
    if full:
        size = min(size, page.height / 20)
        count = int(page.height / (1.4 * size)) + 1
    ruling.printed(rng, image, page, count, sheet.clip, size, marks)


def _buttons(rng: np.random.Generator, sheet: Sheet) -> None:
    """The bars and buttons of a drawing app."""
    page, image = sheet.page, sheet.image
    w, h = max(40, int(page.width)), max(40, int(page.height))
    layer = np.zeros((h, w, 4), np.uint8)
    high = int(rng.uniform(0.06, 0.12) * h)
    bars = [0, h - high] if rng.random() < 0.5 else [0]
    for top in bars:
        tone = [float(v) for v in rng.uniform(40, 255, 3)]
        cv2.rectangle(layer, (0, top), (w, top + high), (*tone, 255), -1)
        for x in range(int(0.03 * w), w, int(rng.uniform(0.15, 0.4) * w)):
            label = [float(255 - v) for v in tone]
            cv2.putText(
                layer, ruling.words(rng, 1)[:7], (x, int(top + 0.7 * high)), 0, high / 45, (*label, 255), 1, cv2.LINE_AA
            )
    warped = cv2.warpPerspective(layer, page.homography, (image.shape[1], image.shape[0]))
    cover = warped[..., 3:].astype(np.float32) / 255
    image += cover * (warped[..., :3].astype(np.float32) / 255 - image)


def _spiral(rng: np.random.Generator, sheet: Sheet) -> None:
    """The punched holes of a spiral binding along the left or the upper edge, perhaps with their wire."""
    page, image = sheet.page, sheet.image
    pitch = min(page.width, page.height) * float(rng.uniform(0.02, 0.06))
    inset, size = pitch * float(rng.uniform(0.5, 1.1)), pitch * float(rng.uniform(0.18, 0.32))
    left = rng.random() < 0.6
    along = np.arange(0.5 * pitch, page.height if left else page.width, pitch)
    across = np.full_like(along, inset)
    at = page.map(np.stack([across, along] if left else [along, across], axis=1))
    edge = page.map(np.stack([0 * across, along] if left else [along, 0 * across], axis=1))
    radius = max(1, round(size * page.scale(page.width / 2, page.height / 2)))
    hole = [float(v) for v in rng.uniform(0.02, 0.35, 3)]
    wire = [float(rng.uniform(0.05, 0.8))] * 3 if rng.random() < 0.5 else None
    for (x, y), (ex, ey) in zip(at.astype(int).tolist(), edge.astype(int).tolist(), strict=True):
        if rng.random() < 0.5 or not left:
            cv2.circle(image, (x, y), radius, hole, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(image, (x - radius, y - radius), (x + radius, y + radius), hole, -1)
        if wire is not None:
            cv2.line(image, (x, y), (ex, ey), wire, max(1, radius // 2), cv2.LINE_AA)


def _smudges(rng: np.random.Generator, sheet: Sheet) -> None:
    """What the rubber and the hand leave of an erased mark: soft grey clouds in the shape of strokes."""
    h, w = sheet.image.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        size = float(rng.uniform(0.03, 0.2)) * h
        middle = rng.uniform(0.1, 0.9, 2) * (w, h)
        path = middle + np.cumsum(rng.normal(0, 0.4 * size, (int(rng.integers(3, 8)), 2)), axis=0)
        cv2.polylines(mask, [np.round(path).astype(np.int32)], False, 255, max(2, int(0.25 * size)), cv2.LINE_AA)
    soft = cv2.blur(mask, (max(3, h // 60),) * 2)
    shade = float(rng.uniform(0.7, 0.95))
    ruling.shade(sheet.image, soft, (shade, shade, shade), sheet.clip, 0.5)
