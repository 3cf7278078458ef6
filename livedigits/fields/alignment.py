"""Fits a homography to an anchor's print finely, and says whether the picture shows the anchor there at all."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Longest side in px at which print is compared: letters of 2 mm are 4 px high on A4, and their corners can be followed.
SIDE = 900
CORNERS = 400  # of the print that are followed, at most, spread over the anchor
APART = 10.0  # px between two of them
WINDOW = 17  # px, side of what is compared around each
TOLERANCE = 12.0  # px: how far a corner may lie from where the homography has it; a sheet is seldom quite flat
ROUNDS = 2  # of following corners and fitting anew
BENT = 40  # corners from which on a bend is fitted: its 20 numbers need some more
STIFF = 0.3  # corners' worth of doubt in each of them, so that a bend does not swing out where there is no print
MOST_BENT = 0.03  # of SIDE: no sheet that is to be read is bent more
# Blocks in which print is compared, px, and what of the anchor's print must be there for a block to count.
BLOCK = 45
PRINTED = 12.0  # standard deviation of grey in a block of the anchor
# Correlation from which on a block looks like the anchor's, and the share of blocks that must: of 60 sheets in an
# earlier rendering, whose print had shifted, 0.86 or more did. What other forms reach was not measured. Writing,
# fingers and hard shadows cost blocks.
ALIKE = 0.5
SHARE = 0.65


def scaled(image: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """The image (h, w, 3) or (h, w) uint8 in grey, its longest side `side` px at most, and by what it was scaled."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    factor = side / max(grey.shape)
    if factor >= 1:
        return grey, 1.0
    size = round(grey.shape[1] * factor), round(grey.shape[0] * factor)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), factor


@dataclass(frozen=True, eq=False)
class Place:
    """Where an anchor lies in a picture.

    Attributes
    ----------
    homography : (3, 3) float64, px of the anchor to px of the picture
    bend : (10, 2) float64, what paper that is not flat moves its points by, as of `_powers`, in px of an anchor that
        is SIDE px long
    scale : of such an anchor to the real one
    size : width and height of such an anchor, px
    """

    homography: np.ndarray
    bend: np.ndarray
    scale: float
    size: tuple[int, int]

    def map(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in px of the anchor, in px of the picture, (n, 2) float64."""
        own = np.asarray(points, np.float64) * self.scale
        moved = (own + self._moved(own)) / self.scale
        return np.asarray(cv2.perspectiveTransform(moved[None], self.homography)[0])

    def back(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in px of the picture, in px of the anchor, (n, 2) float64."""
        flat = cv2.perspectiveTransform(np.asarray(points, np.float64)[None], np.linalg.inv(self.homography))[0]
        own = flat * self.scale
        for _ in range(3):  # a bend is flat enough for its shift here to be that of where it leads to
            own = flat * self.scale - self._moved(own)
        return np.asarray(own / self.scale)

    def at(self, points: np.ndarray) -> np.ndarray:
        """The homography (3, 3) float64 that holds where points (n, 2), px of the anchor, are, such as a field's."""
        middle = np.asarray(points, np.float64).mean(axis=0)
        reach = np.ptp(points, axis=0) / 2
        corners = middle + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        return cv2.getPerspectiveTransform(corners.astype(np.float32), self.map(corners).astype(np.float32))

    def seen(self, image: np.ndarray) -> np.ndarray:
        """What lies there in the picture (h, w, 3) or (h, w) uint8, in grey, as large as `size`."""
        width, height = self.size
        if not self.bend.any():
            matrix = self.homography @ np.diag([1 / self.scale, 1 / self.scale, 1.0])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            seen = cv2.warpPerspective(image, matrix, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        else:
            x, y = np.meshgrid(np.arange(0.0, width), np.arange(0.0, height))
            at = self.map(np.stack([x, y], -1).reshape(-1, 2) / self.scale).reshape(height, width, 2)
            at = at.astype(np.float32)
            seen = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return seen if seen.ndim == 2 else cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY)

    def _moved(self, points: np.ndarray) -> np.ndarray:
        if not self.bend.any():
            return np.zeros_like(points)
        most = MOST_BENT * max(self.size)
        return np.clip(_powers(points, self.size) @ self.bend, -most, most)


class Alignment:
    """An anchor's print, to be compared with that of pictures.

    Parameters
    ----------
    anchor : (h, w, 3) uint8 BGR or (h, w) uint8
    """

    def __init__(self, anchor: np.ndarray) -> None:
        grey, self.scale = scaled(anchor, SIDE)
        self.print = flattened(grey)
        self.size = grey.shape[1], grey.shape[0]
        found = cv2.goodFeaturesToTrack(self.print, CORNERS, 0.02, APART, blockSize=5)
        self.corners = np.empty((0, 2), np.float32) if found is None else found.reshape(-1, 2)
        self._blocks = _blocks(self.print)

    def confirmed(self, image: np.ndarray, homography: np.ndarray) -> Place | None:
        """The place, finer than by a guess of its homography; None where the picture does not show the anchor there.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8
        homography : (3, 3), px of the anchor to px of the image, some px off at most
        """
        place = Place(homography, np.zeros((10, 2)), self.scale, self.size)
        seen = flattened(place.seen(image))
        for _ in range(ROUNDS):
            finer = self._finer(place, seen)
            if finer is None:
                break
            place = finer
            seen = flattened(place.seen(image))
        return place if self.likeness(seen) >= SHARE else None

    def likeness(self, seen: np.ndarray) -> float:
        """Share of the blocks with print that look like the anchor's, in a picture of it (h, w) uint8, flattened."""
        return float((self.correlations(seen) > ALIKE).mean()) if len(self._blocks) else 0.0

    def correlations(self, seen: np.ndarray) -> np.ndarray:
        """Correlation -1..1 of each block with print, (n,), with what a picture of the anchor (h, w) has there."""
        return np.array([_correlation(self.print[block], seen[block]) for block in self._blocks])

    def _finer(self, place: Place, seen: np.ndarray) -> Place | None:
        """The place, after looking where the anchor's corners are in what is seen there; None where too few are."""
        if len(self.corners) < 8:
            return None
        at, alike = tracked(self.print, seen, self.corners, WINDOW)
        back, there = tracked(seen, self.print, at, WINDOW)
        kept = alike & there & (np.linalg.norm(back - self.corners, axis=1) < 0.7)
        if kept.sum() < 8:
            return None
        own, at = self.corners[kept].astype(np.float64), at[kept].astype(np.float64)
        # where that is without the bend that is known so far, as the homography is to take it from there
        flat = at + place._moved(at)
        step, inliers = cv2.findHomography(own, flat, cv2.RANSAC, TOLERANCE)
        if step is None or inliers.sum() < 8:
            return None
        small = np.diag([self.scale, self.scale, 1.0])
        homography = place.homography @ np.linalg.inv(small) @ step @ small
        kept = inliers.ravel().astype(bool)
        back = cv2.perspectiveTransform(flat[None], np.linalg.inv(step))[0]
        bend = _bend(own[kept], (back - own)[kept], self.size)
        return Place(homography / homography[2, 2], bend, self.scale, self.size)


def _powers(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """1, x, y, x^2 ... y^3 of points (n, 2) px, the middle of the anchor at 0, its edges at -1 and 1: (n, 10)."""
    x, y = (points / np.array(size) * 2 - 1).T
    return np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)


def _bend(points: np.ndarray, away: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What of the distances away (n, 2) px of points (n, 2) px is smooth, (10, 2): paper bends, and does not tear."""
    if len(points) < BENT:
        return np.zeros((10, 2))
    powers, weights = _powers(points, size), np.ones(len(points))
    for _ in range(4):  # Huber's weights, of half a px
        matrix = (powers * weights[:, None]).T @ powers + STIFF * np.eye(10)
        bend = np.linalg.solve(matrix, (powers * weights[:, None]).T @ away)
        rest = np.linalg.norm(away - powers @ bend, axis=1)
        weights = 0.5 / np.maximum(rest, 0.5)
    return np.asarray(bend)


def tracked(before: np.ndarray, after: np.ndarray, points: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Where points (n, 2) float32 px of one picture (h, w) uint8 are in another, by Lucas and Kanade's optical flow.

    window: side in px of what is compared. Returns the points there, (n, 2) float32, and which were found, (n,) bool.
    """
    at = points.copy()
    at, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, at, winSize=(window, window), maxLevel=2)
    return np.asarray(at), np.ravel(found).astype(bool)


def flattened(grey: np.ndarray) -> np.ndarray:
    """A picture (h, w) uint8 without its light: what differs from the ground around, by the contrast around; 128 is it.

    Divided by the local deviation, faint print in shadow weighs as much as black print in the sun.
    """
    values = grey.astype(np.float32)
    mean = cv2.blur(values, (41, 41))
    deviation = np.sqrt(np.maximum(cv2.blur(values * values, (41, 41)) - mean * mean, 0))
    level = 0.35 * float(np.median(deviation)) + 3.0  # of noise: bare paper is not blown up to print
    return np.clip(128 + 40 * (values - mean) / (deviation + level), 0, 255).astype(np.uint8)


def _blocks(image: np.ndarray) -> list[tuple[slice, slice]]:
    """The blocks of an anchor that have print in them."""
    rows, columns = (range(0, max(1, side - BLOCK // 2), BLOCK) for side in image.shape)
    blocks = [(slice(y, y + BLOCK), slice(x, x + BLOCK)) for y in rows for x in columns]
    return [block for block in blocks if image[block].std() > PRINTED]


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    first, second = one.astype(np.float32), other.astype(np.float32)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / size if size > 0 else 0.0
