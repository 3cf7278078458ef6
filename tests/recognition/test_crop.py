"""crop: regions as MNIST prepares its digits, and their surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.recognition.crop import crop, from_mnist
from livedigits.recognition.regions import find_regions
from tests.pages import overlap, page


def crop_of(image: np.ndarray, box: tuple[int, ...], light: bool = False) -> np.ndarray:
    """The crop of the region that fits a box best, among those of dark or of light ink."""
    regions = find_regions(image)
    regions = regions.only(np.array([regions.layers[i].light == light for i in regions.layer]))
    best = max(range(len(regions)), key=lambda i: overlap(tuple(regions.boxes[i].tolist()), box))
    return crop(regions.only(np.array([best])))[0]


@pytest.mark.parametrize(("height", "pen"), [(24, 2), (90, 8), (300, 3), (300, 50)])
def test_longest_side_is_20_px_and_the_mass_is_centred(height, pen):
    image, truth = page("8", height, pen=pen, size=(800, 600))
    region = crop_of(image, truth[0][1])[..., 0]
    rows = np.flatnonzero((region > 0.1).any(1))
    assert 18 <= rows[-1] - rows[0] + 1 <= 20
    y, x = np.mgrid[:28, :28]
    assert abs((region * y).sum() / region.sum() - 13.5) < 1
    assert abs((region * x).sum() / region.sum() - 13.5) < 1
    assert region.max() > 0.9


def test_both_polarities_give_the_same_crop():
    image, truth = page("6", 80)
    dark = crop_of(image, truth[0][1])
    light = crop_of(255 - np.clip(image.astype(int) + 20, 0, 255).astype(np.uint8), truth[0][1], light=True)
    assert np.abs(dark[..., 0] - light[..., 0]).mean() < 0.02


def test_neighbours_are_only_in_the_surroundings():
    image, truth = page("47", 80, gap=0.1)
    alone, _ = page("4", 80)
    beside, single = crop_of(image, truth[0][1]), crop_of(alone, truth[0][1])
    assert np.abs(beside[..., 0] - single[..., 0]).mean() < 0.02
    assert np.abs(beside[..., 1] - single[..., 1]).mean() > 0.01


def test_beyond_the_frame_is_paper():
    image, truth = page("3", 80, at=(4, 4))
    surroundings = crop_of(image, truth[0][1])[..., 1]
    assert np.allclose(surroundings[:4], 0.5, atol=0.02)


def test_mnist_keeps_its_pixels():
    images = np.random.default_rng(0).integers(0, 255, (3, 28, 28)).astype(np.uint8)
    crops = from_mnist(images)
    assert np.allclose(crops[..., 0] * 255, images)
    assert crops[0, 0, 0, 1] == 0.5


def test_no_regions_no_crops():
    assert crop(find_regions(np.full((100, 100, 3), 255, np.uint8))).shape == (0, 28, 28, 2)
