"""Finds an anchor, such as an empty form, in a picture: features or markers, a homography, and a check of what it says.

Features say where the anchor lies, whatever its angle and distance. The picture is then brought into the anchor's place
and corners of its print are followed there, which makes the fit as fine as the print (alignment). What does not look
like the anchor then is not found: a field that is read in the wrong place would be a wrong value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from livedigits.fields.alignment import Alignment, Place, scaled
from livedigits.fields.markers import Markers

# Longest side in px at which features are looked for; a picture is looked at more closely where the first has not led
# to the anchor. Chosen in 23 runs over 22 rendered sheets (synthesis.filled_forms): SIFT at 800 px lost none, SIFT at
# 1100 and ORB at 1200 each lost one, which was strongly bent. One sheet is too little to tell them apart surely.
ANCHOR_SIDE = 800
IMAGE_SIDES = 800, 1600
# SIFT features kept, of the anchor and of a picture. A desk full of clutter has more than the sheet on it.
ANCHOR_FEATURES = 1500
IMAGE_FEATURES = 4000
# The nearest feature must be so much nearer than the second; print repeats its letters, so most are dropped by it.
RATIO = 0.8
LEAST_INLIERS = 10
# px at the anchor's own reduced size: how far a match may lie from where the homography has it.
TOLERANCE = 5.0
# Largest and smallest length of an edge of the anchor in the picture, by its own, at the sizes that are compared, and
# how much more one edge may be shortened than the one across from it: a tilt of about 60 degrees.
SCALES = 0.1, 6.0
FORESHORTENING = 4.0


@dataclass(frozen=True, eq=False)
class _Features:
    points: np.ndarray  # (n, 2) float32, px
    descriptors: np.ndarray  # (n, 128) float32


class Registration:
    """Where an anchor is in pictures. It remembers none; several threads may use it.

    Parameters
    ----------
    anchor : (h, w, 3) uint8 BGR or (h, w) uint8: the empty form, or the scene that the camera looks at
    """

    def __init__(self, anchor: np.ndarray) -> None:
        self.shape = anchor.shape[:2]
        grey, self._scale = scaled(anchor, ANCHOR_SIDE)
        self._features = _features(grey, ANCHOR_FEATURES)
        self._markers = Markers(anchor)
        self.alignment = Alignment(anchor)

    def find(self, image: np.ndarray) -> np.ndarray | None:
        """The homography (3, 3) float64 that takes px of the anchor to px of the image; None where it is not found.

        image : (h, w, 3) uint8 BGR or (h, w) uint8
        """
        place = self.place(image)
        return None if place is None else place.homography

    def place(self, image: np.ndarray) -> Place | None:
        """As `find`, with how the sheet is bent."""
        for guess in self._guesses(image):
            place = self.confirmed(image, guess)
            if place is not None:
                return place
        return None

    def confirmed(self, image: np.ndarray, homography: np.ndarray) -> Place | None:
        """The place by a guess of its homography (3, 3), some px off at most; None where the image does not show it."""
        place = self.alignment.confirmed(image, homography) if self.plausible(homography) else None
        return place if place is not None and self.plausible(place.homography) else None

    def _guesses(self, image: np.ndarray) -> Iterator[np.ndarray]:
        """Homographies (3, 3) of the anchor to the image, the cheapest first."""
        by_markers = self._markers.homography(image)
        if by_markers is not None:
            yield by_markers
        for number, side in enumerate(IMAGE_SIDES):
            if number and max(image.shape[:2]) <= IMAGE_SIDES[number - 1]:
                return  # there is no more to be seen
            by_features = self._by_features(image, side)
            if by_features is not None:
                yield by_features

    def plausible(self, homography: np.ndarray) -> bool:
        """Whether a camera can see the anchor so: its outline convex and not mirrored, of a sensible size and tilt."""
        h, w = self.shape
        corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64)
        depth = np.column_stack([corners, np.ones(4)]) @ homography[2]
        if not np.isfinite(homography).all() or (depth <= 1e-9).any():
            return False
        outline = cv2.perspectiveTransform(corners[None], homography)[0]
        edges = np.roll(outline, -1, axis=0) - outline
        after = np.roll(edges, -1, axis=0)
        if (edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0] <= 0).any():
            return False
        lengths = np.linalg.norm(edges, axis=1) / np.array([w, h, w, h])
        if lengths.min() < SCALES[0] * self._scale or lengths.max() > SCALES[1]:
            return False
        return bool(max(lengths[0] / lengths[2], lengths[2] / lengths[0]) < FORESHORTENING) and bool(
            max(lengths[1] / lengths[3], lengths[3] / lengths[1]) < FORESHORTENING
        )

    def _by_features(self, image: np.ndarray, side: int) -> np.ndarray | None:
        """The homography by features of the image, its longest side `side` px; None where too few agree."""
        grey, scale = scaled(image, side)
        features = _features(grey, IMAGE_FEATURES)
        if len(self._features.points) < LEAST_INLIERS or len(features.points) < LEAST_INLIERS:
            return None
        mine, theirs = _matched(self._features, features)
        if len(mine) < LEAST_INLIERS:
            return None
        # from the picture to the anchor: there the tolerance is one of the print, whatever the photo's size
        back, inliers = cv2.findHomography(theirs, mine, cv2.USAC_MAGSAC, TOLERANCE, maxIters=5000, confidence=0.9999)
        if back is None or inliers is None or int(inliers.sum()) < LEAST_INLIERS or abs(np.linalg.det(back)) < 1e-12:
            return None
        homography = np.diag([1 / scale, 1 / scale, 1.0]) @ np.linalg.inv(back) @ np.diag([self._scale] * 2 + [1.0])
        return np.asarray(homography / homography[2, 2])


def _features(grey: np.ndarray, count: int) -> _Features:
    """The strongest SIFT features of a picture (h, w) uint8."""
    points, descriptors = cv2.SIFT.create(count).detectAndCompute(grey, None)
    if descriptors is None or not points:
        return _Features(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    # RootSIFT (Arandjelovic and Zisserman 2012): roots of shares compare as the Hellinger distance does
    descriptors = np.sqrt(descriptors / (descriptors.sum(axis=1, keepdims=True) + 1e-6))
    return _Features(np.array([point.pt for point in points], np.float32), descriptors.astype(np.float32))


def _matched(mine: _Features, theirs: _Features) -> tuple[np.ndarray, np.ndarray]:
    """Points (m, 2) float32 of both that belong together, each once."""
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(mine.descriptors, theirs.descriptors, k=2)
    kept = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    return mine.points[[match.queryIdx for match in kept]], theirs.points[[match.trainIdx for match in kept]]
