"""Displays of their own for the tests of windows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.live.shown import Xvfb


@pytest.fixture
def xvfb() -> Iterator[Xvfb]:
    """A display that the test may end."""
    if not shutil.which("Xvfb"):
        pytest.skip("needs Xvfb (Debian: apt-get install xvfb)")
    with closing(Xvfb()) as xvfb:
        yield xvfb


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of a display for all tests of a file, in which keys can be pressed."""
    for program in ("Xvfb", "xdotool"):
        if not shutil.which(program):
            pytest.skip(f"needs {program} (Debian: apt-get install xvfb xdotool)")
    with closing(Xvfb()) as xvfb:
        yield xvfb.display
