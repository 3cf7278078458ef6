"""Who writes and what lies behind the pages: strokes and photos, some of each kept for validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from livedigits.errors import LivedigitsError
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.lookalikes import marked
from livedigits.training.synthesis.strokes import Character

HELD_OUT = 7
"""Every 7th writer and photo is kept for validation: more would leave fewer hands to learn from, fewer would leave too
few to choose by. Another value makes other validation sets, whose figures do not compare with those before."""


@dataclass(frozen=True)
class Pool:
    """What scenes are rendered from; None stands for our own strokes, signs and textures."""

    digits: list[Character] | None
    others: list[Character] | None
    backgrounds: list[str] | None


def pools(stroke_files: Sequence[Path], backgrounds: Path | None) -> tuple[Pool, Pool]:
    """Stroke files and photos, split by writer and photo: for training, and for validation.

    Raises
    ------
    LivedigitsError: a file that holds no strokes, a folder without pictures
    """
    characters = [c for path in stroke_files for c in strokes.load(path)]
    photos: list[str] = []
    if backgrounds is not None:
        from imutils.paths import list_images

        photos = sorted(list_images(str(backgrounds)))
        if not photos:
            raise LivedigitsError(f"no pictures in {backgrounds}")
    digits = [c for c in characters if c.label >= 0]
    characters = [*digits, *marked([c for c in characters if c.label < 0], digits)]
    held_out = _held_out_writers(characters)
    halves = []
    for validation in (False, True):
        kept = [c for c in characters if ((c.label >= 0, str(c.writer)) in held_out) == validation]
        halves.append(
            Pool(
                [c for c in kept if c.label >= 0] or None,
                [c for c in kept if c.label < 0] or None,
                [p for i, p in enumerate(photos) if (i % HELD_OUT == 0) == validation] or None,
            )
        )
    return halves[0], halves[1]


def _held_out_writers(characters: Sequence[Character]) -> set[tuple[bool, str]]:
    """Every 7th (HELD_OUT) writer of digits and of letters, as (writes digits, name)."""
    held_out = set()
    for digit in (True, False):
        writers = sorted({str(c.writer) for c in characters if (c.label >= 0) == digit})
        held_out |= {(digit, writer) for writer in writers[HELD_OUT - 1 :: HELD_OUT]}
    return held_out
