"""A box in a picture -> the crop of what is there, made from the same regions as the reader's."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.recognition.boxes import covered, iou
from livedigits.recognition.crop import crop
from livedigits.recognition.reader import check_image, scan
from livedigits.recognition.regions import FULL_SCAN, Regions

READ = 0.95
"""Intersection over union with a box from which a region is that of a digit that was read, whose boxes are the same."""
SAME = 0.6
"""The same from which a region is what the box is about: less would learn a part of a digit, or two, for one."""
INSIDE, FILLS = 0.9, 0.3
"""A box drawn by hand is loose: the largest region lying so far in it is meant, where it fills so much of the box."""
MOST_OF = 0.7
"""Of the most ink that a layer has in a box: coarser layers blur it, and have a little more."""
INK = 12
"""px of a layer: with less there is nothing in a box."""


def crops_of(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """The crops (n, 28, 28, 2) uint8 of what is in boxes (n, 4) x, y, width, height, px, of a picture.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey

    Raises
    ------
    TypeError, ValueError: it is no picture; LivedigitsError: there is no ink in a box
    """
    check_image(image)
    regions, _ = scan(image, FULL_SCAN)
    parts = [crop(_in_box(regions, np.asarray(box, np.float32))) for box in boxes]
    return np.round(np.concatenate(parts) * 255).astype(np.uint8)


def crop_of_picture(image: np.ndarray) -> np.ndarray:
    """The crop (28, 28, 2) uint8 of the one mark that a picture shows: the region that has most of all that is drawn.

    Raises as `crops_of`.
    """
    check_image(image)
    regions, is_drawing = scan(image, FULL_SCAN)
    likely = regions if is_drawing else regions.only(regions.score > 0)
    if not len(likely):
        raise LivedigitsError("nothing is drawn there")
    low = likely.boxes[:, :2].min(0)
    everything = np.concatenate([low, (likely.boxes[:, :2] + likely.boxes[:, 2:]).max(0) - low])
    best = int(iou(likely.boxes, everything[None])[:, 0].argmax())
    return np.asarray(np.round(crop(likely.only(np.array([best])))[0] * 255).astype(np.uint8))


def _in_box(regions: Regions, box: np.ndarray) -> Regions:
    """The one region that a box (4,) is about: that of a digit that was read, or the one that is drawn around."""
    overlap = iou(regions.boxes, box[None])[:, 0]
    if len(regions) and overlap.max() >= READ:
        return regions.only(np.array([int(overlap.argmax())]))
    area = regions.boxes[:, 2].astype(np.float32) * regions.boxes[:, 3]
    area[covered(regions.boxes, box[None])[:, 0] < INSIDE] = 0
    if len(regions) and area.max() >= FILLS * box[2] * box[3]:
        return _finest(regions, area >= SAME * area.max())
    if (overlap >= SAME).any():
        return _finest(regions, overlap >= SAME)
    ink = _ink_in(regions, box)
    same = iou(regions.boxes, ink.boxes)[:, 0] >= SAME
    return _finest(regions, same) if same.any() else ink  # a slim digit in a loose box


def _finest(regions: Regions, among: np.ndarray) -> Regions:
    """Of the regions (n,) bool the one that was seen the least blurred, which is what the reader takes."""
    index = np.flatnonzero(among)
    return regions.only(index[[int(regions.layer[index].argmin())]])


def _ink_in(regions: Regions, box: np.ndarray) -> Regions:
    """All ink in a box, of the finest layer, dark or light, that has about the most of it."""
    found: list[tuple[float, int, np.ndarray]] = []
    for number, layer in enumerate(regions.layers):
        there = regions.of_boxes(np.array([number]), box[None])
        x, y, w, h = there.inside[0].tolist()
        mask = np.ascontiguousarray(layer.mask[y : y + h, x : x + w])
        if cv2.countNonZero(mask) < INK:
            continue
        strength = cv2.sumElems(layer.ink[y : y + h, x : x + w] * mask)[0] / layer.scale**2
        left, top, width, height = cv2.boundingRect(mask)
        found.append((strength, number, np.array([x + left, y + top + layer.top, width, height]) / layer.scale))
    if not found:
        x, y, w, h = np.round(box).astype(int).tolist()
        raise LivedigitsError(f"there is no ink in the box {x}, {y}, {w}, {h}: draw it around a digit")
    most = max(strength for strength, _, _ in found)
    number, tight = next((number, tight) for strength, number, tight in found if strength >= MOST_OF * most)
    return regions.of_boxes(np.array([number]), tight[None].astype(np.float32))
