"""Follows an anchor from frame to frame: a camera that stands still costs a glance, one that was nudged a look."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.fields.alignment import Place, tracked
from livedigits.fields.registration import Registration

# Longest side in px of the picture that is glanced at: small enough to be made and compared in a millisecond, and
# what the frame's own 1280 px move by 2 is seen to move there.
SIDE = 320
POINTS = 48  # of the picture that are compared
LEAST_POINTS = 6
WINDOW = 13  # px, side of what is compared around each
ALIKE = 0.7  # correlation from which on a point looks as it did
# Channel of BGR that is looked at.
GREEN = 1
STILL = 0.35  # px that a point may seem to move by noise
# Share of the points that say that nothing moved, or how: the others may be covered by a hand or be digits that change.
STILL_SHARE = 0.3
MOVED_SHARE = 0.4
# Frames until an anchor that was not found is looked for again: first, and at most. A search takes several frames.
FIRST_PAUSE, LONGEST_PAUSE = 4, 32


@dataclass(frozen=True, eq=False)
class _Key:
    """A frame, `shape` large, in which the anchor was found: its place; the frame, small (h, w) uint8, with points
    (n, 2) float32 px, and the patches around them."""

    shape: tuple[int, ...]
    place: Place
    small: np.ndarray
    points: np.ndarray
    patches: np.ndarray


class Following:
    """Where an anchor is in the frames of one video; it remembers the last frame in which it was found anew.

    Parameters
    ----------
    registration : of the anchor
    """

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self._key: _Key | None = None
        self._pause = self._waits = 0

    def find(self, image: np.ndarray) -> np.ndarray | None:
        """The homography (3, 3) float64 that takes px of the anchor to px of the frame; None where it is not found.

        image : (h, w, 3) uint8 BGR or (h, w) uint8
        """
        place = self.place(image)
        return None if place is None else place.homography

    def place(self, image: np.ndarray) -> Place | None:
        """As `find`, with how the sheet is bent; the same object as before where nothing has moved."""
        small, scale = _glance(image)
        key = self._key
        if key is not None and image.shape == key.shape:
            at, alike = _followed(key, small)
            way = np.linalg.norm(at - key.points, axis=1)
            if (alike & (way < STILL)).sum() >= max(LEAST_POINTS, STILL_SHARE * len(way)):
                return self._found(key)
            guess = _moved(key.points[alike], at[alike], len(way))
            if guess is not None:
                wide = np.diag([scale, scale, 1.0])
                homography = np.linalg.inv(wide) @ guess @ wide @ key.place.homography
                place = self._registration.confirmed(image, homography)
                if place is not None:
                    return self._found(self._key_of(image, place, small, scale))
        if self._waits > 0:
            self._waits -= 1
            return None
        place = self._registration.place(image)
        if place is None:
            self._pause = min(LONGEST_PAUSE, 2 * self._pause or FIRST_PAUSE)
            self._waits = self._pause
            return None
        return self._found(self._key_of(image, place, small, scale))

    def _key_of(self, image: np.ndarray, place: Place, small: np.ndarray, scale: float) -> _Key:
        """A key frame, with the points in it that lie on the anchor and can be told from others."""
        h, w = self._registration.shape
        outline = place.map(np.array([[0, 0], [w, 0], [w, h], [0, h]])) * scale
        mask = np.zeros(small.shape, np.uint8)
        cv2.fillPoly(mask, [np.clip(outline, -9999, 9999).round().astype(np.int32)], 255)
        found = cv2.goodFeaturesToTrack(small, POINTS, 0.02, 5, mask=mask)
        points = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)
        return _Key(image.shape, place, small, points, _patches(small, points))

    def _found(self, key: _Key) -> Place:
        self._key, self._pause, self._waits = key, 0, 0
        return key.place


def _glance(image: np.ndarray) -> tuple[np.ndarray, float]:
    """The image in grey and small, (h, w) uint8, and by what it was scaled."""
    h, w = image.shape[:2]
    factor = min(1.0, SIDE / max(h, w))
    # of four px one each way is enough, and one channel: to look at all costs ten times as much
    step = max(1, max(h, w) // (2 * SIDE))
    grey = np.ascontiguousarray(image[::step, ::step] if image.ndim == 2 else image[::step, ::step, GREEN])
    size = max(1, round(w * factor)), max(1, round(h * factor))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), factor


def _followed(key: _Key, small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each point of a key frame is now, (n, 2) float32 px, and which of them look as they did, (n,) bool."""
    if len(key.points) < LEAST_POINTS:
        return key.points, np.zeros(len(key.points), bool)
    at, found = tracked(key.small, small, key.points, WINDOW)
    return at, found & ((key.patches * _patches(small, at)).sum(axis=1) > ALIKE)


def _patches(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What is around each point, (n, 81) float32: grey less its mean, of length 1."""
    h, w = image.shape
    across, down = np.meshgrid(np.arange(-4, 5), np.arange(-4, 5))
    x = np.clip(points[:, :1].round().astype(int) + across.ravel(), 0, w - 1)
    y = np.clip(points[:, 1:].round().astype(int) + down.ravel(), 0, h - 1)
    patches = image[y, x].astype(np.float32)
    patches -= patches.mean(axis=1, keepdims=True)
    return patches / (np.linalg.norm(patches, axis=1, keepdims=True) + 1e-3)


def _moved(before: np.ndarray, after: np.ndarray, points: int) -> np.ndarray | None:
    """The homography (3, 3) of what a frame shows, from points (m, 2) px before and after; None where too few agree."""
    if len(before) < LEAST_POINTS:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(before, after, method=cv2.RANSAC, ransacReprojThreshold=1.5)
    if matrix is None or inliers.sum() < max(LEAST_POINTS, MOVED_SHARE * points):
        return None
    return np.vstack([matrix, [0, 0, 1]])
