"""The values that the view serves: as JSON, as events, and on the page for OBS."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from livedigits.outputs.mjpeg import View
from livedigits.types import FieldState, FieldValue, Frame, Result
from tests.browser import chromium, playwright
from tests.outputs.numbers import page
from tests.outputs.test_mjpeg import get

BLANK = np.full((72, 128, 3), 200, np.uint8)


@pytest.fixture
def view() -> Iterator[View]:
    with View() as view:
        yield view


class Writer:
    """Writes frames into a view, 16 a second by their times."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.index = 0

    def write(self, *texts: str, frames: int = 5, confidence: float = 0.9, **fields: FieldValue) -> None:
        for _ in range(frames):
            frame = Frame(BLANK, self.index, self.index / 16, "0", at=1764000000.0 + self.index)
            self.view.write(Result(frame, page(*texts, confidence=confidence), fields))
            self.index += 1


def value(text: str, state: FieldState = "read") -> FieldValue:
    return FieldValue(text, int(text) if text.isdecimal() else None, 0.9, state, (0, 0, 9, 9))


class Events:
    """Somebody who follows the events of a view."""

    def __init__(self, view: View) -> None:
        parts = urlsplit(view.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self.socket.sendall(f"GET /events HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        assert b" 200 " in self.file.readline()
        self.headers = {}
        while line := self.file.readline().strip():
            name, _, text = line.partition(b": ")
            self.headers[name] = text

    def next(self) -> dict[str, Any] | None:
        """The next event; None after the end."""
        for line in self.file:
            if line.startswith(b"data: "):
                assert self.file.readline() == b"\n"
                return json.loads(line[6:])
        return None

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()


def texts(values: dict[str, Any] | None) -> list[str]:
    assert values is not None
    return [number["text"] for number in values["numbers"]]


def test_values_are_those_of_the_last_change(view: View) -> None:
    writer = Writer(view)
    assert get(view, "/values.json")[0] == 503
    writer.write("12", "9")
    writer.write("72", "9", frames=1)  # misread for a moment
    status, headers, body = get(view, "/values.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    values = json.loads(body)
    assert texts(values) == ["12", "9"] and values["frame"] == 4 and "at" in values
    writer.write("13", "9")
    assert texts(json.loads(get(view, "/values.json")[2])) == ["13", "9"]


def test_fields_are_served_by_their_names(view: View) -> None:
    Writer(view).write("5", home=value("12"), clock=value("12:30"))
    fields = json.loads(get(view, "/values.json")[2])["fields"]
    assert [(name, each["text"], each["value"]) for name, each in fields.items()] == [
        ("home", "12", 12),
        ("clock", "12:30", None),
    ]


def test_an_event_is_a_change_and_who_comes_late_gets_the_newest_at_once(view: View) -> None:
    writer = Writer(view)
    with Events(view) as early:
        assert early.headers[b"Content-Type"] == b"text/event-stream"
        writer.write("12")
        assert texts(early.next()) == ["12"]
        writer.write("13", frames=40)
        assert texts(early.next()) == ["13"]
        with Events(view) as late:
            assert texts(late.next()) == ["13"]
        writer.write("14")
        assert texts(early.next()) == ["14"]


def test_it_ends_while_somebody_follows() -> None:
    with View() as view:
        follower = Events(view)
    with follower:
        assert follower.next() is None


@pytest.mark.parametrize("path", ["/events", "/values.json", "/overlay"])
def test_a_name_that_somebody_points_here_is_refused(view: View, path: str) -> None:
    Writer(view).write("12")
    assert get(view, path, "evil.example")[0] == 403


def shown(tab: Any, *expected: str) -> list[tuple[str, str]]:
    """Name and text of what the page shows, once the texts are these."""
    tab.wait_for_function(
        "texts => JSON.stringify([...document.querySelectorAll('.text')].map(e => e.textContent)) === texts",
        arg=json.dumps(list(expected), separators=(",", ":"), ensure_ascii=False),
    )
    return [(item.get_attribute("data-name"), item.inner_text()) for item in tab.locator("li").all()]


@pytest.mark.slow
def test_the_overlay_follows_on_a_transparent_ground_and_comes_back() -> None:
    with playwright() as driver, chromium(driver) as browser:
        tab = browser.new_page(viewport={"width": 640, "height": 200})
        errors: list[str] = []
        tab.on("console", lambda message: errors.append(message.text) if "Security Policy" in message.text else None)
        with View() as view:
            url, port = view.url, urlsplit(view.url).port
            assert port is not None
            writer = Writer(view)
            writer.write(home=value("12"), guest=value("9"))
            tab.goto(f"{url}overlay")
            assert shown(tab, "12", "9") == [("home", "home\n12"), ("guest", "guest\n9")]
            ground = np.array(Image.open(io.BytesIO(tab.screenshot(omit_background=True))))
            assert ground.shape == (200, 640, 4)
            assert (ground[..., 3] == 0).mean() > 0.7 and (ground[..., 3] == 255).mean() > 0.005
            writer.write(home=value("13"), guest=value("4", "refused"))
            assert shown(tab, "13", "\u2013")
            sized = browser.new_page(viewport={"width": 640, "height": 200})
            sized.goto(f"{url}overlay?field=guest&field=home&names=off&color=rgb(255,0,0)&size=40px")
            assert shown(sized, "\u2013", "13") == [("guest", "\u2013"), ("home", "13")]
            style = sized.evaluate("(({color, fontSize}) => [color, fontSize])(getComputedStyle(values))")
            assert style == ["rgb(255, 0, 0)", "40px"]
        tab.wait_for_selector("body.stale")  # it is over, and what is shown may be old
        with View("127.0.0.1", port) as again:
            writer = Writer(again)
            writer.write("276")
            shown(tab, "276")
            writer.write("9", frames=30, confidence=0.4)
            shown(tab)  # as in the picture, what is doubtful is not written
            writer.write("12", frames=30)
            shown(tab, "12")
            tab.wait_for_selector("body:not(.stale)")
        assert errors == []
