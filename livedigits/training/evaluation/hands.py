"""What a profile gains, writer by writer: each unseen digit drawn and in frames, read by the whole pipeline.

Run it with python -m livedigits.training.evaluation.hands STROKES.npz, with people whom the network has not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from livedigits.errors import LivedigitsError
from livedigits.outputs.progress import bar
from livedigits.profiles.head import HandHead
from livedigits.profiles.profile import Profile
from livedigits.recognition.boxes import iou
from livedigits.recognition.classifier import Classifier, Head
from livedigits.recognition.crop import crop, from_mnist
from livedigits.recognition.reader import Reader, scan
from livedigits.recognition.regions import FULL_SCAN
from livedigits.recognition.suppression import NO_BOXES
from livedigits.training.dataset import files
from livedigits.training.evaluation.hand_material import SAMPLES, Page, samples, split, tests
from livedigits.training.synthesis import strokes
from livedigits.types import Digits

GIVEN = (0, 1, 3, 5, 10, 15)
"""Samples of each digit that the profiles are made of."""
WRONG = (0.05, 0.2)
"""Shares of the samples that are labelled wrongly, of profiles of 5 and SAMPLES a digit."""
MATCH = 0.5
"""Intersection over union from which a digit was read where it stands."""
SEED = 1000


@dataclass(frozen=True)
class Hand:
    """One writer: samples (150, 28, 28, 2) uint8 and their labels, and the pages to be read."""

    writer: str
    crops: np.ndarray
    labels: np.ndarray
    pages: list[Page]


@dataclass
class Count:
    """Digits of pages: all, those read with the right label, and those read with another."""

    digits: int = 0
    right: int = 0
    mistaken: int = 0

    @property
    def errors(self) -> float:
        """Share of the digits that are not read rightly, whatever became of them."""
        return 1 - self.right / max(self.digits, 1)

    def add(self, page: Page, read: Digits) -> None:
        """What was read on a page."""
        self.digits += len(page.labels)
        if not len(read) or not len(page.labels):
            return
        overlap = iou(page.boxes, read.boxes)
        there = overlap >= MATCH
        fits = (there & (read.labels == page.labels[:, None])).any(1)
        self.right += int(fits.sum())
        self.mistaken += int((there.any(1) & ~fits).sum())


def hands(path: Path, writers: Sequence[str], seed: int = SEED) -> Iterator[Hand]:
    """The writers of a file of pen strokes, all or those named, with what is rendered of them."""
    by_writer: dict[str, list[strokes.Character]] = {}
    for character in strokes.load(path):
        by_writer.setdefault(str(character.writer), []).append(character)
    missing = [name for name in writers if name not in by_writer]
    if missing:
        raise LivedigitsError(f"{path} has no writer {missing[0]}: its writers are {', '.join(by_writer)}")
    for name in writers or by_writer:
        rounds, rest = split(by_writer[name])
        number = int(name) if name.isdecimal() else sum(name.encode())
        crops, labels = samples(rounds, seed + number)
        yield Hand(name, crops, labels, tests(rest, 2 * seed + number))


def with_another(every: Iterator[Hand]) -> Iterator[tuple[Hand, list[Page]]]:
    """Each hand and the pages of the one before it, of the first one those of the last; none where there is one."""
    first = before = next(every)
    for hand in every:
        yield hand, before.pages
        before = hand
    yield first, before.pages if before is not first else []


def mislabelled(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Labels of which this share is another digit."""
    rng = np.random.default_rng(seed)
    out = labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    out[chosen] = (out[chosen] + rng.integers(1, 10, len(chosen))) % 10
    return out


def learned(hand: Hand, given: int, classifier: Classifier, wrong: float = 0.0) -> HandHead | None:
    """The head from so many samples of each digit, of which a share is labelled wrongly."""
    n = 10 * given
    labels = mislabelled(hand.labels[:n], wrong, SEED)
    return Profile(classifier=classifier).learn_all(hand.crops[:n], labels).head() if given else None


def read(reader: Reader, pages: Sequence[Page], heads: Mapping[str, Head | None]) -> dict[str, dict[str, Count]]:
    """By the heads' names, digits read right and wrong of the drawings, the frames and all; each is scanned once."""
    counts = {name: {"drawings": Count(), "frames": Count(), "all": Count()} for name in heads}
    for page in pages:
        regions, is_drawing = scan(page.image, FULL_SCAN)
        crops = crop(regions)
        for name, head in heads.items():
            found = reader.seen(regions, crops, is_drawing, head)
            least = reader.least(reader.min_confidence, is_drawing)
            digits = found.digits(least, reader.between, NO_BOXES)
            for kind in ("drawings" if page.drawing else "frames", "all"):
                counts[name][kind].add(page, digits)
    return counts


def measured(hand: Hand, other: Sequence[Page], reader: Reader, mnist: files.Digits28 | None) -> dict[str, Any]:
    """A writer's errors by the number of samples, with wrong labels, others' errors and MNIST's with the profile."""
    classifier = reader.classifier
    heads: dict[str, Head | None] = {f"with {given}": learned(hand, given, classifier) for given in GIVEN}
    for share in WRONG:
        for given in (5, SAMPLES):
            heads[f"with {given}, {share:.0%} wrong"] = learned(hand, given, classifier, share)
    figures: dict[str, Any] = {"writer": hand.writer, "digits": sum(len(p.labels) for p in hand.pages)}
    for name, counts in read(reader, hand.pages, heads).items():
        figures[f"errors {name}"] = counts["all"].errors
        figures[f"of drawings {name}"] = counts["drawings"].errors
        figures[f"of frames {name}"] = counts["frames"].errors
        figures[f"mistaken {name}"] = counts["all"].mistaken / max(counts["all"].digits, 1)
    head = heads[f"with {SAMPLES}"]
    if other:
        both = read(reader, other, {"another's errors": None, "another's errors with it": head})
        figures |= {name: counts["all"].errors for name, counts in both.items()}
    if mnist is not None and head is not None:
        crops = from_mnist(mnist.images)
        probabilities, features = classifier.look(crops)
        for name, answers in (("MNIST", probabilities), ("MNIST with it", head(features, probabilities))):
            figures[name] = 1 - float((answers[:, :10].argmax(1) == mnist.labels).mean())
    return figures


def summed(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The figures of all writers in lines: means, how many errors fewer, and the same of the two worst writers."""
    base = np.array([row["errors with 0"] for row in rows])
    worst = np.argsort(base)[-2:]

    def line(name: str) -> str:
        errors = np.array([row[name] for row in rows])
        fewer, least = 1 - errors.mean() / base.mean(), 1 - errors[worst].mean() / base[worst].mean()
        more = (errors - base).max()
        return (
            f"{name:<32}{errors.mean():8.2%}  fewer {fewer:5.0%}  two worst {errors[worst].mean():7.2%}  fewer "
            f"{least:5.0%}  worst change of a writer {100 * more:+.2f} points"
        )

    out = [line(name) for name in rows[0] if name.startswith("errors with")]
    for name in ("of drawings", "of frames", "mistaken"):
        out.append(
            f"{name:<32}" + "  ".join(f"{g}: {np.mean([r[f'{name} with {g}'] for r in rows]):.2%}" for g in GIVEN)
        )
    for name in ("another's errors", "MNIST"):
        if name in rows[0]:
            before, after = (np.mean([row[key] for row in rows]) for key in (name, f"{name} with it"))
            out.append(f"{name:<32}{before:8.2%}  with the profile {after:8.2%}")
    return out


@click.command()
@click.argument("path", metavar="STROKES.npz", type=click.Path(path_type=Path))
@click.option("--writer", "writers", multiple=True, help="This writer alone; repeatable.")
@click.option("--model", type=click.Path(path_type=Path), help="The network; by default the shipped one.")
@click.option("--mnist", "mnist_path", type=click.Path(path_type=Path), help="mnist.npz, to measure what is forgotten.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write each writer's figures, too.")
def main(
    path: Path, writers: tuple[str, ...], model: Path | None, mnist_path: Path | None, json_path: Path | None
) -> None:
    """Measure what profiles gain for the writers of a file of pen strokes."""
    reader = Reader(Classifier(model, threads=1))
    mnist = None if mnist_path is None else files.mnist(mnist_path)[1]
    rows = []
    with bar("writers", len(writers) or len({str(c.writer) for c in strokes.load(path)})) as done:
        for hand, other in with_another(hands(path, writers)):
            rows.append(measured(hand, other, reader, mnist))
            click.echo(f"{hand.writer}: " + "  ".join(f"{g}: {rows[-1][f'errors with {g}']:.2%}" for g in GIVEN))
            done(1)
    for text in summed(rows):
        click.echo(text)
    if json_path is not None:
        json_path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
