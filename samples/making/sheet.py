"""The video: a sheet of numbers, held up to the camera of a laptop and moved as in a hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from imageio_ffmpeg import write_frames

from livedigits.training.synthesis import strokes
from livedigits.training.synthesis.pens import draw_lines, plain_pen
from samples.making import scenery, writing

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 30, 11
PAPER = (800, 566)  # px of the sheet, A4 across
CORNER = (220, 200)  # its upper left corner on the layer that it shares with the hand
LAYER = (1800, 1500)
FOCAL = 1100.0
PEN = 8.5
ROWS = ["40 7", "8 26", "19 53"]

# time s; centre of the sheet from the middle of the picture, px at 1500 px away; distance px; tilt about x, y, z, rad
POSES = np.array(
    [
        [0.0, 420, 980, 1500, 0.5, -0.3, 0.35],
        [0.5, 420, 980, 1500, 0.5, -0.3, 0.35],
        [1.3, -20, 20, 1480, 0.12, -0.1, 0.02],
        [2.2, -60, -12, 1420, 0.02, 0.1, -0.05],
        [3.3, -30, -20, 1400, -0.1, 0.42, -0.03],
        [4.4, -50, -10, 1250, 0.05, -0.16, 0.05],
        [5.4, -40, -25, 1060, 0.12, 0.06, 0.02],
        [6.2, -30, -20, 1180, -0.08, -0.12, -0.08],
        [7.0, -690, -60, 1350, 0.1, 0.25, -0.12],
        [7.5, -700, -50, 1380, 0.08, 0.22, -0.1],
        [8.3, -20, -30, 1600, 0.3, -0.2, 0.1],
        [9.2, 20, -20, 1750, 0.16, -0.32, 0.06],
        [9.9, 0, -10, 1560, 0.06, -0.06, 0.0],
        [10.5, 460, 1050, 1450, 0.55, -0.25, 0.4],
        [11.0, 520, 1200, 1450, 0.55, -0.25, 0.4],
    ]
)


def projected(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (n, 2) taken through a homography (3, 3)."""
    flat = np.concatenate([points, np.ones((len(points), 1))], 1) @ matrix.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


class Motion:
    """How the sheet is held at any time: a smooth way through POSES, with the tremor of a hand."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.times = np.arange(-1, SECONDS + 1, 0.01)
        poses = np.stack([np.interp(self.times, POSES[:, 0], POSES[:, k]) for k in range(1, 7)], 1)
        kernel = np.exp(-0.5 * (np.arange(-50, 51) * 0.01 / 0.13) ** 2)
        self.poses = np.stack([np.convolve(pose, kernel / kernel.sum(), "same") for pose in poses.T], 1)
        for rate, part in ((0.7, 1.0), (1.9, 0.5), (4.6, 0.16), (8.3, 0.07)):
            phases, amounts = rng.uniform(0, 2 * np.pi, 6), rng.normal(1, 0.25, 6)
            swing = np.sin(2 * np.pi * rate * self.times[:, None] + phases)
            self.poses += part * amounts * np.array([6, 5, 10, 0.018, 0.022, 0.012]) * swing
        self.bend = 10 + 9 * np.sin(2 * np.pi * 0.23 * self.times + 1.0)

    def at(self, time: float) -> tuple[np.ndarray, float]:
        """The homography (3, 3) from the layer to the frame, and how far the sheet sags in its middle, in px."""
        x, y, z, about_x, about_y, about_z = (np.interp(time, self.times, pose) for pose in self.poses.T)
        turn = cv2.Rodrigues(np.array([about_x, about_y, 0.0]))[0] @ cv2.Rodrigues(np.array([0.0, 0.0, about_z]))[0]
        middle = np.array([CORNER[0] + PAPER[0] / 2, CORNER[1] + PAPER[1] / 2])
        centre = np.array([x, y, 0.0]) * z / 1500 + np.array([0, 0, z])
        lens = np.array([[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]])
        plane = np.stack([turn[:, 0], turn[:, 1], centre - turn[:, :2] @ middle], 1)
        return lens @ plane, float(np.interp(time, self.times, self.bend))


def sag(points: np.ndarray, bend: float) -> np.ndarray:
    """Points (..., 2) of the layer as far down as the bent sheet takes them; with -bend, back again."""
    down = bend * np.sin(np.clip((points[..., 0] - CORNER[0]) / PAPER[0], 0, 1) * np.pi)
    return np.stack([points[..., 0], points[..., 1] + down], -1)


def layer(rng: np.random.Generator) -> tuple[np.ndarray, list[list[writing.Mark]]]:
    """The sheet, written on, and the hand that holds it: (h, w, 4) float32, colours times cover, then cover."""
    hand = strokes.new_hand(rng, tidy=0.7)
    rows = writing.page(ROWS, hand, rng, left=90, top=42, height=124, step=170, gap=0.34)
    ground = scenery.paper(PAPER[::-1], (0.86, 0.9, 0.91), rng) * scenery.folded(PAPER[::-1], rng)[..., None]
    coverage = draw_lines(writing.lines_of(rows), PAPER[::-1], plain_pen("brush", PEN), rng)
    coverage = cv2.GaussianBlur(coverage, (0, 0), 0.6) * np.clip(
        0.93 + 0.04 * scenery.clouds(PAPER[::-1], 6, rng), 0, 1
    )
    ground = ground + coverage[..., None] * (np.array([0.14, 0.09, 0.08], np.float32) - ground)
    for mark in (mark for marks in rows for mark in marks):
        mark.lines = [line + np.array(CORNER, np.float32) for line in mark.lines]

    whole = np.zeros((LAYER[1], LAYER[0]), np.float32)
    colours = np.zeros((LAYER[1], LAYER[0], 3), np.float32)
    x, y = CORNER
    whole[y : y + PAPER[1], x : x + PAPER[0]] = 1
    colours[y : y + PAPER[1], x : x + PAPER[0]] = ground
    flesh, behind, before = _hand(LAYER[::-1], rng)
    picture = np.zeros((LAYER[1], LAYER[0], 4), np.float32)
    _put(picture, flesh, behind)
    _put(picture, *_sleeve(LAYER[::-1], rng))
    shade = cv2.GaussianBlur(np.roll(before, (12, -10), (0, 1)), (0, 0), 11)
    _put(picture, colours * (1 - 0.5 * shade[..., None]), whole)
    _put(picture, flesh, before * whole)
    return picture, rows


def _put(picture: np.ndarray, colours: np.ndarray, cover: np.ndarray) -> None:
    picture *= 1 - cover[..., None]
    picture += np.dstack([colours, np.ones_like(cover)]) * cover[..., None]


def _grip() -> tuple[float, float]:
    return CORNER[0] + PAPER[0], CORNER[1] + PAPER[1] * 0.72


def _hand(shape: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours (h, w, 3) of a right hand and its forearm, where they are (h, w), and where the thumb is."""
    x, y = _grip()
    thumb = np.full(shape, -1e3, np.float32)
    ball = [
        (x + 150, y + 120, 78, 0.0),
        (x + 100, y + 66, 54, 16.0),
        (x + 44, y + 24, 40, 22.0),
        (x + 4, y + 0, 36, 22.0),
    ]
    scenery.tube(thumb, [*ball, (x - 40, y - 20, 34, 18), (x - 62, y - 30, 30, 14), (x - 76, y - 36, 25, 10)])
    height = thumb.copy()
    for k, long in enumerate((150, 175, 165, 130)):
        root = (x + 120 - 8 * k, y + 10 + 44 * k)
        bent = [
            (*root, 34, -30),
            (root[0] - long * 0.6, root[1] - 30, 31, -26),
            (root[0] - long, root[1] - 26, 26, -30),
        ]
        scenery.tube(height, bent)
    scenery.tube(height, [(x + 100, y + 70, 80, -10), (x + 160, y + 140, 98, -8), (x + 215, y + 240, 84, -8)])
    scenery.tube(height, [(x + 215, y + 240, 82, -6), (x + 330, y + 420, 92, 0), (x + 560, y + 800, 112, 0)])
    colours, cover = scenery.skin(height, (0.57, 0.67, 0.88), rng)
    plate = np.zeros(shape, np.float32)
    cv2.ellipse(plate, (int(x - 66), int(y - 38)), (27, 17), 24, 0, 360, 1.0, -1, cv2.LINE_AA)
    nail = cv2.GaussianBlur(plate, (0, 0), 1.2)
    rim = np.abs(cv2.GaussianBlur(nail, (0, 0), 3) - nail)
    pink = np.array([0.68, 0.72, 0.9], np.float32)
    colours = colours + 0.4 * nail[..., None] * (pink - colours) - 0.22 * rim[..., None]
    for offset in (-22, -10, 0, 12):  # folds over the joint
        fold = np.zeros(shape, np.float32)
        cv2.ellipse(fold, (int(x + offset), int(y - 2 + offset * 0.45)), (7, 24), 26, 110, 250, 1.0, 2, cv2.LINE_AA)
        colours = colours * (1 - 0.3 * cv2.GaussianBlur(fold, (0, 0), 1.6)[..., None])
    return np.asarray(colours, np.float32), cover, cv2.GaussianBlur((thumb > -500).astype(np.float32), (0, 0), 1.0)


def _sleeve(shape: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = _grip()
    height = np.full(shape, -1e3, np.float32)
    scenery.tube(height, [(x + 372, y + 488, 112, 0), (x + 620, y + 900, 150, 0)])
    colours, cover = scenery.skin(height, (0.34, 0.22, 0.16), rng)
    knit = 1 + 0.1 * np.sin(
        (np.mgrid[: shape[0], : shape[1]][0] * 1.2 - np.mgrid[: shape[0], : shape[1]][1] * 0.7) / 3.2
    )
    return np.asarray(colours * knit[..., None], np.float32), cover


def shot(picture: np.ndarray, matrix: np.ndarray, bend: float) -> np.ndarray:
    """The layer as the camera sees it at one instant: (HEIGHT, WIDTH, 4)."""
    back = np.linalg.inv(matrix).astype(np.float32)
    x, y = np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32)[:, None]
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    across = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth
    down = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / depth
    points = sag(np.stack([across, down], -1), -bend).astype(np.float32)
    return np.asarray(cv2.remap(picture, points[..., 0], points[..., 1], cv2.INTER_LINEAR))


def exposed(picture: np.ndarray, motion: Motion, time: float) -> tuple[np.ndarray, float]:
    """The layer while the shutter is open, for half a frame around `time`, and how far the sheet moves then, in px."""
    middle = np.array([[CORNER[0] + PAPER[0] / 2, CORNER[1] + PAPER[1] / 2]])
    ends = [projected(motion.at(time + side * 0.25 / FPS)[0], middle) for side in (-1, 1)]
    way = float(np.linalg.norm(ends[1] - ends[0]))
    count = int(np.clip(way / 1.5, 1, 9))
    instants = time + (np.linspace(-0.25, 0.25, count) / FPS if count > 1 else np.zeros(1))
    return np.mean([shot(picture, *motion.at(float(t))) for t in instants], 0), way


def make(folder: Path) -> None:
    """Write sheet.mp4, and sheet.json with what is to be read in it."""
    rng = np.random.default_rng(5)
    picture, rows = layer(rng)
    motion, truth = Motion(rng), {}
    # imageio-ffmpeg wants a coroutine: started by None, fed with frames
    output = ["-crf", "23", "-preset", "slow", "-movflags", "+faststart", "-threads", "2"]
    size = (WIDTH, HEIGHT)
    path = str(folder / "sheet.mp4")
    video = write_frames(path, size, "bgr24", fps=FPS, codec="libx264", quality=None, output_params=output)
    video.send(None)
    for index, (image, way) in enumerate(_frames(picture, motion, rng)):
        video.send(image)
        if index % 15 == 0:
            truth[index] = _digits(rows, *motion.at(index / FPS), way)
    video.close()
    _write_truth(folder / "sheet.json", truth)


def _frames(picture: np.ndarray, motion: Motion, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, float]]:
    """Each frame (HEIGHT, WIDTH, 3) uint8 and how far the sheet moved while it was taken, in px."""
    room = scenery.room(WIDTH, HEIGHT, rng)
    x, y = np.linspace(-1, 1, WIDTH, dtype=np.float32), np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    exposure, focus = 1.04, 0.0
    for time in np.arange(FPS * SECONDS) / FPS:
        seen, way = exposed(picture, motion, float(time))
        cover = seen[..., 3:]
        person = 1 - 0.16 * np.exp(-((x + 0.55 - 0.12 * np.sin(time * 0.9)) ** 2) / 0.12 - (y - 0.1) ** 2 / 0.5)
        light = (0.96 + 0.1 * x - 0.05 * y + 0.02 * np.sin(time * 0.7)) * person
        facing = float(np.interp(time, motion.times, motion.poses[:, 4]))  # away from the window it is darker
        image = room * (1 - cover) + seen[..., :3] * (light * (1 - 0.22 * facing))[..., None]
        share = float(cover.mean())
        focus += (min(share * 3, 1.0) - focus) * 0.12  # the lens takes a moment to find the sheet
        exposure += (1.04 - 0.2 * min(share, 0.7) - exposure) * 0.06
        warmth = 1 + 0.012 * np.sin(time * 0.5)
        image = image * exposure * np.array([2 - warmth, 1.0, warmth])
        blur = 0.75 + 2.2 * (1 - focus) * min(share * 4, 1.0)
        yield scenery.camera(image.astype(np.float32), rng, 0.017, 0.24, blur), way


def _digits(rows: list[list[writing.Mark]], matrix: np.ndarray, bend: float, way: float) -> list[dict[str, Any]]:
    """The digits that are in the frame; to be ignored when cut off by its edge, or too fast to be sharp."""
    digits = []
    for entry in writing.truth(ROWS, rows, PEN, lambda points: projected(matrix, sag(points, bend)))["digits"]:
        left, top, wide, high = entry["box"]
        right, bottom = left + wide, top + high
        if right <= 4 or bottom <= 4 or left >= WIDTH - 4 or top >= HEIGHT - 4:
            continue
        if left < 0 or top < 0 or right > WIDTH or bottom > HEIGHT or way > 8:
            entry["ignore"] = True
            left, top, right, bottom = max(left, 0), max(top, 0), min(right, WIDTH), min(bottom, HEIGHT)
            entry["box"] = [left, top, right - left, bottom - top]
        digits.append(entry)
    return digits


def _write_truth(path: Path, truth: dict[int, list[dict[str, Any]]]) -> None:
    """One line a frame, as `livedigits video --json` writes them, without confidence and track."""
    head = {"source": "sheet.mp4", "fps": FPS, "width": WIDTH, "height": HEIGHT, "rows": ROWS}
    lines = [json.dumps({"frame": index, "digits": digits}) for index, digits in truth.items()]
    path.write_text(json.dumps(head)[:-1] + ', "frames": [\n ' + ",\n ".join(lines) + "\n]}\n")
