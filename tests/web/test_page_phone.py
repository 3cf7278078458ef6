"""A phone as camera, in a real browser: over https with a certificate of our own, and the code that leads there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.outputs import hosts
from tests.browser import PHONE, ROOT
from tests.qr_code import decoded

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)
# Phones that allow no WebSocket by a certificate of one's own: none ever opens.
NO_WEBSOCKET = """window.WebSocket = class {
    static OPEN = 1;
    readyState = 3;
    constructor() { setTimeout(() => this.onclose({ code: 1006, reason: "" })); }
    close() {}
};"""


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """`livedigits web --phone` at this machine's address in its network: its own browser's address, and a phone's."""
    for package in ("cryptography", "ifaddr", "segno", "uvicorn"):
        pytest.importorskip(package, reason="the extra phone is not installed")
    try:
        hosts.in_network()
    except LivedigitsError as error:
        pytest.skip(str(error))
    command = [sys.executable, "-m", "livedigits", "web", "--no-open", "--phone", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            desk, phone = (server.stdout.readline().split() for _ in range(2))
            yield desk[3].partition("#")[0], phone[-1]
        finally:
            server.kill()


@pytest.mark.slow
@pytest.mark.parametrize("script", ["", NO_WEBSOCKET])
def test_a_phone_reads_with_its_camera_over_https(browser: Any, script: str) -> None:
    with served() as (_, address):
        context = browser.new_context(**PHONE, ignore_https_errors=True)
        page = context.new_page()
        page.add_init_script(script)
        page.goto(address)
        origin = address.partition("phone/")[0]
        assert page.url == f"{origin}#/camera" and "127.0.0.1" not in origin
        assert page.evaluate("isSecureContext")
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#camera-stats")).to_contain_text("a second")
        expect(page.locator("#scene .tag").nth(4)).to_be_visible()
        assert len(page.locator("#text").inner_text()) >= 5
        expect(page.get_by_role("button", name="Use a phone as camera")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("tab", name="Files").click()
        page.set_input_files("#photo-input", ROOT / "samples" / "one.png")
        expect(page.locator("#text")).to_have_text("7")
        context.clear_cookies()  # as after a start of the server, which has another key
        page.set_input_files("#photo-input", ROOT / "samples" / "one.png")
        expect(page.locator("#status")).to_contain_text("QR code")
        context.close()


@pytest.mark.slow
def test_the_code_at_the_desk_leads_a_phone_in(open_page: Callable[..., Any]) -> None:
    with served() as (desk, address):
        page = open_page("camera", url=desk)
        page.get_by_role("button", name="Use a phone as camera").click()
        dialog = page.get_by_role("dialog", name="Use a phone as camera")
        expect(dialog).to_contain_text(address)
        expect(dialog).to_contain_text("vouched for by nobody else")
        code = dialog.get_by_role("img")
        page.wait_for_function("document.getElementById('phone-code').naturalWidth > 0")
        image = cv2.imdecode(np.frombuffer(code.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert decoded(image) == address
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


@pytest.mark.slow
def test_without_a_way_for_phones_the_page_says_how(open_page: Callable[..., Any]) -> None:
    page = open_page("camera")
    page.get_by_role("button", name="Use a phone as camera").click()
    expect(page.get_by_role("dialog")).to_contain_text("livedigits web --phone")
    expect(page.locator("#phone-code")).to_be_hidden()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
