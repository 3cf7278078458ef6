"""ArUco and AprilTag markers: where a sheet has some, they say at once where it lies."""

from __future__ import annotations

import cv2
import numpy as np

# The larger dictionaries hold the smaller of the same size. Those with fewer bits (4x4 AprilTags) are seen in any
# clutter and left out.
DICTIONARIES = (
    cv2.aruco.DICT_4X4_1000,
    cv2.aruco.DICT_5X5_1000,
    cv2.aruco.DICT_6X6_1000,
    cv2.aruco.DICT_7X7_1000,
    cv2.aruco.DICT_ARUCO_ORIGINAL,
    cv2.aruco.DICT_APRILTAG_36H11,
)
TOLERANCE = 4.0  # px of the anchor that a marker's corner may lie from where the homography has it


class Markers:
    """The markers of an anchor, and where they are in pictures.

    Parameters
    ----------
    anchor : (h, w, 3) uint8 BGR or (h, w) uint8
    """

    def __init__(self, anchor: np.ndarray) -> None:
        best: dict[int, np.ndarray] = {}
        self._dictionary = DICTIONARIES[0]
        for dictionary in DICTIONARIES:
            found = find_markers(anchor, dictionary)
            if len(found) > len(best):
                best, self._dictionary = found, dictionary
        self._corners = best

    def homography(self, image: np.ndarray) -> np.ndarray | None:
        """The homography (3, 3) float64 from px of the anchor to px of the image by the markers in both; None for none.

        By one marker it is coarse: what lies far from it lies roughly there.
        """
        if not self._corners:
            return None
        found = find_markers(image, self._dictionary)
        both = sorted(found.keys() & self._corners.keys())
        if not both:
            return None
        mine = np.concatenate([self._corners[name] for name in both])
        theirs = np.concatenate([found[name] for name in both])
        back, _ = cv2.findHomography(theirs, mine, cv2.RANSAC if len(both) > 1 else 0, TOLERANCE)
        if back is None or abs(np.linalg.det(back)) < 1e-12:
            return None
        homography = np.linalg.inv(back)
        return np.asarray(homography / homography[2, 2])


def find_markers(image: np.ndarray, dictionary: int) -> dict[int, np.ndarray]:
    """The corners (4, 2) float32 px of each marker of a dictionary in an image, by its number, if it is there once."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(dictionary), parameters)
    corners, names, _ = detector.detectMarkers(image)
    if names is None:
        return {}
    flat = [int(name) for name in np.ravel(names)]
    return {name: corner.reshape(4, 2) for name, corner in zip(flat, corners, strict=True) if flat.count(name) == 1}
