"""find: every digit is among the regions, whatever its size, ink, polarity and lines."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from livedigits.recognition.boxes import covered as share_covered
from livedigits.recognition.boxes import iou, shared
from livedigits.recognition.ink import layers
from livedigits.recognition.regions import SAME, Regions, ScanPlan, distinct, find_all_regions, find_regions, own_pixels
from livedigits.recognition.ruling import without_lines
from tests.pages import overlap, page, ruled


def covered(image: np.ndarray, truth: list) -> list[float]:
    """For each true digit, the overlap of the region that fits it best."""
    boxes = [tuple(b) for b in find_regions(image).boxes.tolist()]
    return [max((overlap(b, box) for b in boxes), default=0.0) for _, box in truth]


@pytest.mark.parametrize(
    ("height", "pen", "size"),
    [(15, 1.6, (640, 360)), (30, 2, (640, 360)), (90, 3, (1280, 720)), (250, 30, (1280, 720)), (560, 90, (1280, 720))],
)
def test_digits_from_15_px_to_the_frame(height, pen, size):
    image, truth = page("5", height, pen=pen, size=size, at=(80, 60))
    assert min(covered(image, truth)) > 0.7


@pytest.mark.parametrize(("y", "halves"), [(60, "u"), (640, "l"), (348, "ul")])
def test_half_a_thorough_look_finds_the_small_digits_of_that_half(y, halves):
    image, truth = page("50283", 16, pen=1.6, size=(1280, 720), at=(80, y))
    for half, rows in (("u", (0.0, 0.5)), ("l", (0.5, 1.0))):
        boxes = find_regions(image, ScanPlan(rows)).boxes.tolist()
        best = [max((overlap(tuple(b), box) for b in boxes), default=0.0) for _, box in truth]
        assert (min(best) > 0.7) == (half in halves)


def test_no_half_shows_a_digit_cut_at_its_edge():
    image, truth = page("000", 250, pen=12, size=(1280, 720), at=(80, 240))
    for rows in ((0.0, 0.5), (0.5, 1.0)):
        regions = find_regions(image, ScanPlan(rows))
        finest = regions.boxes[np.array([layer.scale for layer in regions.layers])[regions.layer] == 1]
        assert not len(finest) or share_covered(finest, np.array([b for _, b in truth])).max() < 0.5


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((205, 205, 205), (225, 225, 225)),  # pencil
        ((70, 70, 225), (225, 230, 232)),  # red
        ((235, 240, 240), (50, 60, 40)),  # chalk
        ((255, 255, 255), (200, 80, 0)),  # white on blue
    ],
)
def test_inks(ink, paper):
    image, truth = page("2938", ink=ink, paper=paper)
    assert min(covered(image, truth)) > 0.7


def test_both_polarities_in_one_frame():
    upper, above = page("36", size=(640, 180), at=(60, 60))
    lower, below = page("52", size=(640, 180), at=(60, 60), ink=(230, 230, 230), paper=(40, 40, 40))
    below = [(d, (x, y + 180, w, h)) for d, (x, y, w, h) in below]
    assert min(covered(np.vstack([upper, lower]), above + below)) > 0.7


def test_shadow_edge():
    image, truth = page("4172", size=(800, 360))
    shaded = image.astype(np.float32)
    shaded[:, 200:] *= 0.45
    assert min(covered(shaded.astype(np.uint8), truth)) > 0.6


def test_lines_are_taken_out():
    image, truth = page("238", at=(60, 125), ink=(60, 50, 50))
    image = ruled(image, step=44, colour=(90, 80, 70))
    assert min(covered(image, truth)) > 0.5


def test_digits_inside_a_drawn_frame():
    image, truth = page("47")
    cv2.rectangle(image, (30, 90), (400, 220), (30, 30, 30), 4)
    assert min(covered(image, truth)) > 0.7


def test_touching_digits_are_cut():
    image, truth = page("10", height=100, gap=-0.06, at=(200, 120), pen=6)
    assert min(covered(image, truth)) > 0.5


def test_pieces_are_joined():
    image, truth = page("5", height=120, pen=8, at=(200, 100))
    x, y, w, h = truth[0][1]
    image[y + h // 2 : y + h // 2 + 5] = (225, 230, 232)  # the pen skipped
    assert min(covered(image, truth)) > 0.7


def test_straight_lines_go_and_what_crosses_them_stays():
    image = np.full((200, 400, 3), 220, np.uint8)
    cv2.line(image, (0, 100), (399, 106), (60, 60, 60), 2)
    cv2.line(image, (200, 70), (206, 130), (120, 120, 120), 5)
    layer = layers(image)[0]
    rest = without_lines(layer, layer.mask)
    assert rest is not None
    assert rest[:, :150].sum() == 0
    count, _ = cv2.connectedComponents(rest, connectivity=8)
    assert count == 2  # the stroke is still one


def test_faint_digits_beside_strong_lines():
    image, truth = page("32", 50, at=(60, 130), ink=(190, 180, 180), size=(640, 360))
    for y in (115, 205):
        cv2.line(image, (0, y), (639, y), (20, 20, 20), 4)
    for x in (40, 260):
        cv2.line(image, (x, 0), (x, 359), (20, 20, 20), 4)
    assert min(covered(image, truth)) > 0.7


def test_blank_frames_have_no_regions():
    assert len(find_regions(np.full((480, 640, 3), 200, np.uint8))) == 0
    assert len(find_regions(np.zeros((480, 640), np.uint8))) == 0


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 400, 3), (400, 1, 3), (28, 28), (5000, 40, 3), (3000, 4000, 3)])
def test_any_size(shape):
    regions = find_regions(np.random.default_rng(0).integers(0, 255, shape, np.uint8))
    height, width = shape[:2]
    assert (regions.boxes[:, :2] >= 0).all() and (regions.boxes[:, 2:] > 0).all()
    assert (regions.boxes[:, 0] + regions.boxes[:, 2] <= width).all()
    assert (regions.boxes[:, 1] + regions.boxes[:, 3] <= height).all()


def test_distinct_keeps_the_first_of_a_kind():
    boxes = np.array([[10, 10, 50, 80], [11, 10, 50, 80], [100, 10, 50, 80]], np.int32)
    assert sorted(distinct(boxes).tolist()) == [0, 2]
    assert iou(boxes, boxes)[0, 1] > SAME
    assert len(distinct(np.empty((0, 4), np.int32))) == 0


def test_how_boxes_overlap():
    a, b = np.array([[0, 0, 10, 10]]), np.array([[5, 0, 10, 10], [2, 2, 4, 4], [30, 0, 5, 5]])
    assert np.allclose(iou(a, b), [[50 / 150, 16 / 100, 0]])
    assert np.allclose(shared(a, b), [[0.5, 1, 0]])
    assert np.allclose(share_covered(a, b), [[0.5, 0.16, 0]])
    assert iou(a, np.empty((0, 4))).shape == (1, 0)


def region(regions: Regions, box: tuple[int, ...], scale: float = 1.0) -> int:
    """The region of a level that fits a box best."""
    at_scale = np.flatnonzero(np.array([layer.scale for layer in regions.layers])[regions.layer] == scale)
    return int(at_scale[np.argmax([overlap(tuple(regions.boxes[i].tolist()), box) for i in at_scale])])


def test_how_much_of_a_region_its_part_explains():
    image, truth = page("3", 100, pen=7, at=(200, 120))
    x, y, w, h = truth[0][1]
    cv2.line(image, (x, y - 14), (x + w // 3, y - 14), (110, 110, 110), 3)
    regions = find_all_regions(image)
    digit, both = region(regions, truth[0][1]), region(regions, (x, y - 16, w, h + 16))
    assert 0.9 < regions.explained(both, digit) < 1
    assert regions.explained(digit, both) == pytest.approx(1)
    assert regions.explained(both, region(regions, truth[0][1], 0.5)) == 0  # a coarser level may have lost thin strokes


def test_a_part_cut_from_a_stroke_explains_nothing():
    image, truth = page("00", 100, pen=7, at=(200, 120), gap=-0.05)
    (x, y, w, h), (x2, _, w2, _) = (box for _, box in truth)
    regions = find_all_regions(image)
    both = region(regions, (x, y, x2 + w2 - x, h))
    same = (regions.layer == regions.layer[both]) & (regions.pieces == regions.pieces[both]).all(1)
    cut = np.flatnonzero(same & (regions.boxes[:, 2] < regions.boxes[both, 2]))
    assert len(cut) >= 2
    assert all(regions.explained(both, int(i)) == 0 for i in cut)


# --- regions that the strip network asks for


def test_boxes_are_clipped_to_the_frame_and_never_empty():
    regions = find_regions(page("407", 60, size=(320, 200), at=(20, 60))[0])
    asked = np.array(
        [
            [-30, -20, 60, 50],
            [300, 180, 90, 90],
            [40, 50, 30.4, 60.6],
            [-90, 20, 40, 40],
            [400, 300, 9, 9],
            [5, 5, 0, 0],
        ],
        np.float32,
    )
    for entry in range(len(regions.layers)):
        more = regions.of_boxes(np.full(len(asked), entry), asked)
        assert more.boxes[:3].tolist() == [[0, 0, 30, 30], [300, 180, 20, 20], [40, 50, 30, 61]]
        assert (more.boxes[:, :2] >= 0).all() and (more.boxes[:, 2:] >= 1).all()
        assert (more.boxes[:, :2] + more.boxes[:, 2:] <= [320, 200]).all()
        rows, columns = regions.layers[entry].mask.shape
        assert (more.inside[:, :2] >= 0).all() and (more.inside[:, 2:] >= 1).all()
        assert (more.inside[:, :2] + more.inside[:, 2:] <= [columns, rows]).all()
        assert more.touching.all() and len(more) == len(asked)


def test_a_box_holds_the_ink_that_it_shows():
    image, truth = page("407", 60, size=(320, 200), at=(20, 60))
    regions = find_regions(image)
    dark = next(i for i, layer in enumerate(regions.layers) if not layer.light)
    more = regions.of_boxes(np.array([dark]), np.array([truth[1][1]], np.float32))
    x, y, w, h = more.inside[0].tolist()
    own = own_pixels(regions.labels[dark][y : y + h, x : x + w], more.pieces[0].tolist())
    assert np.array_equal(own, regions.layers[dark].mask[y : y + h, x : x + w])
    assert own.any()


def test_no_boxes_are_no_regions():
    regions = find_regions(page("407")[0])
    none = regions.of_boxes(np.empty(0, np.int64), np.empty((0, 4), np.float32))
    assert len(none) == 0
    assert len(regions.joined(none)) == len(regions)
    assert len(regions.of_components(np.empty(0, np.int64), np.empty(0, np.int32))) == 0


def test_components_are_regions_with_their_boxes():
    image, truth = page("407", 60, size=(320, 200), at=(20, 60))
    regions = find_regions(image)
    dark = next(i for i, layer in enumerate(regions.layers) if not layer.light)
    components = np.arange(1, len(regions.stats[dark]), dtype=np.int32)
    found = regions.of_components(np.full(len(components), dark), components)
    assert not found.touching.any()
    for _, box in truth:
        assert max(overlap(tuple(b), box) for b in found.boxes.tolist()) > 0.8


def test_joined_regions_keep_their_order_and_marks():
    regions = find_regions(page("407", 60, size=(320, 200), at=(20, 60))[0])
    asked = np.array([[20, 60, 40, 60], [60, 60, 40, 60]], np.float32)
    both = regions.joined(regions.of_boxes(np.zeros(2, np.int64), asked))
    n = len(regions)
    assert np.array_equal(both.boxes[:n], regions.boxes) and both.boxes[n:].tolist() == asked.tolist()
    assert both.touching.tolist() == [False] * n + [True] * 2
    for name in ("inside", "layer", "pieces", "score"):
        assert len(getattr(both, name)) == n + 2
    assert np.array_equal(both.only(both.touching).boxes, asked)


def test_a_proposal_inside_a_region_does_not_make_the_rest_of_it_a_stray():
    image, [(_, box)] = page("1", 60, size=(320, 200), at=(100, 60))
    regions = find_regions(image)
    whole = int(np.argmax([overlap(tuple(b), box) for b in regions.boxes.tolist()]))
    x, y, w, h = regions.boxes[whole].tolist()
    head = np.array([[x, y, w, h // 2]], np.float32)
    both = regions.joined(regions.of_boxes(regions.layer[[whole]], head))
    assert both.explained(whole, len(regions)) == 0


def test_only_pieces_that_lie_close_are_joined() -> None:
    for gap, joined in ((4, True), (60, False)):
        image = np.full((220, 200, 3), 230, np.uint8)
        image[30:60, 90:98] = image[60 + gap : 90 + gap, 90:98] = 30
        assert bool((find_all_regions(image).pieces[:, 1] > 0).any()) is joined, gap


def test_two_digits_in_one_stroke_are_cut_apart_at_its_thin_place() -> None:
    image = np.full((140, 240, 3), 230, np.uint8)
    for x in (70, 140):
        cv2.ellipse(image, (x, 70), (22, 32), 0, 0, 360, (30, 30, 30), 6, cv2.LINE_AA)
    cv2.line(image, (90, 70), (120, 70), (30, 30, 30), 2)
    boxes = find_all_regions(image).boxes
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    assert (abs(right[abs(left - 45) <= 4] - 105) <= 14).any()  # the first alone
    assert (abs(left[abs(right - 165) <= 4] - 105) <= 14).any()  # and the second


def test_a_box_at_the_frames_edge_is_a_region_in_its_last_pixels() -> None:
    image = np.full((100, 160, 3), 230, np.uint8)
    image[20:60, 40:50] = 30
    asked = np.array([[159, 99, 5, 5], [500, 300, 9, 9]], np.float32)
    more = find_all_regions(image).of_boxes(np.zeros(2, np.int64), asked)
    assert more.boxes.tolist() == [[159, 99, 1, 1]] * 2
