"""What was found in a cut -> the lattice of its readings: candidates of digits, signs, and what is left unexplained.

All candidates of the reader compete, before any was chosen: components, joined pieces, cuts, and what the strip network
proposes. A path through them pays for likely digits that it passes over, for ink that none of its nodes covers, and for
neighbours of unlike height or off the line, so that the best path is the reading that explains the field best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livedigits.recognition.automaton import DIGITS, LABELS
from livedigits.recognition.boxes import covered, iou, shared
from livedigits.recognition.found import Found
from livedigits.recognition.lattice import Lattice
from livedigits.recognition.signs import signs
from livedigits.recognition.suppression import NO_BOXES, survivors
from livedigits.recognition.text_line import Band, band_of
from livedigits.recognition.unread_ink import Ink, ink_of
from livedigits.types import NO_DIGIT

# Each constant: its unit, and what it trades. Chosen on rendered validation pages of numbers by
# `python -m livedigits.training.evaluation.fields`, one at a time, unless another word is said.

# Of a candidate's box: how much of it lies in the region.
MINE = 0.6
# Probability of a digit below which a candidate is none; and how many are looked at, the likeliest. Cost grows as the
# square of it.
LEAST, MOST = 0.02, 90
# Probability of a digit that a reading has to explain.
THERE = 0.3
# Probabilities are no surer than this: no network is.
SUREST = 0.995
# Overlap of neighbours: intersection over union, and of the smaller box, beyond which they are one thing; and nats for
# what of the smaller box is shared beyond FREE.
CROSSED, HIDDEN = 0.5, 0.85
FREE, OVERLAPPING = 0.4, 6.0
# Nats for ink as much as a digit has, that nothing explains.
UNEXPLAINED = 5.0
# The same where the form has characters that are not read ("kg"): their ink is nobody's.
UNEXPLAINED_BESIDE_OTHERS = 0.5
# Log probability of a mark that is fainter than ink: paper has such spots.
FAINT_MARK = -0.7
# A sign that looks like a 1, and its log probability where one is seen.
SLASH, LIKE_ONE = "/", -1.2
# Nats for a gap of one height of a digit beyond the first GAP of it, up to MOST_GAP; a sign may stand in it.
GAP, WIDE_GAP, MOST_GAP = 0.6, 1.5, 3.0
# Nats for neighbours whose heights differ by a factor of e beyond ALIKE, and whose middles differ by a height beyond
# LEVEL.
ALIKE, UNLIKE = 0.35, 1.5
LEVEL, OFF_LINE = 0.2, 4.0
# Heights of a digit: what is farther off the line stands on another one.
NEXT_LINE = 0.7
# Intersection over union: candidates for one digit.
SAME = 0.65


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of a field before its rules are asked.

    Attributes
    ----------
    lattice : of all readings
    band : where the digits stand
    boxes : (m, 4) float32 x, y, width, height, px of the cut, of the likely digits that stand in the region, none twice
    there : (m,) float64, probability of each of these
    ink : ink of the region, in that of a digit
    nothing : cost in nats of reading nothing at all
    """

    lattice: Lattice
    band: Band
    boxes: np.ndarray
    there: np.ndarray
    ink: float
    nothing: float


def evidence(found: Found, inside: tuple[float, float, float, float], wanted: frozenset[str], others: bool) -> Evidence:
    """The readings of what was found in a cut.

    Parameters
    ----------
    found : all candidates of the cut
    inside : x, y, width, height of the region in it, px
    wanted : the signs that the form has
    others : whether it has characters that are not read
    """
    region = np.array([inside], np.float32)
    chance = np.minimum(found.is_digit, SUREST)
    boxes = found.regions.boxes.astype(np.float32)
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    mine = (covered(boxes, region)[:, 0] >= MINE) & (chance >= LEAST)
    mine &= ((middle >= region[0, :2]) & (middle <= region[0, :2] + region[0, 2:])).all(1)
    thing = _things(found)
    light = _is_light(found, thing[mine[thing]], chance)
    mine &= found.regions.light == light
    thing = thing[found.regions.light[thing] == light]
    band = band_of(boxes[thing], chance[thing], inside)
    thing = thing[mine[thing]]
    thing = thing[band.off(boxes[thing]) < NEXT_LINE]
    index = np.flatnonzero(mine)
    index = index[np.argsort(-chance[index], kind="stable")][:MOST]
    ink = ink_of(found.regions, light, band, inside)
    digits = np.full((len(index), len(LABELS)), -np.inf)
    digits[:, : len(DIGITS)] = np.log(_labels(found, index, chance)) + np.log(chance[index])[:, None]
    digits -= OFF_LINE * np.maximum(band.off(boxes[index]) - LEVEL, 0)[:, None]
    if SLASH in wanted:  # one that touches a digit is no mark of its own, and looks like a 1
        digits[:, LABELS.index(SLASH)] = digits[:, 1] + LIKE_ONE
    marks, of_marks = _signs(ink, band, wanted)
    nodes, scores = np.concatenate([boxes[index], marks]), np.concatenate([digits, of_marks])
    order = np.argsort(nodes[:, 0] + nodes[:, 2] / 2, kind="stable")
    nodes, scores = nodes[order], scores[order]
    is_sign = order >= len(index)
    things = np.concatenate([boxes[thing], marks])
    sure = np.concatenate([chance[thing], np.minimum(np.exp(of_marks.max(1, initial=-np.inf)), 0.9)])
    unit = _ink_of_digit(ink, boxes[thing], band)
    weight = (UNEXPLAINED_BESIDE_OTHERS if others else UNEXPLAINED) / unit
    above_below = ink.beside(nodes)
    between = _between(nodes, is_sign, things, sure, ink, band, inside, weight)
    every = float(-np.log1p(-sure).sum()) + weight * ink.all
    lattice = Lattice(nodes, scores - weight * above_below[:, None], between)
    return Evidence(lattice, band, boxes[thing], chance[thing], ink.all / unit, every)


def _labels(found: Found, index: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Which digit each candidate is (n, 10), given that it is one: what was said of all candidates for it together.

    A digit is seen at several levels of the pyramid and by two networks, each time a little otherwise.
    """
    ten = found.probabilities[:, :NO_DIGIT]
    ten = np.log(np.maximum(ten / np.maximum(ten.sum(1, keepdims=True), 1e-6), 1e-4))
    alike = (iou(found.regions.boxes[index], found.regions.boxes) >= SAME) * chance[None]
    alike = alike / alike.sum(1, keepdims=True)
    mean = np.exp(alike @ ten)
    return np.asarray(mean / mean.sum(1, keepdims=True))


def _things(found: Found) -> np.ndarray:
    """Indices of the likely digits of a cut, none twice."""
    regions = found.regions
    return survivors(
        regions.boxes, found.is_digit, found.probabilities, THERE, NO_BOXES, regions.explained, regions.touching
    )


def _is_light(found: Found, thing: np.ndarray, chance: np.ndarray) -> bool:
    """Whether the digits are light ink on a dark ground: what most of the likely ones are."""
    light = found.regions.light
    return bool(chance[thing][light[thing]].sum() > chance[thing][~light[thing]].sum())


def _signs(ink: Ink, band: Band, wanted: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of marks that may be signs, px of the cut, and their scores."""
    if not wanted:
        return np.empty((0, 4), np.float32), np.empty((0, len(LABELS)))
    own = Band(band.height * ink.scale, band.base * ink.scale, band.slope)
    marks, scores = signs(ink.labels, ink.stats, own, wanted)
    faint, of_faint = signs(*ink.faint, own, wanted)
    new = ~(shared(faint, marks) > 0).any(1)
    marks = np.concatenate([marks, faint[new]])
    return marks / np.float32(ink.scale), np.concatenate([scores, of_faint[new] + FAINT_MARK])


def _ink_of_digit(ink: Ink, boxes: np.ndarray, band: Band) -> float:
    """How much ink a digit has, px of the ink's layer."""
    usual = 0.2 * (band.height * ink.scale) ** 2
    return max(float(np.median(ink.within(boxes))), usual / 3) if len(boxes) else usual


def _between(
    nodes: np.ndarray,
    is_sign: np.ndarray,
    things: np.ndarray,
    sure: np.ndarray,
    ink: Ink,
    band: Band,
    inside: tuple[float, float, float, float],
    weight: float,
) -> np.ndarray:
    """The costs of Lattice.between."""
    n = len(nodes)
    out = np.full((n + 1, n + 1), np.inf)
    if not n:
        return out
    left, right = nodes[:, 0], nodes[:, 0] + nodes[:, 2]
    middle = nodes[:, 0] + nodes[:, 2] / 2
    height = np.maximum(nodes[:, 3], 0.5 * nodes[:, 2])
    pair = np.zeros((n, n))
    gap = (left[None] - right[:, None]) / band.height
    pair += np.clip((gap - GAP) * WIDE_GAP, 0, MOST_GAP)
    both = ~is_sign[:, None] & ~is_sign[None]
    size = np.abs(np.log(height[:, None] / height[None]))
    pair += both * UNLIKE * np.maximum(size - ALIKE, 0)
    pair += weight * ink.gaps(nodes)
    common = shared(nodes, nodes)
    pair += OVERLAPPING * np.maximum(common - FREE, 0)
    apart = (iou(nodes, nodes) <= CROSSED) & (common <= HIDDEN)
    pair[~apart | (np.arange(n)[:, None] >= np.arange(n)[None])] = np.inf
    centres = things[:, 0] + things[:, 2] / 2
    before = centres[None] < middle[:, None]  # (n, m): things to the left of a node
    met = shared(nodes, things) > 0.3
    cost = -np.log1p(-sure)
    free = ~met * cost
    behind = (free * ~before)[:, None] * (~met * before)[None]  # of two nodes and a thing
    out[:n, :n] = pair + behind.sum(2)
    out[n, :n] = (free * before).sum(1) + weight * ink.left_of(left)
    out[:n, n] = (free * ~before).sum(1) + weight * ink.right_of(right)
    return out
