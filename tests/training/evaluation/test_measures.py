"""The figures, on answers small enough to count by hand and on random ones whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from livedigits.training.evaluation import measures


def answers(*rows: tuple[int, float]) -> np.ndarray:
    """Probabilities (n, 11): each row's class has the given probability, the others share the rest."""
    out = np.empty((len(rows), 11))
    for row, (answer, sure) in zip(out, rows, strict=True):
        row[:] = (1 - sure) / 10
        row[answer] = sure
    return out


def test_confusion_and_accuracy_count_refused_digits_as_mistakes() -> None:
    matrix = measures.confusion(answers((1, 0.9), (10, 0.8), (7, 0.6), (10, 0.9)), np.array([1, 1, 2, 10]))
    assert matrix[1, 1] == matrix[1, 10] == matrix[2, 7] == matrix[10, 10] == 1 and matrix.sum() == 4
    overall, each = measures.accuracy(matrix)
    assert overall == 0.5
    assert each[[1, 2, 10]].tolist() == [0.5, 0, 1] and np.isnan(each[0])


def test_the_confidence_is_that_of_the_likeliest_digit_even_where_none_is_likelier() -> None:
    chances = np.zeros((1, 11))
    chances[0, [3, 4, 10]] = 0.3, 0.1, 0.6
    digits, sure = measures.confidence(chances)
    assert digits.tolist() == [3] and sure.tolist() == [0.3]


def test_calibration_error_is_the_mean_gap() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    figures = measures.reliability(sure, np.array([True, True, True, False, True, False]), bins=10)
    assert figures.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 4]
    assert figures.accuracy[9] == 0.75 and figures.accuracy[5] == 0.5 and np.isnan(figures.accuracy[0])
    assert figures.error == pytest.approx((4 * 0.20 + 2 * 0.05) / 6)


def test_answers_as_sure_as_they_are_right_have_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    sure = rng.random(200_000)
    assert measures.reliability(sure, rng.random(len(sure)) < sure).error < 0.005
    assert measures.reliability(np.array([1.0, 0.0]), np.array([True, False])).error == 0


def test_coverage_falls_and_with_it_the_error() -> None:
    chances = answers((1, 0.9), (2, 0.8), (3, 0.6), (4, 0.5), (5, 0.7), (10, 0.9))
    labels = np.array([1, 2, 7, 4, 10, 10])
    figures = measures.coverage(chances, labels, np.array([0.0, 0.55, 0.65, 0.85, 0.95]))
    assert figures.coverage.tolist() == [1, 0.75, 0.5, 0.25, 0]
    assert figures.error[:4] == pytest.approx([1 / 4, 1 / 3, 0, 0]) and np.isnan(figures.error[4])
    assert figures.false.tolist() == [1, 0.5, 0.5, 0, 0]


def test_a_digit_exactly_at_the_threshold_is_shown() -> None:
    chances = np.eye(11)[[1]] * 0.5
    assert measures.coverage(chances, np.array([1]), np.array([0.5])).coverage.tolist() == [1]


def test_rejection_loses_no_more_than_it_may() -> None:
    digits = np.linspace(0.5, 1, 200)
    others = np.linspace(0, 0.6, 100)
    figures = measures.rejection(np.concatenate([digits, others]), np.arange(300) < 200)
    assert figures.lost == 0.01
    assert figures.threshold == digits[2]
    assert figures.rejected == (others < digits[2]).mean()
    by_hand = (digits[:, None] > others).mean() + 0.5 * (digits[:, None] == others).mean()
    assert figures.auroc == pytest.approx(by_hand)


def test_rejection_with_equal_scores_is_a_coin() -> None:
    figures = measures.rejection(np.ones(50), np.arange(50) < 20)
    assert (figures.auroc, figures.lost, figures.rejected) == (0.5, 0, 0)


def test_the_temperature_finds_by_how_much_a_network_is_too_sure() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 11))
    honest = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (honest.cumsum(1) > rng.random((len(honest), 1))).argmax(1)
    assert measures.fit_temperature(honest, labels) == pytest.approx(1, abs=0.05)
    boastful = measures.tempered(honest, 0.5)
    temperature = measures.fit_temperature(boastful, labels)
    assert temperature == pytest.approx(2, abs=0.1)
    assert np.allclose(measures.tempered(boastful, 2), honest, atol=1e-6)


def test_a_class_the_network_does_not_have_stays_impossible() -> None:
    ten = np.hstack([np.full((3, 10), 0.1), np.zeros((3, 1))]).astype(np.float32)
    warmed = measures.tempered(ten, 3.0)
    assert not warmed[:, 10].any() and np.allclose(warmed.sum(1), 1)
    assert np.isfinite(measures.fit_temperature(ten, np.array([1, 2, 10])))
