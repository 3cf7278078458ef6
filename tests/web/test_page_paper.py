"""The drawing paper in a real browser: ink, eraser, hands and pens, and what stays when the page changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import PHONE, draw, lines_of

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)
pytestmark = pytest.mark.slow

PIXELS = """() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return crypto.subtle.digest("SHA-256", data).then(digest => [...new Uint8Array(digest)].join());
}"""
INK = """() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) dark += data[i] < 128;
    return dark;
}"""


def put_down(page: Any, line: list[tuple[float, float]]) -> None:
    """Draw a stroke with the mouse, which stays down."""
    box = page.locator("#paper").bounding_box()
    page.mouse.move(box["x"] + line[0][0], box["y"] + line[0][1])
    page.mouse.down()
    for x, y in line[1:]:
        page.mouse.move(box["x"] + x, box["y"] + y)


def test_ink_looks_while_it_is_written_as_it_remains(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "4")
    (line,) = lines_of("3", 220, 60, 120)
    put_down(page, line)
    wet = page.evaluate(PIXELS)
    page.mouse.up()
    assert page.evaluate(PIXELS) == wet
    page.keyboard.press("Control+z")
    assert page.evaluate(PIXELS) != wet
    page.keyboard.press("Control+Shift+z")
    assert page.evaluate(PIXELS) == wet


def test_a_label_comes_before_the_pen_lifts(open_page: Callable[..., Any]) -> None:
    page = open_page()
    (line,) = lines_of("3", 60, 60, 120)
    put_down(page, line)
    expect(page.locator("#text")).to_have_text("3")
    expect(page.locator("#text")).to_have_attribute("aria-live", "off")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    page.mouse.up()
    expect(page.locator("#text")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#text")).to_have_text("3")


def test_the_eraser_takes_away_what_is_read(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "07")
    expect(page.locator("#text")).to_have_text("07")
    full = page.evaluate(INK)
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    assert "url(" in page.locator("#paper").evaluate("paper => getComputedStyle(paper).cursor")
    first = page.locator("#desk .box").first.bounding_box()
    box = page.locator("#paper").bounding_box()
    middle, top = first["x"] + first["width"] / 2 - box["x"], first["y"] - box["y"]
    put_down(page, [(middle, top), (middle, top + first["height"])])  # the 0's middle: two arcs are left
    page.mouse.up()
    assert 0 < page.evaluate(INK) < full
    for x in range(int(middle - first["width"] / 2), int(middle + first["width"] / 2) + 14, 14):
        put_down(page, [(x, top), (x, top + first["height"])])
        page.mouse.up()
    expect(page.locator("#text")).to_have_text("7")
    while page.evaluate(INK) != full:
        page.keyboard.press("Control+z")
    expect(page.locator("#text")).to_have_text("07")


def test_a_pens_other_end_erases(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "7")
    expect(page.locator("#text")).to_have_text("7")
    page.locator("#paper").evaluate("""paper => {
        const { left, top } = paper.getBoundingClientRect();
        const at = (type, x, y) => paper.dispatchEvent(new PointerEvent(type, { pointerId: 7, pointerType: "pen",
            button: 5, buttons: 32, pressure: 0.5,
            clientX: left + x, clientY: top + y, bubbles: true, cancelable: true }));
        paper.setPointerCapture = () => {};
        for (let x = 50; x < 200; x += 20) {
            at("pointerdown", x, 50);
            for (let y = 60; y < 200; y += 10) at("pointermove", x, y);
            at("pointerup", x, 200);
        }
    }""")
    expect(page.locator("#text")).to_have_text("nothing yet")


def test_a_palm_neither_writes_nor_blocks_the_pen(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.locator("#paper").evaluate("""paper => {
        const { left, top } = paper.getBoundingClientRect();
        paper.setPointerCapture = () => {};
        window.at = (kind, id, type, x, y) => paper.dispatchEvent(new PointerEvent(type, {
            pointerId: id, pointerType: kind, button: type === "pointermove" ? -1 : 0, buttons: 1, pressure: 0.5,
            clientX: left + x, clientY: top + y,
            bubbles: true, cancelable: true }));
    }""")
    (line,) = lines_of("3", 60, 60, 120)
    page.evaluate("at('touch', 1, 'pointerdown', 300, 300)")  # the hand lies down first
    page.evaluate("at('touch', 1, 'pointermove', 310, 302)")
    for k, (x, y) in enumerate(line):
        page.evaluate("args => at('pen', 2, ...args)", ["pointermove" if k else "pointerdown", x, y])
        if k == 2:
            page.evaluate("at('touch', 3, 'pointerdown', 400, 330)")  # and more of it while the pen writes
    page.evaluate("args => at('pen', 2, ...args)", ["pointerup", *line[-1]])
    for kind, number in (("pointerup", 1), ("pointerup", 3)):
        page.evaluate("args => at('touch', ...args)", [number, kind, 400, 330])
    expect(page.locator("#text")).to_have_text("3")
    expect(page.locator("#desk .box")).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()  # it was one stroke


def test_two_fingers_zoom_and_write_nothing(open_page: Callable[..., Any]) -> None:
    page = open_page(**PHONE)
    box = page.locator("#paper").bounding_box()
    touch = page.context.new_cdp_session(page)
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for apart in range(20, 110, 10):
        points = [{"x": middle - apart, "y": y, "id": 0}, {"x": middle + apart, "y": y, "id": 1}]
        kind = "touchMove" if apart > 20 else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("visualViewport.scale > 1.5")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()


def test_turning_a_phone_keeps_size_and_history(open_page: Callable[..., Any]) -> None:
    page = open_page(**PHONE)
    draw(page, "4", left=30, height=90)
    draw(page, "3", left=200, top=220, height=110)
    text = page.locator("#text")
    expect(text).to_have_text("4\n3")
    before = page.evaluate(PIXELS)
    boxes = [page.locator("#desk .box").nth(k).bounding_box() for k in (0, 1)]
    page.set_viewport_size({"width": 844, "height": 390})
    page.wait_for_function("document.getElementById('paper').clientHeight < 300")
    expect(page.get_by_role("button", name="Redo", exact=True)).to_be_disabled()
    page.set_viewport_size(PHONE["viewport"])
    page.wait_for_function("document.getElementById('paper').clientHeight > 400")
    page.wait_for_function(f"({PIXELS})().then(now => now === '{before}')")
    for k, box in enumerate(boxes):
        assert page.locator("#desk .box").nth(k).bounding_box() == pytest.approx(box, abs=1.5)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(text).to_have_text("4")


def test_a_reload_keeps_the_drawing_and_its_history(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.get_by_text("Ruled", exact=True).click()
    draw(page, "40")
    page.keyboard.press("Control+z")
    text = page.locator("#text")
    expect(text).to_have_text("4")
    page.reload()
    expect(text).to_have_text("4")
    assert page.locator("#paper-ruled").is_checked()
    page.get_by_role("button", name="Redo", exact=True).click()
    expect(text).to_have_text("40")


def test_without_storage_the_page_goes_on(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('off'); } })")
    page.reload()
    draw(page, "4")
    expect(page.locator("#text")).to_have_text("4")
    page.reload()
    expect(page.locator("#text")).to_have_text("nothing yet")


def test_the_paper_stays_as_large_whatever_the_panel_shows(open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 1100, "height": 640})
    size = "[paper.clientWidth, paper.clientHeight, document.documentElement.scrollHeight <= innerHeight]"
    empty = page.evaluate(size)
    assert empty[2]
    draw(page, "407")
    expect(page.locator("#text")).to_have_text("407")
    page.locator("#chips button").first.click()
    expect(page.locator("#details")).to_be_visible()
    assert page.evaluate("(panel => panel.scrollHeight > panel.clientHeight)(document.querySelector('aside'))")
    assert page.evaluate(size) == empty
