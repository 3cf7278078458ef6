"""The evaluation as a whole: its figures, its pictures, its page, its command."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.commands.evaluate import evaluate as command
from livedigits.errors import LivedigitsError
from livedigits.recognition.shipped import shipped
from livedigits.training.dataset import held_out
from livedigits.training.dataset.files import Digits28
from livedigits.training.dataset.pools import Pool
from livedigits.training.evaluation import report
from livedigits.training.evaluation.corruptions import CORRUPTIONS
from livedigits.training.evaluation.table import table
from livedigits.training.synthesis.scenes import Mark, Scene
from tests import pages

needs_matplotlib = pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs the extra train")
needs_network = pytest.mark.skipif(not shipped("digits.tflite").exists(), reason="there is no models/digits.tflite")


def printed(digit: int, shift: int = 0) -> np.ndarray:
    """A digit (28, 28) uint8 in OpenCV's own hand."""
    image = np.zeros((28, 28), np.uint8)
    cv2.putText(image, str(digit), (7 + shift, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 255, 2, cv2.LINE_AA)
    return image


def digits(count: int) -> Digits28:
    labels = np.arange(count) % 10
    return Digits28(np.stack([printed(int(d), i % 3 - 1) for i, d in enumerate(labels)]), labels)


class Templates:
    """A network that compares with printed digits; what is like none of them is no digit."""

    min_confidence = 0.4
    channels = 1

    def __init__(self, classes: int = 11):
        self.templates = np.stack([printed(d).ravel() / 255.0 for d in range(10)])
        self.classes = classes

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        assert crops.ndim == 4 and crops.shape[1:] == (28, 28, 2) and crops.dtype == np.float32 and crops.max() <= 1
        distance = ((crops[..., 0].reshape(len(crops), 1, -1) - self.templates) ** 2).sum(2)
        logits = np.hstack([-distance / 3, np.full((len(crops), 1), -16.0 if self.classes == 11 else -np.inf)])
        power = np.exp(logits - logits.max(1, keepdims=True))
        chances: np.ndarray = (power / power.sum(1, keepdims=True)).astype(np.float32)
        return chances


def mixed() -> report.Crops:
    """Twenty digits of which two are labelled wrongly, ten empty crops and ten crosses."""
    made = digits(20)
    labels = made.labels.copy()
    labels[:2] = 5, 7
    nothing = np.zeros((20, 28, 28), np.uint8)
    for image in nothing[10:]:
        cv2.line(image, (4, 4), (24, 24), 255, 2)
        cv2.line(image, (24, 4), (4, 24), 255, 2)
    crops = np.full((40, 28, 28, 2), 128, np.uint8)
    crops[..., 0] = np.concatenate([made.images, nothing])
    return crops, np.concatenate([labels, np.full(20, 10)])


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    none = np.zeros((3, 28, 28), np.uint8), np.full(3, 10)
    return report.evaluate(Templates(), digits(40), {"mixed": mixed(), "nothing": none}, None)


def test_the_figures_are_those_of_the_answers(figures: dict[str, Any]) -> None:
    assert list(figures["sets"]) == ["MNIST test", "mixed", "nothing"]
    plain, other = figures["sets"]["MNIST test"], figures["sets"]["mixed"]
    assert plain["accuracy"] == 1 and plain["crops"] == 40 and plain["rejection"] is None
    assert plain["per_class"] == [1] * 10 + [None]
    assert other["accuracy"] == 38 / 40 and other["digits"] == 20 and other["accuracy_of_ten"] == 0.9
    assert other["confusion"][5][0] == 1 and other["confusion"][7][1] == 1 and other["confusion"][10][10] == 20
    assert other["at_threshold"] == {"threshold": 0.4, "lost": 0, "misread": 0.1, "false": 0}
    assert other["rejection"]["likeliest digit"]["auroc"] == 1
    assert figures["sets"]["nothing"]["at_threshold"]["false"] == 0
    assert figures["sets"]["nothing"]["at_threshold"]["lost"] is None


def test_there_is_a_figure_for_each_corruption_and_their_mean(figures: dict[str, Any]) -> None:
    robust = figures["corruptions"]
    assert list(robust["accuracy"]) == list(CORRUPTIONS)
    assert robust["mean"] == pytest.approx(np.mean(list(robust["accuracy"].values())), abs=1e-5)
    assert all(robust["accuracy_of_ten"][name] >= share for name, share in robust["accuracy"].items())
    assert 0 < robust["mean"] < 1


def test_the_figures_are_strict_json(figures: dict[str, Any]) -> None:
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_a_network_without_a_no_digit_class_can_be_measured() -> None:
    measured = report.evaluate(Templates(classes=10), digits(20), {"mixed": mixed()}, None)["sets"]
    assert measured["MNIST test"]["accuracy"] == 1
    assert measured["mixed"]["accuracy"] == 18 / 40
    assert measured["mixed"]["rejection"] is not None


def test_the_progress_adds_up_to_the_effort() -> None:
    done: list[int] = []
    report.evaluate(Templates(), digits(20), {"mixed": mixed()}, None, progress=done.append)
    assert sum(done) == report.effort(digits(20), {"mixed": mixed()}) == 16 * 20 + 40


@pytest.mark.parametrize("labels", [np.array([0, 11]), np.array([-1, 3]), np.array([], int)])
def test_labels_that_are_none_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(LivedigitsError, match="letters: labels must be"):
        report.evaluate(Templates(), digits(10), {"letters": (np.zeros((len(labels), 28, 28), np.uint8), labels)}, None)


def test_the_table_has_a_row_for_each_set_and_no_nan(figures: dict[str, Any]) -> None:
    text = table({**figures, "model": {**figures["model"], "file": "some.tflite"}})
    assert "nan" not in text and all(len(line) <= 110 for line in text.splitlines())
    rows = {line[:20].strip(): line.split() for line in text.splitlines() if line.startswith(("mixed", "nothing"))}
    assert rows["mixed"][1:3] == ["40", "95.00"] and rows["nothing"][1:3] == ["3", "100.00"]


class _Page(HTMLParser):
    """What a page fetches, and which elements are open at its end."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched: list[str] = []
        self.anchors: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset"):
                self.fetched.append(value or "")
            elif name == "href":
                self.anchors.append(value or "")
            elif name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("matplotlib") is None:
        pytest.skip("needs the extra train")
    folder = tmp_path_factory.mktemp("evaluation") / "new" / "report"
    history = [{"loss": 1 / i, "accuracy": 1 - 0.1 / i, "val_loss": 1.2 / i, "val_accuracy": 0.9} for i in (1, 2, 3)]
    before = np.random.default_rng(0).random((2, 28, 28, 2), np.float32)
    samples = before, np.repeat(before[:, None], 3, 1)
    report.evaluate(Templates(), digits(40), {"<mixed> & more": mixed()}, folder, history, samples)
    return folder


def test_the_report_holds_every_picture_as_a_file(written: Path) -> None:
    names = {path.stem for path in written.glob("*.png")}
    each = {"predictions", "confusion", "reliability", "coverage"}
    assert names == {
        *(f"mnist-test-{name}" for name in each),
        *(f"mixed-more-{name}" for name in each | {"worst-mistakes"}),
        "robustness-corruptions", "training-curves", "training-samples",
    }  # fmt: skip
    for path in written.glob("*.png"):
        image = cv2.imread(str(path))
        assert image is not None and image.shape[1] >= 800 and image.std() > 5, path.name


def test_the_page_needs_no_network_and_is_well_formed(written: Path) -> None:
    text = (written / "index.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert page.open == []
    assert len(page.fetched) == 2 * len(list(written.glob("*.png")))
    assert all(fetched.startswith("data:image/png;base64,") for fetched in page.fetched)
    assert not re.search(r"https?://|url\(|@import", text)
    assert {anchor.removeprefix("#") for anchor in page.anchors} == set(page.ids)
    assert "&lt;mixed&gt; &amp; more" in text and "<mixed>" not in text


def test_the_figures_lie_beside_the_page(written: Path) -> None:
    stored = json.loads((written / "figures.json").read_text(encoding="utf-8"))
    assert stored["sets"]["MNIST test"]["accuracy"] == 1 and len(stored["history"]) == 3


def decoded(png: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def coloured(png: bytes | Path) -> tuple[int, int]:
    """How many pixels are green and red."""
    data = png.read_bytes() if isinstance(png, Path) else png
    image = decoded(data).astype(int)
    blue, green, red = image[..., 0], image[..., 1], image[..., 2]
    return int(((green > red + 60) & (green > blue)).sum()), int(((red > green + 90) & (red > blue + 90)).sum())


def test_right_predictions_are_green_and_wrong_ones_red(written: Path) -> None:
    green, red = coloured(written / "mnist-test-predictions.png")
    assert green > 1000 and red == 0
    green, red = coloured(written / "mixed-more-predictions.png")
    assert green > 5 * red > 0


@needs_matplotlib
def test_pictures_can_be_dark_and_there_is_none_of_mistakes_that_were_not_made() -> None:
    from livedigits.training.evaluation import plots

    crops, labels = mixed()
    chances = report.classified(Templates(), crops)
    light, dark = (plots.mistakes(crops[..., 0], labels, chances, dark=dark) for dark in (False, True))
    assert light is not None and dark is not None
    brightness = [decoded(png).mean() for png in (light, dark)]
    assert brightness[0] > 200 and brightness[1] < 60
    assert plots.mistakes(crops[2:, ..., 0], labels[2:], chances[2:]) is None


@needs_matplotlib
def test_pictures_leave_the_style_of_others_alone() -> None:
    import matplotlib

    from livedigits.training.evaluation import plots

    before = dict(matplotlib.rcParams)
    plots.training_curves([{"loss": 1.0}, {"loss": 0.5}], dark=True)
    assert dict(matplotlib.rcParams) == before


@needs_matplotlib
def test_a_report_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LivedigitsError, match="cannot make the folder"):
        report.evaluate(Templates(), digits(10), {}, tmp_path / "file")


def test_of_a_frame_come_one_crop_a_digit_letters_and_clutter_and_look_alikes_apart() -> None:
    image, truth = pages.page("4071 35", size=(640, 360))
    cv2.rectangle(image, (520, 300), (600, 330), (40, 40, 40), 3)
    names = ("4", "O", "A", "1", "3", "scribble")
    marks = [
        Mark(label if name.isdigit() else -1, box, 1.0, 150.0, name)
        for name, (label, box) in zip(names, truth, strict=True)
    ]
    scene = Scene(image, [m for m in marks if m.label >= 0], [m for m in marks if m.label < 0])
    labels = held_out.crops_by_kind(scene).labels.tolist()
    assert sorted(label for label in labels if label != 10) == [1, 3, 4, held_out.LETTER, held_out.LOOKALIKE]
    assert 2 <= labels.count(10) <= 24


def test_held_out_frames_are_sorted_into_sets() -> None:
    done: list[int] = []
    sets = held_out.held_out(2, Pool(None, None, None), done.append)
    assert sum(done) == 2 and "scenes" in sets and set(sets) <= {"scenes", "letters", "look-alikes"}
    for crops, labels in sets.values():
        assert crops.shape[1:] == (28, 28, 2) and crops.dtype == np.uint8 and len(crops) == len(labels)
        assert labels.min() >= 0 and labels.max() <= 10


@pytest.fixture
def mnist_file(tmp_path: Path) -> Path:
    made = digits(30)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=made.images, y_train=made.labels, x_test=made.images, y_test=made.labels)
    return path


@needs_network
def test_the_command_prints_a_table_and_writes_json(mnist_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "own.npz"
    np.savez(other, x=digits(20).images, y=digits(20).labels)
    target = tmp_path / "figures.json"
    given = ["--data", str(mnist_file), "--data", str(other), "--frames", "0", "--json", str(target)]
    result = CliRunner().invoke(command, given)
    assert result.exit_code == 0, result.output
    assert "MNIST test" in result.output and "under corruptions" in result.output
    sets = json.loads(target.read_text())["sets"]
    assert sets["MNIST test"]["crops"] == 30 and sets["own"]["crops"] == 20


@needs_network
def test_json_on_standard_output_stands_alone(mnist_file: Path) -> None:
    result = CliRunner().invoke(command, ["--data", str(mnist_file), "--frames", "0", "--json", "-"])
    assert json.loads(result.stdout)["model"]["file"] == "digits.tflite"


@needs_network
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--model", "missing.tflite"], "missing.tflite"),
        (["--data", "missing.npz"], "missing.npz"),
        (["--data", "{mnist}", "--data", "{mnist}"], "both hold MNIST"),
        (["--data", "{mnist}", "--strokes", "missing.npz"], "missing.npz"),
        (["--data", "{mnist}", "--json", "{mnist}"], "to be read and to be written"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(given: list[str], message: str, mnist_file: Path) -> None:
    result = CliRunner().invoke(command, [part.format(mnist=mnist_file) for part in given])
    assert isinstance(result.exception, LivedigitsError) and message in str(result.exception)
    assert "\n" not in str(result.exception)
