"""What several test files start from."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from livedigits import Reader
from tests import pages
from tests.driver import Capture, Device

# The profile of whoever runs the tests, which commands would load, is nowhere.
# An empty folder: Chromium and its like leave things in it, too.
_config = tempfile.TemporaryDirectory(prefix="livedigits-tests-")
os.environ["XDG_CONFIG_HOME"] = _config.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the extra train is marked so: .ci/run runs all else without it."""
    for item in items:
        if {"keras", "report_packages"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("train")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> dict[int, Device]:
    """The cameras of this machine, by index: to be filled by the test."""
    found: dict[int, Device] = {}
    monkeypatch.setattr("cv2.VideoCapture", lambda index, *_: Capture(found.get(index)))
    monkeypatch.setattr("livedigits.sources.devices.camera_candidates", lambda: sorted({0, 1, *found}))
    monkeypatch.setattr(sys, "platform", "linux")
    return found


@pytest.fixture
def client(reader: Reader) -> Iterator[Any]:
    """A client of the page's server."""
    from tests.serving import started  # skips where the extra web is missing

    with started(reader) as client:
        yield client


@pytest.fixture(scope="module")
def picture() -> bytes:
    """A page of digits as a file."""
    from tests.serving import encoded

    return encoded(pages.page("407")[0])
