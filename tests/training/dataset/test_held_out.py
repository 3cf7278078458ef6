"""Crops of held-out frames, by what they are for."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.dataset import held_out
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis.scenes import Mark, Scene
from tests import pages


def test_of_a_frame_come_one_crop_a_digit_letters_and_clutter_and_look_alikes_apart() -> None:
    image, truth = pages.page("4071 35", size=(640, 360))
    cv2.rectangle(image, (520, 300), (600, 330), (40, 40, 40), 3)
    names = ("4", "O", "A", "1", "3", "scribble")
    marks = [
        Mark(label if name.isdigit() else -1, box, 1.0, 150.0, name)
        for name, (label, box) in zip(names, truth, strict=True)
    ]
    scene = Scene(image, [m for m in marks if m.label >= 0], [m for m in marks if m.label < 0])
    labels = held_out.crops_by_kind(scene).labels.tolist()
    assert sorted(label for label in labels if label != 10) == [1, 3, 4, held_out.LETTER, held_out.LOOKALIKE]
    assert 2 <= labels.count(10) <= 24


def test_held_out_frames_are_sorted_into_sets() -> None:
    done: list[int] = []
    sets = held_out.held_out(2, Pool(None, None, None), done.append)
    assert sum(done) == 2 and "scenes" in sets and set(sets) <= {"scenes", "letters", "look-alikes"}
    for crops, labels in sets.values():
        assert crops.shape[1:] == (28, 28, 2) and crops.dtype == np.uint8 and len(crops) == len(labels)
        assert labels.min() >= 0 and labels.max() <= 10
