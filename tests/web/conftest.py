"""The page in a real browser, for several files of tests: one browser and one server for each of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import Server, camera_flags, chromium, playwright


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(driver, *camera_flags(tmp_path_factory.mktemp("camera"))) as browser:
        yield browser


@pytest.fixture
def open_page(browser: Any, server: Server) -> Iterator[Callable[..., Any]]:
    """Opens the page; afterwards checks that no script failed and nothing was asked of another host."""
    contexts, wrong = [], []

    def opened(tab: str = "draw", url: str = server.url, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if foreign(request.url, url) else None)
        page.goto(f"{url}#/{tab}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def foreign(address: str, url: str) -> bool:
    return not address.startswith((url, "blob:", "data:"))
