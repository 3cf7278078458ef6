"""Ranges of one video -> the rows of the whole: a digit has one track, on whichever side of a seam it is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from livedigits.archives.rows import Row, Rows
from livedigits.recognition.boxes import iou

# Intersection over union of a digit's boxes in the same frame, read by two readers.
SAME = 0.5
# Frames before a seam that are compared: more outvote a frame in which two digits touched.
COMPARED = 15


def joined(rows: Rows, tail: Sequence[Row], last_track: int) -> tuple[list[Row], int]:
    """The rows of a range with the tracks of the ranges before it, and the highest number of a track so far.

    Parameters
    ----------
    rows : of the range, and of the frames before it, whose tracks count from 1
    tail : the last rows before it, with the tracks of the whole
    last_track : the highest number of a track before it
    """
    known = _matched(rows.before, tail)
    began, ended = rows.tracks
    new = last_track
    for local in sorted({digit["track"] for row in rows.rows for digit in row["digits"]} - set(known)):
        if local <= began:  # it was there before the seam, and is nowhere in the tail
            new += 1
            known[local] = new

    def track(local: int) -> int:
        return known.get(local, local - began + new)

    whole = [_with_tracks(row, track) for row in rows.rows]
    return whole, new + ended - began


def _with_tracks(row: Row, track: Callable[[int], int]) -> Row:
    """A row whose digits have other tracks, in whose order they stand, as in a video that is read in one piece."""
    digits = [{**digit, "track": track(digit["track"])} for digit in row["digits"]]
    order = sorted(range(len(digits)), key=lambda i: digits[i]["track"])
    place = {old: new for new, old in enumerate(order)}
    numbers = [{**number, "digits": [place[i] for i in number["digits"]]} for number in row["numbers"]]
    return {**row, "digits": [digits[i] for i in order], "numbers": numbers}


def _matched(before: Sequence[Row], tail: Sequence[Row]) -> dict[int, int]:
    """The track of the whole for tracks of a range, by the frames that both have read."""
    theirs = {row["frame"]: row["digits"] for row in tail}
    votes: Counter[tuple[int, int]] = Counter()
    for row in before[-COMPARED:]:
        mine, others = row["digits"], theirs.get(row["frame"], [])
        if not mine or not others:
            continue
        overlap = iou(_boxes(mine), _boxes(others))
        for i, j in zip(*np.nonzero(overlap >= SAME), strict=True):
            if overlap[i, j] == overlap[i].max() == overlap[:, j].max():
                votes[mine[i]["track"], others[j]["track"]] += 1
    found: dict[int, int] = {}
    for (local, whole), _ in votes.most_common():
        if local not in found and whole not in found.values():
            found[local] = whole
    return found


def _boxes(digits: Sequence[Any]) -> np.ndarray:
    return np.array([digit["box"] for digit in digits], np.float32)
