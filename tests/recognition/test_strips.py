"""Writing and the strip network: what is looked at, what is proposed, and networks that cannot be used."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits import LivedigitsError, Reader, VideoReader
from livedigits.cli import main
from livedigits.recognition import reader as reader_module
from livedigits.recognition.grouping import text
from livedigits.recognition.regions import find_regions
from livedigits.recognition.rescoring import MEASURES
from livedigits.recognition.shipped import shipped
from livedigits.recognition.strips import HEIGHT, WIDTH, Proposals, StripNetwork, Window, picture, propose, windows
from livedigits.recognition.writing import Writing, candidates, scored
from tests.pages import page, touching


def writing_of(image: np.ndarray) -> Writing:
    """All ink of a picture that may be several digits by its shape."""
    regions = find_regions(image)
    none = np.zeros(len(regions), np.float32)
    return scored(candidates(regions, none), regions, none, None)


def written_page() -> np.ndarray:
    """Touching numbers of several sizes and lengths, some close together, and one lone digit."""
    image, _ = touching("40831572906", 40, size=(1280, 720), at=(60, 60), seed=1)
    for number, height, at, seed in (("27", 90, (60, 180), 2), ("83", 24, (400, 200), 8), ("64", 24, (450, 200), 4)):
        image = np.minimum(image, touching(number, height, size=(1280, 720), at=at, seed=seed)[0])
    image = np.minimum(image, touching("92", 250, size=(1280, 720), at=(700, 300), seed=9)[0])
    return np.minimum(image, page("5", 40, size=(1280, 720), at=(60, 400))[0])


# --- windows


def shown(window: Window) -> tuple[float, float, float, float]:
    """What a window shows: x0, y0, x1, y1, px of its layer."""
    return window.x, window.y, window.x + WIDTH / window.scale, window.y + HEIGHT / window.scale


@pytest.mark.parametrize("light", [False, True])
def test_windows_cover_all_writing(light: bool) -> None:
    image = 255 - written_page() if light else written_page()
    writing = writing_of(image)
    looked = windows(writing, 1000)
    regions = writing.regions
    assert len(writing) >= 5
    assert (regions.light == light).any()
    for i, entry in enumerate(regions.layer.tolist()):
        rows, columns = np.nonzero(regions.labels[entry] == regions.pieces[i, 0])
        seen = np.zeros(len(rows), bool)
        for window in looked:
            if window.layer == entry:
                x0, y0, x1, y1 = shown(window)
                seen |= (columns >= x0) & (columns < x1) & (rows >= y0) & (rows < y1)
        assert seen.mean() > 0.99


def test_no_ink_is_looked_at_twice() -> None:
    looked = windows(writing_of(written_page()))
    assert len({(w.layer, round(w.x), round(w.y), round(w.scale, 2)) for w in looked}) == len(looked)
    writing = writing_of(touching("83", 30, size=(640, 360), at=(100, 100), seed=8)[0])
    twice = writing.only(np.tile(np.arange(len(writing)), 2))
    assert len(windows(writing))
    assert windows(twice) == windows(writing)


def test_small_writing_close_together_shares_a_window() -> None:
    near, _ = touching("27", 30, size=(640, 360), at=(100, 100), seed=2)
    speck = np.minimum(near, touching("10", 24, size=(640, 360), at=(108, 104), seed=1)[0])
    far = np.minimum(near, touching("27", 30, size=(640, 360), at=(400, 100), seed=2)[0])
    alone = len(windows(writing_of(near)))
    assert len(windows(writing_of(far))) == 2 * alone
    assert len(windows(writing_of(speck))) <= 2 * alone


def test_no_more_windows_than_asked_for_and_the_first_first() -> None:
    writing = writing_of(written_page())
    all_of_them = windows(writing)
    assert len(all_of_them) > 4
    assert windows(writing, 4) == all_of_them[:4]


def test_long_writing_is_seen_in_windows_that_overlap_by_a_digit() -> None:
    writing = writing_of(touching("40831572906", 30, seed=1)[0])
    longest = int((writing.regions.boxes[:, 2] * ~writing.regions.light).argmax())
    looked = windows(writing.only(np.array([longest])))
    assert len(looked) >= 3
    assert len({w.scale for w in looked}) == 1
    assert (np.diff([w.x for w in looked]) * looked[0].scale <= WIDTH - 30).all()


def test_a_window_shows_dark_and_light_ink_alike_and_paper_outside() -> None:
    image, _ = touching("27", 60, size=(200, 120), at=(60, 30), seed=2)
    dark, light = writing_of(image), writing_of(255 - image)
    pictures = []
    for writing, is_light in ((dark, False), (light, True)):
        own = writing.only(writing.regions.light == is_light)
        pictures.append(picture(own.regions.layers[own.regions.layer[0]], windows(own)[0]))
    assert pictures[0].shape == (HEIGHT, WIDTH)
    for seen in pictures:
        assert np.median(seen) == pytest.approx(128, abs=20)
        assert 220 <= np.percentile(seen, 98) <= 255
    outside = picture(dark.regions.layers[0], Window(0, 5000.0, 5000.0, 1.0, 50.0))
    assert (outside == 128).all()


# --- writing


def test_writing_is_what_is_wider_than_one_digit() -> None:
    wide = writing_of(touching("483", 40, size=(640, 360), at=(100, 100), seed=3)[0])
    boxes = wide.regions.boxes
    assert len(boxes)
    assert (boxes[:, 2] > 1.2 * boxes[:, 3]).any()
    assert len(writing_of(page("1", 40, size=(640, 360))[0])) == 0
    assert len(writing_of(np.full((200, 300, 3), 230, np.uint8))) == 0


def test_what_is_surely_one_digit_is_no_writing() -> None:
    image = np.full((200, 300, 3), 230, np.uint8)
    cv2.ellipse(image, (150, 100), (34, 36), 0, 0, 360, (40, 40, 40), 6, cv2.LINE_AA)  # a round 0
    regions = find_regions(image)
    assert len(candidates(regions, np.zeros(len(regions), np.float32)))
    assert len(candidates(regions, np.ones(len(regions), np.float32))) == 0


@pytest.mark.parametrize("tilt", [0, 12])
def test_the_height_of_writing_is_that_of_its_digits(tilt: float) -> None:
    writing = writing_of(touching("0583620", 40, tilt=tilt, seed=5)[0])
    scales = np.array([layer.scale for layer in writing.regions.layers])[writing.regions.layer]
    widest = int(writing.regions.boxes[:, 2].argmax())
    assert writing.heights[widest] / scales[widest] == pytest.approx(43, rel=0.3)  # with the pen's width


def test_likelier_writing_comes_first(reader: Reader) -> None:
    assert reader.strips is not None
    image = (written_page() + np.random.default_rng(0).normal(0, 3, (720, 1280, 3))).clip(0, 255).astype(np.uint8)
    found = reader.found(image)
    regions, is_digit = found.regions, found.is_digit
    writing = scored(candidates(regions, is_digit), regions, is_digit, reader.strips.writing)
    assert (np.diff(writing.score) <= 0).all()
    assert (writing.score > 0).all()


# --- proposals


@pytest.fixture(scope="module")
def network() -> StripNetwork:
    return StripNetwork(shipped("strips.tflite"))


def test_proposals_are_finite_and_about_the_frame(network: StripNetwork) -> None:
    image, _ = touching("40831572", 60, size=(300, 60), at=(-20, -6), seed=1)  # cut off on all four sides
    for seen in (image, 255 - image, written_page()):
        proposals = propose(writing_of(seen), network)
        height, width = seen.shape[:2]
        assert len(proposals)
        for array in (proposals.boxes, proposals.objectness, proposals.labels):
            assert np.isfinite(array).all()
        assert (proposals.boxes[:, 2:] > 0).all()
        centres = proposals.boxes[:, :2] + proposals.boxes[:, 2:] / 2
        assert ((centres > -20) & (centres < [width + 20, height + 20])).all()
        assert ((proposals.objectness > 0) & (proposals.objectness < 1)).all()
        assert np.allclose(proposals.labels.sum(1), 1, atol=1e-5)
        assert set(proposals.layer.tolist()) <= set(range(len(writing_of(seen).regions.layers)))


def test_regions_of_proposals_lie_inside_the_frame(reader: Reader) -> None:
    for number, at in (("40831572", (-20, -6)), ("8283", (-30, 20)), ("8283", (180, 24))):
        image, _ = touching(number, 60, size=(300, 60), at=at, seed=1)
        looked = reader.look(image)
        boxes = looked.regions
        assert len(boxes) == len(looked.crops) == len(looked.probabilities)
        assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] > 0).all()
        assert (boxes[:, :2] + boxes[:, 2:] <= [300, 60]).all()
        assert np.allclose(looked.probabilities.sum(1), 1, atol=1e-4)
        assert np.isfinite(looked.crops).all()


def test_what_is_proposed_is_marked_among_the_regions(reader: Reader) -> None:
    found = reader.found(touching("27", 60, seed=2)[0])
    assert 0 < found.regions.touching.sum() < len(found.regions)
    assert not reader.found(np.full((90, 90, 3), 255, np.uint8)).regions.touching.any()


def test_nothing_is_proposed_without_writing(network: StripNetwork) -> None:
    none = propose(writing_of(np.full((200, 300, 3), 230, np.uint8)), network)
    assert (len(none), none.boxes.shape, none.labels.shape) == (0, (0, 4), (0, 10))


def test_the_network_answers_each_window_alike_in_any_number(network: StripNetwork) -> None:
    shown_windows = np.random.default_rng(0).integers(0, 255, (11, HEIGHT, WIDTH), np.uint8)
    together = network(shown_windows)
    assert together.shape == (11, HEIGHT // 4, WIDTH // 4, 15)
    alone = np.concatenate([network(one[None]) for one in shown_windows])
    assert np.allclose(together, alone, atol=1e-3)


def test_both_networks_are_heard(network: StripNetwork) -> None:
    labels = np.full((4, 10), 0.02, np.float32)
    labels[:, 7] = 0.82
    objectness = np.array([0.9, 0.2, 0.9, 0.9], np.float32)
    boxes, layer = np.zeros((4, 4), np.float32), np.zeros(4, np.int64)
    crop = np.full((4, 11), 0.001, np.float32)
    crop[[0, 1, 2, 3], [7, 7, 10, 1]] = 0.99
    crop /= crop.sum(1, keepdims=True)
    weighed = network.weighed(Proposals(boxes, layer, objectness, labels), crop)
    assert np.allclose(weighed.sum(1), 1, atol=1e-5)
    is_digit = 1 - weighed[:, 10]
    assert is_digit[0] > is_digit[1] and is_digit[0] > is_digit[2]
    assert weighed[0, :10].argmax() == 7
    assert weighed[3, :10].max() / weighed[3, :10].sum() < weighed[0, 7] / weighed[0, :10].sum()


# --- networks that are missing, damaged, others


@pytest.fixture
def strips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the reader looks for the strip network in this test; there is none yet."""
    path = tmp_path / "strips.tflite"
    monkeypatch.setattr(reader_module, "shipped", lambda name: path if name == path.name else shipped(name))
    return path


def test_without_strip_network_digits_that_stand_alone_are_read(strips: Path) -> None:
    reader = Reader()
    image, _ = page("40726", 60, size=(800, 300))
    assert text(reader.read(image).numbers) == "40726"
    video = VideoReader(reader)
    assert [text(video.read(image, i / 30).numbers) for i in range(3)][-1] == "40726"
    assert not reader.found(touching("27", 60, seed=2)[0]).regions.touching.any()


@pytest.mark.parametrize("content", [b"", b"TFL3" + bytes(100), b"not a network"])
def test_a_damaged_strip_network_is_said_in_one_line(strips: Path, content: bytes) -> None:
    strips.write_bytes(content)
    with pytest.raises(LivedigitsError, match=r"strips\.tflite is no network .* damaged") as error:
        Reader()
    assert "\n" not in str(error.value)


def test_a_strip_network_cut_short_is_said_in_one_line(strips: Path) -> None:
    content = shipped("strips.tflite").read_bytes()
    strips.write_bytes(content[: len(content) // 3])
    with pytest.raises(LivedigitsError, match=r"strips\.tflite"):
        Reader()


def test_a_network_of_another_shape_is_no_strip_network(strips: Path) -> None:
    shutil.copy(shipped("digits.tflite"), strips)
    with pytest.raises(LivedigitsError, match=r"strips\.tflite takes .*28.* livedigits needs .*64, 96, 1"):
        Reader()
    with pytest.raises(LivedigitsError, match="28, 28"):
        Reader(shipped("strips.tflite"))


def test_a_strip_network_without_a_card_works(strips: Path) -> None:
    shutil.copy(shipped("strips.tflite"), strips)
    reader = Reader()
    assert reader.strips is not None
    assert reader.strips.writing is None
    assert text(reader.read(touching("83", 60, seed=8)[0]).numbers) == "83"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A network as those before the strip network are: its card knows neither touching digits nor completeness."""
    model = tmp_path / "own.tflite"
    shutil.copy(shipped("digits.tflite"), model)
    card = json.loads(shipped("digits.json").read_text())
    del card["completeness"]
    for kind in ("measures", "weights"):
        del card["rescoring"][kind]["touching"]
    assert list(card["rescoring"]["measures"]) == list(MEASURES[:8])
    model.with_suffix(".json").write_text(json.dumps(card))
    return model


@pytest.mark.parametrize("has_card", [True, False])
def test_the_command_takes_a_network_of_the_older_form(older: Path, has_card: bool, tmp_path: Path) -> None:
    if not has_card:
        older.with_suffix(".json").unlink()
    image = np.hstack([page("40726", 60, size=(640, 240), at=(30, 80))[0], touching("83", 60, size=(300, 240))[0]])
    path = tmp_path / "page.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    result = CliRunner().invoke(main, ["image", str(path), "--model", str(older), "--json", "-"])
    assert result.exit_code == 0, result.output
    numbers = json.loads(result.stdout)["numbers"]
    assert "".join(number["text"] for number in numbers) == "4072683"
    assert all(number["complete"] is True for number in numbers)


def test_a_network_of_the_older_form_reads_without_strip_network_too(older: Path, strips: Path) -> None:
    assert text(Reader(older).read(page("40726", 60, size=(800, 300))[0]).numbers) == "40726"


def test_threads_read_what_one_reads(reader: Reader) -> None:
    images = [touching(number, 40, seed=8)[0] for number in ("83", "27", "510", "000")]
    alone = [reader.read(image).boxes.tolist() for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: reader.read(image).boxes.tolist(), images))
    assert together == alone
