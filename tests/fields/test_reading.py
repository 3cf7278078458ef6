"""One field in one picture: the best reading that its rules allow, at its own scale, and nothing from beside it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits import Reader
from livedigits.fields.definition import rectangle
from livedigits.fields.reading import FieldReader
from tests import pages
from tests.fields.written import about, asked, signed


@pytest.fixture(scope="module")
def fields(reader: Reader) -> FieldReader:
    return FieldReader(reader, confidence=0.7)


def test_digits_are_read_and_those_beside_the_region_are_not(fields):
    image, truth = pages.page("40712", 60, gap=0.5)
    read = fields.read(image, about(truth[1:4], 0.2), asked("###"))
    assert (read.text, read.value, read.state) == ("071", 71, "read")
    assert fields.read(image, about(truth[3:4], 0.2), asked()).text == "1"


def test_digits_of_the_lines_above_and_below_are_not_read(fields):
    image, truth = pages.page("407", 60, at=(60, 150))
    for line, y in (("912", 60), ("358", 240)):
        other, _ = pages.page(line, 60, at=(60, y), seed=5)
        image = np.minimum(image, other)
    read = fields.read(image, about(truth, 0.35), asked("###"))
    assert (read.text, read.state) == ("407", "read")


@pytest.mark.parametrize("text", ["1030", "2750", "88"])
def test_digits_that_touch_are_read_where_their_number_is_known(fields, text):
    image, truth = pages.touching(text)
    assert fields.read(image, about(truth), asked("#" * len(text))).text == text


def test_what_no_reading_of_the_rules_fits_is_refused_with_what_was_seen(fields):
    image, truth = pages.page("4071", 60)
    read = fields.read(image, about(truth), asked("##"))
    assert (read.text, read.value, read.state) == ("4071", None, "refused")
    bounded = fields.read(image, about(truth), asked("####", least=0, greatest=99))
    assert (bounded.text, bounded.state) == ("4071", "refused")


def test_what_cannot_be_read_surely_is_doubtful(reader):
    image, truth = pages.page("407", 60)
    read = FieldReader(reader, confidence=0.9999).read(image, about(truth), asked("###"))
    assert (read.text, read.state) == ("407", "doubtful") and read.confidence < 0.9999


def test_where_nothing_is_a_field_is_missing(fields):
    image, truth = pages.page("407", 60)
    for corners in (rectangle(30, 230, 200, 90), rectangle(900, 50, 200, 90), rectangle(-50, 0, 51, 90)):
        read = fields.read(image, np.array(corners), asked("###"))
        assert (read.text, read.value, read.state) == ("", None, "missing")
    assert (
        fields.read(np.full((90, 200), 255, np.uint8), np.array(rectangle(0, 0, 200, 90)), asked()).state == "missing"
    )


def test_ink_that_is_no_digit_is_looked_at_by_somebody(fields):
    image = np.full((200, 400, 3), 230, np.uint8)
    rng = np.random.default_rng(1)
    for a, b in rng.integers((40, 60), (360, 140), (16, 2, 2)).tolist():
        cv2.line(image, tuple(a), tuple(b), (40, 30, 30), 4, cv2.LINE_AA)
    assert fields.read(image, np.array(rectangle(20, 40, 360, 120)), asked("###")).state in ("doubtful", "refused")


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("12:30", "##:##", None),
        ("-45", "-?##", -45),
        ("7.5", "#?#.#", 7.5),
        ("3/7", "#/#", None),
        ("1,25", "#,##", 1.25),
    ],
)
def test_signs_are_read_where_the_form_has_them(fields, text, form, value):
    image, corners = signed(text)
    read = fields.read(image, corners, asked(form))
    assert (read.text, read.value) == (text, value)
    assert read.state == "read" or "/" in text  # as a stroke it could be a 1


def test_a_minus_that_may_be_missing_is_read_only_where_it_is(fields):
    image, corners = signed("45")
    assert fields.read(image, corners, asked("-?##")).text == "45"


def test_four_corners_are_read_upright(fields):
    image, truth = pages.page("407", 60)
    flat = about(truth)
    seen = np.array([[400, 330], [190, 310], [180, 200], [420, 190]], np.float32)  # upside down, and in perspective
    frame = np.array([[0, 0], [640, 0], [640, 360], [0, 360]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), seen)
    turned = cv2.warpPerspective(image, matrix, (640, 480), flags=cv2.INTER_AREA, borderValue=(225, 230, 232))
    assert fields.read(turned, seen, asked("###")).text == "407"
    assert cv2.perspectiveTransform(frame[None], matrix).shape == (1, 4, 2)


@pytest.mark.parametrize("height", [14, 30, 400])
def test_a_field_is_read_at_its_own_scale_whatever_the_size_of_the_picture(fields, height):
    image, truth = pages.page("407", 60)
    scale = height / 60
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((2160, 3840, 3), 228, np.uint8)
    part = small[:2060, :3140]
    canvas[100 : 100 + part.shape[0], 700 : 700 + part.shape[1]] = part
    assert fields.read(canvas, about(truth) * scale + [700, 100], asked("###")).text == "407"


def test_a_sloping_line_is_read_level(fields):
    image, truth = pages.touching("40718", size=(640, 360), tilt=14)
    assert fields.read(image, about(truth, 0.2), asked("#####")).text == "40718"


def test_light_ink_on_a_dark_ground_and_grey_pictures(fields):
    image, truth = pages.page("407", 60, ink=(235, 235, 235), paper=(40, 45, 40))
    assert fields.read(image, about(truth), asked("###")).text == "407"
    assert fields.read(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), about(truth), asked("###")).text == "407"


def test_a_colon_fainter_than_any_stroke_is_read(fields):
    image, corners = signed("12:45")
    plain = signed("1245")[0]
    faint = cv2.addWeighted(image, 0.3, plain, 0.7, 0)  # the colon alone differs
    looked = fields.look(faint, corners, asked("##:##"))
    assert (looked.read.text, looked.read.state) == ("12:45", "read")
    assert len(looked.best.nodes) == 5  # the form alone would give it, too
    spots = np.clip(faint + np.random.default_rng(4).normal(0, 12, faint.shape), 0, 255).astype(np.uint8)
    assert fields.read(spots, corners, asked("##:##")).text == "12:45"


def test_a_sign_that_is_not_seen_at_all_is_given_by_the_form(fields):
    image, corners = signed("1245")
    read = fields.read(image, corners, asked("##:##"))
    assert read.text == "12:45" and read.state in ("read", "doubtful")


def test_a_slash_that_touches_a_digit_is_read(fields):
    image, corners = signed("24/05")
    dark = np.flatnonzero((image[:, :, 0] < 120).any(axis=0))
    groups = np.split(dark, np.flatnonzero(np.diff(dark) > 2) + 1)
    slash = groups[2]
    base = np.flatnonzero((image[:, slash, 0] < 120).any(axis=1))[-1] - 4
    cv2.line(image, (int(groups[1][-1]) - 4, int(base)), (int(slash[0]) + 4, int(base)), (40, 30, 30), 4, cv2.LINE_AA)
    assert fields.read(image, corners, asked("##/##")).text == "24/05"
