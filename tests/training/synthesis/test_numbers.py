"""Numbers as people write them: what they write, how it stands, and canvases of it with the truth about them."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from livedigits.training.synthesis import joined, numbers, scenes, strips
from livedigits.training.synthesis.numbers import Glyph, Spacing

HEIGHT = 40.0


def upright(x: float = 0.0, lean: float = 0.0) -> Glyph:
    """A stroke from the top of the line to its foot, leaning by so much."""
    stroke = np.array([[x, 0], [x + lean * HEIGHT, HEIGHT]], np.float32)
    return Glyph(1, "1", [stroke], None, HEIGHT)


def ring() -> Glyph:
    angle = np.linspace(0, 2 * np.pi, 40)
    stroke = np.stack([np.cos(angle), np.sin(angle)], 1) * (10, HEIGHT / 2) + (10, HEIGHT / 2)
    return Glyph(0, "0", [stroke.astype(np.float32)], None, HEIGHT)


def test_what_is_written_is_numbers_and_their_signs_alone() -> None:
    rng = np.random.default_rng(0)
    written = [numbers.text(rng) for _ in range(3000)]
    signs = set("".join(written)) - set("0123456789")
    assert signs <= set(" .,-/:=#$€+x÷")
    assert all(any(c.isdigit() for c in text) and text == text.strip() for text in written)
    assert set("".join(written)) >= set("0123456789")
    dates = [t for t in written if re.fullmatch(r"(\d\d)\.(\d\d)\.(\d\d|20\d\d)", t)]
    assert len(dates) > 20 and all(1 <= int(t[:2]) <= 31 and 1 <= int(t[3:5]) <= 12 for t in dates)
    assert {len(t) for t in written if t.isdigit()} >= set(range(1, 11))


@pytest.mark.parametrize("text", ["7", "0133", "1.250,-", "$40.00", "12.345.678", "=500.=", "#1,50"])
def test_one_number_may_have_points_and_signs_around_it(text: str) -> None:
    assert numbers.is_one(text)


@pytest.mark.parametrize("text", ["12.05.21", "12.05.2021", "12/05/21", "0170 332", "12:30", "3+4=", "20-30", "-.", ""])
def test_dates_times_sums_and_groups_are_not_one_number(text: str) -> None:
    assert not numbers.is_one(text)


@pytest.mark.parametrize("gap", [-6.0, 0.0, 5.0, 20.0])
@pytest.mark.parametrize("by_ink", [False, True])
def test_a_digit_stands_at_the_gap_that_is_asked_for(gap: float, by_ink: bool) -> None:
    before, after = ring(), ring()
    spaced = Spacing(by_ink, 0.0, 0.0, 0.0, 0.0)
    x = numbers.advance(before.edges, after.edges, spaced, gap)
    assert x == pytest.approx(20 + gap, abs=0.2)  # rings are widest at one height, so both ways are the same


def test_gaps_between_strokes_are_told_from_those_between_boxes() -> None:
    # Two strokes that lean alike: their boxes overlap long before they meet.
    before, after = upright(lean=0.8), upright(lean=0.8)
    by_box = numbers.advance(before.edges, after.edges, Spacing(False, 0, 0, 0, 0), 0.0)
    by_ink = numbers.advance(before.edges, after.edges, Spacing(True, 0, 0, 0, 0), 0.0)
    assert by_box == pytest.approx(32, abs=1e-3)
    assert 0 < by_ink <= 16


def test_a_digit_never_stands_on_the_one_before() -> None:
    for gap in (-30.0, -60.0, -500.0):
        x = numbers.advance(ring().edges, ring().edges, Spacing(True, 0, 0, 0, 0), gap)
        assert x >= 8  # two fifths of its width at least
    first = numbers.advance(None, ring().edges, Spacing(True, 0, 0, 0, 0), -500.0)
    assert first == pytest.approx(0, abs=0.2)


def test_written_digits_follow_each_other_from_the_left() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        spaced = numbers.spacing(rng)
        glyphs = [ring() if k % 2 else upright() for k in range(6)] + [None, ring()]
        placed, end = numbers.write(rng, glyphs, 5.0, 0.0, HEIGHT, 0.0, spaced, 0.0)
        edges = [(g.x + float(g.edges[0].min()), g.x + float(g.edges[1].max())) for g in placed]
        assert len(placed) == 7 and edges[0][0] == pytest.approx(5, abs=1e-3) and end == max(e for _, e in edges[-1:])
        middles = [(a + b) / 2 for a, b in edges]
        assert all(a < b for a, b in zip(middles, middles[1:], strict=False))
        assert edges[-1][0] > edges[-2][1] + 0.2 * HEIGHT  # after the space


@pytest.fixture(scope="module")
def canvases() -> list[strips.Strip]:
    return [strips.render(np.random.default_rng([3, i])) for i in range(40)]


def test_canvases_hold_digits_of_about_the_usual_height(canvases: list[strips.Strip]) -> None:
    boxes = np.concatenate([c.boxes for c in canvases])
    labels = np.concatenate([c.labels for c in canvases])
    assert len(labels) > 200 and set(labels.tolist()) >= set(range(10)) and labels.min() >= -1
    heights = np.maximum(boxes[:, 3], 0.35 * boxes[:, 2])[labels >= 0]
    low, high = (side * strips.DIGIT for side in strips.SPREAD)
    assert (heights > 0.5 * low).mean() > 0.98 and (heights < 1.6 * high).all()
    assert any(not len(c.boxes) for c in canvases)  # clutter alone
    for canvas in canvases:
        assert canvas.image.shape == (strips.HEIGHT, strips.WIDTH) and canvas.image.dtype == np.uint8


def test_boxes_are_tight_about_ink() -> None:
    """What a canvas with one digit more shows differs within that digit's box, and up to its sides."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        hand = strips._Hand(rng, None, None, None, 1.0)
        glyph = hand.glyph(str(seed), 30.0, 0.0)
        assert glyph is not None
        glyph.x, glyph.y = 60.0, 40.0
        ground = np.ones((strips.HEIGHT, strips.WIDTH), np.float32)
        ink = strips._ink(glyph, strips.pens.plain_pen("pen", 3.0), rng)
        assert ink is not None
        box = strips._tight(ink)
        assert box is not None
        strips._apply(ground, ink, 0.0)
        rows, columns = np.flatnonzero((ground < 0.5).any(1)), np.flatnonzero((ground < 0.5).any(0))
        found = columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
        assert np.abs(np.subtract(box, found)).max() <= 2


def test_the_seed_makes_the_canvas(canvases: list[strips.Strip]) -> None:
    again = strips.render(np.random.default_rng([3, 1]))
    assert np.array_equal(again.image, canvases[1].image) and np.array_equal(again.boxes, canvases[1].boxes)
    assert not np.array_equal(again.image, canvases[2].image)


def test_bitmaps_are_written_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "BITMAPS", 1.0)
    square = np.zeros((120, 28, 28), np.uint8)
    square[:, 4:24, 8:20] = 255  # no hand writes a filled box
    bitmaps = strips.Bitmaps(square, np.arange(120) % 10)
    canvas = next(
        c for c in (strips.render(np.random.default_rng(i), None, None, bitmaps) for i in range(9)) if len(c.boxes)
    )
    x, y, w, h = canvas.boxes[canvas.labels >= 0][0].astype(int)
    inside = canvas.image[max(y, 0) : y + h, max(x, 0) : x + w]
    assert np.median(inside) < np.percentile(canvas.image, 70) and w * h > 100


def test_pages_of_numbers_tell_which_digits_are_one_number() -> None:
    seen = 0
    for seed in range(8):
        scene = scenes.render(np.random.default_rng(seed), size=(800, 600), numbers=True)
        ids = [d.number for d in scene.digits if d.number is not None]
        seen += len(set(ids))
        assert all(o.number is None for o in scene.others)
        for number in set(ids) - scene.broken:
            boxes = np.array([d.box for d in scene.digits if d.number == number])
            assert (np.diff(boxes[:, 0] + boxes[:, 2] / 2) > -0.1 * boxes[:, 3].max()).all()
    assert seen > 12


def test_joined_pairs_touch_and_close_numbers_mostly_do_not() -> None:
    bar = np.zeros((28, 28), np.uint8)
    bar[4:24, 11:16] = 255
    rng = np.random.default_rng(0)

    def pieces(spaced: Spacing, count: int) -> float:
        pictures = [joined.joined(rng, np.stack([bar] * count), spaced) for _ in range(30)]
        return float(np.mean([cv2.connectedComponents((p[..., 0] < 128).astype(np.uint8))[0] - 1 for p in pictures]))

    assert pieces(joined.TOUCHING, 2) < 1.1
    assert 2.3 < pieces(joined.CLOSE, 3) <= 3
