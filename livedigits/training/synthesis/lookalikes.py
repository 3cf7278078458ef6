"""Letters that nobody can tell from digits by their shape alone: to teach that they are none would unteach digits.

An alphabet has many of them: Greek omicron, Korean giyeok, which is a 7. They are found by measure: a letter is too
much like digits when samples of it lie as near to people's digits as other people's digits do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from livedigits.recognition.crop import centred, reduced
from livedigits.training.synthesis.forms import LOOKALIKES
from livedigits.training.synthesis.strokes import Character

# None of these was swept, and why these values was not written down: what they call alike is left out of the truth.
NEIGHBOUR = 5
"""The distance counts to this neighbour, not to the nearest: one odd digit proves nothing."""
STRANGEST = 10
"""Per cent of digits that lie farther from other writers' digits; letters nearer than they are alike. Higher: fewer."""
SHARE = 0.25
"""Of a letter's samples that must be alike for all of them to be left out as look-alikes."""
BLUR = 1.5
"""Px of the crop: how far strokes may differ and still count as near."""
PEN = 0.09
"""Width of the line that shapes are compared in, of a character's longer side: a pen of middling width."""
IN_A_WORD = " in a word"  # ends the name of a letter that its neighbours tell from a digit
_MARK = " (like a digit)"


def is_lookalike(name: str) -> bool:
    """Whether characters of this name, when they stand alone, are taken for digits: ours, or those `marked` found."""
    return name in LOOKALIKES or name.endswith(_MARK)


def marked(others: Sequence[Character], digits: Sequence[Character]) -> list[Character]:
    """The characters, those whose kind can be taken for a digit under a name that `is_lookalike` knows.

    Where digits are of fewer than two writers nothing can be compared, and the names stay as they are.
    """
    if len({c.writer for c in digits}) < 2 or not others:
        return list(others)
    known, asked = _shapes(digits), _shapes(others)
    writers = np.unique([str(c.writer) for c in digits], return_inverse=True)[1]
    among = known @ known.T
    among[writers[:, None] == writers] = -1
    least = np.percentile(np.sort(among, axis=1)[:, -NEIGHBOUR], STRANGEST)
    alike = np.sort(asked @ known.T, axis=1)[:, -NEIGHBOUR] > least
    samples = defaultdict(list)
    for character, is_alike in zip(others, alike, strict=True):
        samples[character.name].append(is_alike)
    names = {name for name, found in samples.items() if np.mean(found) >= SHARE}
    return [replace(c, name=c.name + _MARK) if c.name in names else c for c in others]


def _shapes(characters: Sequence[Character]) -> np.ndarray:
    """(n, 784) float32 of length 1: the characters as crops, blurred, so that their products say how alike they are."""
    shapes = np.stack([cv2.GaussianBlur(_drawn(c), (0, 0), BLUR).ravel() for c in characters])
    return np.asarray(shapes / np.linalg.norm(shapes, axis=1, keepdims=True))


def _drawn(character: Character, size: int = 80) -> np.ndarray:
    """(28, 28) float32, the character in a pen of middling width, prepared as MNIST's digits."""
    width = max(1, round(PEN * size))
    image = np.zeros((size + 4 * width, size + 4 * width), np.uint8)
    for stroke in character.strokes:
        points = np.round((stroke * size + 2 * width) * 16).astype(np.int32)
        cv2.polylines(image, [np.repeat(points, 2, axis=0)], False, 255, width, cv2.LINE_AA, 4)
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return centred(reduced(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])).astype(np.float32)
