"""Fields of a sheet that lies anywhere: `livedigits image` and `video` with an anchor in the file of fields."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from livedigits.cli import main
from tests import pages
from tests.fields import sheets

FORM = """\
anchor = "form.png"
[fields.cold]
region = [224, 104, 352, 48]
expect = "####"
[fields.warm]
region = [224, 180, 352, 48]
expect = "###"
[fields.power]
region = [224, 256, 352, 48]
expect = "##"
"""
WRITTEN = {"cold": "4072", "warm": "358", "power": "16"}


def written_on(image: np.ndarray) -> np.ndarray:
    """The sheet with a number in each box."""
    out = image.copy()
    for row, (seed, text) in enumerate(zip((3, 4, 8), WRITTEN.values(), strict=True)):
        part = pages.page(text, 34, size=(352, 48), at=(40, 7), gap=0.5, pen=3.4, paper=(245, 245, 245), seed=seed)[0]
        y = 104 + 76 * row
        out[y : y + 48, 224 : 224 + 352] = part
    return out


@pytest.fixture
def form(tmp_path: Path) -> Path:
    (tmp_path / "form.toml").write_text(FORM)
    cv2.imwrite(str(tmp_path / "form.png"), sheets.sheet())
    return tmp_path / "form.toml"


def read(form: Path, *args: str) -> dict[str, dict[str, object]]:
    """What is read of a picture's fields."""
    run = CliRunner().invoke(main, ["image", *args, "--fields", str(form), "--json", "-"])
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)["fields"]


@pytest.mark.parametrize("angle, tilt", [(0, 0), (24, 20), (183, -15)])
def test_fields_are_read_however_the_sheet_lies(form: Path, tmp_path: Path, angle: float, tilt: float) -> None:
    size = 1200, 900
    real = sheets.placed(angle, tilt, size, share=1.0)
    cv2.imwrite(str(tmp_path / "photo.png"), sheets.photo(written_on(sheets.sheet()), real, size))
    fields = read(form, str(tmp_path / "photo.png"))
    assert {name: value["text"] for name, value in fields.items()} == WRITTEN
    box = fields["cold"]["box"]
    middle = cv2.perspectiveTransform(np.array([[[400.0, 128.0]]]), real)[0, 0]
    assert abs(box[0] + box[2] / 2 - middle[0]) < 6 and abs(box[1] + box[3] / 2 - middle[1]) < 6


def test_fields_of_another_picture_are_unregistered(form: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), pages.page("407 26")[0])
    fields = read(form, str(tmp_path / "page.png"))
    assert {(value["state"], value["text"], value["value"]) for value in fields.values()} == {
        ("unregistered", "", None)
    }


def test_a_missing_or_damaged_anchor_is_one_line(form: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    cv2.imwrite(str(page), pages.page("7")[0])
    for damage in (lambda path: path.unlink(), lambda path: path.write_bytes(b"no picture")):
        cv2.imwrite(str(tmp_path / "form.png"), sheets.sheet())
        damage(tmp_path / "form.png")
        run = CliRunner().invoke(main, ["image", str(page), "--fields", str(form)])
        assert run.exit_code == 1 and "form.png" in run.output and "Traceback" not in run.output
