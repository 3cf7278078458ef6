"""Trying values of a constant: it takes effect wherever it is used, is put back, and is counted rightly."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.errors import LivedigitsError
from livedigits.recognition import ink, proposals, rescoring, suppression
from livedigits.training.dataset.frame_truth import FrameTruth, truth_of
from livedigits.training.evaluation import sweep
from livedigits.training.synthesis.scenes import Mark, Scene
from livedigits.types import Digits
from tests import pages


def test_a_constant_is_changed_where_it_is_imported_too_and_put_back() -> None:
    before = suppression.SHARED, ink.OVERLAP
    with sweep.constant("recognition.suppression.SHARED", 0.99):
        assert suppression.SHARED == 0.99
    with sweep.constant("livedigits.recognition.ink.OVERLAP", 48):
        assert ink.OVERLAP == proposals.OVERLAP == 48
    with pytest.raises(RuntimeError), sweep.constant("recognition.rescoring.UNLIKELY", 0.5):
        assert rescoring.UNLIKELY == 0.5
        raise RuntimeError
    assert before == (suppression.SHARED, ink.OVERLAP) and proposals.OVERLAP == ink.OVERLAP
    assert sweep.present("recognition.rescoring.UNLIKELY") == rescoring.UNLIKELY != 0.5


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("recognition.supression.SHARED", "no stage recognition.supression: .*recognition.suppression"),
        ("SHARED", "no stage SHARED"),
        ("recognition.suppression.SHRED", "no constant SHRED: .*SHARED"),
        ("recognition.suppression.NO_DIGIT", "no constant NO_DIGIT"),  # that is another's
        ("recognition.suppression.NO_BOXES", "no constant NO_BOXES"),  # not a number
    ],
)
def test_what_is_not_there_is_said_with_what_is(name: str, says: str) -> None:
    with pytest.raises(LivedigitsError, match=says):
        sweep.present(name)


def test_right_and_false_digits_are_counted_and_what_is_unclear_is_not() -> None:
    boxes = np.array([[10, 10, 20, 30], [50, 10, 20, 30], [90, 10, 20, 30], [130, 10, 20, 30]], np.float32)
    truth = FrameTruth(boxes[:3], np.array([1, 2, 3]), boxes[3:])
    read = np.array([1, 2, 7, 8])  # the third wrongly, the fourth where nothing counts
    digits = Digits(boxes.astype(np.int32), read, np.ones(4, np.float32), np.eye(10, dtype=np.float32)[read])
    assert truth.counts(digits) == (2, 3)
    assert truth.counts(digits[:0]) == (0, 0)
    assert FrameTruth(boxes[:0], np.array([], np.int64), boxes[3:]).counts(digits) == (0, 3)
    score = sweep.Score(right=2, read=3, there=4, frames=2, seconds=0.1)
    assert [float(part) for part in score.line.split()] == [0.5714, 0.6667, 0.5, 0.5, 50]


def test_a_frame_is_read_and_scored() -> None:
    image, truth = pages.page("4071")
    marks = [Mark(label, tuple(map(float, box)), 1.0, 150.0, str(label)) for label, box in truth]
    found = sweep.score([(image, truth_of(Scene(image, marks)))])
    assert (found.right, found.read, found.there, found.frames) == (4, 4, 4, 1) and found.seconds > 0
    with sweep.constant("recognition.regions.MOST", 0), sweep.constant("recognition.strips.LEAST", 0.9999):
        assert sweep.score([(image, truth_of(Scene(image, marks)))]).right < 4


@pytest.mark.slow
def test_the_tool_prints_a_row_for_each_value() -> None:
    result = CliRunner().invoke(sweep.main, ["recognition.suppression.STEADY", "0.01", "0.05", "--frames", "2"])
    assert result.exit_code == 0, result.output
    head, *rows, note = result.stdout.splitlines()
    assert head.split() == ["recognition.suppression.STEADY", "F1", "precision", "recall", "false/frame", "ms/frame"]
    assert [row.split()[0] for row in rows] == ["0.05", "0.01"] and "(now)" in rows[0]
    assert note.startswith("No difference")  # it is about videos


@pytest.mark.parametrize("value", ["x", "(1, 'a')", "[1]"])
def test_values_are_numbers_or_tuples(value: str) -> None:
    result = CliRunner().invoke(sweep.main, ["recognition.proposals.CUT", value])
    assert result.exit_code == 2 and "is not a number" in result.output
