"""`python -m tests.mutants COUNT SECONDS`: tries a random sample of mutmut's mutants, so many seconds of it at a time.

The sample is the same each time; what was tried before counts and is not tried again. `mutmut run` must have begun
once, so that there are mutants. Of each file it tells how many were killed, and names those that were not.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
from pathlib import Path


def results() -> dict[str, int | None]:
    """The exit status of each mutant; None of those that were not tried."""
    found: dict[str, int | None] = {}
    for path in sorted(Path("mutants").rglob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--of", nargs="+", default=["livedigits."], help="beginnings of modules' names")
    given = parser.parse_args()
    names = sorted(name for name in results() if name.startswith(tuple(given.of)))
    sample = random.Random(1).sample(names, min(given.count, len(names)))
    left = [name for name in sample if results()[name] is None]
    with subprocess.Popen([sys.executable, "-m", "mutmut", "run", "--max-children", "2", *left]) as process:
        try:
            process.wait(given.seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # what it has found is kept
    tell(sample)


def tell(sample: list[str]) -> None:
    """Prints the score of each module, and what survived."""
    from mutmut.stats import status_by_exit_code

    status = {name: None if code is None else status_by_exit_code[code] for name, code in results().items()}
    modules: dict[str, list[str]] = {}
    for name in sorted(sample):
        if status[name] is not None:
            modules.setdefault(name.rsplit(".", 1)[0], []).append(name)
    for module, tried in modules.items():
        left = [name for name in tried if status[name] not in ("killed", "timeout", "segfault")]
        print(f"{module}: {len(tried) - len(left)} of {len(tried)} killed")
        for name in left:
            print(f"    {name}: {status[name]}")
    print(f"{sum(status[name] is not None for name in sample)} of {len(sample)} tried")


if __name__ == "__main__":
    main()
