"""Ink that may be several digits: found among the components of a frame, and told from clutter by cheap measures.

A component of writing is as high as digits and as wide as one or many; its scale is known from its height, once
the slope of its line is taken out. A logistic model in the strip network's card says how likely it is writing: it
measures what the prefilter does, its shape, and how many likely digits of its size stand near.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from livedigits.recognition import prefilter
from livedigits.recognition.boxes import iou
from livedigits.recognition.fitted import named_model
from livedigits.recognition.regions import Regions

# Each constant: its unit, and what it trades. Those without another word were chosen by trying, and not swept.

# px of a level: the least height of digits that it shows best; up to twice of that. The network's own height is 30 px.
BEST = 18.0
# px of the finest level: lower writing is not looked at; nobody could read it.
SMALLEST = 11
# Width over height: narrower ink is one digit at most; wider ink is a line.
WIDE, LONGEST = 0.72, 30.0
# Ink over box area: less is the edge of something, more is solid.
FILLED = (0.05, 0.75)
# Width over height from which on a slope is looked for; in shorter writing it is that of the strokes.
SLOPED = 1.4
# Probability of being one digit from which on ink is not looked at as writing, and what it must cover of it (IoU).
SURE, SAME = 0.9, 0.8
# Candidates that are looked at even if they are hardly writing, and the least log odds for it: a lone number on grainy
# paper, which without others of its size beside it looks like texture.
FEW, DOUBTFUL = 4, -2.0
# Probability of a digit that speaks for writing near it, heights within which that is, log ratio of sizes.
LIKELY, NEAR, ALIKE = 0.5, 4.0, 0.5

MEASURES = (
    *prefilter.MEASURES,
    "log of ink over box area",
    "log of height",
    "log of ink over squared height",
    "likely digits near",
)


@dataclass(frozen=True, eq=False)
class Writing:
    """Components that may be several digits, the likeliest first.

    Attributes
    ----------
    regions : their boxes and layers; `pieces` holds the component of each
    heights : (n,) float32, of the digits in them, px of their layer
    score : (n,) float32, log odds that they are writing
    """

    regions: Regions
    heights: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.heights)

    def only(self, index: np.ndarray) -> Writing:
        """Those that a mask or index array selects."""
        return replace(self, regions=self.regions.only(index), heights=self.heights[index], score=self.score[index])


@dataclass(frozen=True, eq=False)
class WritingModel:
    """The logistic model: mean, deviation (13,) of MEASURES, weights (105,) of `terms`, threshold in log odds."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    threshold: float

    @staticmethod
    def from_card(stored: dict[str, Any]) -> WritingModel:
        """As the strip network's model card holds it."""
        mean, deviation, weights = (part.astype(np.float32) for part in named_model(stored, MEASURES))
        return WritingModel(mean, deviation, weights, float(stored["threshold"]))

    def score(self, measured: np.ndarray) -> np.ndarray:
        """Log odds (n,) of writing above the threshold, for what was measured (n, 13)."""
        return np.asarray(terms((measured - self.mean) / self.deviation) @ self.weights - self.threshold, np.float32)


def terms(standard: np.ndarray) -> np.ndarray:
    """1, the measures and their products, (n, 105) float32, kept within reach of what the model was fitted on."""
    first, second = np.triu_indices(standard.shape[1])
    ones = np.ones((len(standard), 1), np.float32)
    return np.concatenate([ones, standard, standard[:, first] * standard[:, second]], 1).clip(-8, 8)


def candidates(regions: Regions, is_digit: np.ndarray) -> Regions:
    """Components that may be writing by their shape, and are not one digit for sure; a region for each.

    Parameters
    ----------
    is_digit : (n,) float32, probability that each region is one digit
    """
    layers, components = [], []
    for entry, stats in enumerate(regions.stats):
        w, h, area = stats[:, 2].astype(np.float32), stats[:, 3].astype(np.float32), stats[:, 4]
        fits = (w >= WIDE * h) & (w <= LONGEST * h) & (h >= SMALLEST)
        fits &= (area > FILLED[0] * w * h * np.minimum(1, 3 * h / w)) & (area < FILLED[1] * w * h)
        least, most = _heights(regions, entry)
        fits &= (h >= least) & ((h < most) | (w >= SLOPED * h))
        fits[0] = False
        numbers = np.flatnonzero(fits)
        layers.append(np.full(len(numbers), entry, np.int64))
        components.append(numbers.astype(np.int32))
    found = regions.of_components(np.concatenate(layers), np.concatenate(components))
    one = np.asarray((iou(found.boxes, regions.boxes[is_digit > SURE]) > SAME).any(1))
    return found.only(~one)


def scored(
    found: Regions, regions: Regions, is_digit: np.ndarray, model: WritingModel | None, few: int = FEW
) -> Writing:
    """The writing among candidates, each at the level where its digits are shown best; without a model all that may be.

    Parameters
    ----------
    regions, is_digit : those of the frame, as of `candidates`
    few : how many doubtful ones are kept, too
    """
    heights = np.array([_digit_height(found, i) for i in range(len(found))], np.float32)
    reach = np.array([_heights(regions, entry) for entry in range(len(regions.layers))], np.float32)[found.layer]
    shown = (heights >= reach[:, 0]) & (heights < reach[:, 1])
    found, heights = found.only(shown), heights[shown]
    if model is None:
        return Writing(found, heights, np.zeros(len(heights), np.float32))
    score = model.score(measures(found, heights, regions.boxes[is_digit > LIKELY]))
    order = np.argsort(-score, kind="stable")
    order = order[(score[order] > 0) | (np.arange(len(order)) < few) & (score[order] > DOUBTFUL)]
    return Writing(found.only(order), heights[order], score[order])


def _heights(regions: Regions, entry: int) -> tuple[float, float]:
    """Between which heights, px of it, a layer shows digits best."""
    layer = regions.layers[entry]
    is_finest = layer.scale == max(k.scale for k in regions.layers if k.light == layer.light)
    return SMALLEST if is_finest else BEST, np.inf if layer.coarser is None else 2 * BEST


def _digit_height(found: Regions, i: int) -> float:
    """Height of the digits in a component, px of its layer: of its ink after the slope of its line is taken out."""
    x, y, w, h = found.inside[i].tolist()
    if w < SLOPED * h:
        return float(h)
    own = found.labels[found.layer[i]][y : y + h, x : x + w] == found.pieces[i, 0]
    columns = np.flatnonzero(own.any(0))
    top = own.argmax(0)[columns]
    bottom = h - 1 - own[::-1].argmax(0)[columns]
    middle, along = (top + bottom) / 2, columns - columns.mean()
    slope = float(np.clip((along @ middle) / max(float(along @ along), 1.0), -0.5, 0.5))
    level = columns * slope
    low, high = np.sort(top - level), np.sort(bottom - level)
    span = high[int(0.92 * (len(high) - 1))] - low[int(0.08 * (len(low) - 1))]
    return float(np.clip(span + 1, 0.3 * h, h))


def measures(found: Regions, heights: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """MEASURES of writing, (n, 13) float32; likely: (m, 4) boxes of likely digits, px of the frame."""
    out = np.zeros((len(found), len(MEASURES)), np.float32)
    for entry in np.unique(found.layer).tolist():
        index = np.flatnonzero(found.layer == entry)
        out[index, :9] = prefilter.measures(found.layers[entry], found.inside[index])
        area = found.stats[entry][found.pieces[index, 0], cv2.CC_STAT_AREA].astype(np.float32)
        out[index, 9] = np.log(area / (found.inside[index, 2] * found.inside[index, 3]))
        out[index, 11] = np.log(area / heights[index] ** 2)
    out[:, 10] = np.log(heights)
    if len(likely) and len(found):
        scale = np.array([layer.scale for layer in found.layers])[found.layer]
        high = (heights / scale)[:, None]
        boxes, near = found.boxes.astype(np.float32), likely.astype(np.float32)
        apart = [
            np.maximum(
                np.maximum(near[:, k] - (boxes[:, k] + boxes[:, k + 2])[:, None], 0),
                boxes[:, k][:, None] - (near[:, k] + near[:, k + 2]),
            )
            for k in (0, 1)
        ]
        size = np.maximum(near[:, 3], 0.5 * near[:, 2])
        close = (np.hypot(*apart) < NEAR * high) & (np.abs(np.log(size / high)) < ALIKE)
        out[:, 12] = np.minimum(close.sum(1), 4)
    return out
