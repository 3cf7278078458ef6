"""Paper, boards and screens before anything is written on them: their place in the frame and their ground."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise


@dataclass
class Surface:
    """A flat or slightly bent page in the frame.

    width, height are of the page in page px, which are about as large as frame px; homography (3, 3) maps page to
    frame px; bend is the height of the wave along x and y in page px with its phases.
    """

    width: float
    height: float
    homography: np.ndarray
    bend: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    colour: np.ndarray = field(default_factory=lambda: np.ones(3, np.float32))

    def map(self, points: np.ndarray) -> np.ndarray:
        """Page points (n, 2) as frame points (n, 2) float32."""
        p = np.asarray(points, np.float32).reshape(-1, 2)
        if self.bend[0] or self.bend[1]:
            x = p[:, 0] + self.bend[0] * np.sin(np.pi * p[:, 1] / self.height + self.bend[2])
            y = p[:, 1] + self.bend[1] * np.sin(np.pi * p[:, 0] / self.width + self.bend[3])
            p = np.stack([x, y], axis=1).astype(np.float32)
        return cv2.perspectiveTransform(p[None], self.homography)[0].astype(np.float32)

    def scale(self, x: float, y: float) -> float:
        """Frame px for one page px at the page point x, y."""
        a, b, c = self.map(np.array([[x, y], [x + 4, y], [x, y + 4]], np.float32))
        u, v = b - a, c - a
        return float(np.sqrt(abs(u[0] * v[1] - u[1] * v[0]))) / 4

    def outline(self) -> np.ndarray:
        """The edge of the page in the frame, a polygon (n, 2) float32."""
        t = np.linspace(0, 1, 12, endpoint=False)
        zero, one = np.zeros(12), np.ones(12)
        x = np.concatenate([t, one, 1 - t, zero]) * self.width
        y = np.concatenate([zero, t, one, 1 - t]) * self.height
        return self.map(np.stack([x, y], axis=1))


def close_up(rng: np.random.Generator, width: int, height: int) -> Surface:
    """A page that fills the frame: what a phone close over a sheet sees, a few degrees askew."""
    angle = np.deg2rad(rng.normal(0, 2.5) if rng.random() < 0.85 else rng.uniform(-14, 14))
    if rng.random() < 0.04:
        angle += np.deg2rad(rng.uniform(-15, 15))
    c, s = np.cos(angle), np.sin(angle)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    centre = np.array([width / 2, height / 2], np.float32)
    turned = (corners - centre) @ np.array([[c, s], [-s, c]], np.float32) + centre
    turned += rng.normal(0, 0.022 * min(width, height), (4, 2))
    surface = Surface(width, height, cv2.getPerspectiveTransform(corners, turned.astype(np.float32)))
    return _bent(rng, surface, 0.012)


def held_up(rng: np.random.Generator, width: int, height: int) -> Surface:
    """A sheet, whole or cut off by the frame, that lies or is held before the camera."""
    aspect = float(rng.choice([1.414, 1 / 1.414, 1.0, 1.6, 1.25, 2.2]) * rng.uniform(0.93, 1.07))
    cover = rng.uniform(0.6, 1.25) if rng.random() < 0.8 else rng.uniform(0.3, 0.6)
    h = cover * min(height, width / aspect)
    w = h * aspect
    angle = np.deg2rad(rng.normal(0, 7) if rng.random() < 0.9 else rng.uniform(-25, 25))
    c, s = np.cos(angle), np.sin(angle)
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    room = np.maximum(0, [width - 0.8 * w, height - 0.8 * h]) / 2 * 0.7
    centre = np.array([width / 2, height / 2]) + rng.uniform(-1, 1, 2) * room
    turned = (corners - (w / 2, h / 2)) @ np.array([[c, s], [-s, c]]) + centre
    turned += rng.normal(0, rng.uniform(0.0, 0.05) * min(w, h), (4, 2))
    surface = Surface(w, h, cv2.getPerspectiveTransform(corners, turned.astype(np.float32)))
    return _bent(rng, surface, 0.02)


def _bent(rng: np.random.Generator, surface: Surface, most: float) -> Surface:
    if rng.random() < 0.5:
        x, y = rng.normal(0, most, 2) * min(surface.width, surface.height)
        surface.bend = (float(x), float(y), float(rng.uniform(0, np.pi)), float(rng.uniform(0, np.pi)))
    return surface


def polygon_mask(shape: tuple[int, int], polygon: np.ndarray) -> np.ndarray:
    """The polygon (n, 2), frame px, as mask (h, w) float32 in 0..1 with smooth edges."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(np.clip(polygon, -20000, 20000) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def paper_colour(rng: np.random.Generator) -> np.ndarray:
    """Reflectance of a paper, blue, green, red in 0..1: mostly nearly white, also recycled, coloured, brown."""
    kind = rng.random()
    if kind < 0.78:
        colour = rng.uniform(0.82, 1.0) + rng.normal(0, 0.012, 3)
    elif kind < 0.88:
        colour = rng.uniform(0.68, 0.85) * np.array([rng.uniform(0.85, 1.0), 0.97, 1.0])
    elif kind < 0.96:
        tints = ([0.55, 0.93, 0.97], [0.82, 0.78, 0.97], [0.95, 0.88, 0.72], [0.75, 0.93, 0.78], [0.6, 0.8, 0.98])
        colour = np.array(tints[int(rng.integers(len(tints)))]) * rng.uniform(0.85, 1.0)
    else:
        colour = np.array([0.42, 0.58, 0.70]) * rng.uniform(0.8, 1.15)
    return np.clip(colour, 0.25, 1.0).astype(np.float32)


def ground(rng: np.random.Generator, shape: tuple[int, int], colour: np.ndarray, kind: str) -> np.ndarray:
    """The bare ground (h, w, 3) float32 in 0..1 of "paper", "white" or "black" board, "screen" or "dark screen"."""
    h, w = shape
    if "screen" in kind:
        return np.full((h, w, 3), colour, np.float32)
    amount = rng.uniform(0.0, 0.03) if rng.random() < 0.8 else rng.uniform(0.02, 0.06)
    size = float(np.exp(rng.uniform(0, 1.4)))
    grain = 1 + amount * noise(rng, h, w, size)
    if rng.random() < 0.5:
        cloud = float(rng.uniform(12, 0.5 * h))
        grain += rng.uniform(0.0, 0.012 if kind != "black" else 0.25) * noise(rng, h, w, cloud)
    if kind == "black" and rng.random() < 0.8:
        # Wiped chalk: streaks along the way of the sponge.
        streaks = cv2.resize(noise(rng, h // 6 + 2, w // 90 + 2), (w, h), interpolation=cv2.INTER_CUBIC)
        grain += rng.uniform(0.05, 0.25) * np.maximum(streaks, 0)
    if kind == "paper" and rng.random() < 0.2:
        grain = _crumpled(rng, grain)
    if kind == "paper" and rng.random() < 0.15:
        _folded(rng, grain)
    out = cv2.merge([grain * float(c) for c in colour])
    if kind == "paper" and rng.random() < 0.25:
        _specks(rng, out)
    return out


def _crumpled(rng: np.random.Generator, grain: np.ndarray) -> np.ndarray:
    """Facets of a crumpled sheet: every cell about a random point has its own slope and so its own shade."""
    h, w = grain.shape
    sh, sw = max(8, h // 4), max(8, w // 4)
    seeds = np.full((sh, sw), 255, np.uint8)
    count = int(rng.integers(6, 60))
    seeds[rng.integers(sh, size=count), rng.integers(sw, size=count)] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    shade = rng.normal(0, 1, int(labels.max()) + 1).astype(np.float32)[labels]
    shade = cv2.GaussianBlur(shade, (0, 0), float(np.exp(rng.uniform(0.0, 2.3))))
    return grain * (1 + rng.uniform(0.01, 0.07) * cv2.resize(shade, (w, h), interpolation=cv2.INTER_LINEAR))


def _folded(rng: np.random.Generator, grain: np.ndarray) -> None:
    h, w = grain.shape
    for _ in range(int(rng.integers(1, 4))):
        depth = rng.uniform(0.02, 0.12) * rng.choice([-1, 1])
        width = int(rng.integers(2, max(3, min(h, w) // 60) + 3))
        if rng.random() < 0.5:
            at = int(rng.integers(width, max(width + 1, w - width)))
            grain[:, at - width : at] *= np.linspace(1, 1 + depth, width, dtype=np.float32)
            grain[:, at:] *= 1 - 0.3 * depth
        else:
            at = int(rng.integers(width, max(width + 1, h - width)))
            grain[at - width : at] *= np.linspace(1, 1 + depth, width, dtype=np.float32)[:, None]
            grain[at:] *= 1 - 0.3 * depth


def _specks(rng: np.random.Generator, image: np.ndarray) -> None:
    h, w = image.shape[:2]
    shade = image.reshape(-1, 3)[0] * rng.uniform(0.3, 0.85)
    for _ in range(int(rng.integers(2, 60))):
        x, y = int(rng.integers(w)), int(rng.integers(h))
        cv2.circle(image, (x, y), int(rng.integers(0, 3)), [float(c) for c in shade], -1, cv2.LINE_AA)
