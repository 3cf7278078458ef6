"""One person's hand: the digits, words and other marks of somebody who fills a page, as pen strokes in page px."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.lookalikes import IN_A_WORD
from livedigits.training.synthesis.strokes import Character

_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"
_FREQUENCIES = np.array(
    [127, 91, 82, 75, 70, 67, 63, 61, 60, 43, 40, 28, 28, 24, 24, 22, 20, 20, 19, 15, 10, 8, 2, 2, 1, 1], float
)  # of letters in English, per mille: Lewand, Cryptological Mathematics, 2000
_SMALL = {letter: f"Latin/character{number:02}" for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)}
_X_HEIGHT = 0.46  # top of small letters below that of capitals, in heights of capitals; as in strokes' own
_EXTENT = {  # top and foot of the letters that are not from there to the line
    **dict.fromkeys("bdfhkl", (0.0, 1.0)),
    **dict.fromkeys("gpqy", (_X_HEIGHT, 1.4)),
    **{"t": (0.1, 1.0), "i": (0.2, 1.0), "j": (0.2, 1.3)},
}


@dataclass
class Placed:
    """One mark on the page.

    strokes: (n, 2) float32 in page px; label: 0 to 9, or -1; name: what it shows; number: which number of the page its
    digit belongs to, in reading order with the others of that, None where that was not planned.
    """

    strokes: list[np.ndarray]
    label: int
    name: str
    number: int | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the strokes in page px."""
        points = np.concatenate(self.strokes)
        low, high = points.min(axis=0), points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


class Writer:
    """One person who fills a page: gives that person's digits and other marks.

    digits, others: pools of characters, or None for our own strokes; own: how probable our own are despite a pool.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        digits: Sequence[Character] | None,
        others: Sequence[Character] | None,
        own: float,
    ) -> None:
        self._rng = rng
        self._hand = strokes.new_hand(rng)
        self._digits: dict[int, list[Character]] = {}
        self._others: list[Character] = []
        if digits and rng.random() >= own:
            writer = digits[int(rng.integers(len(digits)))].writer
            for character in digits:
                if character.writer == writer:
                    self._digits.setdefault(character.label, []).append(character)
        if others and rng.random() >= own:
            writer = others[int(rng.integers(len(others)))].writer
            self._others = [c for c in others if c.writer == writer]
        self._theirs = rng.random() < 0.35  # whether words are in letters of the pool, which were drawn one by one
        self.tilt = float(np.deg2rad(rng.normal(0, 2.0)))
        self.lean = float(rng.normal(0.0, 0.08))
        self.aspect = float(np.exp(rng.normal(-0.04, 0.2)))
        self.uneven = float(rng.uniform(0.01, 0.09))

    def digit(self, label: int) -> Character:
        """The digit as this person writes it."""
        known = self._digits.get(label)
        if known:
            return known[int(self._rng.integers(len(known)))]
        return strokes.digit(label, self._rng, self._hand)

    def other(self) -> Character:
        """A letter, sign or scribble."""
        if self._others and self._rng.random() < 0.75:
            return self._others[int(self._rng.integers(len(self._others)))]
        return strokes.other(self._rng, self._hand)

    def word(self) -> list[Character]:
        """The letters of a word. What looks like a digit is none there, and its name says so."""
        rng = self._rng
        letters = rng.choice(list(_LETTERS), int(rng.integers(2, 10)), p=_FREQUENCIES / _FREQUENCIES.sum())
        capitals = rng.choice(["none", "first", "all"], p=[0.75, 0.17, 0.08])
        if rng.random() < 0.06:
            letters, capitals = rng.choice(list("ai"), 1), "first"
        upper = 0 if capitals == "none" else 1 if capitals == "first" else len(letters)
        text = "".join(letters[:upper]).upper() + "".join(letters[upper:])
        if len(text) == 1:
            return [self._letter(text)]
        return [replace(c, name=f"{c.name}{IN_A_WORD}") for c in map(self._letter, text)]

    def word_or_number(self, numbers: float) -> list[Character]:
        """The letters of a word or, with this probability, the digits of a number."""
        if self._rng.random() < numbers:
            return [self.digit(int(self._rng.integers(10))) for _ in range(int(self._rng.integers(1, 6)))]
        return self.word()

    def _letter(self, letter: str) -> Character:
        """As this person writes it in a word: small letters are half as high as capitals, some hang below the line."""
        known = [c for c in self._others if c.name.startswith(_SMALL.get(letter, "none"))]
        if not known or not self._theirs:
            return strokes.other(self._rng, self._hand, name=letter)
        character = known[int(self._rng.integers(len(known)))]
        top, foot = _EXTENT.get(letter, (_X_HEIGHT, 1.0))
        return replace(character, size=(foot - top) / max(_height(character), 0.3), top=top)

    def place(self, character: Character, x: float, top: float, height: float, turn: float = 0.0) -> Placed:
        """The character on a line whose digits reach from `top` down by `height`, its left edge at x (page px)."""
        rng = self._rng
        size = height * float(np.exp(rng.normal(0, self.uneven)))
        angle = self.tilt + turn + rng.normal(0, 0.035)
        lines = strokes.polyline(character, size, 0.0, 0.0)
        middle = np.array([0.0, height / 2], np.float32)
        c, s = np.cos(angle), np.sin(angle)
        matrix = np.array([[self.aspect, 0], [-self.lean, 1]]) @ np.array([[c, s], [-s, c]])
        lines = [((p - middle) @ matrix + middle).astype(np.float32) for p in lines]
        left = min(float(p[:, 0].min()) for p in lines)
        dy = height * rng.normal(0, 0.5 * self.uneven)
        lines = [(p + (x - left, top + dy)).astype(np.float32) for p in lines]
        return Placed(lines, character.label, character.name)


def _height(character: Character) -> float:
    return float(np.ptp(np.concatenate([s[:, 1] for s in character.strokes])))
