from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from livedigits.recognition.turning import turned
from tests import pages
from tests.browser import PHONE, ROOT, Server, draw, lines_of, saved

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
    numbers = page.locator("#desk .number")
    expect(numbers).to_have_count(2)
    expect(page.locator("#desk .number.open")).to_have_count(1)
    expect(numbers.locator("small")).to_have_text(["…40…", "26"])
    expect(page.locator("#desk .tag small")).to_have_text([""] * 4)
    number, box = numbers.first.bounding_box(), page.locator("#desk .box").first.bounding_box()
    assert 0 < box["x"] - number["x"] < 8 and 0 < box["y"] - number["y"] < 40
    assert number["y"] + number["height"] > box["y"] + box["height"]
    assert amber(saved(page, "Picture")) > 100
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#desk .number")).to_have_count(0)


def amber(path: Path) -> int:
    """How many px of a picture have the colour of numbers' boxes."""
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
    (number,) = result["numbers"]
    assert [row["number"] for row in rows] == ["60", "60"]
    assert {float(row["number_confidence"]) for row in rows} == {number["confidence"]}
    assert saved(page, "Picture").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_a_number_is_one_thing_beside_its_digits(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "407")
    expect(page.locator("#text")).to_have_text("407")
    chip = page.get_by_role("button", name=re.compile("number 407 [0-9]+% sure"))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#desk .number.chosen")).to_have_count(1)
    expect(page.locator("#whole")).to_contain_text("407: ")
    expect(page.locator("#details")).to_be_hidden()
    page.get_by_role("button", name=re.compile("^0, [0-9]+% sure")).click()
    expect(page.locator("#desk .number.chosen")).to_have_count(0)
    expect(page.locator("#details")).to_be_visible()


@pytest.mark.slow
def test_why_paints_what_speaks_for_a_digit_over_its_crop(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "7")
    expect(page.locator("#text")).to_have_text("7")
    grey = """() => [...document.getElementById("crop").getContext("2d").getImageData(0, 0, 28, 28).data]
        .every((value, i, data) => i % 4 > 1 || value === data[i + 1])"""
    assert page.evaluate(grey)
    page.get_by_role("button", name="Why?").click()
    expect(page.locator("#crop-note")).to_contain_text("Blue speaks for the 7")
    assert not page.evaluate(grey)
    page.get_by_role("button", name="Why?").click()
    assert page.evaluate(grey)


@pytest.mark.slow
def test_a_drawing_alone_is_saved_as_fine_as_the_screen_and_as_svg(open_page: Callable[..., Any]) -> None:
    page = open_page(device_scale_factor=2)
    draw(page, "60")
    expect(page.locator("#text")).to_have_text("60")
    image = cv2.imread(str(saved(page, "Drawing")))
    size = page.evaluate("[paper.clientWidth, paper.clientHeight]")
    assert image.shape[:2] == (2 * size[1], 2 * size[0])
    assert (image.max(axis=2).astype(int) - image.min(axis=2) < 40).all()  # no box
    root = ElementTree.fromstring(saved(page, "SVG").read_text())
    strokes = root.findall("{http://www.w3.org/2000/svg}g/{http://www.w3.org/2000/svg}path")
    assert len(strokes) == len(lines_of("60", 60, 60, 120)) and root.get("width") == str(size[0])
    assert cv2.imread(str(saved(page, "Picture"))).shape == image.shape


# --- an empty page, and the address


@pytest.mark.slow
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_an_example_is_drawn(open_page: Callable[..., Any], motion: str) -> None:
    page = open_page(reduced_motion=motion)
    page.get_by_role("button", name="Try an example").click()
    expect(page.locator("#text")).to_have_text("2026")
    expect(page.get_by_role("button", name="Try an example")).to_be_hidden()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("button", name="Try an example")).to_be_visible()


@pytest.mark.slow
def test_an_example_ends_where_the_paper_is_cleared_meanwhile(open_page: Callable[..., Any]) -> None:
    page = open_page()
    example = page.get_by_role("button", name="Try an example")
    example.click()
    expect(page.locator("#text")).to_have_text(re.compile("^2"))
    page.get_by_role("button", name="Clear").click()
    expect(example).to_be_visible()
    page.get_by_role("tab", name="Files").click()
    page.get_by_role("tab", name="Draw").click()
    expect(example).to_be_visible()
    expect(page.locator("#text")).to_have_text("nothing yet")


@pytest.mark.slow
def test_the_back_button_goes_through_the_tabs(open_page: Callable[..., Any]) -> None:
    page = open_page()
    for name in ("Camera", "Files"):
        page.get_by_role("tab", name=name).click()
    assert page.url.endswith("#/files")
    page.go_back()
    expect(page.get_by_role("tabpanel", name="Camera")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tabpanel", name="Draw")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("tab", name="Camera")).to_have_attribute("aria-selected", "true")


@pytest.mark.slow
def test_the_browser_finds_nothing_against_installing(open_page: Callable[..., Any]) -> None:
    page = open_page()
    asked = page.context.new_cdp_session(page)
    manifest = asked.send("Page.getAppManifest")
    assert manifest["errors"] == [] and manifest["url"].endswith(".webmanifest")
    errors = [one["errorId"] for one in asked.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert set(errors) <= {"in-incognito"}, errors  # the tests' browser has no profile of its own


# --- files


@pytest.mark.slow
def test_several_files_are_saved_at_once_and_taken_away(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("files")
    shutil.copy(SAMPLES / "one.png", tmp_path / "two.png")
    page.set_input_files("#file-input", [SAMPLES / "one.png", tmp_path / "two.png"])
    notes = page.locator("#strip small")
    expect(notes).to_have_text(["7", "7"])
    lines = saved(page, "All as JSON").read_text().splitlines()
    assert [json.loads(line)["source"] for line in lines] == ["one.png", "two.png"]
    rows = list(csv.DictReader(saved(page, "All as CSV").open()))
    assert [(row["source"], row["digit"], row["number"]) for row in rows] == [
        ("one.png", "7", "7"),
        ("two.png", "7", "7"),
    ]
    painted = "canvas => canvas.width > 1 && canvas.getContext('2d').getImageData(0, 0, 9, 9).data[3] === 255"
    for thumb in page.locator("#strip canvas").all():
        assert thumb.evaluate(painted)
    page.get_by_role("button", name="Remove one.png").click()
    expect(notes).to_have_count(1)
    expect(page.locator("#picture")).to_have_attribute("alt", "two.png")
    page.keyboard.press("Delete")
    expect(notes).to_have_count(0)
    expect(page.locator("#files-hint")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("degrees, lies", [(90, "on its side"), (180, "upside down")])
def test_a_page_that_was_photographed_turned_is_shown_and_read_upright(
    open_page: Callable[..., Any], tmp_path: Path, degrees: int, lies: str
) -> None:
    sheet = np.vstack([pages.page(text)[0] for text in ("2374", "5403")])
    path = tmp_path / "page.jpg"
    cv2.imwrite(str(path), turned(sheet, -degrees))
    page = open_page("files")
    page.set_input_files("#file-input", path)
    expect(page.locator("#text")).to_have_text("2374\n5403")
    expect(page.locator("#status")).to_have_text(f"The page lies {lies}: turned by {degrees}° to be read.")
    size = "picture => [picture.naturalHeight, picture.naturalWidth]"
    page.wait_for_function("document.getElementById('picture').naturalWidth === 640")
    assert page.locator("#picture").evaluate(size) == list(sheet.shape[:2])
    small = page.locator("#strip canvas").evaluate("canvas => canvas.width / canvas.height")
    assert small == pytest.approx(sheet.shape[1] / sheet.shape[0], rel=0.05)
    result = json.loads(saved(page, "JSON").read_text())
    assert result["turned"] == degrees and [result["height"], result["width"]] == list(sheet.shape[:2])
    view, box = page.locator("#viewer .view").bounding_box(), page.locator("#viewer .box").first.bounding_box()
    scale = view["width"] / sheet.shape[1]
    assert (box["x"] - view["x"]) / scale == pytest.approx(result["digits"][0]["box"][0], abs=8 / scale)
    assert (box["y"] - view["y"]) / scale == pytest.approx(result["digits"][0]["box"][1], abs=8 / scale)
    assert cv2.imread(str(saved(page, "Picture"))).shape == sheet.shape


@pytest.mark.slow
def test_a_phone_takes_a_photo(open_page: Callable[..., Any]) -> None:
    expect(open_page("files").get_by_role("button", name="Take a photo")).to_be_hidden()
    page = open_page("files", **PHONE)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a photo").click()
    assert chooser.value.element.get_attribute("capture") == "environment" and not chooser.value.is_multiple()
    chooser.value.set_files(SAMPLES / "one.png")
    expect(page.locator("#text")).to_have_text("7")
    expect(page.locator("#viewer .tag")).to_have_count(1)
    with page.expect_file_chooser() as chooser:  # the same picture once more
        page.get_by_role("button", name="Take a photo").click()
    chooser.value.set_files(SAMPLES / "one.png")
    expect(page.locator("#strip li")).to_have_count(2)


@pytest.mark.slow
def test_boxes_are_clicked_without_a_profile_and_huge_digits_keep_their_label(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    image = np.full((120, 90, 3), 255, np.uint8)
    cv2.polylines(image, [np.array([[12, 8], [78, 8], [40, 112]], np.int32)], False, (20, 20, 20), 9, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "huge.png"), image)
    with Server("--no-profile") as server:
        page = open_page("files", url=server.url)
        page.set_input_files("#file-input", tmp_path / "huge.png")
        expect(page.locator("#text")).to_have_text("7")
        tag, stage = page.locator("#viewer .tag").bounding_box(), page.locator("#viewer").bounding_box()
        assert tag["y"] >= stage["y"] and tag["y"] + tag["height"] <= stage["y"] + stage["height"]
        page.locator("#viewer .box").scroll_into_view_if_needed()
        box = page.locator("#viewer .box").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator("#viewer .box.chosen")).to_have_count(1)


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
@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
        {"viewport": {"width": 3840, "height": 2160}},
        PHONE,
        {**PHONE, "viewport": {"width": 844, "height": 390}, "color_scheme": "dark"},
    ],
)
def test_axe_finds_nothing(open_page: Callable[..., Any], axe: str, options: dict[str, Any]) -> None:
    page = open_page(**options)

    def scan(what: str) -> None:
        page.evaluate(f"window.axe || (() => {{ {axe} }})()")
        violations = page.evaluate("axe.run().then(({ violations }) => violations)")
        found = [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations]
        assert found == [], what

    scan("nothing drawn")
    page.get_by_text("Dark", exact=True).click()
    scan("dark paper")
    draw(page, "40", left=30, height=100)
    expect(page.locator("#text")).to_have_text("40")
    scan("a drawing")
    page.locator("#wholes button").click()
    scan("a number")
    page.get_by_role("tab", name="Camera").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Snapshot").click()
    scan("the camera")
    page.get_by_role("button", name="Use a phone as camera").click()
    scan("how a phone comes in")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Files").click()
    expect(page.locator("#picture")).to_be_visible()
    scan("a file")
