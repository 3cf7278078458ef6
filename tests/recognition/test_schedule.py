"""Which frames of a video are looked at for what: all of it in turn, and never all at once but at the beginning."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.recognition.regions import FULL_SCAN, ScanPlan
from livedigits.recognition.schedule import Schedule


def plans(
    size: tuple[int, int], fps: float, seconds: float, light: bool = False, coarse: bool = False
) -> list[ScanPlan]:
    schedule, image = Schedule(), np.zeros((*size, 3), np.uint8)
    return [schedule.plan(image, i / fps, light, coarse) for i in range(round(seconds * fps))]


@pytest.mark.parametrize(("fps", "seconds"), [(10, 0.8), (25, 0.6), (30, 0.6), (60, 0.6)])  # 10: a turn in each frame
def test_soon_everything_was_looked_at(fps, seconds):
    first, *rest = plans((720, 1280), fps, seconds)
    assert first == FULL_SCAN
    rows = sorted(look.finest for look in rest if look.finest is not None)
    assert rows[0][0] == 0 and rows[-1][1] == 1
    assert all(below[0] <= above[1] for above, below in zip(rows, rows[1:], strict=False))
    assert any(look.lines for look in rest) and any(look.light for look in rest) and any(look.coarse for look in rest)


def test_one_thing_at_a_time():
    for look in plans((720, 1280), 30, 2)[1:]:
        assert (look.finest is not None) + look.lines + look.light + look.coarse <= 1


def test_most_frames_of_a_camera_get_the_usual_look():
    seen = plans((720, 1280), 30, 3)
    assert seen.count(ScanPlan(None, lines=False, light=False, coarse=False)) > len(seen) / 2


def test_small_frames_are_always_seen_at_their_finest_level():
    assert {look.finest for look in plans((480, 640), 30, 1)} == {(0.0, 1.0)}


def test_what_was_there_is_looked_for_in_each_frame():
    assert all(look.light for look in plans((720, 1280), 30, 1, light=True))
    assert all(look.coarse for look in plans((480, 640), 30, 1, coarse=True))


def test_after_a_pause_everything_is_new():
    schedule, image = Schedule(), np.zeros((720, 1280, 3), np.uint8)
    new = [schedule.plan(image, time, False, False) == FULL_SCAN for time in (0.0, 0.03, 5.0, 5.03, 1.0)]
    assert new == [True, False, True, False, True]
