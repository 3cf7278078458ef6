"""What a profile holds and what it changes: figures by digit, and a sheet of its crops."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.profiles.head import DOUBTED
from livedigits.profiles.profile import Profile
from livedigits.recognition.crop import SIZE
from livedigits.types import CLASSES, NO_DIGIT

PARTS = 5
"""In which the samples are learned and read in turn: each is read by what was learned from the others."""
TILE, ACROSS = 2 * SIZE, 16  # px of a crop on the sheet; crops in a row
_CAPTION = 14  # px, of the number under a crop
_GREY, _RED = (110, 110, 110), (60, 60, 235)  # BGR


@dataclass(frozen=True)
class Changes:
    """What a profile changes, by its own samples.

    Attributes
    ----------
    before : (n,) int64, what the network says of each sample, 0..9 or 10
    after : (n,) int64, the same with what is learned from the samples in other PARTS than its own
    doubted : (n,) bool: samples that hardly count, because those like them have another label
    """

    before: np.ndarray
    after: np.ndarray
    doubted: np.ndarray


def changes(profile: Profile) -> Changes:
    """What a profile with samples changes.

    Raises
    ------
    LivedigitsError: the network cannot learn
    """
    samples = profile.samples
    probabilities, features = profile.classifier.look(samples.crops.astype(np.float32) / 255)
    after = probabilities.argmax(1)
    part = np.arange(len(samples)) % PARTS
    for number in range(min(PARTS, len(samples))):
        others, own = part != number, part == number
        if others.any():
            head = profile.with_samples(samples[others]).head()
            assert head is not None
            after[own] = head(features[own], probabilities[own]).argmax(1)
    whole = profile.head()
    assert whole is not None
    return Changes(probabilities.argmax(1), after, whole.trust < DOUBTED)


def name(label: int) -> str:
    """A label as people read it: the digit, or "none"."""
    return "none" if label == NO_DIGIT else str(label)


def sheet(profile: Profile, doubted: np.ndarray) -> np.ndarray:
    """A picture (h, w, 3) uint8 BGR of all crops, those of a digit together, each with its number in the profile.

    Numbers are the indices that `Profile.without` takes; those of doubted samples (n,) bool are red.
    """
    rows = []
    for label in range(CLASSES):
        index = np.flatnonzero(profile.samples.labels == label)
        if not len(index):
            continue
        heading = np.full((24, ACROSS * (TILE + 4), 3), 255, np.uint8)
        cv2.putText(heading, name(label), (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(heading)
        tiles = [_tile(profile.samples.crops[i, ..., 0], int(i), bool(doubted[i])) for i in index]
        tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % ACROSS)
        rows += [np.hstack(tiles[start : start + ACROSS]) for start in range(0, len(tiles), ACROSS)]
    return np.vstack(rows)


def _tile(crop: np.ndarray, number: int, doubted: bool) -> np.ndarray:
    """One crop (28, 28) uint8, ink dark on light, and its number."""
    large = cv2.resize(255 - crop, (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    tile = np.full((TILE + 4 + _CAPTION, TILE + 4, 3), 255, np.uint8)
    tile[2 : TILE + 2, 2 : TILE + 2] = large[..., None]
    cv2.rectangle(tile, (1, 1), (TILE + 2, TILE + 2), _RED if doubted else (225, 225, 225))
    colour = _RED if doubted else _GREY
    cv2.putText(tile, str(number), (3, TILE + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.38, colour, 1, cv2.LINE_AA)
    return tile
