"""The samples for docs/fields.md: a form filled in and photographed ten times, a score board, a counter."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from imageio_ffmpeg import write_frames

from livedigits.training.synthesis import filled_forms, strokes
from livedigits.training.synthesis.pens import draw_lines, plain_pen
from livedigits.training.synthesis.writers import Writer
from samples.making import scenery, writing

SHEETS = 10
FPS, SECONDS_EACH = 15, 1.2
SCORES = [(0, 0), (1, 0), (1, 2), (3, 2), (4, 2), (4, 3)]
BOARD = {"home": (70, 150, 220, 170), "guest": (350, 150, 220, 170)}  # x, y, width, height, px
COUNTER = "04718"


def make(folder: Path) -> None:
    """Writes all of it into fields/ there."""
    folder = folder / "fields"
    (folder / "sheets").mkdir(parents=True, exist_ok=True)
    _form(folder)
    _score(folder)
    _counter(folder)


def _form(folder: Path) -> None:
    cv2.imwrite(str(folder / "form.png"), cv2.cvtColor(filled_forms.empty(), cv2.COLOR_BGR2GRAY))
    lines = ['anchor = "form.png"']
    for place in filled_forms.PLACES:
        lines += ["", f"[fields.{place.name}]", f"region = {list(place.region)}", f'expect = "{place.expect}"']
    (folder / "form.toml").write_text("\n".join(lines) + "\n")
    truth = {}
    for number in range(SHEETS):
        rng = np.random.default_rng([40, number])
        photo = filled_forms.photograph(rng, Writer(rng, None, None, 1.0), None, number == 6, (1050, 1400))
        name = f"sheet-{number + 1:02}.jpg"
        cv2.imwrite(str(folder / "sheets" / name), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 70])
        truth[name] = photo.texts
    (folder / "sheets.json").write_text(json.dumps(truth, indent=1) + "\n")


def _print(image: np.ndarray, text: str, at: tuple[int, int], size: float) -> None:
    """Prints text onto a picture (h, w, 3) float32 in 0..1, in place."""
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.putText(mask, text, at, cv2.FONT_HERSHEY_DUPLEX, size, 255, 2, cv2.LINE_AA)
    image *= 1 - 0.8 * (mask[..., None] / np.float32(255))


def _board(score: tuple[int, int], hand: strokes.Hand, face: np.ndarray) -> np.ndarray:
    """The board with a score on it, (h, w, 3) float32 in 0..1."""
    board = face.copy()
    for (x, y, w, h), value in zip(BOARD.values(), score, strict=True):
        rng = np.random.default_rng([7, x, value])
        marks = writing.row(str(value), hand, rng, x + 0.35 * w, y + 0.15 * h, 0.7 * h)
        ink = draw_lines([line for mark in marks for line in mark.lines], board.shape[:2], plain_pen("marker", 11), rng)
        board += ink[..., None] * (np.array([0.45, 0.2, 0.12], np.float32) - board)
    return board


def _score(folder: Path) -> None:
    rng = np.random.default_rng(3)
    hand = strokes.new_hand(rng, tidy=0.9)
    face = scenery.paper((480, 640), (0.93, 0.93, 0.92), rng)
    for name, (x, y, w, h) in BOARD.items():
        cv2.rectangle(face, (x - 14, y - 14), (x + w + 14, y + h + 14), (0.3, 0.3, 0.32), 3, cv2.LINE_AA)
        _print(face, name.upper(), (x, y - 34), 1.3)
    video = write_frames(str(folder / "score.mp4"), (640, 480), "bgr24", fps=FPS, codec="libx264", quality=6)
    video.send(None)
    for score in SCORES:
        board = _board(score, hand, face)
        for frame in range(round(FPS * SECONDS_EACH)):
            shown = board.copy()
            if frame < 4:  # somebody wipes and writes: a sleeve is before the board
                cv2.rectangle(shown, (330 - 60 * frame, 120), (640, 480), (0.35, 0.25, 0.2), -1)
            video.send(np.ascontiguousarray(scenery.camera(shown.astype(np.float32), rng, 0.012, 0.2, 0.6)))
    video.close()
    lines = []
    for name, region in BOARD.items():
        lines += [
            f"[fields.{name}]",
            f"region = {list(region)}",
            'expect = "##?"',
            "confidence = 0.4",
            f"[fields.{name}.settle]",
        ]
        lines += ["frames = 4", "falls = false", "step = 3", ""]
    (folder / "score.toml").write_text("\n".join(lines))


def _counter(folder: Path) -> None:
    """A counter whose figures somebody has painted, in a window each."""
    rng = np.random.default_rng(12)
    hand = strokes.new_hand(rng, tidy=1.0)
    image = scenery.wood((420, 760), (0.4, 0.45, 0.5), rng)
    cv2.rectangle(image, (90, 110), (670, 310), (0.82, 0.84, 0.85), -1)
    _print(image, "cubic metres", (270, 290), 1.0)
    cv2.rectangle(image, (110, 130), (650, 245), (0.95, 0.95, 0.95), -1)
    left = 135.0
    for sign in COUNTER:
        marks = writing.row(sign, hand, rng, left, 150, 76)
        ink = draw_lines([line for mark in marks for line in mark.lines], image.shape[:2], plain_pen("marker", 8), rng)
        image += ink[..., None] * (0.08 - image)
        left += 100
    picture = scenery.camera(image.astype(np.float32), rng, 0.012, 0.3, 0.8)
    cv2.imwrite(str(folder / "counter.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 82])
