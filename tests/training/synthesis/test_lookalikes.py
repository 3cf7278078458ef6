"""Letters that look like digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.lookalikes import is_lookalike, marked


def test_letters_that_are_digits_by_shape_are_told_from_others():
    rng = np.random.default_rng(0)
    digits = [
        replace(strokes.digit(d, rng, hand), writer=writer)
        for writer in range(4)
        for hand in [strokes.new_hand(rng)]
        for d in range(10)
        for _ in range(4)
    ]
    sevens = [replace(strokes.digit(7, rng), label=-1, name="giyeok") for _ in range(6)]
    others = [strokes.other(rng, name="x") for _ in range(6)]
    names = [c.name for c in marked([*sevens, *others], digits)]
    assert all(is_lookalike(name) for name in names[:6])
    assert not any(is_lookalike(name) for name in names[6:])
    assert marked(sevens, digits[:40]) == sevens  # of one writer: nothing to compare with


def test_our_own_lookalikes_are_known():
    assert is_lookalike("O") and not is_lookalike("W")
