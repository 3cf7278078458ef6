from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.long.observed import watched
from tests.long.runs import RUNS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through /proc, which only Linux has"),
]


@pytest.mark.parametrize(("name", "count"), [("reconnects", 100), ("page", 10)])
def test_a_long_run_in_short_leaves_no_threads_and_handles_behind(tmp_path: Path, name: str, count: int) -> None:
    run, _ = RUNS[name]
    with run(tmp_path, count) as (pid, done):
        start, _, end = watched(pid, done, count)
    assert end.threads <= start.threads + 4 and end.handles <= start.handles + 8  # what is at work at the moment
