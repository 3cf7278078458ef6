from __future__ import annotations

import numpy as np
import pytest

from livedigits import Reader
from livedigits.recognition.occlusion import SIDE, evidence
from tests import pages


@pytest.fixture(scope="module")
def seven(reader: Reader) -> np.ndarray:
    """The crop of a 7 that the reader reads."""
    reading = reader.look(pages.page("7")[0])
    same = (reading.regions == reading.digits.boxes[0]).all(axis=1)
    return np.asarray(reading.crops[np.flatnonzero(same)[0]])


def test_what_speaks_most_for_a_digit_is_missed_most(reader: Reader, seven: np.ndarray) -> None:
    parts = evidence(seven, 7, reader.classifier)
    assert parts.shape == (28, 28) and parts.max() > 0.5
    y, x = np.unravel_index(parts.argmax(), parts.shape)
    least = np.where(seven[..., 0] > 0.5, parts, np.inf)
    v, u = np.unravel_index(least.argmin(), parts.shape)
    sure = []
    for row, column in ((y, x), (v, u)):
        covered = seven.copy()
        half = SIDE // 2
        covered[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1, 0] = 0
        sure.append(reader.classifier(covered[None])[0, 7])
    assert sure[0] < sure[1]


def test_blank_paper_says_nothing(reader: Reader, seven: np.ndarray) -> None:
    parts = evidence(seven, 7, reader.classifier)
    rows, columns = np.flatnonzero(seven[..., 0].any(1)), np.flatnonzero(seven[..., 0].any(0))
    assert not parts[: max(0, rows[0] - SIDE)].any() and not parts[:, : max(0, columns[0] - SIDE)].any()
    assert not evidence(np.zeros((28, 28, 2), np.float32), 7, reader.classifier).any()
