"""The page's camera, and that the page outlives its server, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import Server, chromium, draw, saved
from tests.mjpeg import MjpegCamera

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)


@pytest.mark.slow
def test_the_camera_is_read_live(open_page: Callable[..., Any]) -> None:
    page = open_page("camera")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#camera-stats")).to_contain_text("ms")
    expect(page.locator("#scene .tag").nth(4)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    still = page.locator("#still")
    expect(still).to_be_visible()
    # the sheet holds 40 7 / 8 26 / 19 53: as a mirror shows it, the 4 of the first row stands to the right of its 7
    expect(page.get_by_label("Mirror")).not_to_be_checked()
    page.locator("#chips button").first.click()
    expect(page.locator("#details")).to_be_visible()
    first = page.locator("#scene .box.chosen").bounding_box()
    page.get_by_label("Mirror").check()
    page.wait_for_function(
        "x => document.querySelector('#scene .box.chosen').getBoundingClientRect().x !== x", arg=first["x"]
    )
    stage, second = page.locator("#scene .view").bounding_box(), page.locator("#scene .box.chosen").bounding_box()
    right = 2 * stage["x"] + stage["width"] - first["x"] - first["width"]
    assert second["x"] == pytest.approx(right, abs=2)


@pytest.mark.slow
def test_a_snapshot_is_kept_under_files(open_page: Callable[..., Any]) -> None:
    page = open_page("camera")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").nth(4)).to_be_visible()
    page.get_by_role("button", name="Snapshot").click()
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#picture")).to_be_visible()
    result = json.loads(saved(page, "JSON").read_text())
    assert result["source"] == "snapshot-1.png" and len(result["digits"]) >= 4
    assert result["digits"][0]["track"] is not None
    assert page.locator("#viewer .tag").count() == len(result["digits"])


@pytest.mark.slow
def test_leaving_the_tab_lets_the_camera_go(open_page: Callable[..., Any]) -> None:
    page = open_page("camera")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").first).to_be_visible()
    page.get_by_role("tab", name="Files").click()
    assert page.evaluate("document.getElementById('video').srcObject") is None
    page.get_by_role("tab", name="Camera").click()
    expect(page.locator("#scene .tag").first).to_be_visible()


@pytest.mark.slow
def test_a_camera_of_the_servers_machine_is_watched(open_page: Callable[..., Any]) -> None:
    with MjpegCamera(frames=None, interval=0.03) as camera, Server("--camera", camera.url) as server:
        page = open_page("camera", url=server.url)
        page.locator("#camera-choice").select_option(label=camera.url)
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#camera-stats")).to_contain_text("a second")
        page.get_by_role("button", name="Pause").click()
        assert page.locator("#still").evaluate("canvas => [canvas.width, canvas.height]") == [256, 96]


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags, says",
    [
        (["--deny-permission-prompts", "--use-fake-device-for-media-stream"], "The browser may not use the camera."),
        (["--use-fake-ui-for-media-stream"], "No camera was found."),
    ],
)
def test_no_camera_is_said_in_words(driver: Any, server: Server, flags: list[str], says: str) -> None:
    with chromium(driver, *flags) as browser:
        page = browser.new_page()
        page.goto(f"{server.url}#/camera")
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#camera-hint")).to_contain_text(says)
        expect(page.get_by_role("button", name="Start")).to_be_enabled()


# --- the server goes and comes back


@pytest.mark.slow
def test_the_page_outlives_its_server(open_page: Callable[..., Any]) -> None:
    with Server() as server:
        page = open_page(url=server.url)
        draw(page, "4")
        expect(page.locator("#text")).to_have_text("4")
        server.stop()
        draw(page, "07", left=190)
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        server.start()
        expect(page.locator("#banner")).to_be_hidden()
        expect(page.locator("#text")).to_have_text("407")


@pytest.mark.slow
def test_the_camera_outlives_the_server(open_page: Callable[..., Any]) -> None:
    with Server() as server:
        page = open_page("camera", url=server.url)
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#camera-stats")).to_contain_text("ms")
        shown = [page.locator("#scene .boxes"), page.locator("#camera-stats"), page.locator("#text")]
        for part in shown:
            expect(part).to_have_css("opacity", "1")
        server.stop()
        for part in shown:  # it is not what the camera sees any more
            expect(part).not_to_have_css("opacity", "1")
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        server.start()
        expect(page.locator("#banner")).to_be_hidden()
        for part in shown:
            expect(part).to_have_css("opacity", "1")
        page.locator("#camera-stats").evaluate("stats => { stats.textContent = '' }")
        expect(page.locator("#camera-stats")).to_contain_text("ms")
