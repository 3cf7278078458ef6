from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.fields.registration import Registration
from tests.fields import sheets


@pytest.fixture(scope="module")
def registration() -> Registration:
    return Registration(sheets.sheet())


@pytest.mark.parametrize(
    "angle, tilt, share",
    [(0, 0, 0.95), (28, 20, 0.9), (-30, -25, 0.9), (180, 15, 0.9), (290, 0, 0.6)],
)
def test_a_filled_sheet_is_found_at_any_angle(
    registration: Registration, angle: float, tilt: float, share: float
) -> None:
    real = sheets.placed(angle, tilt, share=share)
    found = registration.find(sheets.photo(sheets.filled(sheets.sheet()), real))
    assert found is not None and found.shape == (3, 3)
    assert sheets.off(found, real) < 2.5


def test_pictures_may_be_large_grey_and_dark(registration: Registration) -> None:
    size = 1400, 1050
    real = sheets.placed(-12, 15, size=size, share=0.7)
    image = cv2.cvtColor(sheets.photo(sheets.filled(sheets.sheet()), real, size, light=0.25), cv2.COLOR_BGR2GRAY)
    found = registration.find(image)
    assert found is not None and sheets.off(found, real) < 6


def test_a_wavy_sheet_is_followed_to_its_fields(registration: Registration) -> None:
    y, x = np.mgrid[: sheets.HEIGHT, : sheets.WIDTH].astype(np.float32)
    wave = 7 * np.sin(np.pi * x / sheets.WIDTH)  # px down
    bent = cv2.remap(sheets.sheet(), x, y - wave, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    real = sheets.placed(14, 10)
    place = registration.place(sheets.photo(bent, real))
    assert place is not None
    box = np.array([[220, 176], [580, 176], [580, 232], [220, 232]], np.float64)
    waved = box + np.column_stack([np.zeros(4), 7 * np.sin(np.pi * box[:, 0] / sheets.WIDTH)])
    there = cv2.perspectiveTransform(waved[None], real)[0]
    flat = cv2.perspectiveTransform(box[None], place.homography)[0]
    assert np.linalg.norm(place.map(box) - there, axis=1).max() < 1.5
    assert np.linalg.norm(flat - there, axis=1).max() > 2  # which the homography alone does not
    assert np.linalg.norm(cv2.perspectiveTransform(box[None], place.at(box))[0] - there, axis=1).max() < 1.5


@pytest.mark.parametrize("what", ["table", "other form", "mirrored", "scribbles", "black"])
def test_what_is_not_there_is_not_found(registration: Registration, what: str) -> None:
    real = sheets.placed(8, 10)
    other = sheets.sheet(
        "DELIVERY NOTE", ("Boxes sent", "Boxes back", "Pallets"), ("Goods remain ours until paid.",), 130
    )
    image = {
        "table": sheets.photo(np.full_like(other, 120), real),
        "other form": sheets.photo(sheets.filled(other), real),
        "mirrored": sheets.photo(sheets.sheet(), real)[:, ::-1].copy(),
        "scribbles": sheets.photo(sheets.filled(np.full_like(other, 245)), real),
        "black": np.zeros((480, 640, 3), np.uint8),
    }[what]
    assert registration.find(image) is None


def test_half_a_sheet_is_not_taken_for_a_whole_one_elsewhere(registration: Registration) -> None:
    real = sheets.placed(5, 0, at=(170, 0))
    found = registration.find(sheets.photo(sheets.filled(sheets.sheet()), real))
    assert found is None or sheets.off(found, real) < 4


@pytest.mark.parametrize("dictionary", [cv2.aruco.DICT_4X4_50, cv2.aruco.DICT_6X6_250, cv2.aruco.DICT_APRILTAG_36H11])
def test_markers_are_enough_where_there_is_no_print(dictionary: int) -> None:
    blank = np.full((sheets.HEIGHT, sheets.WIDTH, 3), 245, np.uint8)
    for number, (x, y) in enumerate([(20, 20), (530, 20), (20, 350), (530, 350)]):
        marker = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(dictionary), number, 70)
        blank[y : y + 70, x : x + 70] = marker[..., None]
    real = sheets.placed(171, 25)
    found = Registration(blank).find(sheets.photo(sheets.filled(blank), real))
    assert found is not None and sheets.off(found, real) < 2


def test_an_anchor_without_anything_on_it_is_never_found() -> None:
    registration = Registration(np.full((300, 400, 3), 230, np.uint8))
    assert registration.find(sheets.photo(sheets.sheet(), sheets.placed(0))) is None


def test_the_picture_itself_and_a_reduced_one_are_found(registration: Registration) -> None:
    found = registration.find(sheets.sheet())
    assert found is not None and sheets.off(found, np.eye(3)) < 0.5
    half = cv2.resize(sheets.sheet(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = registration.find(half)
    assert found is not None and sheets.off(found, np.diag([0.5, 0.5, 1.0])) < 1.0
