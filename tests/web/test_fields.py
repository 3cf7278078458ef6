"""The tab "Fields": draw fields onto a picture, see what they hold, save the file and open it again."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from livedigits.fields.file import load
from tests import pages
from tests.browser import Server, chromium, playwright

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The tab, with a picture of two numbers in it."""
    picture = tmp_path_factory.mktemp("fields") / "desk.png"
    cv2.imwrite(str(picture), pages.page("407", size=(640, 360))[0])
    with playwright() as driver, Server() as server, chromium(driver) as browser:
        tab = browser.new_context(viewport={"width": 1200, "height": 1000}).new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(f"{server.url}#/fields")
        tab.set_input_files("#fields-picture-input", str(picture))
        expect(tab.locator("#form-layer")).to_be_visible()
        yield tab
        assert wrong == []


def draw(page: Any, left: float, top: float, right: float, bottom: float) -> None:
    """Draws a field, px of the picture."""
    box = page.locator("#form-layer").bounding_box()
    scale = box["width"] / 640
    page.mouse.move(box["x"] + left * scale, box["y"] + top * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + (left + right) / 2 * scale, box["y"] + (top + bottom) / 2 * scale)
    page.mouse.move(box["x"] + right * scale, box["y"] + bottom * scale)
    page.mouse.up()


def test_a_field_is_drawn_named_read_moved_saved_and_opened(page: Any, tmp_path: Path) -> None:
    draw(page, 40, 100, 330, 200)
    row = page.locator("#field-list li")
    expect(row.locator("output")).to_contain_text("407")
    name, form = row.locator("input").all()
    name.fill("home")
    form.fill("##:##")
    expect(row.locator("output")).to_contain_text("not as expected")
    form.fill("###")
    expect(row.locator("output span")).to_have_text("407")
    expect(page.locator(".place span")).to_have_text("home")
    page.locator(".place").press("ArrowRight")
    page.locator(".place").press("Shift+ArrowDown")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save fields.toml").click()
    path = Path(saved.value.path())
    fields = load(path)
    (home,) = fields
    (left, top), (right, _), (_, bottom), _ = home.corners
    assert home.name == "home" and home.form is not None and home.form.text == "###" and fields.anchor is None
    assert abs(left - 42) < 3 and abs(top - 100) < 3 and abs(right - 332) < 3 and abs(bottom - 202) < 3
    page.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    given = tmp_path / "given.toml"
    given.write_text('anchor = "form.png"\n' + path.read_text() + "[fields.home.settle]\nframes = 4\n")
    page.set_input_files("#fields-open-input", str(given))
    expect(row.locator("output span")).to_have_text("407")
    expect(page.locator("#fields-anchor")).to_be_checked()
    with page.expect_download() as again:
        page.get_by_role("button", name="Save fields.toml").click()
    fields = load(again.value.path())
    assert fields.anchor is not None and fields.anchor.name == "desk.png"
    (second,) = fields
    assert second.corners == home.corners and second.settle is not None and second.settle.frames == 4


def test_a_wrong_file_is_told_and_changes_nothing(page: Any, tmp_path: Path) -> None:
    before = page.locator("#field-list li").count()
    (tmp_path / "wrong.toml").write_text("[fields.home]\nregion = [1, 2, 3]\n")
    page.set_input_files("#fields-open-input", str(tmp_path / "wrong.toml"))
    expect(page.locator("#status")).to_contain_text("fields.home.region")
    assert page.locator("#field-list li").count() == before


def test_the_server_opens_no_anchor(client: Any, picture: bytes) -> None:
    toml = 'anchor = "/etc/passwd"\n[fields.a]\nregion = [0, 0, 90, 90]\n'
    answer = client.post("/api/fields", params={"toml": toml}, content=picture)
    assert answer.status_code == 400 and "anchor" in answer.json()["error"]
    assert client.post("/api/fields/parsed", params={"toml": toml}).json()["anchor"] == "/etc/passwd"
    assert client.post("/api/fields", params={"toml": "x ="}, content=picture).status_code == 400


def test_fields_are_read_by_the_api(client: Any, picture: bytes) -> None:
    toml = "[fields.a]\nregion = [40, 100, 290, 100]\nexpect = '###'\n"
    fields = client.post("/api/fields", params={"toml": toml}, content=picture).json()["fields"]
    assert fields["a"]["text"] == "407" and fields["a"]["value"] == 407


@pytest.mark.slow
def test_a_doubtful_list_is_corrected_on_the_page_and_merged(page: Any, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for name, text in (("a, b.png", "40721"), ("c.png", "407")):
        cv2.imwrite(str(tmp_path / "scans" / name), pages.page(text)[0])
    table, look = tmp_path / "out.csv", tmp_path / "look"
    given = ["--region", "sum=40,100,560,110", "--expect", "sum=###", "--csv", str(table), "--doubtful", str(look)]
    run = CliRunner().invoke(main, ["image", str(tmp_path / "scans"), "--no-window", *given])
    assert run.exit_code == 0, run.output
    page.set_input_files("#doubtful-input", str(tmp_path / "scans"))
    expect(page.locator("#status")).to_contain_text("There is no doubtful.csv there")
    expect(page.locator("#doubtful")).to_be_hidden()
    page.set_input_files("#doubtful-input", str(look))
    row = page.locator("#doubtful-rows li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("a, b.png, frame 0: refused")
    expect(page.locator("#form")).to_be_hidden()
    assert row.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    expect(row.locator("input")).to_have_attribute("placeholder", "40721")
    row.locator("input").fill('407,"21"')
    expect(page.locator("#doubtful-count")).to_have_text("1 of 1 corrected")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save doubtful.csv").click()
    shutil.copy(saved.value.path(), look / "doubtful.csv")
    merged = CliRunner().invoke(main, ["corrections", str(look), str(table)])
    assert merged.exit_code == 0 and "1 cell corrected, 0 still doubtful" in merged.output
    with open(table, newline="") as file:
        assert [line["sum"] for line in csv.DictReader(file)] == ['407,"21"', "407"]
    page.set_input_files("#doubtful-input", str(look))
    expect(row.locator("input")).to_have_value('407,"21"')
    page.get_by_role("button", name="Put the list away").click()
    expect(page.locator("#form")).to_be_visible()
