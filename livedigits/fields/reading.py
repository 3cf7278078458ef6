"""Frame and field -> what is read there: the best reading that its rules allow, how sure it is, or why none is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from livedigits.fields.candidates import candidates
from livedigits.fields.confidence import measures, shipped_confidence
from livedigits.fields.cutting import Cut, cut, levelled
from livedigits.fields.definition import CONFIDENCE, Field
from livedigits.fields.form import UNSEEN
from livedigits.fields.settling import Read
from livedigits.recognition.automaton import DIGITS, Arc, Automaton
from livedigits.recognition.boxes import shared
from livedigits.recognition.evidence import Evidence, evidence
from livedigits.recognition.flat_images import brought_out
from livedigits.recognition.lattice import Path
from livedigits.recognition.reader import Reader

# Each constant: its unit, and what it trades. Where nothing else is said it was chosen by trying, and not swept.

# Slope of a line, and its digits' height over that of the region, from which on the line is cut out anew, level and at
# its own size. Less reads more fields twice.
SLOPED, SIZED = 0.04, (0.5, 0.85)
# Probability of a digit that is seen where a field is not missing, and of one that can be refused.
SEEN = 0.4
# Ink as much as so many digits have, in which nothing is read: somebody should look at it.
SCRIBBLE = 0.6
# Nats by which a reading that the rules forbid must be better than all that they allow to be refused.
FORBIDDEN = 2.5

Erase = Callable[[Cut], Cut]
"""A cut of a field -> the same without what is printed around it."""

NOTHING = Read("", None, 0.0, "missing")


@dataclass(frozen=True, eq=False)
class Looked:
    """A field as it was read, for measures and pictures of what failed.

    Attributes
    ----------
    read : what was read
    cut : that it was read in; None where the field lies outside of the picture
    evidence : what was known of it
    best, free : the best reading that the rules allow, and the best of all
    measured : confidence.MEASURES of the best that they allow; None where there is none
    """

    read: Read
    cut: Cut | None = None
    evidence: Evidence | None = None
    best: Path | None = None
    free: Path | None = None
    measured: np.ndarray | None = field(default=None)


class FieldReader:
    """Reads fields in pictures; it remembers none, and several threads may use it.

    Parameters
    ----------
    reader : has the networks
    confidence : below it a reading is doubtful, where the field asks for nothing else
    """

    def __init__(self, reader: Reader, confidence: float = CONFIDENCE) -> None:
        self._reader = reader
        self._confidence = confidence

    def read(self, image: np.ndarray, corners: np.ndarray, asked: Field, erase: Erase | None = None) -> Read:
        """What a field holds.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
        corners : (4, 2) float, px of the image, of the field's region
        asked : the field, of whose rules the best reading is
        erase : takes print out of its cuts
        """
        return self.look(image, corners, asked, erase).read

    def look(self, image: np.ndarray, corners: np.ndarray, asked: Field, erase: Erase | None = None) -> Looked:
        """As `read`, with what was made of it on the way."""
        seen = self.see(image, corners, asked, erase)
        return Looked(NOTHING) if seen is None else self.judge(*seen, asked)

    def see(
        self, image: np.ndarray, corners: np.ndarray, asked: Field, erase: Erase | None = None
    ) -> tuple[Cut, Evidence] | None:
        """What can be seen of a field whose form has these signs; None where it lies outside of the picture."""
        part = _cut(image, corners, erase)
        if part is None:
            return None
        drawn = brought_out(image) is not None
        known = self._known(part, asked, drawn)
        band = known.band
        if len(known.there) and (abs(band.slope) > SLOPED or not SIZED[0] < band.height / part.inside[3] < SIZED[1]):
            level = _cut(image, levelled(part, band.height, band.base, band.slope), erase)
            if level is not None:
                return level, self._known(level, asked, drawn)
        return part, known

    def _known(self, part: Cut, asked: Field, drawn: bool) -> Evidence:
        others = asked.form is not None and asked.form.others
        found = candidates(self._reader, part.image, part.inside, drawn)
        return evidence(found, part.inside, _signs(asked), others)

    def judge(self, part: Cut, known: Evidence, asked: Field) -> Looked:
        """The best reading of what was seen of a field."""
        lattice, signs = known.lattice, _signs(asked)
        best, free = lattice.best(asked.automaton), lattice.best(anything(signs))
        seen = known.there.max(initial=0.0) >= SEEN
        if not best.text:
            return Looked(_unread(known, free, seen), part, known, best, free)
        own = lattice.total(Automaton.of_text(best.text, UNSEEN))
        # the form knows its signs: whether they were seen, and spots that look like some, say little about the digits
        whole = lattice.total(_among(_digits(best), signs)) if signs else own
        behind = 0.0 if _digits(free) == _digits(best) else max(free.score - best.score, 0.0)
        measured = measures(
            own - lattice.total(asked.automaton),
            whole - float(np.logaddexp(lattice.total(anything(signs)), -known.nothing)),
            behind,
            -best.score,
            _worst(known, best),
            _left_out(known, best),
            len(best.nodes),
        )
        confidence = shipped_confidence()(measured)
        least = self._confidence if asked.confidence is None else asked.confidence
        if confidence >= least:
            read = Read(best.text, asked.value(best.text), confidence, "read")
        elif behind >= FORBIDDEN and seen:
            read = Read(free.text, None, confidence, "refused")
        elif not seen:
            read = _unread(known, free, seen)
        else:
            read = Read(best.text, asked.value(best.text), confidence, "doubtful")
        return Looked(read, part, known, best, free, measured)


def _cut(image: np.ndarray, corners: np.ndarray, erase: Erase | None) -> Cut | None:
    part = cut(image, corners)
    return part if part is None or erase is None else erase(part)


def _digits(path: Path) -> str:
    return "".join(filter(str.isdigit, path.text))


def _signs(asked: Field) -> frozenset[str]:
    return asked.form.signs if asked.form else frozenset()


def _unread(known: Evidence, free: Path, seen: bool) -> Read:
    """What is said where no reading is allowed, or none is likely."""
    if seen:
        return Read(free.text, None, 0.0, "refused")
    return NOTHING if known.ink < SCRIBBLE else NOTHING._replace(state="doubtful")


def _worst(known: Evidence, path: Path) -> float:
    """Log probability of the least likely digit of a path; signs are known by the form."""
    digits = known.lattice.scores[:, : len(DIGITS)]
    nodes = [i for i in path.nodes if np.isfinite(digits[i]).any()]
    text = _digits(path)
    if len(text) != len(nodes):  # a slash that looks like a digit is among them
        return float(digits[nodes].max(1).min())
    return float(min((digits[i, DIGITS.index(c)] for i, c in zip(nodes, text, strict=True)), default=0.0))


def _left_out(known: Evidence, path: Path) -> float:
    """Probability of the likeliest digit that is on no node of a path."""
    if not len(known.there):
        return 0.0
    met = shared(known.boxes, known.lattice.boxes[list(path.nodes)]).max(1) > 0.3
    return float(known.there[~met].max(initial=0.0))


def _among(digits: str, signs: Iterable[str]) -> Automaton:
    """What reads these digits, with any of these signs among them."""
    every = "".join(sorted(signs))
    loops = [Arc(place, place, every) for place in range(len(digits) + 1)]
    steps = [Arc(place, place + 1, digit) for place, digit in enumerate(digits)]
    return Automaton([*loops, *steps], [False] * len(digits) + [True])


@functools.lru_cache(maxsize=32)
def anything(signs: Iterable[str]) -> Automaton:
    """What reads any digits, one at least, with any of these signs among them."""
    every = DIGITS + "".join(sorted(signs))
    before = [Arc(0, 0, "".join(sorted(signs)))] if signs else []
    return Automaton([*before, Arc(0, 1, DIGITS), Arc(1, 1, every)], [False, True])
