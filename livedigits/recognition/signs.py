"""Small marks of a field -> signs: by their size and place on the digits' line, point, comma, colon, minus and slash.

They are looked for among the components of ink that are left over by digits; no network has learned them. What each
looks like is told in heights of a digit, so that any pen and size serves.
"""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.recognition.automaton import DIGITS, LABELS, SIGNS
from livedigits.recognition.text_line import Band

# Each constant: chosen by looking at written amounts, dates and times, and not swept. Heights of a digit, from where a
# mark is surely no such sign, from where it surely is, to where it surely is, and from where it surely is none.
Window = tuple[float, float, float, float]
DOT: Window = (0.03, 0.05, 0.28, 0.40)  # its longer side
LOW: Window = (-0.30, -0.15, 0.22, 0.36)  # its middle, above the base line
TAIL: Window = (0.06, 0.12, 0.50, 0.65)  # longer side of a comma
UNDER: Window = (-0.45, -0.35, 0.16, 0.30)
APART: Window = (0.12, 0.20, 0.80, 1.00)  # the two dots of a colon
WITHIN: Window = (-0.10, 0.0, 0.95, 1.10)  # their middles
LONG: Window = (0.12, 0.20, 1.00, 1.40)  # width of a minus
HALFWAY: Window = (0.15, 0.27, 0.72, 0.88)
FLAT: Window = (-1.0, 0.0, 0.50, 0.75)  # its height, of its width
THICK: Window = (-1.0, 0.0, 0.22, 0.34)  # its height
TALL: Window = (0.50, 0.70, 1.50, 2.00)  # height of a slash
LEANING: Window = (0.08, 0.22, 1.20, 1.80)  # its width, of its height
THIN: Window = (-1.0, 0.0, 0.030, 0.060)  # variance across it, of that along it
# Log probability of a sign that is surely one: no mark is more.
SUREST = -0.05


def window(value: float, bounds: Window) -> float:
    """How well a measure fits: 1 between the inner bounds, 0 beyond the outer ones."""
    return float(np.interp(value, bounds, (0, 1, 1, 0)))


def signs(labels: np.ndarray, stats: np.ndarray, band: Band, wanted: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
    """The marks that may be signs.

    Parameters
    ----------
    labels : (h, w) int32, 0 for paper, else the component's number
    stats : (components, 5) int32 x, y, width, height, area as OpenCV gives them, that of paper first
    band : where digits stand in these labels
    wanted : the signs of the form

    Returns
    -------
    boxes (n, 4) float32 x, y, width, height; and the log probability of each of LABELS (n, 15), -inf for digits
    """
    boxes: list[tuple[float, ...]] = []
    chances: list[dict[str, float]] = []
    dots: list[tuple[int, float]] = []
    for number in range(1, len(stats)):
        x, y, w, h, area = (int(v) for v in stats[number])
        if max(w, h) > 2.2 * band.height or area < 3:
            continue
        size, up = max(w, h) / band.height, band.above(x + w / 2, y + h / 2)
        dot = window(size, DOT) * window(max(w, h) / min(w, h), (0.0, 1.0, 1.9, 3.0))
        if dot > 0:
            dots.append((number, dot))
        chance = {
            ".": dot * window(up, LOW),
            ",": window(size, TAIL) * window(up, UNDER) * window(w / h, (-1.0, 0.0, 1.3, 2.0)),
            "-": window(w / band.height, LONG)
            * window(up, HALFWAY)
            * window(h / w, FLAT)
            * window(h / band.height, THICK),
            "/": _slash(labels, number, (x, y, w, h), band) if "/" in wanted else 0.0,
        }
        chance = {sign: p for sign, p in chance.items() if sign in wanted and p > 0.01}
        if chance:
            boxes.append((x, y, w, h))
            chances.append(chance)
    if ":" in wanted:
        for box, p in _colons(stats, dots, band):
            boxes.append(box)
            chances.append({":": p})
    scores = np.full((len(boxes), len(LABELS)), -np.inf)
    for row, chance in zip(scores, chances, strict=True):
        for sign, p in chance.items():
            row[len(DIGITS) + SIGNS.index(sign)] = np.log(p) + SUREST
    return np.array(boxes, np.float32).reshape(-1, 4), scores


def _slash(labels: np.ndarray, number: int, box: tuple[int, int, int, int], band: Band) -> float:
    """Chance that a component is a slash: a straight stroke that leans to the right."""
    x, y, w, h = box
    fits = window(h / band.height, TALL) * window(w / h, LEANING)
    if fits == 0:
        return 0.0
    moments = cv2.moments((labels[y : y + h, x : x + w] == number).view(np.uint8), binaryImage=True)
    across, along, both = moments["mu20"], moments["mu02"], moments["mu11"]
    root = np.hypot(across - along, 2 * both)
    if both >= 0:  # it leans to the left
        return 0.0
    return fits * window(float((across + along - root) / max(across + along + root, 1e-6)), THIN)


def _colons(stats: np.ndarray, dots: list[tuple[int, float]], band: Band) -> list[tuple[tuple[float, ...], float]]:
    """Pairs of dots above each other, their boxes and chances."""
    found: list[tuple[tuple[float, ...], float]] = []
    for upper, first in dots:
        for lower, second in dots:
            (x, y, w, h), (u, v, s, t) = stats[upper, :4].tolist(), stats[lower, :4].tolist()
            apart = (v + t / 2 - y - h / 2) / band.height
            aside = abs(x + w / 2 - u - s / 2) / band.height
            if apart <= 0 or aside > 0.3:
                continue
            chance = first * second * window(apart, APART) * window(aside, (-1.0, 0.0, 0.15, 0.3))
            chance *= window(band.above(x + w / 2, y + h / 2), WITHIN) * window(
                band.above(u + s / 2, v + t / 2), WITHIN
            )
            if chance > 0.01:
                left, right = min(x, u), max(x + w, u + s)
                found.append(((left, y, right - left, v + t - y), chance))
    return found
