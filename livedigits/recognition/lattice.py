"""Readings of a field as paths through a lattice: its nodes are what may be one character, from left to right.

A path's score is the log probability of what its nodes are read as, less the cost of what lies between them: ink that
no node explains, likely digits that are passed over, neighbours that do not fit each other. The best path that an
automaton allows is found by Viterbi's algorithm, and the share of all allowed paths that spell the same text by the
forward algorithm (as in Graves et al. 2006, doi 10.1145/1143844.1143891, without a network that gives the alignment).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from livedigits.recognition.automaton import LABELS, Automaton

NEVER = -np.inf


class Path(NamedTuple):
    """A reading: its score (log probability, up to a constant of the lattice), its text, and its nodes in order."""

    score: float
    text: str
    nodes: tuple[int, ...]


NO_PATH = Path(NEVER, "", ())


@dataclass(frozen=True, eq=False)
class Lattice:
    """What may be characters of one field.

    Attributes
    ----------
    boxes : (n, 4) float32 x, y, width, height, px of the field's cut; in the order of their middles, from left to right
    scores : (n, 15) float64, log probability that a node is this one of LABELS, less the cost of ink about it
    between : (n + 1, n + 1) float64 >= 0: cost of going from one node to the next; the last row is that of the
        beginning, the last column that of the end, inf for what cannot follow
    """

    boxes: np.ndarray
    scores: np.ndarray
    between: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    def best(self, automaton: Automaton) -> Path:
        """The best path of one node or more that spells what the automaton allows; NO_PATH where there is none."""
        steps = automaton.steps
        if not len(self) or not steps:
            return NO_PATH
        each, labels = self._read(automaton, total=False)
        source, target, cost = _columns(automaton)
        n, states = len(self), len(automaton.ends)
        reached = np.full((n, states), NEVER)
        came_by = np.full((n, states), -1)
        came_from = np.full((n, states), -1)
        for i in range(n):
            ways = reached[:i] - self.between[:i, i, None]
            before = ways.max(0) if i else np.full(states, NEVER)
            last = ways.argmax(0) if i else np.full(states, -1)
            if -self.between[n, i] > before[0]:
                before[0], last[0] = -self.between[n, i], -1
            found = before[source] - cost + each[i]
            for k in np.argsort(found).tolist():  # the best is written last
                if found[k] > NEVER:
                    state = target[k]
                    reached[i, state], came_by[i, state], came_from[i, state] = found[k], k, last[source[k]]
        ends = np.array([end for end, _ in automaton.ends])
        whole = reached - self.between[:n, n, None] - ends
        i, state = (int(v) for v in np.unravel_index(int(whole.argmax()), whole.shape))
        if whole[i, state] == NEVER:
            return NO_PATH
        score, text, nodes = float(whole[i, state]), automaton.ends[state][1], []
        while i >= 0:
            k = int(came_by[i, state])
            text = steps[k].before + LABELS[labels[i, k]] + text
            nodes.append(i)
            i, state = int(came_from[i, state]), int(source[k])
        return Path(score, text, tuple(reversed(nodes)))

    def total(self, automaton: Automaton) -> float:
        """Logarithm of the sum over all paths that spell what the automaton allows; -inf where there is none."""
        if not len(self) or not automaton.steps:
            return NEVER
        each, _ = self._read(automaton, total=True)
        source, target, cost = _columns(automaton)
        n, states = len(self), len(automaton.ends)
        reached = np.full((n, states), NEVER)
        for i in range(n):
            before = _summed(reached[:i] - self.between[:i, i, None]) if i else np.full(states, NEVER)
            before[0] = np.logaddexp(before[0], -self.between[n, i])
            np.logaddexp.at(reached[i], target, before[source] - cost + each[i])
        ends = np.array([end for end, _ in automaton.ends])
        return float(_summed((reached - self.between[:n, n, None] - ends).reshape(-1, 1))[0])

    def _read(self, automaton: Automaton, total: bool) -> tuple[np.ndarray, np.ndarray]:
        """Of each node and step (n, steps): its score, that of its best label or of all; and the best label."""
        allowed = {step.labels for step in automaton.steps}
        each, best = {}, {}
        for labels in allowed:
            columns = np.array([LABELS.index(label) for label in labels])
            part = self.scores[:, columns]
            each[labels] = _summed(part.T) if total else part.max(1)
            best[labels] = columns[part.argmax(1)]
        order = [step.labels for step in automaton.steps]
        return np.stack([each[labels] for labels in order], 1), np.stack([best[labels] for labels in order], 1)


def _columns(automaton: Automaton) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    steps = automaton.steps
    return np.array([s.source for s in steps]), np.array([s.target for s in steps]), np.array([s.cost for s in steps])


def _summed(logarithms: np.ndarray) -> np.ndarray:
    """Logarithms of the sums over the first axis of (n, m) logarithms, (m,)."""
    most = logarithms.max(0)
    finite = np.where(most > NEVER, most, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(finite + np.log(np.exp(logarithms - finite).sum(0)))
