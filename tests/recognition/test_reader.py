"""Reader: pictures and videos read right, and what a user can do wrong said in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import livedigits
from livedigits import LivedigitsError, Reader, VideoReader
from livedigits.recognition.flat_images import brought_out
from livedigits.recognition.shipped import shipped
from tests.pages import overlap, page, ruled

SAMPLES = Path(__file__).parents[2] / "samples"


def share_right(truth: list[tuple[int, tuple[int, ...]]], digits: livedigits.Digits) -> float:
    right = sum(any(d.digit == label and overlap(d.box, box) >= 0.5 for d in digits) for label, box in truth)
    return right / len(truth)


@pytest.mark.parametrize("path", sorted((SAMPLES / "drawn").iterdir()), ids=lambda p: p.name)
def test_drawn_samples_are_read_as_their_digit(path):
    assert [d.digit for d in livedigits.read(path)] == [int(path.name[0])]


@pytest.mark.parametrize("name", ["notebook.jpg", "squared.jpg", "board.jpg"])
def test_pages_of_the_samples(name, reader):
    truth = json.loads((SAMPLES / "truth.json").read_text())[name]["digits"]
    digits = reader.read(cv2.imread(str(SAMPLES / name)))
    assert share_right([(d["digit"], tuple(d["box"])) for d in truth], digits) >= 0.9
    assert len(digits) <= 1.1 * len(truth)


@pytest.fixture(scope="module")
def sheet(reader: Reader) -> list[livedigits.Digits]:
    """What is read in each frame of the sample video."""
    capture, video = cv2.VideoCapture(str(SAMPLES / "sheet.mp4")), VideoReader(reader)
    return [video.read(capture.read()[1], index / 30) for index in range(181)]


def test_the_sample_video_is_read_steadily(sheet):
    truth = {row["frame"]: row["digits"] for row in json.loads((SAMPLES / "sheet.json").read_text())["frames"]}
    shares, tracks = [], {}
    for index, digits in enumerate(sheet):
        seen = [(d["digit"], tuple(d["box"])) for d in truth.get(index, []) if not d.get("ignore")]
        if seen and index >= 60:
            shares.append(share_right(seen, digits))
            for d in digits:
                tracks.setdefault(d.digit, set()).add(d.track)
    assert np.mean(shares) >= 0.95
    assert max(len(ids) for ids in tracks.values()) == 1  # each digit stands on the sheet once


def test_numbers_of_the_sample_video_change_only_with_their_digits(sheet):
    before: tuple[object, object] = (), ()
    for i, digits in enumerate(sheet[:120]):
        tracks = digits.tracks.tolist()
        shown = sorted(zip(tracks, digits.labels.tolist(), strict=True))
        now = shown, sorted(tuple(tracks[k] for k in number.digits) for number in digits.numbers)
        assert now[0] != before[0] or now[1] == before[1], f"frame {i}"
        before = now
    assert [number.text for number in sheet[119].numbers] == ["40", "7", "8", "26", "19", "53"]


def test_plain_ruled_and_inverted_pages(reader):
    image, truth = page("40726", 60, size=(800, 300))
    assert share_right(truth, reader.read(image)) == 1
    assert share_right(truth, reader.read(ruled(image))) >= 0.8
    assert share_right(truth, reader.read(255 - image)) == 1
    assert share_right(truth, reader.read(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))) == 1


def test_no_digits_in_nothing(reader):
    noise = np.random.default_rng(0).normal(128, 12, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    for image in (np.zeros((480, 640, 3), np.uint8), np.full((28, 28), 255, np.uint8), noise):
        assert len(reader.read(image)) == 0
        assert len(VideoReader(reader).read(image, 0.0)) == 0


def test_reading_a_picture_leaves_no_trace(reader):
    image, _ = page("83")
    first = reader.read(image)
    reader.read(255 - image)
    assert np.array_equal(first.boxes, reader.read(image).boxes)
    assert first.tracks is None


def test_a_picture_read_between_frames_changes_nothing_in_the_video():
    desk = cv2.imread(str(SAMPLES / "notebook.jpg"))
    huge, _ = page("5", 560, pen=60, size=(1280, 720), at=(300, 80))
    board = cv2.imread(str(SAMPLES / "board.jpg"))
    looked = []
    for pictures in ([], [huge], [board]):
        reader = Reader()
        video = VideoReader(reader)
        for i in range(2):
            video.read(desk, i / 30)
            for picture in pictures:
                reader.read(picture)
        looked.append(video.look(desk, 2 / 30).regions.tolist())
    assert looked[0] == looked[1] == looked[2]


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (28, 28), (4000, 300, 3)])
def test_any_size(shape, reader):
    reader.read(np.random.default_rng(1).integers(0, 255, shape, np.uint8))


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)])
def test_what_is_no_image_is_refused(image, reader):
    with pytest.raises(ValueError, match="uint8"):
        reader.read(image)


def test_min_confidence_hides_the_doubtful():
    image, truth = page("40726", 60, size=(800, 300))
    assert len(Reader(min_confidence=0.0).read(image)) >= len(truth)
    assert len(Reader(min_confidence=1.0).read(image)) == 0


def test_models_that_cannot_be_used(tmp_path):
    with pytest.raises(LivedigitsError, match="no network at"):
        Reader(tmp_path / "none.tflite")
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(b"TFL3" + bytes(100))
    with pytest.raises(LivedigitsError, match="damaged"):
        Reader(damaged)


def test_small_digits_of_a_video_stay_although_few_frames_are_looked_at_thoroughly():
    upper, above = page("50283", 22, pen=2, size=(1280, 360), at=(80, 100), gap=1.0)
    lower, below = page("96714", 22, pen=2, size=(1280, 360), at=(80, 200), gap=1.0)
    image, video = np.vstack([upper, lower]), VideoReader(Reader())
    shown = [video.read(image, i / 30) for i in range(45)]
    tracks = [sorted(digits.tracks.tolist()) for digits in shown[9:]]
    assert len(tracks[0]) >= 8
    assert all(now == tracks[0] for now in tracks)


@pytest.mark.parametrize(("height", "pen"), [(60, 4), (250, 30), (560, 60)])
def test_a_digit_that_comes_into_a_video_is_soon_found_and_follows_its_page(height, pen):
    video = VideoReader(Reader())
    blank, _ = page("", size=(1280, 720))
    image, [(label, box)] = page("5", height, pen=pen, size=(1280, 720), at=(300, 80))
    for i in range(15):
        video.read(blank, i / 30)
    for i in range(15, 60):
        x = 4 * (i - 15)
        shift = np.float32([[1, 0, x], [0, 1, 0]])
        digits = video.read(cv2.warpAffine(image, shift, (1280, 720), borderValue=(225, 230, 232)), i / 30)
        if i >= 35:
            assert [d.digit for d in digits] == [label]
            assert overlap(tuple(digits.boxes[0].tolist()), (box[0] + x, *box[1:])) > 0.7


def test_drawings_have_a_threshold_of_their_own(tmp_path):
    model = tmp_path / "digits.tflite"
    shutil.copy(shipped("digits.tflite"), model)
    model.with_suffix(".json").write_text('{"min_confidence": 1.0, "min_confidence_drawn": 0.3}')
    canvas = np.full((200, 200, 3), 255, np.uint8)
    cv2.putText(canvas, "2", (60, 150), cv2.FONT_HERSHEY_SIMPLEX, 4, (0, 0, 0), 9)
    notebook = cv2.imread(str(SAMPLES / "notebook.jpg"))
    assert len(Reader(model).read(canvas)) == 1
    assert len(Reader(model).read(notebook)) == 0
    assert len(Reader(model, min_confidence=1.0).read(canvas)) == 0


def test_who_asks_for_a_confidence_gets_no_less():
    image = cv2.imread(str(SAMPLES / "squared.jpg"))
    assert 0 < len(Reader(min_confidence=0.95).read(image)) < len(Reader(min_confidence=0.5).read(image))
    assert Reader(min_confidence=0.95).read(image).confidences.min() >= 0.95


def test_drawings_are_told_from_photos():
    canvas = np.full((200, 200, 3), 255, np.uint8)
    cv2.line(canvas, (100, 40), (100, 160), (0, 0, 0), 6)
    assert brought_out(canvas) is not None
    assert brought_out(cv2.imread(str(SAMPLES / "notebook.jpg"))) is None


@pytest.mark.train
def test_importing_and_reading_leave_tensorflow_alone():
    code = (
        "import sys, livedigits; livedigits.read(sys.argv[1]); "
        "print([m for m in ('tensorflow', 'keras', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, SAMPLES / "one.png"], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("digit", "3768")
def test_a_stray_stroke_close_by_is_not_in_the_box(digit, reader):
    image, truth = page(digit, 100, pen=7, at=(200, 120))
    x, y, w, _ = truth[0][1]
    cv2.line(image, (x, y - 14), (x + w // 3, y - 14), (110, 110, 110), 3)
    (read,) = reader.read(image)
    assert read.digit == int(digit)
    assert overlap(read.box, truth[0][1]) > 0.9
