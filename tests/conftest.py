"""What several test files start from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from livedigits import Reader
from tests import pages


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


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
