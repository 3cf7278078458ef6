"""Rendered frames: the truth about their digits must be true, and the same seed must give the same frame."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from operator import attrgetter
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.engines.cores import Cores
from livedigits.training.synthesis import drawings, pens, scenes, strokes
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.writers import Writer

InkOf = Callable[..., tuple[scenes.Scene, np.ndarray]]


def frame(seed: int, **options: object) -> scenes.Scene:
    return scenes.render(np.random.default_rng(seed), **options)  # type: ignore[arg-type]


@pytest.fixture
def ink_of(monkeypatch: pytest.MonkeyPatch) -> InkOf:
    """Renders a clean frame, and what its ink changes in it, (h, w) in grey levels of the strongest channel."""

    def rendered(seed: int, **options: object) -> tuple[scenes.Scene, np.ndarray]:
        scene = frame(seed, clean=True, **options)
        with monkeypatch.context() as patch:
            patch.setattr(scenes, "_apply", lambda *args: None)
            bare = frame(seed, clean=True, **options)
        return scene, cv2.absdiff(scene.image, bare.image).max(axis=2)

    return rendered


@pytest.mark.parametrize("kind", ["page", "sheet", "board", "screen", "huge"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_digit_is_ink_and_its_box_is_tight(ink_of: InkOf, kind: str, seed: int) -> None:
    scene, ink = ink_of(seed, kind=kind, size=(800, 600))
    for mark in scene.digits:
        x, y, w, h = (int(v) for v in mark.box)
        inside = ink[y : y + h, x : x + w]
        strong = inside > 0.15 * inside.max()  # on a printed line ink shows less
        slack = max(2, round(0.05 * max(w, h)))
        assert inside.max() >= 9
        assert strong[: slack + 1].any() and strong[-slack - 1 :].any()
        assert strong[:, : slack + 1].any() and strong[:, -slack - 1 :].any()


@pytest.mark.parametrize("seed", range(6))
def test_no_strong_ink_lies_outside_of_the_boxes(ink_of: InkOf, seed: int) -> None:
    scene, ink = ink_of(seed, kind="page", size=(800, 600))
    for x, y, w, h in [m.box for m in scene.digits + scene.others] + scene.ignore:
        ink[max(0, int(y) - 3) : int(y + h) + 3, max(0, int(x) - 3) : int(x + w) + 3] = 0
    assert (ink > 90).sum() < 20


def test_frames_hold_digits_and_the_truth_about_them_is_in_range() -> None:
    found = [(s, m) for s in islice(scenes.stream(4, size=(640, 480), kind="page"), 12) for m in s.digits]
    assert {m.label for _, m in found} == set(range(10))
    for scene, mark in found:
        x, y, w, h = mark.box
        assert x >= 0 and y >= 0 and x + w <= scene.image.shape[1] and y + h <= scene.image.shape[0]
        assert (
            scenes.LEAST_VISIBLE <= mark.visible <= 1.001
            and mark.contrast >= scenes.FAINTEST
            and mark.name == str(mark.label)
        )


def test_covered_ink_is_not_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    half = np.zeros((480, 640), np.float32)
    half[:, 320:] = 1
    monkeypatch.setattr(scenes, "_covered", lambda *args: half)
    marks = [m for s in islice(scenes.stream(4, size=(640, 480), kind="page"), 20) for m in s.digits]
    assert all(m.box[0] + m.box[2] <= 320 for m in marks)
    assert any(m.visible < 0.95 for m in marks) and any(m.visible > 0.95 for m in marks)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="page, sheet"):
        frame(1, kind="wall")


@pytest.mark.parametrize("seed", range(8))
def test_empty_frames_hold_no_digit(seed: int) -> None:
    assert not frame(seed, kind="empty", size=(320, 240)).digits


@pytest.mark.parametrize("kind", list(scenes.KINDS))
@pytest.mark.parametrize("size", [(320, 240), (640, 200), (300, 500)])
def test_every_kind_renders_at_every_size_without_data(kind: str, size: tuple[int, int]) -> None:
    image = frame(7, kind=kind, size=size).image
    assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8


def test_the_seed_and_the_index_make_the_frame() -> None:
    first = list(islice(scenes.stream(5, size=(320, 240)), 4))
    again = list(islice(scenes.stream(5, size=(320, 240), start=2), 2))
    assert np.array_equal(first[2].image, again[0].image) and first[3].digits == again[1].digits
    assert not np.array_equal(first[0].image, first[1].image)


def test_processes_render_the_same_frames_as_one() -> None:
    alone = [s.image for s in islice(scenes.stream(6, size=(320, 240)), 5)]
    together = list(render_many(5, 6, cores=Cores(2), then=attrgetter("image"), size=(320, 240)))
    assert len(together) == 5
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_one_person_writes_a_page() -> None:
    line = [np.array([[0, 0], [0.3, 0.5], [0, 1]], np.float32)]
    pool = [strokes.Character(line, label, who, f"by {who}") for who in ("ann", "bob") for label in range(10)]
    names = [
        {m.name for m in s.digits} for s in islice(scenes.stream(8, pool, own=0, size=(640, 480), kind="page"), 15)
    ]
    assert all(len(n) <= 1 for n in names)
    assert set().union(*names) == {"by ann", "by bob"}


def test_photos_are_used_and_a_broken_one_does_no_harm(tmp_path: Path) -> None:
    photo = tmp_path / "red.png"
    cv2.imwrite(str(photo), np.full((200, 300, 3), (0, 0, 255), np.uint8))
    red = sum(frame(i, kind="empty", backgrounds=[photo], size=(320, 240)).image[..., 2].mean() for i in range(8))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    other = [frame(i, kind="empty", backgrounds=[tmp_path / "broken.jpg"], size=(320, 240)).image for i in range(8)]
    assert red > sum(image[..., 2].mean() for image in other)


def test_pens_reach_from_faint_and_thin_to_thick() -> None:
    drawn = [pens.choose_pen(np.random.default_rng(i), 100) for i in range(300)]
    assert min(p.width for p in drawn) < 3 and max(p.width for p in drawn) > 18
    assert min(p.contrast for p in drawn) < 0.3 and max(p.contrast for p in drawn) > 0.85


def test_ink_covers_the_stroke_with_its_width() -> None:
    rng = np.random.default_rng(0)
    line = np.array([[20, 50], [180, 50]], np.float32)
    for width in (1.0, 2.5, 7.0, 20.0):
        ink = pens.ink([line], width, pens.Pen(width, (0, 0, 0)), rng, (200, 100))
        assert ink is not None
        assert ink.coverage[:, 100 - ink.x].sum() == pytest.approx(width, abs=max(0.6, 0.15 * width))
    assert pens.ink([line + 1000], 3, pens.Pen(3, (0, 0, 0)), rng, (200, 100)) is None


def test_drawings_hold_their_digit_in_many_forms() -> None:
    pictures = []
    for i in range(120):
        rng = np.random.default_rng(i)
        image, label = drawings.render_drawing(rng, strokes.digit(i % 10, rng))
        assert label == i % 10 and image.dtype == np.uint8 and image.ndim == 3
        assert np.ptp(image.astype(int), axis=(0, 1)).max() >= 12
        pictures.append(image)
    assert sum(p.shape == (28, 28, 3) for p in pictures) > 40
    assert any(p.shape[0] != p.shape[1] for p in pictures) and max(p.shape[0] for p in pictures) > 300
    assert any(np.median(p) < 40 for p in pictures) and any(np.median(p) > 215 for p in pictures)


def test_the_small_letters_of_words_stand_on_the_line_half_as_high_as_capitals() -> None:
    heights: dict[str, list[float]] = {}
    for seed in range(40):
        writer = Writer(np.random.default_rng(seed), None, None, 1.0)
        for letter in (c for _ in range(5) for c in writer.word()):
            placed = writer.place(letter, 0, 100, 100)
            name = letter.name[0]
            heights.setdefault(name, []).append(placed.box[3] - placed.box[1])
            if name in "aceimnorsuvwxzt" or name.isupper():
                assert abs(placed.box[3] - 200) < 45  # none hangs below
    small, high = (np.median([h for k in kinds for h in heights[k]]) for kinds in ("aenorsu", "hldT"))
    assert 0.4 < small / high < 0.7
    assert len(heights["e"]) > 3 * len(heights.get("z", []))  # as in English


def test_letters_that_look_like_digits_are_none_within_words() -> None:
    writer = Writer(np.random.default_rng(3), None, None, 1.0)
    words = [writer.word() for _ in range(200)]
    assert {c.name for word in words for c in word} >= {"o in a word", "s in a word", "l in a word"}
    assert {word[0].name for word in words if len(word) == 1} <= {"A", "I"}  # alone an I may be a 1
    assert all(c.label == -1 for word in words for c in word)
