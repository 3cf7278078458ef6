"""What the strip network learns from: canvases kept as shards, windows cut out of them, and targets for each cell.

A window is cut anew each time it is taken, so that a canvas of a dozen digits gives many. Targets are those of
CenterNet (Zhou et al. 2019, arXiv 1904.07850): a Gaussian at the centre of each digit, and where a cell is near a
centre, which digit it is and how far its four sides are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from livedigits.engines.cores import Cores
from livedigits.recognition.ink import strip_contrast
from livedigits.recognition.strips import CELL, DIGIT, HEIGHT, WIDTH, normalised
from livedigits.training.dataset.pools import Pool
from livedigits.training.synthesis import strips

SHARD = 500  # canvases a file
TASK = 50  # canvases that a process is handed at a time: 5 MB come back
AHEAD = 8  # batches made before they are asked for
NEAR = 0.25  # of a digit's box: how far from its centre cells tell what it is
SPREAD = 0.17  # of a digit's box, deviation of the Gaussian at its centre
CUT = 0.75  # share of a digit's box that must lie in a window for it to be taught
CHANNELS = 7  # of targets: Gaussian, weight of class and box, class, distances to left, top, right, bottom


@dataclass(frozen=True)
class Canvases:
    """Rendered canvases.

    Attributes
    ----------
    contrast : (n, h, w) int16, as of a layer
    mask : (n, h, w) uint8, not 0 for ink
    boxes : (m, 4) float32 x, y, width, height, px, of all digits; those of canvas i from first[i] to first[i + 1]
    labels : (m,) int8 0..9, -1 for what may be one
    first : (n + 1,) int64
    """

    contrast: np.ndarray
    mask: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    first: np.ndarray

    def __len__(self) -> int:
        return len(self.contrast)

    @staticmethod
    def joined(parts: list[Canvases]) -> Canvases:
        """All canvases of several, in order."""
        counts = np.concatenate([np.diff(p.first) for p in parts])
        return Canvases(
            np.concatenate([p.contrast for p in parts]),
            np.concatenate([p.mask for p in parts]),
            np.concatenate([p.boxes for p in parts]),
            np.concatenate([p.labels for p in parts]),
            np.concatenate([[0], np.cumsum(counts)]),
        )

    def save(self, path: Path) -> None:
        """Writes an .npz; a file that is there was written whole."""
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **vars(self))
        part.replace(path)


def render_shards(
    folder: Path,
    count: int,
    pool: Pool,
    bitmaps: strips.Bitmaps | None,
    seed: int,
    progress: Callable[[int], Any] = lambda canvases: None,
    cores: Cores = Cores(),  # noqa: B008  # frozen
) -> list[Path]:
    """The shards of `count` canvases in `folder`; those that are there are not made again.

    Parameters
    ----------
    bitmaps : what some of the writers write with; None for strokes alone
    progress : called with the number of canvases done since the last call
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {start: min(SHARD, count - start) for start in range(0, count, SHARD)}
    paths = {start: folder / f"strips-{seed}-{start:06}-{size}.npz" for start, size in sizes.items()}
    missing = [start for start in paths if not paths[start].exists()]
    progress(count - sum(sizes[start] for start in missing))
    tasks = {
        start: [range(i, min(i + TASK, start + sizes[start])) for i in range(start, start + sizes[start], TASK)]
        for start in missing
    }
    rendered = cores.map(Renderer(seed, pool, bitmaps), [task for start in missing for task in tasks[start]])
    for start in missing:
        parts = []
        for part in islice(rendered, len(tasks[start])):
            parts.append(part)
            progress(len(part))
        Canvases.joined(parts).save(paths[start])
    return list(paths.values())


@dataclass(frozen=True)
class Renderer:
    """Makes the function that renders the canvases of some indices in a process, as `render` does."""

    seed: int
    pool: Pool
    bitmaps: strips.Bitmaps | None

    def __call__(self) -> Callable[[range], Canvases]:
        return lambda indices: render(indices, self.seed, self.pool, self.bitmaps)


def render(indices: range, seed: int, pool: Pool, bitmaps: strips.Bitmaps | None) -> Canvases:
    """The canvases of these indices of a seed; each depends on the seed and its index alone."""
    made = [
        strips.render(np.random.default_rng([seed, i]), pool.digits, pool.others, bitmaps, pool.backgrounds)
        for i in indices
    ]
    layers = [strip_contrast(s.image) for s in made]
    return Canvases(
        np.stack([contrast for contrast, _ in layers]),
        np.stack([mask for _, mask in layers]),
        np.concatenate([s.boxes for s in made]),
        np.concatenate([s.labels for s in made]),
        np.concatenate([[0], np.cumsum([len(s.labels) for s in made])]),
    )


def load(paths: list[Path]) -> Canvases:
    """The canvases of shards."""
    parts = []
    for path in paths:
        with np.load(path) as file:
            parts.append(Canvases(*(file[k] for k in ("contrast", "mask", "boxes", "labels", "first"))))
    return Canvases.joined(parts)


def window(canvases: Canvases, index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A window of a canvas, (HEIGHT, WIDTH) uint8 as the network gets it, and its targets."""
    contrast, mask = canvases.contrast[index], canvases.mask[index]
    boxes = canvases.boxes[canvases.first[index] : canvases.first[index + 1]]
    labels = canvases.labels[canvases.first[index] : canvases.first[index + 1]]
    h, w = contrast.shape
    if len(boxes) and rng.random() < 0.9:
        x, y, bw, bh = boxes[rng.integers(len(boxes))]
        cx = x + bw / 2 + rng.uniform(-0.45, 0.45) * WIDTH
        cy = y + bh / 2 + rng.normal(0, 0.14) * HEIGHT
    else:
        cx, cy = rng.uniform(0, w), rng.uniform(0, h)
    left, top = int(np.clip(cx - WIDTH / 2, -8, w - WIDTH + 8)), int(np.clip(cy - HEIGHT / 2, -8, h - HEIGHT + 8))
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + WIDTH, w), min(top + HEIGHT, h)
    seen = np.zeros((HEIGHT, WIDTH), np.int16)
    seen[y0 - top : y1 - top, x0 - left : x1 - left] = contrast[y0:y1, x0:x1]
    ink = mask[y0:y1, x0:x1]
    strength = float(cv2.mean(contrast[y0:y1, x0:x1], ink)[0]) if ink.any() else 40.0
    image = normalised(seen, max(strength, 4.0) * float(np.exp(rng.normal(0, 0.2))))
    return image, targets(boxes - np.array([left, top, 0, 0], np.float32), labels)


def targets(boxes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Targets (HEIGHT / CELL, WIDTH / CELL, CHANNELS) float32 of the digits of a window; a Gaussian of -1: unclear."""
    rows, columns = HEIGHT // CELL, WIDTH // CELL
    out = np.zeros((rows, columns, CHANNELS), np.float32)
    nearest = np.full((rows, columns), np.inf, np.float32)
    for (x, y, w, h), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        inside = max(0.0, min(x + w, WIDTH) - max(x, 0.0)) * max(0.0, min(y + h, HEIGHT) - max(y, 0.0)) / (w * h)
        if inside <= 0.1:
            continue
        # all that a digit changes lies within its box and a cell around it
        top, left = max(int(y / CELL) - 1, 0), max(int(x / CELL) - 1, 0)
        part = slice(top, int((y + h) / CELL) + 2), slice(left, int((x + w) / CELL) + 2)
        here, near = out[part], nearest[part]
        dy = (np.arange(top, top + here.shape[0], dtype=np.float32)[:, None] + 0.5) * CELL - (y + h / 2)
        dx = (np.arange(left, left + here.shape[1], dtype=np.float32)[None] + 0.5) * CELL - (x + w / 2)
        bell = here[..., 0]
        if label < 0 or inside < CUT:
            bell[(np.abs(dx) <= w / 2) & (np.abs(dy) <= h / 2) & (bell < 0.5)] = -1
            continue
        sx, sy = max(SPREAD * w, 0.45 * CELL), max(SPREAD * h, 0.45 * CELL)
        own = np.exp(dx**2 * (-0.5 / sx**2)) * np.exp(dy**2 * (-0.5 / sy**2))
        row = min(max(int((y + h / 2) / CELL), 0), rows - 1) - top
        column = min(max(int((x + w / 2) / CELL), 0), columns - 1) - left
        own[row, column] = 1.0
        stronger = (own > bell) & ((bell >= 0) | (own > 0.3))
        bell[stronger] = own[stronger]
        mine = (np.abs(dx) <= max(NEAR * w, CELL / 2)) & (np.abs(dy) <= max(NEAR * h, CELL / 2))
        mine[row, column] = True
        distance = (dx / max(w, 8.0)) ** 2 + (dy / max(h, 8.0)) ** 2
        mine &= distance < near
        near[mine] = distance[mine]
        cell = here[mine]
        cell[:, 1] = np.maximum(own[mine], 0.2)
        cell[:, 2] = label
        ys, xs = np.nonzero(mine)
        ex, ey = dx[0, xs] / DIGIT, dy[ys, 0] / DIGIT
        half = w / 2 / DIGIT, h / 2 / DIGIT
        cell[:, 3], cell[:, 4], cell[:, 5], cell[:, 6] = half[0] + ex, half[1] + ey, half[0] - ex, half[1] - ey
        here[mine] = cell
    return out


def batches(canvases: Canvases, batch: int, steps: int, seed: list[int]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`steps` batches: images (batch, HEIGHT, WIDTH, 1) float32 in 0..1 and targets; made by a thread ahead of use."""

    def one(step: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([*seed, step])
        made = [window(canvases, int(i), rng) for i in rng.integers(len(canvases), size=batch)]
        images = np.stack([m[0] for m in made])[..., None].astype(np.float32) / 255
        return images, np.stack([m[1] for m in made])

    with ThreadPoolExecutor(1) as pool:
        ahead: deque = deque()
        for step in range(steps):
            ahead.append(pool.submit(one, step))
            if len(ahead) > AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
