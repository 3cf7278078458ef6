"""livedigits learn and livedigits profile, and what the other commands do with a profile."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from livedigits.cli import main
from livedigits.profiles import file
from livedigits.types import NO_DIGIT
from tests import pages
from tests.profiles.hand import drawing, odd_seven


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the user's own profile is, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "config" / name)
    return tmp_path


def call(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, args, input=text)


def save(name: str, image: np.ndarray) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(name, image)
    return name


def taught(profile: str = "hand.npz") -> None:
    save("digits/7/a.png", odd_seven())
    assert call("learn", "digits", "--profile", profile).exit_code == 0


def digits(*args: str) -> list[int]:
    result = call("image", *args, "--json", "-", "--no-window")
    assert result.exit_code == 0, result.output
    return [digit["digit"] for digit in json.loads(result.stdout)["digits"]]


def test_what_a_folder_taught_is_read_and_said_first(here: Path) -> None:
    save("digits/7/a.png", odd_seven())
    save("digits/none/b.png", drawing(8))
    learned = call("learn", "digits")
    assert learned.exit_code == 0
    assert "learned 1 sample of 7, 1 of what is no digit" in learned.stdout
    picture = save("new.png", odd_seven(3))
    assert (digits(picture), digits("--no-profile", picture)) == ([7], [9])
    result = call("image", picture)
    assert result.stderr.splitlines()[0].startswith("profile ") and "1 sample of 7" in result.stderr.splitlines()[0]
    assert call("image", "--no-profile", picture).stderr == ""


def test_corrections_name_pictures_boxes_and_digits(here: Path) -> None:
    image, truth = pages.page("407")
    page = save("page.png", image)
    lines = [
        {"source": page, "box": truth[0][1], "digit": 4},
        {"source": page, "digits": [{"box": truth[1][1], "digit": None}, {"box": truth[2][1], "digit": 7}]},
    ]
    result = call("learn", "--corrections", "-", "--profile", "p.npz", text="\n".join(map(json.dumps, lines)))
    assert result.exit_code == 0, result.output
    assert sorted(file.load(Path("p.npz"))[0].labels.tolist()) == [4, 7, NO_DIGIT]


def test_a_frame_of_a_video_is_corrected(here: Path) -> None:
    writer = cv2.VideoWriter("v.avi", cv2.VideoWriter_fourcc(*"MJPG"), 10, (640, 360))  # type: ignore[attr-defined]
    for text in ("000", "407"):
        writer.write(pages.page(text)[0])
    writer.release()
    box = pages.page("407")[1][2][1]
    line = json.dumps({"source": "v.avi", "frame": 1, "box": box, "digit": 7})
    assert call("learn", "--corrections", "-", "--profile", "p.npz", text=line).exit_code == 0
    late = call("learn", "--corrections", "-", "--profile", "p.npz", text=line.replace('"frame": 1', '"frame": 9'))
    assert late.exit_code == 1 and "no frame 9" in late.stderr
    assert len(file.load(Path("p.npz"))[0]) == 1


@pytest.mark.parametrize(
    "line",
    ["no json", "[1]", '{"source": "a.png"}', '{"source": "a.png", "box": [1, 2, 3], "digit": 7}',
     '{"source": "a.png", "box": [1, 2, 3, 4], "digit": 12}', '{"source": "a.png", "box": [1, 2, 0, 4], "digit": 1}',
     '{"source": "a.png", "box": [1e999, 2, 3, 4], "digit": 1}',
     '{"source": "a.png", "box": [1e9, 2, 3, 4], "digit": 1}',
     '{"source": "a.mp4", "frame": 1e30, "box": [1, 2, 3, 4], "digit": 1}', "[" * 5000,
     '{"source": "a.png", "box": [1, 2, 3, 4], "digit": 1e999}',
     r'{"source": "\ud800.png", "box": [1, 2, 3, 4], "digit": 1}'],
)  # fmt: skip
def test_a_line_that_is_no_correction_is_named(here: Path, line: str) -> None:
    result = call("learn", "--corrections", "-", text="\n" + line)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "line 2" in result.stderr


def test_pictures_that_cannot_be_read_are_named_and_the_rest_is_learned(here: Path) -> None:
    save("digits/1/a.png", drawing(1))
    save("digits/2/blank.png", np.full((100, 100, 3), 255, np.uint8))
    Path("digits/2/c.png").write_bytes(b"x")
    result = call("learn", "digits", "--profile", "p.npz")
    assert result.exit_code == 1
    assert "blank.png" in result.stderr and "c.png" in result.stderr
    assert len(file.load(Path("p.npz"))[0]) == 1


def test_what_cannot_be_is_said_in_a_line(here: Path) -> None:
    save("a.png", drawing(1))
    Path("broken.npz").write_bytes(b"x")
    Path("empty").mkdir()
    for args, said in (
        (["learn", "empty"], "subfolders"),
        (["learn", "--corrections", "none.jsonl"], "none.jsonl"),
        (["image", "a.png", "--profile", "gone.npz"], "no profile at gone.npz"),
        (["image", "a.png", "--profile", "broken.npz"], "broken.npz is no profile"),
        (["profile"], "no profile at"),
        (["profile", "--profile", "broken.npz"], "broken.npz is no profile"),
        (["profile", "delete", "--yes"], "no profile at"),
    ):
        result = call(*args)
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1), (args, result.output)
        assert said in result.stderr
    assert call("image", "a.png", "--profile", "x", "--no-profile").exit_code == 2
    assert call("profile", "prune").exit_code in (1, 2)


def test_a_profile_is_shown_pruned_merged_exported_and_deleted(here: Path) -> None:
    taught()
    save("more/3/a.png", drawing(3))
    save("more/3/b.png", drawing(3, 1))
    save("more/none/c.png", drawing(5))
    call("learn", "more", "--profile", "more.npz")
    assert call("profile", "--profile", "hand.npz", "merge", "more.npz").exit_code == 0
    shown = call("profile", "--profile", "hand.npz").stdout
    assert "3 samples of 3 and 7, 1 of what is no digit" in shown
    assert any(line.split()[:3] == ["7", "1", "0"] and "9 (1)" in line for line in shown.splitlines())
    assert call("profile", "--profile", "hand.npz", "sheet", "sheet.png").exit_code == 0
    picture = cv2.imread("sheet.png")
    assert picture is not None and picture.shape[0] > 3 * 60
    assert "exists" in call("profile", "--profile", "hand.npz", "sheet", "sheet.png").stderr
    assert call("profile", "--profile", "hand.npz", "export", "out.npz").exit_code == 0
    with np.load("out.npz") as exported:
        assert sorted(exported["y"].tolist()) == [3, 3, 7] and exported["x"].shape == (3, 28, 28)
    assert call("profile", "--profile", "hand.npz", "prune", "--newest", "1", "--digit", "none").exit_code == 0
    assert sorted(file.load(Path("hand.npz"))[0].labels.tolist()) == [3, 7]
    assert "no sample 2" in call("profile", "--profile", "hand.npz", "prune", "--number", "2").stderr
    assert call("profile", "--profile", "hand.npz", "delete", text="n\n").exit_code == 1
    assert call("profile", "--profile", "hand.npz", "delete", "--yes").exit_code == 0
    assert not Path("hand.npz").exists()


def test_a_network_that_cannot_learn_reads_without_a_profile(here: Path) -> None:
    from livedigits.recognition.shipped import shipped

    taught()
    Path("other.tflite").write_bytes(shipped("digits.tflite").read_bytes())  # without what stands beside it
    result = call("image", save("a.png", drawing(1)), "--model", "other.tflite", "--profile", "hand.npz")
    assert result.exit_code == 0
    assert "no profile is used" in result.stderr.splitlines()[0]
    assert call("learn", "digits", "--model", "other.tflite").exit_code == 1


def test_pictures_that_processes_read_are_read_with_it(here: Path) -> None:
    taught()
    paths = [save(f"many/{seed:02}.png", odd_seven(seed % 4)) for seed in range(16)]
    result = call("image", *paths, "--profile", "hand.npz", "--jobs", "2", "--json", "-", "--no-window")
    assert result.exit_code == 0, result.output
    assert [[d["digit"] for d in json.loads(line)["digits"]] for line in result.stdout.splitlines()] == [[7]] * 16
