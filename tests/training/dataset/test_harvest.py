"""Crops of rendered frames and drawings, labelled by their truth."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.regions import find_all_regions, find_regions
from livedigits.training.dataset.harvest import UNCLEAR, harvest, harvest_drawing, label
from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.drawings import render_drawing
from livedigits.training.synthesis.scenes import Mark, Scene, render
from livedigits.types import NO_DIGIT


def test_crops_of_a_frame_are_labelled_by_its_truth():
    found = []
    for seed in range(12):
        scene = render(np.random.default_rng(seed), kind="page", clean=True, size=(800, 600))
        regions = find_regions(scene.image)
        labels = label(regions, scene)
        assert set(labels.tolist()) <= {UNCLEAR, *range(NO_DIGIT + 1)}
        assert (harvest(scene).labels != UNCLEAR).all()
        for digit in scene.digits:
            near = np.abs(regions.boxes - np.array(digit.box)).max(1) < 12
            found.append((labels[near] == digit.label).any())
    assert len(found) > 20 and np.mean(found) > 0.5


def _ring(radius: int, width: int, ground: int) -> Scene:
    """A frame with one round 0 in the middle, dark on grey."""
    image = np.full((480, 640, 3), ground, np.uint8)
    cv2.ellipse(image, (320, 240), (radius, radius), 0, 0, 360, (20,) * 3, width, cv2.LINE_AA)
    left, top, side = 320 - radius - width / 2, 240 - radius - width / 2, 2 * radius + width
    return Scene(image, [Mark(0, (left, top, side, side), 1.0, ground - 20.0, "0")])


def test_the_ground_that_strokes_enclose_is_no_digit():
    scene = _ring(45, 20, 140)
    regions = find_all_regions(scene.image)
    labels = label(regions, scene)
    assert (labels[~regions.light] == 0).any()
    assert regions.light.any() and (labels[regions.light] == NO_DIGIT).all()


def test_half_a_digit_is_no_digit_where_the_whole_was_found():
    scene = _ring(75, 10, 230)
    regions = find_all_regions(scene.image)
    labels = label(regions, scene)
    half = (regions.boxes[:, 2] < 85) & (regions.boxes[:, 3] > 130)
    assert half.any() and (labels[half] != 0).all() and (labels[half] == NO_DIGIT).any()


def test_nothing_in_an_empty_frame_is_a_digit():
    crops = harvest(render(np.random.default_rng(5), kind="empty"))
    assert (crops.labels == NO_DIGIT).all()


def test_a_drawing_gives_crops_of_its_digit():
    rng = np.random.default_rng(6)
    seen = [harvest_drawing(*render_drawing(rng, strokes.digit(i % 10, rng))).labels.tolist() for i in range(20)]
    assert sum(i % 10 in labels for i, labels in enumerate(seen)) >= 18
