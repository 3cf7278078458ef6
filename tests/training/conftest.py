"""What tests of training need besides livedigits: without the extra train they skip, and say so."""

from __future__ import annotations

import pytest

REASON = "needs the extra train"


@pytest.fixture(scope="session")
def keras() -> None:
    """For tests that build or train a network."""
    pytest.importorskip("tensorflow", reason=REASON)
    pytest.importorskip("keras", reason=REASON)


@pytest.fixture(scope="session")
def report_packages() -> None:
    """For tests that draw a report."""
    pytest.importorskip("matplotlib", reason=REASON)
    pytest.importorskip("jinja2", reason=REASON)
