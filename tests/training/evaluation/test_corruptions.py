"""The corruptions must do to a digit what they say, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.training.evaluation.corruptions import CORRUPTIONS, corrupted


@pytest.fixture
def digits() -> np.ndarray:
    """A ring and a bar, 20 px high, in many copies."""
    images = np.zeros((40, 28, 28), np.uint8)
    y, x = np.mgrid[0:28, 0:28] - 13.5
    distance = np.hypot(x / 0.7, y)
    images[::2][:, (distance > 6) & (distance < 10)] = 255
    images[1::2, 4:24, 12:16] = 255
    return images


def centre(images: np.ndarray) -> np.ndarray:
    """Centres of mass x, y (n, 2)."""
    mass = images.sum((1, 2), dtype=np.float64)
    steps = np.arange(28)
    return np.stack([(images.sum(1) * steps).sum(1) / mass, (images.sum(2) * steps).sum(1) / mass], 1)


def test_there_are_fifteen() -> None:
    assert len(CORRUPTIONS) == 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_changes_all_pictures_and_keeps_their_form(digits: np.ndarray, name: str) -> None:
    before = digits.copy()
    after = corrupted(digits, name)
    assert after.shape == digits.shape and after.dtype == np.uint8
    assert np.array_equal(digits, before)
    assert (after != digits).any((1, 2)).all()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_same_seed_gives_the_same(digits: np.ndarray, name: str) -> None:
    assert np.array_equal(corrupted(digits, name, seed=3), corrupted(digits, name, seed=3))


@pytest.mark.parametrize("name", sorted(set(CORRUPTIONS) - {"scale", "brightness", "stripe", "canny edges"}))
def test_what_is_random_differs_with_the_seed_and_between_pictures(digits: np.ndarray, name: str) -> None:
    after = corrupted(digits, name, seed=1)
    assert not np.array_equal(after, corrupted(digits, name, seed=2))
    assert len({image.tobytes() for image in after[::2]}) > 1


def test_noise_hits_the_share_of_pixels_it_should(digits: np.ndarray) -> None:
    salt = corrupted(digits, "impulse noise")[digits == 0] == 255
    assert salt.mean() == pytest.approx(0.085, abs=0.01)
    shot = corrupted(digits, "shot noise")
    assert not shot[digits == 0].any()
    assert shot[digits == 255].mean() == pytest.approx(255 * 0.776, abs=5)  # the mean of min(Poisson(3), 3) / 3


def test_moving_is_by_three_pixels_along_both_axes_in_all_four_directions(digits: np.ndarray) -> None:
    moved = np.round(centre(corrupted(digits, "translate")) - centre(digits), 1)
    assert {tuple(step) for step in moved.tolist()} == {(-3, -3), (-3, 3), (3, -3), (3, 3)}


def test_shrinking_is_to_seven_tenths_about_the_centre(digits: np.ndarray) -> None:
    shrunk = corrupted(digits, "scale")
    assert np.allclose(centre(shrunk), 13.5, atol=0.1)
    assert np.allclose(shrunk.sum((1, 2)) / digits.sum((1, 2)), 0.49, atol=0.04)


@pytest.mark.parametrize("name", ["shear", "rotate"])
def test_bars_lean_both_ways_as_far_as_they_should(digits: np.ndarray, name: str) -> None:
    bars = corrupted(digits, name)[1::2].astype(float)
    upper, lower = ((part.sum(1) @ np.arange(28)) / part.sum((1, 2)) for part in (bars[:, 8:12], bars[:, 16:20]))
    lean = upper - lower
    assert np.allclose(np.abs(lean), 8 * np.tan(0.4), atol=0.5)
    assert (lean > 0).any() and (lean < 0).any()


def test_brightness_adds_half_and_keeps_white(digits: np.ndarray) -> None:
    bright = corrupted(digits, "brightness")
    assert set(np.unique(bright[digits == 0])) == {128} and set(np.unique(bright[digits == 255])) == {255}


def test_stripes_invert_the_outer_quarters_alone(digits: np.ndarray) -> None:
    striped = corrupted(digits, "stripe")
    assert np.array_equal(striped[:, :, 7:21], digits[:, :, 7:21])
    assert np.array_equal(striped[:, :, :7], 255 - digits[:, :, :7])


def test_fog_leaves_a_quarter_of_the_contrast(digits: np.ndarray) -> None:
    foggy = corrupted(digits, "fog").astype(float)
    contrast = [image[mark == 255].mean() - image[mark == 0].mean() for image, mark in zip(foggy, digits, strict=True)]
    assert np.mean(contrast) == pytest.approx(255 / 4, abs=8)


@pytest.mark.parametrize("name", ["dotted line", "zigzag"])
def test_lines_go_over_digits_and_take_nothing_away(digits: np.ndarray, name: str) -> None:
    drawn = corrupted(digits, name)
    assert (drawn >= digits).all()
    added = corrupted(np.zeros_like(digits), name)
    across = np.flatnonzero((added > 0).any((0, 1)))
    assert across[0] <= 2 and across[-1] >= 24
    inked = (added > 0).any(1).mean(1)
    assert (inked <= 0.5).all() if name == "dotted line" else (inked > 0.7).all()


def test_edges_are_black_and_white_and_hollow(digits: np.ndarray) -> None:
    edges = corrupted(digits, "canny edges")
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[1, 8:20, 14].any() and edges[1, 8:20].any(1).all()


@pytest.mark.parametrize("name", ["glass blur", "motion blur"])
def test_blur_keeps_the_ink_and_spreads_it(digits: np.ndarray, name: str) -> None:
    blurred = corrupted(digits, name)
    assert np.allclose(blurred.sum((1, 2)) / digits.sum((1, 2)), 1, atol=0.05)
    assert ((blurred > 0).sum((1, 2)) > 1.5 * (digits > 0).sum((1, 2))).all()
