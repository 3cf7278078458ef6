from __future__ import annotations

import csv
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.browser import PHONE, ROOT, draw, lines_of, saved

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)
SAMPLES = ROOT / "samples"


# --- drawing


def test_strokes_are_read_as_they_end(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "407")
    expect(page.locator("#text")).to_have_text("407")
    draw(page, "26", top=260)
    expect(page.locator("#text")).to_have_text("407\n26")
    expect(page.locator("#desk .tag")).to_have_count(5)
    page.locator("#chips button").nth(2).click()
    expect(page.locator("#bars li.best")).to_contain_text("7")
    assert page.locator("#bars li.best meter").evaluate("meter => meter.value") > 0.5
    ink = "canvas => canvas.getContext('2d').getImageData(0, 0, 28, 28).data.some(value => value > 200 && value < 255)"
    assert page.locator("#crop").evaluate(ink)


@pytest.mark.slow
def test_undo_redo_clear(open_page: Callable[..., Any]) -> None:
    page = open_page()
    text = page.locator("#text")
    draw(page, "0")
    expect(text).to_have_text("0")
    draw(page, "6", left=175)
    expect(text).to_have_text("06")
    page.keyboard.press("Control+z")
    expect(text).to_have_text("0")
    page.get_by_role("button", name="Redo").click()
    expect(text).to_have_text("06")
    page.get_by_role("button", name="Clear").click()
    expect(text).to_have_text("nothing yet")
    expect(page.locator("#desk .box")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(text).to_have_text("06")


@pytest.mark.slow
def test_every_paper_is_read(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "407")
    expect(page.locator("#text")).to_have_text("407")
    for paper in ("Ruled", "Dark"):
        with page.expect_response("**/api/drawing") as response:
            page.get_by_text(paper, exact=True).click()
        assert response.value.json()["text"] == "407", paper


@pytest.mark.slow
def test_touch_draws(open_page: Callable[..., Any]) -> None:
    page = open_page(**PHONE)
    box = page.locator("#paper").bounding_box()
    touch = page.context.new_cdp_session(page)
    for line in lines_of("83", 40, 60, 110):
        for i, (x, y) in enumerate(line):
            point = {"x": box["x"] + x, "y": box["y"] + y}
            kind = "touchMove" if i else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#text")).to_have_text("83")
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_keyboard_alone_draws(open_page: Callable[..., Any]) -> None:
    page = open_page()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "paper":
            break
    corner = ["Space", *["ArrowDown"] * 9, *["ArrowRight"] * 9, "Space"]
    stem = [*["ArrowUp"] * 9, *["ArrowLeft"] * 2, "Space", *["ArrowDown"] * 17, "Space"]
    for key in corner + stem:
        page.keyboard.press(key)
    expect(page.locator("#text")).to_have_text("4")
    page.keyboard.press("Delete")
    expect(page.locator("#text")).to_have_text("nothing yet")


def test_tabs_by_keyboard(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.get_by_role("tab", name="Draw").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Camera")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Camera")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel", name="Files")).to_be_visible()


@pytest.mark.slow
def test_numbers_are_copied(open_page: Callable[..., Any]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    draw(page, "407")
    expect(page.locator("#text")).to_have_text("407")
    page.get_by_role("button", name="Copy the numbers").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "407"


@pytest.mark.slow
def test_a_number_that_was_cut_short_is_open(open_page: Callable[..., Any]) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])

    def judged(route: Any) -> None:
        """Answers that the first number is not complete, and that the second is."""
        response = route.fetch()
        answer = response.json()
        for number, complete in zip(answer["numbers"], (False, True), strict=False):
            number.update(complete=complete, confidence=0.91)
        route.fulfill(response=response, json=answer)

    page.route("**/api/drawing", judged)
    draw(page, "40", height=90)
    draw(page, "26", left=460, height=90)
    text = page.locator("#text")
    expect(text).to_have_text("40 26")  # what is copied are the digits
    expect(text.locator(".short")).to_have_text(["40"])
    dots = "element => getComputedStyle(element, '::after').content + getComputedStyle(element, '::before').content"
    assert text.locator(".short").evaluate(dots) == '"…""…"'
    lines = page.locator("#desk .line")
    expect(lines).to_have_count(2)
    expect(page.locator("#desk .line.open")).to_have_count(1)
    expect(lines.locator("small")).to_have_text(["", "91%"])
    expect(page.locator("#desk .tag small")).to_have_text([""] * 4)
    line, box = lines.first.bounding_box(), page.locator("#desk .box").first.bounding_box()
    assert abs(line["x"] - box["x"]) < 8 and 0 < line["y"] + line["height"] - box["y"] - box["height"] < 16
    assert amber(saved(page, "Picture")) > 100
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#desk .line")).to_have_count(0)


def amber(path: Path) -> int:
    """How many px of a picture have the colour of the lines under numbers."""
    image = cv2.imread(str(path))
    assert image is not None
    return int((np.abs(image.astype(int) - (90, 205, 255)).max(axis=2) < 12).sum())


@pytest.mark.slow
def test_a_drawing_is_saved(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "60")
    expect(page.locator("#text")).to_have_text("60")
    result = json.loads(saved(page, "JSON").read_text())
    assert [digit["digit"] for digit in result["digits"]] == [6, 0]
    assert set(result["digits"][0]) == {"digit", "confidence", "box", "track"}
    rows = list(csv.DictReader(saved(page, "CSV").open()))
    boxes = [[int(row[key]) for key in ("x", "y", "width", "height")] for row in rows]
    assert boxes == [digit["box"] for digit in result["digits"]]
    assert saved(page, "Picture").read_bytes()[:4] == b"\x89PNG"


# --- files


def drop(page: Any, path: Path, kind: str, event: str = "drop") -> None:
    """Drop a file onto the page, or paste it."""
    script = """([bytes, name, type, event]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name, { type }));
        const options = { bubbles: true, cancelable: true };
        document.body.dispatchEvent(event === "drop" ? new DragEvent("drop", { dataTransfer: data, ...options })
            : new ClipboardEvent("paste", { clipboardData: data, ...options }));
    }"""
    page.evaluate(script, [list(path.read_bytes()), path.name, kind, event])


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(open_page: Callable[..., Any], event: str) -> None:
    page = open_page()
    drop(page, SAMPLES / "one.png", "image/png", event)
    expect(page.get_by_role("tab", name="Files")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#text")).to_have_text("7")
    expect(page.locator("#viewer .tag")).to_have_count(1)
    assert json.loads(saved(page, "JSON").read_text())["source"] == "one.png"
    assert saved(page, "Picture").read_bytes()[:4] == b"\x89PNG"


def test_what_is_no_picture_is_said(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("files")
    (tmp_path / "notes.png").write_text("no picture")
    page.set_input_files("#file-input", [tmp_path / "notes.png", SAMPLES / "one.png"])
    expect(page.locator("#status")).to_have_text(
        "notes.png is no picture and no video, or too damaged to be read as one."
    )
    page.locator("#strip button", has_text="one.png").click()
    expect(page.locator("#text")).to_have_text("7")


@pytest.mark.slow
def test_a_picture_that_the_browser_cannot_show(open_page: Callable[..., Any], tmp_path: Path) -> None:
    from PIL import Image

    Image.open(SAMPLES / "one.png").convert("L").save(tmp_path / "one.tiff")
    page = open_page("files")
    page.set_input_files("#file-input", tmp_path / "one.tiff")
    expect(page.locator("#text")).to_have_text("7")
    expect(page.locator("#picture")).to_be_visible()


@pytest.mark.slow
def test_a_video_is_read(open_page: Callable[..., Any], tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg") or pytest.skip("there is no ffmpeg to shorten the video with")
    short = tmp_path / "short.mp4"
    cut = ["-ss", "2", "-t", "0.7", "-i", str(SAMPLES / "sheet.mp4"), "-vf", "scale=640:-2", str(short)]
    subprocess.run([ffmpeg, "-loglevel", "error", *cut], check=True)
    page = open_page("files")
    page.set_input_files("#file-input", short)
    expect(page.locator("#status")).to_have_text("21 frames", timeout=60_000)
    assert len(page.locator("#text").inner_text().split()) >= 5
    page.evaluate("document.getElementById('clip').currentTime = 0.5")
    expect(page.locator("#viewer .tag").first).to_be_visible()
    assert len(saved(page, "JSON").read_text().splitlines()) == 21


# --- looks


@pytest.mark.slow
def test_colours_follow_the_system_and_the_button(open_page: Callable[..., Any]) -> None:
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Colours: automatic").click()
    assert page.evaluate(ground) != dark
    page.reload()
    expect(page.get_by_role("button", name="Colours: light")).to_be_visible()
    assert page.evaluate(ground) != dark


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    npm = shutil.which("npm") or pytest.skip("there is no npm to fetch axe-core with")
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run([npm, "pack", "axe-core@4"], cwd=folder, check=True, capture_output=True, timeout=60)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("axe-core cannot be fetched from npm")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE])
def test_axe_finds_nothing(open_page: Callable[..., Any], axe: str, options: dict[str, Any]) -> None:
    page = open_page(**options)

    def scan(what: str) -> None:
        page.evaluate(f"window.axe || (() => {{ {axe} }})()")
        violations = page.evaluate("axe.run().then(({ violations }) => violations)")
        found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations]
        assert found == [], what

    scan("nothing drawn")
    draw(page, "40", left=30, height=100)
    expect(page.locator("#text")).to_have_text("40")
    scan("a drawing")
    page.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Snapshot").click()
    scan("the camera")
    page.get_by_role("tab", name="Files").click()
    expect(page.locator("#picture")).to_be_visible()
    scan("a file")
