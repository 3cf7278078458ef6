"""What a number lacks is read from its line: a digit that was doubted, or hidden by a bad neighbour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from livedigits import Reader
from livedigits.recognition.completion import completed
from livedigits.recognition.found import Found
from livedigits.recognition.grouping import grouped
from livedigits.recognition.suppression import NO_BOXES
from livedigits.types import Digits
from tests.pages import overlap, page

LEAST, AT_ENDS = 0.3, 0.35


def seen(reader: Reader, text: str, seed: int = 3) -> tuple[Found, list[tuple[int, tuple[int, int, int, int]]]]:
    image, truth = page(text, 60, seed=seed, gap=0.15)
    image = (image + np.random.default_rng(0).normal(0, 4, image.shape)).clip(0, 255).astype(np.uint8)
    return reader.found(image), truth


def read(found: Found) -> Digits:
    return grouped(found.digits(0.5, 0.5, NO_BOXES))


def doubted(found: Found, box: tuple[int, int, int, int], chance: float) -> Found:
    """The same, what is at this place no likelier a digit than this."""
    there = np.array([overlap(tuple(own), box) > 0.3 for own in found.regions.boxes.tolist()])
    return replace(found, is_digit=np.where(there, np.minimum(found.is_digit, chance), found.is_digit))


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_doubted_digit_of_a_number_is_added(reader: Reader, place: int) -> None:
    found, truth = seen(reader, "5274")
    less = doubted(found, truth[place][1], 0.4)
    assert len(read(less)) == 3
    whole = completed(read(less), less, LEAST, AT_ENDS)
    assert sorted(whole.labels.tolist()) == [2, 4, 5, 7]
    added = next(d for d in whole if overlap(d.box, truth[place][1]) > 0.5)
    assert added.digit == truth[place][0] and LEAST <= added.confidence <= 0.4


def test_what_is_less_than_least_is_not_added(reader: Reader) -> None:
    found, truth = seen(reader, "5274")
    less = doubted(found, truth[1][1], 0.2)
    assert len(completed(read(less), less, LEAST, AT_ENDS)) == 3


def test_a_whole_number_stays_as_it_is(reader: Reader) -> None:
    for seed in (3, 4, 5):
        found, _ = seen(reader, "5274", seed)
        digits = read(found)
        again = completed(digits, found, LEAST, AT_ENDS)
        assert again == replace(digits, numbers=())


def test_a_digit_that_holds_two_others_is_replaced_by_them(reader: Reader) -> None:
    found, truth = seen(reader, "5274")
    digits = read(found)
    (x, y, _, _), (u, v, w, h) = truth[1][1], truth[2][1]
    both = np.array([[x - 2, min(y, v) - 2, u + w - x + 4, max(h, 60) + 4]], np.int32)
    kept = [i for i, d in enumerate(digits) if all(overlap(d.box, truth[k][1]) < 0.5 for k in (1, 2))]
    bad = Digits(
        np.concatenate([digits.boxes[kept], both]),
        np.append(digits.labels[kept], 8),
        np.append(digits.confidences[kept], np.float32(0.6)),
        np.concatenate([digits.probabilities[kept], digits.probabilities[:1]]),
    )
    assert sorted(completed(grouped(bad), found, LEAST, AT_ENDS).labels.tolist()) == [2, 4, 5, 7]


def test_without_numbers_nothing_is_added(reader: Reader) -> None:
    found, _ = seen(reader, "5274")
    assert len(completed(Digits.empty(), found, LEAST, AT_ENDS)) == 0


def test_beyond_the_ends_it_must_be_likelier(reader: Reader) -> None:
    found, truth = seen(reader, "5274")
    for place, count in ((1, 4), (3, 3)):
        less = doubted(found, truth[place][1], 0.4)
        assert len(completed(read(less), less, LEAST, 0.45)) == count
