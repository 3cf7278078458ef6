from __future__ import annotations

from livedigits.live.summary import Summary
from livedigits.types import Result
from tests.outputs.test_events import frame, shown


def test_the_numbers_that_were_followed_are_summed_up() -> None:
    """276 loses its first digit in some frames and is misread in others; 9 comes later, and a 5 passes by."""
    whole, cut, wrong = [(1, 2), (2, 7), (3, 6)], [(2, 7), (3, 6)], [(1, 2), (2, 7), (3, 8)]
    summary = Summary()
    for i in range(60):
        digits = cut if i < 6 or i % 9 == 0 else wrong if i % 7 == 0 else whole
        places = [40 * (track - 1) for track, _ in digits]
        beside = [(4, 9)] if i > 30 else [(5, 5)] if i in (10, 11) else []
        summary.add(Result(frame(i), shown(*digits, *beside, at=(*places, *[400] * len(beside)))))
    assert summary.numbers == ["276", "9"]
    assert summary.until == frame(59).time


def test_a_summary_of_nothing_has_no_numbers() -> None:
    assert Summary().numbers == []
