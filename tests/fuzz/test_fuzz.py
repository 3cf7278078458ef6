from __future__ import annotations

import pytest

from tests.fuzz import messages
from tests.fuzz.tries import fuzz

SERVED = b"HW"  # kinds of messages that a server answers


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


@pytest.mark.parametrize("served", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_messages_that_coverage_found_are_read_or_refused(served: bool) -> None:
    kept = [data for data in messages.corpus() if (data[:1] in SERVED) is served]
    assert len(kept) > 9
    assert [data for data in kept if not messages.right(data)] == []
