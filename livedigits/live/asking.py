"""How sure digits must be to be shown, as the window's keys change it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from livedigits.types import Digits

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

STEP = 0.05
LEAST, MOST = 0.05, 0.95


class Asking:
    """The least confidence of digits.

    Parameters
    ----------
    reader : whose confidence is changed
    takers : are called with the reader that asks for another
    """

    STEPS = {"-": -1, "down": -1, "+": 1, "=": 1, "up": 1}
    """Keys, and by how many steps they change it; = is the key of + without Shift."""

    def __init__(self, reader: Reader, takers: Sequence[Callable[[Reader], object]]) -> None:
        self._reader = reader
        self._takers = takers

    def change(self, steps: int) -> str:
        """Asks for another confidence, by so many steps; a line about it."""
        asked = round(self._reader.min_confidence / STEP) * STEP + steps * STEP
        self._reader = self._reader.asking(min(max(asked, LEAST), MOST))
        for take in self._takers:
            take(self._reader)
        return f"digits from {self._reader.min_confidence:.0%} on"

    def read(self, image: np.ndarray) -> Digits:
        """The digits of a picture that is held, (h, w, 3) uint8 BGR, by what is asked for now."""
        return self._reader.read(image)
