"""Ranges of a video are joined to rows as of one piece."""

from __future__ import annotations

from typing import Any

from livedigits.archives.joining import joined
from livedigits.archives.rows import Rows

LEFT, RIGHT = [10, 10, 20, 30], [35, 10, 20, 30]


def row(frame: int, *digits: tuple[int, list[int], int]) -> dict[str, Any]:
    places = sorted(range(len(digits)), key=lambda i: digits[i][1])
    return {
        "frame": frame,
        "digits": [{"digit": digit, "box": box, "track": track} for digit, box, track in digits],
        "numbers": [{"text": "".join(str(digits[i][0]) for i in places), "digits": places}],
    }


def test_a_range_that_found_digits_in_another_order_goes_on_as_one_piece_would() -> None:
    tail = [row(9, (4, LEFT, 7), (2, RIGHT, 8))]
    rows = Rows([row(10, (2, RIGHT, 1), (4, LEFT, 2))], [row(9, (2, RIGHT, 1), (4, LEFT, 2))], (2, 2))
    whole, last = joined(rows, tail, 8)
    assert whole == [row(10, (4, LEFT, 7), (2, RIGHT, 8))]
    assert last == 8
