"""A finite automaton with costs: which texts a field may hold, as states and arcs that the search walks along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

DIGITS = "0123456789"
SIGNS = ".,:-/"
"""Signs that are looked for in the picture."""
LABELS = DIGITS + SIGNS
"""What one node of a lattice can be read as, in the order of its columns."""


class Arc(NamedTuple):
    """From state to state by reading one of these labels; or, without labels, nothing, at a cost in nats.

    written : what stands in the text where nothing is read
    """

    source: int
    target: int
    labels: str
    cost: float = 0.0
    written: str = ""


class Step(NamedTuple):
    """Reading one label, with all arcs that go before it without reading: `before` is what these write."""

    source: int
    target: int
    labels: str
    cost: float
    before: str


@dataclass(frozen=True)
class Automaton:
    """States 0 (where it starts) to n - 1, and arcs between them; arcs without labels go from lower to higher states.

    Attributes
    ----------
    arcs : between the states
    accepting : (n,) whether a text may end there
    steps : as derived from the arcs, each of which reads one label
    ends : for each state the cost at which a text may end there, inf for never, and what is written then
    """

    arcs: Sequence[Arc]
    accepting: Sequence[bool]
    steps: tuple[Step, ...] = field(init=False)
    ends: tuple[tuple[float, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        silent: dict[int, list[Arc]] = {}
        for arc in self.arcs:
            if not arc.labels:
                silent.setdefault(arc.source, []).append(arc)
        reach = [self._reached(state, silent) for state in range(len(self.accepting))]
        reading: dict[int, list[Arc]] = {}
        for arc in self.arcs:
            if arc.labels:
                reading.setdefault(arc.source, []).append(arc)
        steps = [
            Step(state, arc.target, arc.labels, cost + arc.cost, written)
            for state, reached in enumerate(reach)
            for there, (cost, written) in reached.items()
            for arc in reading.get(there, ())
        ]
        live = {0} | {step.target for step in steps}
        ends = [
            min((way for there, way in reached.items() if self.accepting[there]), default=(np.inf, ""))
            for reached in reach
        ]
        object.__setattr__(self, "steps", tuple(step for step in steps if step.source in live))
        object.__setattr__(self, "ends", tuple(ends))

    @staticmethod
    def _reached(state: int, silent: dict[int, list[Arc]]) -> dict[int, tuple[float, str]]:
        """The states that can be reached from one without reading: the least cost, and what is written on that way."""
        reached = {state: (0.0, "")}
        waiting = [state]
        while waiting:
            source = waiting.pop(0)
            cost, written = reached[source]
            for arc in silent.get(source, ()):
                way = cost + arc.cost, written + arc.written
                if arc.target not in reached or way[0] < reached[arc.target][0]:
                    reached[arc.target] = way
                    waiting.append(arc.target)
        return reached

    def accepts(self, text: str) -> bool:
        """Whether a text may stand there, all its signs in it."""
        states = {(0, 0)}
        waiting = list(states)
        silent = [(a.source, a.target, a.written) for a in self.arcs if not a.labels]
        while waiting:
            state, place = waiting.pop()
            if self.accepting[state] and place == len(text):
                return True
            after = {(t, place + len(w)) for s, t, w in silent if s == state and text.startswith(w, place)}
            if place < len(text):
                after |= {(a.target, place + 1) for a in self.arcs if a.source == state and text[place] in a.labels}
            waiting += after - states
            states |= after
        return False

    @staticmethod
    def of_text(text: str, costs: dict[str, float]) -> Automaton:
        """What reads one text alone; what is none of LABELS is taken as given, what is in `costs` may be unseen, at
        these costs.
        """
        arcs = []
        for place, sign in enumerate(text):
            if sign in LABELS:
                arcs.append(Arc(place, place + 1, sign))
            if sign in costs or sign not in LABELS:
                arcs.append(Arc(place, place + 1, "", costs.get(sign, 0.0), sign))
        return Automaton(arcs, [False] * len(text) + [True])


ANY_DIGITS = Automaton([Arc(0, 1, DIGITS), Arc(1, 1, DIGITS)], [False, True])
"""Reads any digits, one at least."""
