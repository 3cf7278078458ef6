from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from livedigits.annotate import overlay
from livedigits.annotate.primitives import ACCENT, AMBER, NUMBER
from livedigits.recognition.grouping import grouped
from livedigits.types import Digits, Number

Box = tuple[int, int, int, int]


def some(*boxes: Box, labels: list[int] | None = None, confidence: float = 0.99) -> Digits:
    n = len(boxes)
    return grouped(
        Digits(
            np.array(boxes, np.int32).reshape(n, 4),
            np.array([7] * n if labels is None else labels, np.int64),
            np.full(n, confidence, np.float32),
            np.full((n, 10), 0.1, np.float32),
        )
    )


def ground(height: int, width: int, kind: str = "white") -> np.ndarray:
    if kind == "clutter":
        return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.full((height, width, 3), {"white": 255, "grey": 128, "black": 0}[kind], np.uint8)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(axis=2)


def inside(mask: np.ndarray, box: Box) -> np.ndarray:
    x, y, w, h = box
    return mask[y : y + h, x : x + w]


def test_the_image_itself_is_left_as_it_is() -> None:
    image = ground(480, 640)
    out = overlay.draw(image, some((300, 200, 40, 60)), "30 fps")
    assert (image == 255).all()
    assert out.shape == image.shape
    assert out.dtype == np.uint8
    assert not np.shares_memory(image, out)


def test_nothing_to_draw_is_an_equal_copy() -> None:
    image = ground(480, 640, "clutter")
    assert (overlay.draw(image, Digits.empty()) == image).all()


@pytest.mark.parametrize("kind", ["white", "grey", "black", "clutter"])
@pytest.mark.parametrize(("height", "width"), [(480, 640), (720, 1280), (1500, 2000)])
def test_box_and_tag_show_on_any_ground_and_hide_no_ink(height: int, width: int, kind: str) -> None:
    box = (width // 2, height // 2, height // 12, height // 8)
    image = ground(height, width, kind)
    mask = changed(image, overlay.draw(image, some(box)))
    assert not inside(mask, box).any()
    x, y, w, h = box
    margin = height // 30
    around = mask[y - margin : y + h + margin, x - margin : x + w + margin]
    assert around.any(axis=0).all() and around.any(axis=1).all() or around.sum() > 2 * (w + h)
    tag = mask[: y - margin // 2].sum()
    assert tag > 12 * 15


@pytest.mark.parametrize("kind", ["white", "black", "clutter"])
def test_text_stands_out_from_its_tag(kind: str) -> None:
    image = ground(720, 1280, kind)
    box = (600, 300, 60, 90)
    out = overlay.draw(image, some(box))
    rows, columns = np.nonzero(changed(image, out)[:292])
    tag = cv2.cvtColor(out[rows.min() : rows.max(), columns.min() : columns.max()], cv2.COLOR_BGR2GRAY)
    assert int(tag.max()) - int(tag.min()) > 120
    assert rows.max() - rows.min() >= 12


def test_label_and_confidence_are_both_shown() -> None:
    image, box = ground(480, 640), (300, 200, 40, 60)
    seven = overlay.draw(image, some(box))
    assert (seven != overlay.draw(image, some(box, labels=[3]))).any()
    assert (seven != overlay.draw(image, some(box, confidence=0.6))).any()


@pytest.mark.parametrize("box", [(0, 0, 50, 70), (590, 0, 50, 70), (0, 410, 50, 70), (590, 410, 50, 70)])
def test_a_tag_at_the_border_is_whole_and_beside_its_digit(box: Box) -> None:
    image = ground(480, 640)
    mask = changed(image, overlay.draw(image, some(box)))
    x, y, w, h = box
    mask[max(0, y - 4) : y + h + 4, max(0, x - 4) : x + w + 4] = False
    there = ground(480, 640)
    middle = changed(there, overlay.draw(there, some((300, 200, 50, 70))))
    middle[196:274, 296:354] = False
    assert mask.sum() == pytest.approx(middle.sum(), rel=0.1)


@pytest.mark.parametrize("pitch", [34, 44, 80])
def test_tags_do_not_hide_neighbours(pitch: int) -> None:
    boxes = [(200 + pitch * i, 300, 30, 50) for i in range(8)]
    image = ground(720, 1280)
    mask = changed(image, overlay.draw(image, some(*boxes)))
    assert not any(inside(mask, (x + 3, y + 3, w - 6, h - 6)).any() for x, y, w, h in boxes)


def test_every_digit_of_a_row_has_its_label() -> None:
    image = ground(720, 1280)
    areas = []
    for n in (2, 8):
        mask = changed(image, overlay.draw(image, some(*[(200 + 40 * i, 300, 30, 50) for i in range(n)])))
        areas.append(mask[:290].sum())
    assert areas[1] == pytest.approx(4 * areas[0], rel=0.05)


def green(image: np.ndarray) -> np.ndarray:
    """Where the image has the colour of boxes and labels, (h, w) bool."""
    return np.asarray((image == ACCENT).all(axis=2))


def heights_of_labels(drawn: np.ndarray, boxes: list[Box]) -> list[int]:
    """How far the green about each box reaches above it, in px."""
    return [y - int(np.flatnonzero(green(drawn)[:y, x : x + 8].all(axis=1))[0]) for x, y, _, _ in boxes]


def test_all_labels_of_a_frame_are_of_one_size() -> None:
    boxes = [(100, 300, 30, 45), (400, 300, 60, 90), (700, 300, 90, 140)]
    drawn = overlay.draw(ground(720, 1280), some(*boxes))
    assert len(set(heights_of_labels(drawn, boxes))) == 1


def test_labels_grow_with_the_digits_of_a_frame_but_not_with_each_pixel() -> None:
    sizes = [overlay.text_size(np.array([[0, 0, 40, height]]), (720, 1280)) for height in range(20, 200)]
    assert sizes == sorted(sizes) and 10 <= sizes[0] < sizes[-1] <= 720 / 24
    assert len(set(sizes)) < 8


def test_each_label_is_attached_to_its_own_box() -> None:
    boxes = [(x, y, 50, 75) for y in range(100, 600, 125) for x in range(100, 1100, 130)]
    drawn = overlay.draw(ground(720, 1280), some(*boxes))
    wide = cv2.dilate(green(drawn).astype(np.uint8), np.ones((9, 9), np.uint8))  # letters part it no more
    assert cv2.connectedComponents(wide)[0] - 1 == len(boxes)


@pytest.mark.parametrize("pitch", [112, 125, 160])  # px from row to row of digits that are 75 px high
def test_on_a_page_of_rows_nothing_hides_a_digit(pitch: int) -> None:
    boxes = [(150 + 62 * i + 150 * (i // 3), 60 + pitch * k, 50, 75) for k in range(5) for i in range(9)]
    image = ground(900, 1400)
    mask = changed(image, overlay.draw(image, some(*boxes)))
    assert not any(inside(mask, box).any() for box in boxes)


def test_the_digits_of_a_number_are_labelled_without_percent() -> None:
    image, alone = ground(720, 1280), (600, 300, 50, 80)
    lone = green(overlay.draw(image, some(alone)))[:290].sum()
    pair = green(overlay.draw(image, some(alone, (665, 300, 50, 80), confidence=0.8)))[:290].sum()
    assert pair == pytest.approx(2 * lone, rel=0.05)


def test_a_lone_digit_is_labelled_without_percent_where_there_is_no_room_for_it() -> None:
    image, box = ground(720, 1280), (600, 300, 20, 80)
    free, crowded = (
        like(overlay.draw(image, some(box, *more, confidence=0.8)), AMBER)[260:294, 626:640].any()
        for more in ([], [(645, 200, 40, 110)])
    )
    assert free and not crowded


@pytest.mark.parametrize("text", ["7", "2764"])
def test_confidence_is_shown_in_amber_where_it_matters(text: str) -> None:
    image, digits = ground(720, 1280), row(text, (400, 300, 50, 80), 14)
    sure, surer, doubted, more = (overlay.draw(image, judged(digits, p)) for p in (0.9, 0.99, 0.89, 0.7))
    assert (sure == surer).all() and not like(sure, AMBER).any()
    assert like(doubted, AMBER).any() and not like(doubted, NUMBER).any()
    assert (doubted != more).any()  # each with its own percentage
    cut_short = overlay.draw(image, judged(digits, 0.99, complete=False))
    assert like(cut_short, AMBER).any() and not like(cut_short, NUMBER).any()


def test_the_text_of_a_number_is_left_out_where_it_would_hide_something() -> None:
    image = ground(720, 1280)
    upper, lower = [(400 + 64 * i, 200, 50, 80) for i in range(3)], [(400 + 64 * i, 310, 50, 80) for i in range(3)]
    drawn = of_numbers(overlay.draw(image, some(*upper, *lower)))
    assert drawn[280:306].any(axis=0).sum() > 80  # the upper line
    assert not drawn[292:390].any()
    assert drawn[390:].any(axis=1).sum() > 15  # the lower line with its text


def test_a_28x28_picture_is_enlarged_and_its_boxes_with_it() -> None:
    image = ground(28, 28)
    image[6:22, 10:18] = 0
    out = overlay.draw(image, some((10, 6, 8, 16)))
    factor = overlay.enlargement(image)
    assert out.shape == (28 * factor, 28 * factor, 3)
    assert max(out.shape) >= 320
    ink = out[7 * factor : 21 * factor, 11 * factor : 17 * factor]
    assert (ink == 0).all()
    assert (out[: 6 * factor] != 255).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (20, 2000), (2000, 20), (319, 319), (3000, 4000)])
def test_any_size_is_drawn_on(size: tuple[int, int]) -> None:
    image = ground(*size)
    boxes = [(0, 0, size[1], size[0]), (size[1] - 1, size[0] - 1, 1, 1)]
    out = overlay.draw(image, some(*boxes), "30 fps   2 dropped")
    assert (out != 255).any()


def test_boxes_that_reach_beyond_the_image_are_drawn_as_far_as_they_go() -> None:
    assert (overlay.draw(ground(480, 640), some((-20, -30, 60, 70), (620, 460, 60, 70))) != 255).any()


def test_hundreds_of_digits() -> None:
    boxes = [(x, y, 20, 25) for x in range(0, 1280, 40) for y in range(0, 720, 36)]
    assert (overlay.draw(ground(720, 1280), some(*boxes)) != 255).any()


def test_the_status_stands_in_the_lower_left_corner() -> None:
    image = ground(720, 1280)
    rows, columns = np.nonzero(changed(image, overlay.draw(image, Digits.empty(), "58 fps   3 dropped")))
    assert rows.min() > 640 and columns.max() < 400
    assert len(rows) > 1000


def test_the_panel_keeps_to_small_and_large_images() -> None:
    for size in [(120, 160), (720, 1280), (3000, 4000)]:
        out = overlay.draw_panel(ground(*size), [("q", "quit"), ("space", "pause")])
        assert out.shape == (*size, 3)
        assert (out != 255).any()


def test_the_panel_is_small_and_in_a_corner() -> None:
    image = ground(720, 1280)
    mask = changed(image, overlay.draw_panel(image, [("q, Esc", "what it does, at some length")] * 7))
    assert mask.mean() < 0.08
    assert not mask[:, :640].any() and not mask[:360].any()


def row(text: str, box: Box, gap: int, slope: float = 0.0, confidence: float = 0.99) -> Digits:
    """Digits of one size in a row with this gap, each lower than the one before by the slope."""
    x, y, w, h = box
    boxes = [(x + i * (w + gap), round(y + i * (w + gap) * slope), w, h) for i in range(len(text))]
    return some(*boxes, labels=[int(digit) for digit in text], confidence=confidence)


def of_numbers(image: np.ndarray) -> np.ndarray:
    """Where the image has a colour of numbers, (h, w) bool."""
    return like(image, NUMBER) | like(image, AMBER)


def like(image: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Where the image has about this colour, (h, w) bool."""
    return np.asarray((np.abs(image.astype(int) - colour) < 12).all(axis=2))


def test_a_number_is_underlined_and_written_and_hides_no_digit() -> None:
    image, digits = ground(720, 1280), row("2764", (400, 300, 50, 80), 14)
    drawn = overlay.draw(image, digits)
    mask = of_numbers(drawn)
    lines = mask[380:396, 402:640].any(axis=0)
    assert lines.mean() > 0.95
    assert mask[396:450].sum() > 300  # its text
    assert not mask[:380].any()
    assert not any(inside(changed(image, drawn), tuple(box)).any() for box in digits.boxes.tolist())


def test_a_lone_digit_has_no_line() -> None:
    assert not of_numbers(overlay.draw(ground(720, 1280), some((300, 300, 50, 80), (900, 300, 50, 80)))).any()


def test_the_text_of_a_number_says_which() -> None:
    image, box = ground(720, 1280), (400, 300, 50, 80)
    texts = [of_numbers(overlay.draw(image, row(text, box, 14)))[396:450] for text in ("2764", "2769")]
    assert texts[0].sum() > 300
    assert (texts[0] != texts[1]).any()


def judged(digits: Digits, confidence: float = 0.9, complete: bool = True, is_sure: bool = True) -> Digits:
    """The digits, their numbers said to be right with this confidence."""
    changed = {"confidence": confidence, "complete": complete, "is_sure": is_sure}
    numbers = (replace(number, **changed) for number in digits.numbers)
    return replace(digits, numbers=tuple(numbers))


def runs(row: Any) -> int:
    """How many stretches of a row (w,) bool are true."""
    return int((np.diff(np.r_[False, row].astype(int)) == 1).sum())


@pytest.mark.parametrize(("text", "right"), [("2764", 642), ("7", 450)])
def test_the_line_of_an_incomplete_number_goes_on_in_dots_at_both_ends(text: str, right: int) -> None:
    image, digits = ground(720, 1280), row(text, (400, 300, 50, 80), 14)
    left_of, right_of = (
        runs(of_numbers(overlay.draw(image, judged(digits, complete=False)))[380:396, columns].any(axis=0))
        for columns in (slice(0, 396), slice(right + 4, 1280))
    )
    assert left_of == right_of == 3
    closed = of_numbers(overlay.draw(image, judged(digits)))
    assert not closed[:, :396].any() and not closed[:, right + 4 :].any()


@pytest.mark.parametrize("place", [(0, 300), (1026, 300)])
def test_an_open_end_shows_at_the_border_too(place: tuple[int, int]) -> None:
    digits = judged(row("2764", (*place, 50, 80), 14), complete=False)
    line = of_numbers(overlay.draw(ground(720, 1280), digits))[380:390].any(axis=0)
    assert runs(line) == 7 if place[0] == 0 else runs(line) >= 6


@pytest.mark.parametrize("text", ["27", "7"])
def test_an_incomplete_number_has_no_percentage(text: str) -> None:
    image, digits = ground(720, 1280), row(text, (400, 300, 50, 80), 14)
    sure, doubtful = (overlay.draw(image, judged(digits, p, complete=False)) for p in (0.95, 0.6))
    assert (sure == doubtful).all()
    sure, doubtful = (overlay.draw(image, judged(digits, p)) for p in (0.95, 0.6))
    assert (sure != doubtful).any()


def test_a_number_that_is_not_sure_is_underlined_and_not_written() -> None:
    image, digits = ground(720, 1280), row("2764", (400, 300, 50, 80), 14)
    for written in (True, False):
        drawn = overlay.draw(image, judged(digits, 0.6, is_sure=written))
        assert of_numbers(drawn)[380:390, 402:640].any(axis=0).mean() > 0.95
        assert of_numbers(drawn)[396:450].any() == written
        assert green(drawn)[:292].any()  # the labels of its digits


def test_a_lone_digit_that_is_no_sure_number_has_no_percentage() -> None:
    image, digits = ground(720, 1280), row("7", (400, 300, 50, 80), 0)
    low, lower, sure = (overlay.draw(image, judged(digits, p, is_sure=p > 0.5)) for p in (0.4, 0.3, 0.8))
    assert (low == lower).all() and (low != sure).any()


def together(*parts: Digits) -> Digits:
    """Digits that were grouped apart, in one frame."""
    numbers: list[Number] = []
    count = 0
    for part in parts:
        numbers += [replace(number, digits=tuple(count + i for i in number.digits)) for number in part.numbers]
        count += len(part)
    return Digits(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.confidences for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
        numbers=tuple(numbers),
    )


def test_each_number_is_written_before_any_has_a_percentage() -> None:
    for pitch, percents in ((36, 0), (90, 6)):
        digits = together(*(row("11", (400 + pitch * i, 300, 4, 40), 12, confidence=0.8) for i in range(6)))
        drawn = overlay.draw(ground(720, 1280), digits)
        texts = of_numbers(drawn)[348:380].any(axis=0)
        assert runs(texts) == 6, pitch
        widths = np.diff(np.flatnonzero(np.diff(np.r_[False, texts, False].astype(int))))[::2]
        assert (widths > 40).sum() == percents, widths


@pytest.mark.parametrize("slope", [0.0, 0.15])
def test_labels_do_not_come_and_go_while_the_sheet_moves(slope: float) -> None:
    def drawn(x: int, y: int) -> np.ndarray:
        rows = [
            row(text, (180 + x + 190 * i, 150 + y + 130 * k, 25, 41), 9, slope)
            for k in range(3)
            for i, text in enumerate(("275", "06", "8", "41"))
        ]
        out = overlay.draw(ground(720, 1280), together(*rows))
        return out[100 + y : 620 + y, 100 + x : 1100 + x]

    first = drawn(0, 0)
    assert of_numbers(first).any() and green(first).any()
    for x, y in ((1, 0), (2, 1), (7, 3), (20, 40)):
        assert (drawn(x, y) == first).all()


@pytest.mark.parametrize("slope", [-0.5, 0.4])
def test_the_line_of_a_slanting_number_slants(slope: float) -> None:
    drawn = overlay.draw(ground(720, 1280), row("276443", (400, 300, 50, 80), 14, slope))
    rows, columns = np.nonzero(of_numbers(drawn))
    fitted = np.polyfit(columns, rows, 1)[0]
    assert fitted == pytest.approx(slope, abs=0.12)


@pytest.mark.parametrize("place", [(0, 0), (1000, 640), (0, 640), (1000, 0)])
def test_numbers_at_the_border_are_underlined_inside(place: tuple[int, int]) -> None:
    mask = of_numbers(overlay.draw(ground(720, 1280), row("2764", (*place, 50, 80), 14)))
    assert mask.any(axis=0).sum() > 230


@pytest.mark.parametrize("text", ["camera 0: no frames for 2 s, trying again", "rtsp://camera.example/" + 200 * "x"])
@pytest.mark.parametrize(("height", "width"), [(720, 1280), (180, 320), (20, 30)])
def test_a_notice_lies_over_the_upper_part_and_fits(height: int, width: int, text: str) -> None:
    image = ground(height, width, "clutter")
    before = image.copy()
    noted = overlay.draw_notice(image, text)
    assert (image == before).all() and noted.shape == image.shape
    rows = np.flatnonzero(changed(image, noted).any(axis=1))
    band = noted[rows[0] : rows[-1] + 1]
    assert rows[-1] < max(height / 3, 20)
    light = (band.min(axis=2) > 130).any(axis=0)
    if width > 300:
        assert light.any() and not light[:2].any() and not light[-2:].any()
