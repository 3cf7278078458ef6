"""What surrounds a region, and what was refused a moment ago."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median_high

import cv2
import numpy as np
import pytest

from livedigits.recognition.boxes import iou
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.flat_images import drawn
from livedigits.recognition.proposals import ALL
from livedigits.recognition.regions import Regions, ScanPlan, find_all_regions, find_regions
from livedigits.recognition.rejection_cache import RECHECK, RejectionCache
from livedigits.recognition.rescoring import MEASURES, Rescoring
from livedigits.recognition.shipped import shipped
from livedigits.training.dataset.frame_truth import FrameTruth
from livedigits.training.model.rescoring import Seen, threshold
from tests.pages import page


@pytest.fixture(scope="module")
def rescoring() -> Rescoring:
    return Classifier().rescoring


def read_as(regions: Regions, chance: float) -> np.ndarray:
    """Probabilities (n, 11): every region is a 3 with this chance, else no digit."""
    out = np.zeros((len(regions), 11), np.float32)
    out[:, 3], out[:, 10] = chance, 1 - chance
    return out


def none() -> np.ndarray:
    return np.empty((0, 4), np.int32)


def test_a_row_speaks_for_its_digits(rescoring):
    row, truth = page("38383", 60, size=(800, 300))
    alone, _ = page("3", 60, size=(800, 300))
    in_row, single = find_regions(row), find_regions(alone)
    chance = rescoring.probability(in_row, read_as(in_row, 0.7), row.shape, none()).max()
    assert chance > rescoring.probability(single, read_as(single, 0.7), alone.shape, none()).max() + 0.05


def test_refused_regions_around_speak_against(rescoring):
    image, truth = page("3", 60, size=(800, 300))
    regions = find_regions(image)
    x, y, w, h = truth[0][1]
    heap = np.array([[x + dx, y + dy, w, h] for dx in (-120, -60, 60, 120) for dy in (-90, 0, 90)], np.int32)
    free = rescoring.probability(regions, read_as(regions, 0.7), image.shape, none())
    crowded = rescoring.probability(regions, read_as(regions, 0.7), image.shape, heap)
    assert (crowded < free - 0.05).any()


def test_without_a_model_the_network_decides():
    image, _ = page("38", 60)
    regions = find_regions(image)
    plain = Rescoring.from_card(None).probability(regions, read_as(regions, 0.7), image.shape, none())
    assert np.allclose(plain, 0.7, atol=1e-3)


def test_a_region_in_a_drawing_is_likelier_a_digit():
    probabilities = np.zeros((2, 11), np.float32)
    probabilities[:, 10] = 0.5, 0.999
    chances = drawn(probabilities)
    assert chances[0] > 0.9 and chances[1] < 0.05


def test_the_prefilter_keeps_digits_and_drops_most_clutter():
    image, truth = page("4072", 60, size=(800, 300))
    rng = np.random.default_rng(0)
    texture = cv2.resize(rng.integers(0, 255, (60, 160, 3)).astype(np.uint8), (800, 300), interpolation=cv2.INTER_CUBIC)
    both = np.vstack([image, texture])
    everything, kept = find_all_regions(both), find_regions(both)
    singles = everything.only(everything.pieces[:, 0] != ALL)
    in_texture = (singles.boxes[:, 1] > 300).sum(), (kept.boxes[:, 1] > 300).sum()
    assert in_texture[1] < 0.5 * in_texture[0]
    for _, (x, y, w, h) in truth:
        near = np.abs(kept.boxes - np.array([x, y, w, h])).max(1)
        assert near.min() < 8


def test_what_was_refused_is_not_read_again_until_it_is_time():
    image, _ = page("3827", 60, size=(800, 300))
    regions = find_regions(image)
    memory = RejectionCache()
    assert not memory.known(regions, 0.0, none()).any()
    memory.add(regions, read_as(regions, 0.0), 0.0)
    again = np.zeros(len(regions), bool)
    for time in np.arange(0.03, RECHECK + 0.03, 0.03):
        known = memory.known(regions, time, none())
        again |= ~known
        memory.add(regions.only(~known), read_as(regions.only(~known), 0.0), time)
        assert known.any()
    assert again.all()  # each was read again


def test_what_was_refused_is_remembered_while_its_layer_is_not_looked_at():
    image, _ = page("3827", 16, pen=1.6, size=(1280, 720))
    whole, coarse = find_regions(image), find_regions(image, ScanPlan(None))
    memory = RejectionCache()
    memory.known(whole, 0.0, none())
    memory.add(whole, read_as(whole, 0.0), 0.0)
    memory.known(coarse, 0.03, none())
    assert memory.known(whole, 0.06, none()).all()
    memory.known(find_regions(np.full_like(image, 255)), 0.09, none())  # nothing stands there any more
    assert not memory.known(whole, 0.09, none()).any()


def test_where_a_digit_is_followed_one_refusal_does_not_count():
    image, truth = page("3827", 60, size=(800, 300))
    regions = find_regions(image)
    memory = RejectionCache()
    memory.known(regions, 0.0, none())
    memory.add(regions, read_as(regions, 0.0), 0.0)
    box = np.array([truth[0][1]], float)
    known = memory.known(regions, 0.03, box)
    there = iou(regions.boxes, box)[:, 0] > 0.7
    assert there.any() and not known[there].any() and known[~there].any()


def test_what_looked_like_a_digit_is_always_read():
    image, _ = page("38", 60)
    regions = find_regions(image)
    memory = RejectionCache()
    memory.known(regions, 0.0, none())
    memory.add(regions, read_as(regions, 0.5), 0.0)
    assert not memory.known(regions, 0.03, none()).any()


@pytest.mark.slow
def test_fitting_the_prefilter_writes_a_model(tmp_path):
    out = tmp_path / "prefilter.json"
    command = [sys.executable, "-m", "livedigits.training.model.prefilter", "--frames", "12", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    stored = json.loads(Path(out).read_text())
    assert len(stored["weights"]) == 55 and stored["others_refused"] > 0.1


def test_the_threshold_is_one_of_those_with_the_best_f1():
    image, truth = page("38", 60)
    regions = find_regions(image)
    boxes = np.array([box for _, box in truth], np.float32)
    fits = iou(regions.boxes, boxes)
    there = fits.max(1) > 0.7
    read = np.zeros((len(regions), 11), np.float32)
    read[np.arange(len(regions)), np.array([3, 8])[fits.argmax(1)]] = 1
    nowhere = np.empty((0, 4), np.float32)
    # A page where nothing should be read: what is likely there is false.
    frames = [
        Seen(regions, read, image.shape, FrameTruth(boxes, np.array([3, 8]), nowhere)),
        Seen(regions, read, image.shape, FrameTruth(boxes[:0], np.array([], np.int64), nowhere)),
    ]

    def likely(frame: Seen) -> np.ndarray:
        return np.where(there, 0.82 if len(frame.truth.labels) else 0.52, 0.0).astype(np.float32)

    highest, table = threshold(iter(frames), likely, 0.01)
    assert highest == 0.8
    assert threshold(iter(frames), likely, 0.01, median_high)[0] == 0.7  # of 0.55 to 0.8
    rows = {row["threshold"]: row for row in table}
    assert rows[0.5]["f1"] == pytest.approx(2 / 3, abs=1e-4) and rows[0.5]["false_per_frame"] == 1
    assert rows[0.55]["f1"] == 1 and rows[0.85]["f1"] == 0


def test_fitted_models_name_their_measures_and_old_files_still_load(tmp_path):
    card = json.loads(shipped("digits.json").read_text())["rescoring"]
    assert list(card["measures"]) == list(MEASURES)
    assert set(card["weights"]) == {"constant", *MEASURES}
    new = Rescoring.from_card(card)
    turned = {"measures": card["measures"], "weights": dict(reversed(card["weights"].items()))}
    lists = {"mean": new.mean.tolist(), "deviation": new.deviation.tolist(), "weights": new.weights.tolist()}
    for stored in (turned, lists, new.to_card()):
        again = Rescoring.from_card(stored)
        for name in ("mean", "deviation", "weights"):
            assert getattr(again, name).tolist() == getattr(new, name).tolist()
    model = tmp_path / "digits.tflite"
    shutil.copy(shipped("digits.tflite"), model)
    model.with_suffix(".json").write_text(json.dumps({"min_confidence": 0.6, "context": lists}))  # as in 0.1.0
    assert Classifier(model).rescoring.weights.tolist() == new.weights.tolist()


def test_a_model_of_other_measures_is_refused():
    with pytest.raises(ValueError, match="network log odds"):
        Rescoring.from_card({"measures": {"height": {"mean": 0, "deviation": 1}}, "weights": {"constant": 0}})
