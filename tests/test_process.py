"""Freed memory stays with the process, so that the next frame need not ask the system for it page by page."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from livedigits.process import keep_freed
if {kept}:
    keep_freed()
for _ in range(20):
    pictures = [np.ones((1080, 1920), np.uint8) for _ in range(8)]
    del pictures
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


def faults(kept: bool) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS.format(kept=kept)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep memory")
def test_freed_pictures_are_used_again():
    assert faults(kept=True) < 0.5 * faults(kept=False)
