"""Corrections on the page, in a real browser: on a drawing, before a held camera, in pictures and in a video."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.profiles import file
from tests import pages
from tests.browser import PHONE, Server, draw
from tests.profiles.hand import odd_seven, odd_strokes

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
expect.set_options(timeout=20_000)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server("--profile", str(tmp_path / "hand.npz")) as server:
        yield server


def draw_seven(page: Any, left: float, seed: int, size: float = 150) -> None:
    """Write a 7 that is read as a 9 with the mouse."""
    box = page.locator("#paper").bounding_box()
    (line,) = odd_strokes(seed)
    points = [(box["x"] + left + size * float(x), box["y"] + 60 + size * float(y)) for x, y in line]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point)
    page.mouse.up()


def test_a_drawn_digit_is_corrected_once_and_read_rightly_in_the_next_drawing(open_page: Callable[..., Any]) -> None:
    page = open_page()
    text, profile = page.locator("#text"), page.locator("#profile")
    expect(profile).to_contain_text("hand.npz: 0 crops")
    draw_seven(page, 60, 0)
    expect(text).to_have_text("9")
    box = page.locator("#desk .box").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with page.expect_response("**/api/drawing"):  # it is read again: the choice stays
        page.get_by_text("Ruled", exact=True).click()
    page.keyboard.press("7")
    expect(page.locator("#taught")).to_have_text("learned 7; this profile now has 1 crop")
    expect(text).to_have_text("7")
    expect(profile).to_contain_text("1 crop")
    page.get_by_role("button", name="Clear").click()
    draw_seven(page, 300, 3)
    expect(text).to_have_text("7")
    page.locator("#unlearn").click()
    expect(page.locator("#taught")).to_have_text("taken back; this profile now has 0 crops")
    expect(text).to_have_text("9")


@pytest.mark.slow
def test_delete_says_that_a_chosen_mark_is_none_and_clears_only_otherwise(open_page: Callable[..., Any]) -> None:
    page = open_page()
    draw(page, "4")
    expect(page.locator("#text")).to_have_text("4")
    page.locator("#chips button").click()
    page.keyboard.press("Delete")
    expect(page.locator("#taught")).to_have_text("learned none; this profile now has 1 crop")
    expect(page.locator("#text")).to_have_text("no digits")
    page.keyboard.press("Delete")
    expect(page.locator("#text")).to_have_text("nothing yet")


@pytest.mark.slow
def test_a_missed_digit_is_boxed_and_named(open_page: Callable[..., Any], tmp_path: Path) -> None:
    image = np.full((400, 600, 3), 255, np.uint8)
    for from_x in (140, 260):  # an 8 that is open above and below
        cv2.line(image, (from_x, 120), (400 - from_x, 280), (20, 20, 20), 12, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "mark.png"), image)
    page = open_page("files")
    page.set_input_files("#file-input", tmp_path / "mark.png")
    expect(page.locator("#text")).to_have_text("no digits")
    expect(page.locator("#picture")).to_be_visible()
    view = page.locator("#viewer .view").bounding_box()
    scale = view["width"] / 600
    page.mouse.move(view["x"] + 120 * scale, view["y"] + 80 * scale)
    page.mouse.down()
    page.mouse.move(view["x"] + 290 * scale, view["y"] + 320 * scale)
    page.mouse.up()
    expect(page.locator("#truly-title")).to_have_text("What is in your box?")
    page.get_by_role("button", name="8", exact=True).click()
    expect(page.locator("#taught")).to_have_text("learned 8; this profile now has 1 crop")
    expect(page.locator("#text")).to_have_text("8")
    # and by keyboard alone
    page.get_by_role("button", name="Box a missed digit").press("Enter")
    for key in ("ArrowUp", *["Shift+ArrowRight"] * 12, *["Shift+ArrowDown"] * 12, *["ArrowLeft"] * 8, *["ArrowUp"] * 3):
        page.keyboard.press(key)
    expect(page.locator("#truly-title")).to_have_text("What is in your box?")
    mark = page.locator("#viewer .mark").bounding_box()
    assert mark["x"] > view["x"] and mark["x"] + mark["width"] < view["x"] + view["width"]
    page.keyboard.press("8")
    expect(page.locator("#taught")).to_have_text("learned 8; this profile now has 2 crops")


@pytest.mark.slow
def test_fingers_correct_too_and_what_cannot_be_learned_is_said(open_page: Callable[..., Any]) -> None:
    page = open_page(**PHONE)
    box = page.locator("#paper").bounding_box()
    touch = page.context.new_cdp_session(page)

    def stroke(points: list[tuple[float, float]]) -> None:
        for i, (x, y) in enumerate(points):
            kind = "touchMove" if i else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    (line,) = odd_strokes(0)
    stroke([(box["x"] + 40 + 150 * float(x), box["y"] + 60 + 150 * float(y)) for x, y in line])
    expect(page.locator("#text")).to_have_text("9")
    page.get_by_role("button", name="7", exact=True).click()
    expect(page.locator("#text")).to_have_text("7")
    page.get_by_role("button", name="Box a missed digit").click()
    page.locator("#desk").scroll_into_view_if_needed()
    box = page.locator("#paper").bounding_box()
    stroke([(box["x"] + 250, box["y"] + 200), (box["x"] + 270, box["y"] + 220), (box["x"] + 300, box["y"] + 250)])
    page.get_by_role("button", name="3", exact=True).click()
    expect(page.locator("#taught")).to_contain_text("There is no ink in the box")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_without_a_profile_the_page_says_that_nothing_is_learned(open_page: Callable[..., Any]) -> None:
    with Server("--no-profile") as server:
        page = open_page(url=server.url)
        expect(page.locator("#profile")).to_have_text("No profile is in use: nothing is learned.")
        draw(page, "4")
        expect(page.locator("#text")).to_have_text("4")
        page.locator("#chips button").click()
        expect(page.locator("#truly")).to_be_hidden()
        page.keyboard.press("7")
        expect(page.locator("#taught")).to_be_empty()


@pytest.mark.slow
def test_a_held_camera_picture_is_corrected(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("camera")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").nth(4)).to_be_visible()
    expect(page.locator("#mark")).to_be_hidden()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#details")).to_be_hidden()
    box = page.locator("#scene .box").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#scene .box.chosen")).to_have_count(1)
    page.keyboard.press("3")
    expect(page.locator("#taught")).to_have_text("learned 3; this profile now has 1 crop")


@pytest.mark.slow
def test_digits_are_asked_for_one_after_another(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page()
    page.get_by_role("button", name="Teach your hand").click()
    asked, said = page.locator("#lesson-digit"), page.locator("#lesson-said")
    expect(asked).to_have_text("0")
    page.get_by_role("button", name="That is it").click()
    expect(said).to_have_text("Write it first.")
    draw(page, "0")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("sure that it is a 0")
    expect(asked).to_have_text("1")
    expect(page.locator("#lesson-crop")).to_be_visible()
    page.get_by_role("button", name="Skip").click()
    expect(asked).to_have_text("2")
    draw(page, "2")
    page.get_by_role("button", name="That is it").click()
    expect(page.locator("#profile")).to_contain_text("2 crops")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#lesson")).to_be_hidden()
    assert sorted(file.load(tmp_path / "hand.npz")[0].labels.tolist()) == [0, 2]


@pytest.mark.slow
def test_digits_that_are_asked_for_are_held_up_to_the_camera(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page("camera")
    said, done = page.locator("#lesson-said"), page.get_by_role("button", name="That is it")
    page.get_by_role("button", name="Teach your hand").click()
    done.click()
    expect(said).to_have_text("No digit is read there: hold it up to the camera.")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#scene .tag").nth(4)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Skip").click()
    box = page.locator("#scene .box").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    done.click()
    expect(said).to_contain_text("sure that it is a 1")
    expect(page.locator("#lesson-crop")).to_be_visible()
    expect(page.locator("#lesson-digit")).to_have_text("2")
    assert file.load(tmp_path / "hand.npz")[0].labels.tolist() == [1]
    page.get_by_role("tab", name="Draw").click()
    draw(page, "2")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("sure that it is a 2")


@pytest.mark.slow
def test_learn_opens_the_page_that_asks(open_page: Callable[..., Any], tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "livedigits",
        "learn",
        "--no-open",
        "--port",
        "0",
        "--profile",
        str(tmp_path / "p.npz"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url, part = process.stdout.readline().split()[3].split("#/")
        page = open_page(part, url)
        expect(page.locator("#lesson-digit")).to_have_text("0")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_a_hand_is_corrected_once_and_read_in_drawing_picture_and_video(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page()
    draw_seven(page, 60, 0)
    expect(page.locator("#text")).to_have_text("9")
    page.locator("#chips button").click()
    page.keyboard.press("7")
    expect(page.locator("#text")).to_have_text("7")
    page.get_by_role("button", name="Clear").click()
    draw_seven(page, 240, 5)
    expect(page.locator("#text")).to_have_text("7")
    cv2.imwrite(str(tmp_path / "seven.png"), odd_seven(3))
    video = cv2.VideoWriter(str(tmp_path / "seven.webm"), cv2.VideoWriter_fourcc(*"VP80"), 10, (640, 360))  # type: ignore[attr-defined]
    for shift in range(12):
        frame = pages.page("4")[0]
        frame[80:280, 380 + 2 * shift : 580 + 2 * shift] = np.minimum(
            frame[80:280, 380 + 2 * shift : 580 + 2 * shift], odd_seven(4)
        )
        video.write(frame)
    video.release()
    page.get_by_role("tab", name="Files").click()
    page.set_input_files("#file-input", [tmp_path / "seven.png", tmp_path / "seven.webm"])
    expect(page.locator("#text")).to_have_text("7")
    page.locator("#strip button", has_text="seven.webm").click()
    expect(page.locator("#status")).to_have_text("12 frames", timeout=60_000)
    assert page.locator("#text").inner_text().split()[-1].endswith("7")
