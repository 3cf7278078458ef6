"""Pages of numbers for the tests of what is written about them."""

from __future__ import annotations

import numpy as np

from livedigits.types import Digits, Number


def page(*texts: str, confidence: float = 0.9) -> Digits:
    """Digits of these numbers, on one line from the left."""
    labels = [int(letter) for text in texts for letter in text]
    n, first, numbers = len(labels), 0, []
    boxes = np.array([(40 * i, 10, 30, 50) for i in range(n)], np.int32).reshape(n, 4)
    for text in texts:
        members = tuple(range(first, first + len(text)))
        box = 40 * first, 10, 40 * len(text), 50
        ends = (float(box[0]), 60.0), (float(box[0] + box[2]), 60.0)
        numbers.append(Number(text, confidence, box, members, 0, 0.0, ends))
        first += len(text)
    return Digits(
        boxes,
        np.array(labels, np.int64),
        np.full(n, confidence, np.float32),
        np.full((n, 10), 0.1, np.float32),
        np.arange(n, dtype=np.int64),
        tuple(numbers),
    )
