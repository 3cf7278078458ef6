"""The report of an evaluation: its pictures and its page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from livedigits.errors import LivedigitsError
from livedigits.training.evaluation import report
from tests.training.made_up import Templates, digits, mixed

pytestmark = pytest.mark.usefixtures("report_packages")


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


def test_the_page_shows_each_set_and_picture_and_escapes_their_names() -> None:
    from livedigits.training.evaluation.page import Picture, page

    nothing = np.zeros((3, 28, 28), np.uint8), np.full(3, 10)
    figures = report.evaluate(Templates(), digits(20), {"<mixed> & more": mixed(), "letters": nothing}, None)
    png = cv2.imencode(".png", np.zeros((4, 900, 3), np.uint8))[1].tobytes()
    sets = ("MNIST test", "<mixed> & more", "letters")
    text = page(figures, [Picture(name, "Confusion", "A line.", "file", png, png) for name in sets])
    shown = _Page(text)
    assert shown.open == []
    assert shown.ids == ["mnist-test", "mixed-more", "letters"] == [anchor[1:] for anchor in shown.anchors]
    assert len(shown.fetched) == 6 and all(url.startswith("data:image/png;base64,") for url in shown.fetched)
    assert "&lt;mixed&gt; &amp; more" in text and "<mixed>" not in text
    assert 'width="600"' in text  # 900 px with 144 to the inch
    assert "<td>95.00 %</td>" in text and "<td>–</td>" in text
    assert "Letters: the letters" in text and "Scenes: crops" not in text
    assert text.count("<th>digit</th>") == 2  # no row of digits where there are none


@pytest.fixture(scope="module")
def written(report_packages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "new" / "report"
    history = [{"loss": 1 / i, "accuracy": 1 - 0.1 / i, "val_loss": 1.2 / i, "val_accuracy": 0.9} for i in (1, 2, 3)]
    before = np.random.default_rng(0).random((2, 28, 28, 2), np.float32)
    samples = before, np.repeat(before[:, None], 3, 1)
    report.evaluate(Templates(), digits(40), {"<mixed> & more": mixed()}, folder, history, samples)
    return folder


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_page_needs_no_network_and_is_well_formed(written: Path) -> None:
    text = (written / "index.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert page.open == []
    assert len(page.fetched) == 2 * len(list(written.glob("*.png")))
    assert all(fetched.startswith("data:image/png;base64,") for fetched in page.fetched)
    assert not re.search(r"https?://|url\(|@import", text)
    assert {anchor.removeprefix("#") for anchor in page.anchors} == set(page.ids)
    assert "&lt;mixed&gt; &amp; more" in text and "<mixed>" not in text


@pytest.mark.slow
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


@pytest.mark.slow
def test_right_predictions_are_green_and_wrong_ones_red(written: Path) -> None:
    green, red = coloured(written / "mnist-test-predictions.png")
    assert green > 1000 and red == 0
    green, red = coloured(written / "mixed-more-predictions.png")
    assert green > 5 * red > 0


def test_pictures_can_be_dark_and_there_is_none_of_mistakes_that_were_not_made() -> None:
    from livedigits.training.evaluation import plots

    crops, labels = mixed()
    chances = report.classified(Templates(), crops)
    light, dark = (plots.mistakes(crops[..., 0], labels, chances, dark=dark) for dark in (False, True))
    assert light is not None and dark is not None
    brightness = [decoded(png).mean() for png in (light, dark)]
    assert brightness[0] > 200 and brightness[1] < 60
    assert plots.mistakes(crops[2:, ..., 0], labels[2:], chances[2:]) is None


def test_pictures_leave_the_style_of_others_alone() -> None:
    import matplotlib

    from livedigits.training.evaluation import plots

    before = dict(matplotlib.rcParams)
    plots.training_curves([{"loss": 1.0}, {"loss": 0.5}], dark=True)
    assert dict(matplotlib.rcParams) == before


def test_a_report_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LivedigitsError, match="cannot make the folder"):
        report.evaluate(Templates(), digits(10), {}, tmp_path / "file")
