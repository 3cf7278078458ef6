"""`python -m tests.fuzz KIND SECONDS`: goes on with mutated inputs, and counts them and the faults."""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import sys
import time
from pathlib import Path

from tests.fuzz.guided import KINDS as GUIDED
from tests.fuzz.guided import guided
from tests.fuzz.tries import KINDS, quietly


def main() -> int:
    """Exit status 1 where there were faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--guided", action="store_true", help=f"by coverage, with Atheris; of {' '.join(GUIDED)}")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path("faults"), help="folder for inputs that are faults")
    given = parser.parse_args()
    if given.guided and given.kind not in GUIDED:
        parser.error(f"{given.kind} are decoded by native code, which --guided does not see")
    if given.guided and importlib.util.find_spec("atheris") is None:
        parser.error("--guided needs Atheris: pip install atheris (on Linux)")
    given.keep.mkdir(parents=True, exist_ok=True)
    end, seed, tried, faults = time.monotonic() + given.seconds, given.seed, 0, 0
    while (left := end - time.monotonic()) > 0:
        counts = multiprocessing.get_context("spawn").Array("q", 2)
        task = (given.kind, left, seed, sys.maxsize, given.keep, counts)
        process = multiprocessing.get_context("spawn").Process(target=guided if given.guided else quietly, args=task)
        process.start()
        process.join()
        tried, faults, last = tried + counts[0], faults + counts[1], given.keep / f"{given.kind}-last"
        if process.exitcode:  # a crash, or no end
            tried, faults = tried + 1, faults + 1
            last.rename(given.keep / f"{given.kind}-{seed}-{counts[0] + 1}-ended-{-process.exitcode}")
        else:
            last.unlink(missing_ok=True)
        seed += 1
    print(f"{tried} {given.kind} tried, {faults} faults (seed {given.seed})")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
