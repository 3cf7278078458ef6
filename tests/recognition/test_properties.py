"""What holds for any picture and any digits, tried on what Hypothesis makes up."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from livedigits.recognition.crop import crop
from livedigits.recognition.grouping import Grouping, grouped
from livedigits.recognition.reader import Reader
from livedigits.recognition.regions import find_all_regions, find_regions
from livedigits.recognition.suppression import suppress
from livedigits.recognition.tracker import Tracker
from livedigits.recognition.video_reader import VideoReader
from livedigits.types import Digits, Frame, Result
from tests.pages import page

QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(QUICK, max_examples=40)

PAGE = np.ascontiguousarray(page("40726", 30, size=(400, 150))[0][20:110, 20:320])


@st.composite
def images(draw: st.DrawFn) -> np.ndarray:
    """(h, w, 3) or (h, w) uint8: writing, noise, strokes, one colour; from 1x1 px, long, high, cut off."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    height, width = draw(st.tuples(st.integers(1, 90), st.integers(1, 300)))
    kind = draw(st.sampled_from(["page", "noise", "strokes", "flat", "checks"]))
    if kind == "page":
        top, left = int(rng.integers(90 - height + 1)), int(rng.integers(300 - width + 1))
        image = PAGE[top : top + height, left : left + width]
    elif kind == "noise":
        image = rng.integers(0, 256, (height, width, 3), np.uint8)
    else:
        image = np.full((height, width, 3), draw(st.integers(0, 255)), np.uint8)
    if kind == "strokes":
        for _ in range(12):
            y, x, long, high = rng.integers(0, (height, width, 40, 12))
            image[y : y + high + 1, x : x + long + 1] = rng.integers(256)
    if kind == "checks":
        image[(np.indices((height, width)).sum(0) // draw(st.integers(1, 9))) % 2 == 0] ^= 255
    if draw(st.booleans()):  # as callers slice and turn them
        image = image.transpose(1, 0, 2)[::-1]
    return image[..., 0] if draw(st.booleans()) else image


@st.composite
def digits(draw: st.DrawFn, most: int = 8) -> Digits:
    """Made-up digits in a frame of 640x480, some of them alike."""
    n = draw(st.integers(0, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    sides = rng.integers(1, 120, (n, 2))
    corners = rng.integers(0, (640, 480), (n, 2))
    sides = np.minimum(sides, np.array([640, 480]) - corners)
    boxes = np.concatenate([corners, sides], 1).astype(np.int32)
    if n > 1 and draw(st.booleans()):
        boxes[1:] = boxes[0] if draw(st.booleans()) else boxes[1:]
    probabilities = rng.dirichlet(np.full(10, 0.2), n).astype(np.float32)
    return Digits(boxes, probabilities.argmax(1), probabilities.max(1, initial=0), probabilities)


def inside(boxes: np.ndarray, image: np.ndarray) -> bool:
    """Whether all boxes (n, 4) lie in the picture, none of them empty."""
    height, width = image.shape[:2]
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)
    return bool((boxes[:, 2:] >= 1).all() and (corners >= 0).all() and (corners <= [width, height] * 2).all())


def well_read(found: Digits, image: np.ndarray) -> None:
    assert inside(found.boxes, image)
    assert np.isfinite(found.probabilities).all() and np.isfinite(found.confidences).all()
    assert ((found.confidences >= 0) & (found.confidences <= 1)).all()
    assert ((found.labels >= 0) & (found.labels <= 9)).all()
    in_numbers = sorted(i for number in found.numbers for i in number.digits)
    assert in_numbers == list(range(len(found)))  # each is in exactly one
    for number in found.numbers:
        assert number.text == "".join(str(found.labels[i]) for i in number.digits)
        assert 0 <= number.confidence <= 1 and inside(np.array([number.box]), image)
    height, width = image.shape[:2]
    told = json.loads(json.dumps(Result(Frame(image, 0, 0.0, "a"), found).to_json(), allow_nan=False))
    assert (told["width"], told["height"], len(told["digits"])) == (width, height, len(found))


@QUICK
@example(np.zeros((1, 1, 3), np.uint8))
@example(np.full((2, 200), 255, np.uint8))
@given(images())
def test_regions_lie_in_the_frame_and_crops_in_0_to_1(image: np.ndarray) -> None:
    found = find_all_regions(image)
    assert inside(found.boxes, image)
    likely = find_regions(image, clutter=True)
    crops = crop(likely)
    assert crops.shape == (len(likely), 28, 28, 2) and np.isfinite(crops).all()
    assert crops.min(initial=0) >= 0 and crops.max(initial=0) <= 1


@QUICK
@given(images())
def test_any_picture_is_read_and_the_same_each_time(reader: Reader, image: np.ndarray) -> None:
    before = image.copy()
    found = reader.read(image)
    well_read(found, image)
    assert (image == before).all() and reader.read(image) == found


@settings(QUICK, max_examples=8)
@given(st.lists(st.tuples(images(), st.floats(0, 0.5)), min_size=2, max_size=4))
def test_frames_whose_size_changes(reader: Reader, frames: list[tuple[np.ndarray, float]]) -> None:
    video, time = VideoReader(reader), 0.0
    for image, later in frames:
        time += later
        found = video.read(image, time)
        well_read(found, image)
        assert found.tracks is not None and len(set(found.tracks.tolist())) == len(found)


@pytest.mark.parametrize("x", [11.5, 10.5, 10.49, 11.51])
def test_boxes_stay_in_a_frame_that_became_smaller(x: float) -> None:
    probabilities = np.full((1, 10), 0.01, np.float32)
    probabilities[0, 7] = 0.91
    found = Digits(np.array([[11, 12, 30, 40]], np.int32), np.array([7]), np.array([0.91], np.float32), probabilities)
    tracker = Tracker(0.5)
    tracker.update(found, 0.0, (640, 480))
    tracker.tracks[0].box[0] = x  # as it moves, it lies between pixels
    shown = tracker.update(Digits.empty(), 0.01, (31, 480))
    assert len(shown) == 1 and inside(shown.boxes, np.empty((480, 31)))


@settings(QUICK, max_examples=40)
@given(npst.arrays(npst.scalar_dtypes(), npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)))
def test_any_array_is_read_or_refused(reader: Reader, array: np.ndarray) -> None:
    right = array.dtype == np.uint8 and array.size and (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3))
    if right:
        well_read(reader.read(array), array)
        return
    for read in (reader.read, lambda image: VideoReader(reader).read(image, 0.0)):
        with pytest.raises(ValueError, match="image must"):
            read(array)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3), (0, 0), (0, 0, 3)])
def test_a_picture_without_height_or_width_is_refused(reader: Reader, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="height and a width"):
        reader.read(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("image", [None, [[0]], "one.png", 5, memoryview(b"abc")])
def test_what_is_no_array_is_refused(reader: Reader, image: Any) -> None:
    with pytest.raises(TypeError, match="numpy array"):
        reader.read(image)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf"), np.float32("nan")])
def test_a_time_that_is_none_is_refused(reader: Reader, time: float) -> None:
    video = VideoReader(reader)
    with pytest.raises(ValueError, match="number of seconds"):
        video.read(PAGE, time)
    video.read(PAGE, 0.0)


@MANY
@given(digits(), st.floats(0, 1), st.floats(0, 1), st.randoms())
def test_what_survives_is_sure_and_does_not_depend_on_the_order(
    found: Digits, least: float, is_digit: float, random: Any
) -> None:
    n = len(found)
    eleven = np.concatenate([found.probabilities, np.zeros((n, 1), np.float32)], 1)
    sure = np.linspace(is_digit, is_digit / 2, n, dtype=np.float32)
    kept = suppress(found.boxes, sure, eleven, least)
    given_boxes = {tuple(box) for box in found.boxes.tolist()}
    assert {tuple(box) for box in kept.boxes.tolist()} <= given_boxes
    assert (kept.confidences >= least).all() and (np.diff(kept.confidences) <= 0).all()
    again = suppress(kept.boxes, kept.confidences, np.pad(kept.probabilities, ((0, 0), (0, 1))), 0.0)
    assert len(again) <= len(kept)
    order = list(range(n))
    random.shuffle(order)
    if len(given_boxes) == n:  # of two alike either may stay
        other = suppress(found.boxes[order], sure[order], eleven[order], least)
        assert sorted(other.boxes.tolist()) == sorted(kept.boxes.tolist())


@MANY
@given(st.lists(st.tuples(digits(5), st.floats(-0.1, 1.5)), max_size=6), st.integers(1, 640), st.integers(1, 480))
def test_a_tracker_keeps_identities_apart(frames: list[tuple[Digits, float]], width: int, height: int) -> None:
    tracker, time, highest = Tracker(0.5), 0.0, 0
    for i, (found, later) in enumerate(frames):
        time += later
        size = (width, height) if i % 2 else (640, 480)
        shown = tracker.update(found, time, size)
        assert inside(shown.boxes, np.empty(size[::-1]))
        assert np.isfinite(shown.probabilities).all()
        assert shown.tracks is not None and len(set(shown.tracks.tolist())) == len(shown)
        new = [t for t in (track.number for track in tracker.tracks) if t > highest]
        assert new == sorted(new)  # a number once given is not given again
        highest = max([highest, *new])


@MANY
@given(digits(), st.randoms())
def test_numbers_hold_each_digit_once_whatever_their_order(found: Digits, random: Any) -> None:
    numbers = grouped(found).numbers
    assert sorted(i for number in numbers for i in number.digits) == list(range(len(found)))
    for number in numbers:
        boxes = found.boxes[list(number.digits)]
        low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
        assert number.box == (*low.tolist(), *(high - low).tolist())
    tracked = Digits(found.boxes, found.labels, found.confidences, found.probabilities, np.arange(len(found)))
    followed = Grouping().update(tracked).numbers
    assert sorted(number.text for number in followed) == sorted(number.text for number in numbers)


@MANY
@given(digits(), st.data())
def test_digits_are_selected_turned_and_told_without_loss(found: Digits, data: st.DataObject) -> None:
    found = grouped(found)
    n = len(found)
    order = data.draw(st.permutations(range(n)))
    chosen = found[order] if n else found
    back = chosen[np.argsort(order)] if n else chosen
    assert back.boxes.tolist() == found.boxes.tolist() and len(back.numbers) == len(found.numbers)
    assert found.scaled(1.0) == found
    twice = found.mirrored(640).mirrored(640)
    assert twice.boxes.tolist() == found.boxes.tolist() and [n.box for n in twice.numbers] == [
        n.box for n in found.numbers
    ]
    source = data.draw(st.text(max_size=20))
    result = Result(Frame(np.zeros((480, 640, 3), np.uint8), 3, 0.1, source), found)
    told = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert [entry["box"] for entry in told["digits"]] == found.boxes.tolist()
    assert json.dumps(told).encode("utf-8").isascii()
