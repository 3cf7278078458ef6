from __future__ import annotations

import pytest

from tests.fuzz.tries import fuzz


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("pictures", 300),
        pytest.param("videos", 40, marks=pytest.mark.slow),
        pytest.param("networks", 20, marks=pytest.mark.slow),
        pytest.param("messages", 2000, marks=pytest.mark.slow),
    ],
)
def test_mutated_inputs_are_read_or_refused(kind: str, most: int) -> None:
    assert fuzz(kind, 60, seed=1, most=most)[1] == 0
