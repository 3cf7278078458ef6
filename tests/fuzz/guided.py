"""Inputs that coverage chooses: what reaches a line or branch of Python that none before it did is mutated further.

Atheris, which is libFuzzer for Python, does this; it goes on with what it found until then, in a folder.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.tries import HANGS, Judge, silence

KINDS = ("messages",)  # what is read by Python: of native decoders nothing is seen
# livedigits, and what reads messages for it
WATCHED = [
    "livedigits",
    "h11",
    "uvicorn",
    "starlette",
    "python_multipart",
    "websockets",
    "tomllib",
    "urllib",
    "ipaddress",
]
LONGEST = 20_000  # bytes of an input
OWN = 0.5  # share of the mutations that are the kind's, which knows its words; the others are libFuzzer's


def guided(kind: str, seconds: float, seed: int, most: int, keep: Path, counts: Any) -> None:
    """As `tries.quietly`, in a process of its own, which this ends; `keep`/corpus is where it goes on."""
    import atheris

    silence()
    with atheris.instrument_imports(include=WATCHED):
        module = importlib.import_module(f"tests.fuzz.{kind}")
    judge = Judge(kind, module, seed, keep, counts)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        if len(data) < 2 or rng.random() < OWN:
            return bytes(module.mutate(data, rng)[:size])
        return data[:1] + bytes(atheris.Mutate(data[1:], size - 1))  # the first byte says what it is

    found = keep / "corpus"
    found.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="livedigits-fuzz-") as seeds:
        for number, data in enumerate(module.corpus()):
            Path(seeds, str(number)).write_bytes(data)
        options = [
            f"-max_total_time={max(1, int(seconds))}",
            f"-runs={most if most < 2**31 else -1}",
            f"-seed={seed % 2**32 or 1}",
            f"-max_len={LONGEST}",
            f"-timeout={HANGS}",
            f"-artifact_prefix={keep}/",
            "-rss_limit_mb=4000",
        ]
        atheris.Setup(["fuzz", *options, str(found), seeds], judge, custom_mutator=mutate)
        atheris.Fuzz()
