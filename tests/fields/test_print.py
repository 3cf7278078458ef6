"""What a form has printed around a field is painted over; what somebody wrote there, and across it, stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.fields.alignment import Place
from livedigits.fields.cutting import cut
from livedigits.fields.definition import rectangle
from livedigits.fields.print import Print

REGION = np.array(rectangle(60, 60, 200, 60))
HERE = Place(np.eye(3), np.zeros((10, 2)), 1.0, (320, 180))


def form(ink: int = 40, paper: int = 240) -> np.ndarray:
    image = np.full((180, 320, 3), paper, np.uint8)
    cv2.rectangle(image, (55, 55), (265, 125), (ink,) * 3, 2)
    cv2.putText(image, "Cold water", (56, 48), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (ink,) * 3, 1, cv2.LINE_AA)
    return image


def seen(image: np.ndarray, anchor: np.ndarray, place: Place = HERE) -> np.ndarray:
    """The cut of the field (h, w, 3) uint8, without print."""
    part = cut(image, place.map(REGION))
    assert part is not None
    return Print(anchor, [REGION]).erased(part, place, 0).image


@pytest.mark.parametrize(("ink", "paper"), [(40, 240), (235, 50)])
def test_print_is_painted_over_as_the_paper_around_it(ink: int, paper: int) -> None:
    assert np.ptp(cut(form(ink, paper), REGION).image) > 150  # type: ignore[union-attr]
    assert np.ptp(seen(cv2.GaussianBlur(form(ink, paper), (0, 0), 1.0), form(ink, paper))) < 40


def test_print_that_lies_a_bit_off_and_blurred_is_found_all_the_same() -> None:
    photo = cv2.GaussianBlur(np.roll(form(), (1, -1), (0, 1)), (0, 0), 1.2)
    assert np.ptp(seen(photo, form())) < 60


def test_strokes_across_a_line_stay_whole() -> None:
    image = form()
    cv2.line(image, (150, 70), (150, 140), (30, 30, 30), 5, cv2.LINE_AA)
    grey = seen(cv2.GaussianBlur(image, (0, 0), 0.8), form()).min(axis=2)
    part = cut(image, REGION)
    assert part is not None
    x, y = cv2.perspectiveTransform(np.array([[[150.0, 125.0]]]), np.linalg.inv(part.to_frame))[0, 0]
    stroke = grey[round(y) - 20 : round(y) + 10, round(x)]
    assert stroke.max() < 130, stroke


def test_what_lies_in_the_field_altogether_is_no_print() -> None:
    anchor = form()
    cv2.putText(anchor, "12", (120, 110), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40, 40, 40), 3, cv2.LINE_AA)
    assert (seen(anchor, anchor) < 90).any()


def test_a_field_without_print_around_it_is_left_as_it_is() -> None:
    plain = np.full((180, 320, 3), 240, np.uint8)
    image = plain.copy()
    cv2.line(image, (150, 70), (150, 140), (30, 30, 30), 5)
    part = cut(image, REGION)
    assert part is not None and (seen(image, plain) == part.image).all()
