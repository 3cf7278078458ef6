"""Fields in takes: a score that is counted up by hand, and what fields cost a frame.

`python -m livedigits.training.evaluation.field_takes` renders a board on which somebody counts from 0 to 60. Before
each new value a hand comes before the board; the take begins with a wrong value, which settles.

It also measures what 12 fields add to a video's usual frame at 720p, in processor time: a busy machine does not count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click
import cv2
import numpy as np

from livedigits import process
from livedigits.fields.definition import Field, FieldSet, Settle, rectangle
from livedigits.fields.form import Form
from livedigits.fields.reading import FieldReader
from livedigits.fields.watching import Watching
from livedigits.recognition.reader import Reader
from livedigits.training.dataset.pools import pools
from livedigits.training.synthesis import pens, strokes
from livedigits.training.synthesis.strokes import Character
from livedigits.types import Frame

FPS = 30
SIZE = 1280, 720
REGION = (420, 230, 260, 150)  # px: x, y, width, height
RULES = Settle(frames=5, seconds=0.2, step=3, falls=False, recover=15)
COVERED, CLEAR = 16, 24  # frames of each value: a hand is before it, and then it is to be seen
WRONG = 38  # what the take begins with
NOISE = 4.0  # grey levels, deviation, of each pixel and frame


class Shot(NamedTuple):
    """A frame of the take: image (h, w, 3) uint8; the value on the board, and whether all of it is to be seen."""

    image: np.ndarray
    value: int
    clear: bool


class Score(NamedTuple):
    """How a take was read: its frames with a wrong settled value, the s from each clear view until its value had
    settled, inf for never, and the s until the value after the wrong start had.
    """

    wrong: int
    delays: list[float]
    recovered: float


def board(value: int, rng: np.random.Generator, digits: list[Character] | None) -> np.ndarray:
    """A white board with a value written into REGION, (h, w, 3) float32, 0..255; one hand where `digits` are given."""
    wide, high = SIZE
    light = np.linspace(215, 190, wide, dtype=np.float32)[None] + np.linspace(8, -8, high, dtype=np.float32)[:, None]
    image = np.repeat(light[..., None], 3, 2)
    x, y, w, h = REGION
    tall = 0.55 * h
    pen = pens.plain_pen("pen", tall / 11)
    left = x + 0.2 * w
    hand = strokes.new_hand(rng, tidy=0.8)
    for digit in str(value):
        pool = [c for c in digits or () if c.label == int(digit)]
        character = pool[int(rng.integers(len(pool)))] if pool else strokes.digit(int(digit), rng, hand)
        lines = strokes.polyline(character, tall, left, y + 0.2 * h)
        drawn = pens.draw_lines(lines, (high, wide), pen, rng)
        image += drawn[..., None] * (np.array([120, 50, 40], np.float32) - image)
        left = max(float(line[:, 0].max()) for line in lines) + rng.uniform(0.15, 0.35) * tall
    return image


def take(seed: int, digits: list[Character] | None, last: int = 60) -> Iterator[Shot]:
    """The frames of a score counted from 0 to `last` after a wrong start."""
    rng = np.random.default_rng(seed)
    noise = [rng.normal(0, NOISE, (SIZE[1], SIZE[0], 1)).astype(np.float32) for _ in range(7)]
    before = None
    for value in (WRONG, *range(last + 1)):
        now = board(value, rng, digits)
        for step in range(COVERED + CLEAR):
            covered = before is not None and step < COVERED
            image = (before if before is not None and step < COVERED // 2 else now).copy()
            shown = int(value) if step >= COVERED // 2 or before is None else -1
            if covered:
                _hand(image, step / COVERED)
            image += noise[int(rng.integers(len(noise)))]
            yield Shot(np.clip(image, 0, 255).astype(np.uint8), shown, not covered)
        before = now


def _hand(image: np.ndarray, share: float) -> None:
    """Draws a hand with a pen that comes from below and goes again, at this share of its way."""
    x, y, w, h = REGION
    reach = 1 - abs(2 * share - 1)  # 0, 1 in the middle, 0
    tip = np.array([x + 0.6 * w, y + h * (1.6 - 1.3 * reach)])
    skin = (110, 140, 190)
    palm = tip + [0.35 * w, 0.55 * h]
    cv2.line(image, tip.astype(int).tolist(), palm.astype(int).tolist(), (60, 50, 50), 9, cv2.LINE_AA)
    cv2.ellipse(image, (palm.astype(int).tolist(), (0.7 * w, 0.8 * h), 30), skin, -1, cv2.LINE_AA)
    elbow = palm + [0.8 * w, 3 * h]
    cv2.line(image, palm.astype(int).tolist(), elbow.astype(int).tolist(), skin, int(0.5 * h), cv2.LINE_AA)
    for finger in range(3):
        knuckle = palm + np.array([-0.25 + 0.12 * finger, -0.2 - 0.06 * finger]) * [w, h]
        near = tip + np.array([0.1 + 0.12 * finger, 0.16]) * [w, h]
        cv2.line(image, knuckle.astype(int).tolist(), near.astype(int).tolist(), skin, int(0.16 * h), cv2.LINE_AA)


def counted(reader: FieldReader, shots: Iterator[Shot]) -> Score:
    """Reads a take with the rules of a scoreboard."""
    fields = FieldSet((Field("score", rectangle(*REGION), Form("##?"), 0, 99, settle=RULES),))
    watching = Watching(reader, fields)
    wrong, delays, recovered = 0, [], float("inf")
    since: dict[int, float] = {}
    settled: set[int] = set()
    allowed: set[int] = set()
    for index, shot in enumerate(shots):
        now = watching(Frame(shot.image, index, index / FPS, "take"))["score"]
        when = index / FPS
        if shot.value >= 0:
            allowed.add(shot.value)
            if shot.clear:
                since.setdefault(shot.value, when)
        if now.state == "settled" and now.value not in allowed:
            wrong += 1
        if now.state == "settled" and now.value == shot.value and shot.value not in settled and shot.value in since:
            settled.add(shot.value)
            if WRONG in since and len(since) == 2 and shot.value != WRONG:
                recovered = when - since[shot.value]
            elif shot.value != WRONG:
                delays.append(when - since[shot.value])
    missed = len([value for value in since if value not in settled and value != WRONG])
    return Score(wrong, delays + [float("inf")] * missed, recovered)


def frame_cost(reader: FieldReader, fields: int = 12, frames: int = 90) -> list[float]:
    """Processor time, s, that fields add to each frame of a video in which they have settled: 720p, noisy frames."""
    rng = np.random.default_rng(3)
    image = board(12, rng, None)
    x, y, w, h = REGION
    tile = image[y : y + h, x : x + w].copy()
    places = [(20 + 310 * (i % 4), 20 + 230 * (i // 4), w, h) for i in range(fields)]
    for left, top, _, _ in places:
        image[top : top + h, left : left + w] = tile
    asked = FieldSet(tuple(Field(str(i), rectangle(*p), Form("##"), settle=RULES) for i, p in enumerate(places)))
    watching, spent = Watching(reader, asked), []
    noise = [rng.normal(0, NOISE, image.shape).astype(np.float32) for _ in range(5)]
    for index in range(frames):
        shot = np.clip(image + noise[index % len(noise)], 0, 255).astype(np.uint8)
        began = time.process_time()
        values = watching(Frame(shot, index, index / FPS, "take"))
        if index >= frames // 2:
            spent.append(time.process_time() - began)
    if any(value.state != "settled" for value in values.values()):
        raise RuntimeError("fields of the rendered board did not settle")
    return spent


def figures(score: Score, cost: list[float]) -> dict[str, Any]:
    """For JSON."""
    late = [delay for delay in score.delays if delay > 0.5]
    return {
        "frames_with_wrong_settled_value": score.wrong,
        "values": len(score.delays),
        "within_half_a_second": len(score.delays) - len(late),
        "slowest_s": round(max(score.delays), 3) if score.delays else None,
        "recovered_after_wrong_start_s": round(score.recovered, 3),
        "ms_of_12_fields_a_frame": round(1000 * median(cost), 2),
    }


@click.command()
@click.option(
    "--strokes", "files", multiple=True, type=click.Path(path_type=Path), help="Pen strokes, .npz; one writes."
)
@click.option("--seed", default=11, show_default=True, help="Another seed, another writing.")
@click.option("--last", default=60, show_default=True, help="The value that is counted to.")
def main(files: tuple[Path, ...], seed: int, last: int) -> None:
    """Read a score that is counted by hand, and time a frame with 12 fields."""
    digits = None
    if files:
        everybody = pools(files, None)[1].digits or []
        writers = sorted({str(c.writer) for c in everybody})
        digits = [c for c in everybody if str(c.writer) == writers[seed % len(writers)]]
    process.tune()  # as every command that reads
    reader = FieldReader(Reader())
    cost = frame_cost(reader)
    click.echo(json.dumps(figures(counted(reader, take(seed, digits, last)), cost), indent=2))


if __name__ == "__main__":
    main()
