"""`python -m tests.long NAME`: tells what a command holds at the start, in the middle and at the end of a long run."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.long.observed import watched
from tests.long.runs import RUNS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.long", description=__doc__)
    parser.add_argument("name", choices=RUNS)
    usual = ", ".join(f"{count} {name}" for name, (_, count) in RUNS.items())
    parser.add_argument("--count", type=int, help=f"usually {usual}, of the page seconds")
    given = parser.parse_args()
    run, usual_count = RUNS[given.name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, run(Path(folder), given.count or usual_count) as (pid, done):
        watched(pid, done, given.count or usual_count, lambda line: print(line, flush=True))
    print(f"{given.name}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
