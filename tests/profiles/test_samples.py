"""Samples, profiles and their files."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from livedigits import LivedigitsError, Reader
from livedigits.profiles import file
from livedigits.profiles.head import HandHead, trusted
from livedigits.profiles.marked import crop_of_picture, crops_of
from livedigits.profiles.profile import Profile, changed
from livedigits.profiles.samples import MOST, Samples, as_crops
from livedigits.profiles.watching import WatchedProfile
from livedigits.recognition.classifier import Classifier
from livedigits.recognition.video_reader import VideoReader
from livedigits.types import NO_DIGIT
from tests import pages
from tests.profiles.hand import drawing, odd_seven


def some(count: int, label: int = 7, seed: int = 0) -> Samples:
    crops = np.random.default_rng(seed).integers(0, 256, (count, 28, 28, 2)).astype(np.uint8)
    return Samples.of(crops, [label] * count, np.arange(count) + seed)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


@pytest.fixture(scope="module")
def taught(classifier: Classifier) -> Profile:
    return Profile(classifier=classifier).learn(crop_of_picture(odd_seven()), 7)


def test_of_one_crop_the_last_label_counts() -> None:
    first, again = some(2, 7), some(2, 1)
    joined = first.joined(again)
    assert joined.labels.tolist() == [1, 1]
    assert joined.counts[1] == 2


def test_samples_are_in_the_order_in_which_they_were_given_and_cannot_be_written_to() -> None:
    joined = some(2, seed=50).joined(some(2, seed=10))
    assert np.diff(joined.times).min() >= 0
    with pytest.raises(ValueError):
        joined.labels[0] = 3


def test_there_is_a_most() -> None:
    full = some(MOST)
    with pytest.raises(LivedigitsError, match="prune"):
        full.joined(some(1, seed=1))


@pytest.mark.parametrize("crops", [np.zeros((27, 28)), np.zeros((28, 28, 3), np.uint8), np.zeros((28, 28), np.int64)])
def test_other_crops_are_refused(crops: np.ndarray) -> None:
    with pytest.raises(ValueError, match="28"):
        as_crops(crops)


def test_a_crop_without_surroundings_is_put_on_blank_paper() -> None:
    crop = as_crops(np.full((28, 28), 1.0))
    assert crop.shape == (1, 28, 28, 2)
    assert (crop[0, 0, 0] == [255, 128]).all()


@pytest.mark.parametrize("label", [-1, 11, 7.5, "7"])
def test_other_labels_are_refused(label: object) -> None:
    with pytest.raises(ValueError, match="label"):
        Profile().learn(np.zeros((28, 28)), label)  # type: ignore[arg-type]


def test_one_correction_is_enough_and_nothing_else_changes(reader: Reader, taught: Profile) -> None:
    knowing = Reader(reader.classifier, learned=taught)
    for seed in range(1, 4):
        picture = odd_seven(seed)
        assert reader.read(picture).labels.tolist() == [9]
        assert knowing.read(picture).labels.tolist() == [7]
    for digit in range(10):
        assert knowing.read(drawing(digit, 5)).labels.tolist() == [digit]


def test_what_was_deleted_is_not_read_again(reader: Reader) -> None:
    image = odd_seven()
    knowing = Reader(
        reader.classifier, learned=Profile(classifier=reader.classifier).learn(crop_of_picture(image), NO_DIGIT)
    )
    assert len(reader.read(odd_seven(2))) == 1
    assert len(knowing.read(odd_seven(2))) == 0


def test_a_profile_is_a_value(taught: Profile) -> None:
    more = taught.learn(crop_of_picture(drawing(3)), 3)
    assert (len(taught.samples), len(more.samples), len(more.without([0]).samples)) == (1, 2, 1)
    assert taught.merged(more).samples.labels.tolist() == [7, 3]


@pytest.mark.parametrize("margin", [5, 20, 50])
def test_a_loose_box_is_about_the_digit_as_the_reader_sees_it(reader: Reader, margin: int) -> None:
    image = np.full((360, 640, 3), 255, np.uint8)
    image[80:280, 120:320] = odd_seven()
    box = reader.read(image).boxes[0]
    exact, loose = crops_of(image, np.array([box, box + [-margin, -margin, 2 * margin, 2 * margin]]))
    assert (loose == exact).all()


def test_a_wrong_label_among_right_ones_hardly_counts(classifier: Classifier) -> None:
    crops = np.stack([crop_of_picture(drawing(digit, seed)) for seed in range(3) for digit in (3, 8)])
    labels = np.array([3, 8, 3, 8, 3, 8])
    labels[4] = 8
    features = classifier.look(crops.astype(np.float32) / 255)[1]
    trust = trusted(features, labels)
    assert trust[4] < 0.2
    assert np.delete(trust, 4).min() > 0.8


def test_a_digit_of_a_frame_is_learned_from_its_box(reader: Reader) -> None:
    image, _ = pages.page("407")
    digit = list(reader.read(image))[2]
    profile = Profile(classifier=reader.classifier).learn(digit, 1, image)
    assert profile.samples.labels.tolist() == [1]
    loose = np.array(digit.box) + [-6, -6, 12, 12]
    assert (crops_of(image, loose[None])[0] == profile.samples.crops[0]).all()
    with pytest.raises(ValueError, match="image"):
        profile.learn(digit, 1)
    with pytest.raises(LivedigitsError, match="no ink"):
        profile.learn((500, 300, 40, 40), 1, image)


def test_a_file_gives_back_what_was_saved(tmp_path: Path, taught: Profile, classifier: Classifier) -> None:
    path = tmp_path / "there" / "hand.npz"
    taught.save(path)
    loaded = Profile.load(path, classifier)
    assert loaded.samples.labels.tolist() == [7]
    head, before = loaded.head(), taught.head()
    assert head is not None and before is not None
    assert (head.weights == before.weights).all()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or os.name == "nt"


def test_a_head_of_another_network_is_fitted_anew(tmp_path: Path, taught: Profile, classifier: Classifier) -> None:
    path = tmp_path / "hand.npz"
    head = taught.head()
    assert head is not None
    file.save(path, taught.samples, HandHead("0" * 16, np.zeros_like(head.weights), head.trust))
    fitted = Profile.load(path, classifier).head()
    assert fitted is not None and fitted.network == classifier.digest
    assert np.allclose(fitted.weights, head.weights)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing", b"no profile"])
def test_what_is_no_profile_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hand.npz"
    path.write_bytes(content)
    with pytest.raises(LivedigitsError, match="no profile"):
        Profile.load(path)


def test_of_a_damaged_file_nothing_is_lost_by_a_correction(tmp_path: Path, classifier: Classifier) -> None:
    path = tmp_path / "hand.npz"
    path.write_bytes(b"damaged")
    with pytest.raises(LivedigitsError, match="damaged"):
        changed(path, lambda found: found.learn(np.zeros((28, 28)), 1), classifier)
    assert path.read_bytes() == b"damaged"


KILLED = """
import sys
from pathlib import Path
import numpy as np
from livedigits.profiles.file import load, locked, save
from livedigits.profiles.samples import Samples
path, rng = Path(sys.argv[1]), np.random.default_rng(1)
while True:
    with locked(path):
        samples, head = load(path)
        save(path, samples.joined(Samples.of(rng.integers(0, 256, (1, 28, 28, 2)).astype(np.uint8), [7])), head)
    print(len(samples) + 1, flush=True)
"""


def test_killed_while_it_saves_it_loses_one_sample_at_most(tmp_path: Path) -> None:
    path = tmp_path / "hand.npz"
    for turn in range(2):
        run = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        said = [int(run.stdout.readline()) for _ in range(4 + turn)]
        time.sleep(0.001 * turn)  # somewhere in the middle of a save
        run.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        said += [int(line) for line in run.stdout if line.endswith("\n")]
        run.wait()
        samples, _ = file.load(path)
        assert said[-1] <= len(samples) <= said[-1] + 1


def test_two_who_learn_at_once_both_count(tmp_path: Path) -> None:
    path = tmp_path / "hand.npz"
    runs = [
        subprocess.Popen([sys.executable, "-c", KILLED.replace("(1)", f"({i})"), path], stdout=subprocess.PIPE)
        for i in (1, 2)
    ]
    for run in runs:
        assert run.stdout is not None
        for _ in range(5):
            run.stdout.readline()
    for run in runs:
        run.kill()
        run.communicate()
    assert len(file.load(path)[0]) >= 10


def test_a_watched_file_is_taken_at_the_next_frame(tmp_path: Path, taught: Profile, classifier: Classifier) -> None:
    path, lines = tmp_path / "hand.npz", []
    watched = WatchedProfile(path, classifier, lines.append)
    video = VideoReader(Reader(classifier, learned=watched))
    image = odd_seven()
    for frame in range(5):
        assert set(video.read(image, frame / 30).labels.tolist()) <= {9}
    taught.save(path)
    after = video.read(image, 5 / 30)
    assert after.labels.tolist() == [7]
    assert after.tracks is not None and after.tracks.tolist() == [1]  # the same digit, read better
    path.write_bytes(b"damaged")
    assert video.read(image, 6 / 30).labels.tolist() == [7]
    assert len(lines) == 1 and "damaged" in lines[0]
    path.unlink()
    assert video.read(image, 7 / 30).labels.tolist() == [9]


def test_what_was_deleted_leaves_a_running_video(tmp_path: Path, classifier: Classifier) -> None:
    image, path = odd_seven(), tmp_path / "hand.npz"
    video = VideoReader(Reader(classifier, learned=WatchedProfile(path, classifier)))
    shown = [len(video.read(image, frame / 30)) for frame in range(5)]
    assert shown[-1] == 1
    Profile(classifier=classifier).learn(crop_of_picture(image), NO_DIGIT).save(path)
    assert [len(video.read(image, (5 + frame) / 30)) for frame in range(8)][-1] == 0


def test_a_network_without_its_second_last_layer_cannot_learn(tmp_path: Path, taught: Profile) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(Classifier().path.read_bytes())  # without the moments beside it
    with pytest.raises(LivedigitsError, match="cannot learn"):
        Profile(taught.samples, Classifier(path)).head()
