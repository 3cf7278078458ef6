from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.annotate import overlay
from livedigits.annotate.fields import COLOURS, label
from livedigits.annotate.primitives import ACCENT
from livedigits.outputs.images import annotated
from livedigits.types import Digits, FieldState, FieldValue, Frame, Result

CORNERS = ((200.0, 150.0), (400.0, 150.0), (400.0, 250.0), (200.0, 250.0))


def value(text: str = "12", state: FieldState = "read", **given: object) -> FieldValue:
    return FieldValue(text, None, 0.95, state, (200, 150, 200, 100), **{"corners": CORNERS, **given})  # type: ignore[arg-type]


def drawn(fields: dict[str, FieldValue], digits: Digits | None = None) -> np.ndarray:
    return overlay.draw(np.full((480, 640, 3), 255, np.uint8), digits or Digits.empty(), fields=fields)


def has(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((image == colour).all(axis=2).any())


@pytest.mark.parametrize("state", list(COLOURS))
def test_a_field_has_the_colour_of_its_state(state: FieldState) -> None:
    image = drawn({"home": value(state=state)})
    assert has(image[200:210, 190:210], COLOURS[state]) and not has(image[260:], COLOURS[state])
    assert (image[170:230, 220:380] == 255).all()  # what it holds can be seen


def test_its_name_and_text_stand_above_it_and_under_it_where_there_is_no_room() -> None:
    assert (drawn({"home": value()})[100:145, 200:300] != 255).any()
    high = tuple((x, y - 150) for x, y in CORNERS)
    image = drawn({"home": value(corners=high)})
    assert (image[105:140, 200:300] != 255).any() and (image[5:95, 220:380] == 255).all()
    assert label("größe", value(), 12).shape == label("große", value(), 12).shape


def test_what_is_not_found_is_not_drawn() -> None:
    assert (drawn({"home": value("", "unregistered", corners=None)}) == 255).all()


def test_digits_in_a_field_are_not_drawn_apart() -> None:
    boxes = np.array([[280, 170, 30, 60], [500, 170, 30, 60]], np.int32)
    digits = Digits(boxes, np.array([7, 7]), np.full(2, 0.99, np.float32), np.zeros((2, 10), np.float32))
    image = drawn({"home": value()}, digits)
    assert not has(image[160:240, 210:390], ACCENT) and has(image[:, 480:], ACCENT)
    assert has(drawn({"home": value("", "missing")}, digits)[160:240, 210:390], ACCENT)


def test_pictures_that_are_saved_show_fields() -> None:
    frame = Frame(np.full((480, 640, 3), 255, np.uint8), 0, 0.0, "one.png")
    saved = annotated(Result(frame, Digits.empty(), {"home": value()}), ".png")
    assert has(cv2.imdecode(np.frombuffer(saved, np.uint8), cv2.IMREAD_COLOR), ACCENT)


def test_a_field_in_a_mirrored_frame_keeps_its_text_and_moves_with_its_corners() -> None:
    mirrored = value().scaled(0.5).mirrored(320)
    assert mirrored.box == (120, 75, 100, 50) and mirrored.text == "12"
    assert mirrored.corners is not None and mirrored.corners[0] == (220, 75)
