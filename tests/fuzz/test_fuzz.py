from __future__ import annotations

from tests.fuzz.pictures import fuzz


def test_mutated_pictures_are_read_or_refused() -> None:
    assert fuzz(20, seed=1, most=300)[1] == 0
