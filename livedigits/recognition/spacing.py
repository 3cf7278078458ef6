"""How far apart the digits of a number stand on a page: the page itself says so.

Of the gaps between neighbours on a line most are usual ones, and the others are clearly wider: those between numbers.
Where all gaps are alike, each row is one number, unless the gaps are wide or the rows stand closer than their digits:
then each digit stands for itself.

The constants describe pages in general: notes, sums, numbers written digit by digit for a machine to read, tables.
"""

from __future__ import annotations

import numpy as np

# Gaps are in sizes of digits. Each constant: its unit, and what it trades. Where nothing else is said it was chosen by
# trying, and not swept.

# Share of gaps that are within numbers. More joins more on pages of few gaps.
WITHIN = 0.7
# Usual gaps of pages: weight, mean, deviation; of notes, of digits written for a machine, of digits on their own.
CLOSENESS = ((0.55, 0.3, 0.25), (0.35, 0.85, 0.3), (0.1, 2.0, 0.8))
# Usual gap of the widest writing that is still read as numbers, and the least that this becomes where lines are close.
WIDEST, NARROWEST = 1.5, 0.6
# Of the space between lines: usual gap up to which digits are read as numbers. More joins the cells of tables.
OF_CLEARANCE = 0.75
# Deviation within which a usual gap about that limit counts both as numbers and as digits on their own.
SOFT = 0.05
# Deviation of gaps on a page: a part that is always there, and one that grows with the usual gap.
SPREAD = (0.12, 0.16)
# Of that deviation: of tidy writing, of other.
EVENNESS = (0.5, 1.0)
# Gaps between numbers exceed the usual one by three times this, more or less (a gamma of shape 3), and by a share of
# it.
WORD, WORD_GROWTH = 0.3, 0.5
# Gaps: on pages of fewer, empty space about the limit counts more than where it is on most pages.
MARGIN = 20
# Of a limit: how close to it a gap makes it doubtful.
DOUBT = 0.25
# Deviation of the limit on a kind of page: a part that is always there, and one that grows with the limit.
LIMIT_SPREAD = (0.1, 0.15)
# Deviations by which a gap is narrower than the usual one and stands out, where digits are on their own.
STANDS_OUT = 2.5

_USUAL, _EVEN = (g.ravel() for g in np.meshgrid(np.arange(0.0, 3.0, 0.05), EVENNESS))  # kinds of pages, (k,)
_SPREAD = SPREAD[0] + SPREAD[1] * _USUAL
_GAPS = np.arange(-0.5, 3.01, 0.05)  # (m,) the gaps that are counted
_CANDIDATES = np.arange(0.2, 2.5, 0.05)  # (t,) limits that are compared


def _densities(gaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density of gaps (m,) that are usual, and of wider ones, on each kind of page: (k, m) each."""
    more, spread = gaps - _USUAL[:, None], (_EVEN * _SPREAD)[:, None]
    usual = WITHIN * np.exp(-0.5 * (more / spread) ** 2) / (np.sqrt(2 * np.pi) * spread)
    scale = (WORD * (1 + WORD_GROWTH * _USUAL))[:, None]
    beyond = np.maximum(more, 0) / scale
    return usual, (1 - WITHIN) * beyond**2 * np.exp(-beyond) / (2 * scale)


def _around(limits: np.ndarray) -> np.ndarray:
    """Density (k, t) of the candidates where each kind of page has its limit (k,) about there."""
    spread = LIMIT_SPREAD[0] + LIMIT_SPREAD[1] * limits[:, None]
    return np.asarray(np.exp(-0.5 * ((_CANDIDATES - limits[:, None]) / spread) ** 2) / spread)


def _limits() -> tuple[np.ndarray, np.ndarray]:
    """The widest gap (k,) within numbers on each kind of page: where the usual gap is within them, and where it is not.

    A gap is between numbers where that is likelier; where even the usual gap is, only one that stands out is within.
    """
    gaps = np.arange(0.0, 5.0, 0.01)
    usual, wider = _densities(gaps)
    within = gaps[((wider > usual) & (gaps > _USUAL[:, None])).argmax(axis=1)]
    return within, np.maximum(_USUAL - STANDS_OUT * _SPREAD, 0.2)


_JOINED, _APART = map(_around, _limits())
_EVIDENCE = np.log(sum(_densities(_GAPS)) + 0.01)
_PRIOR = np.log(np.sum([w * np.exp(-0.5 * ((_USUAL - m) / d) ** 2) / d for w, m, d in CLOSENESS], axis=0))
_DOUBT = np.exp(-np.abs(_GAPS - _CANDIDATES[:, None]) / (DOUBT * _CANDIDATES[:, None]))  # (t, m)


def widest_gap(gaps: np.ndarray, clearance: float) -> float:
    """The widest gap within numbers on a page: about where it is on such pages, and where no gap is close to it.

    Parameters
    ----------
    gaps : (m,) float, between neighbours on a line, in sizes of digits
    clearance : free space between lines, in sizes of digits; infinite where there is one line

    Returns
    -------
    in sizes of digits, 0.2 to 2.5
    """
    place = (np.clip(gaps[gaps <= _GAPS[-1]], _GAPS[0], None) - _GAPS[0]) / (_GAPS[1] - _GAPS[0])
    below = np.minimum(place.astype(int), len(_GAPS) - 2)
    counts = np.bincount(below, below + 1 - place, len(_GAPS)) + np.bincount(below + 1, place - below, len(_GAPS))
    evidence = _EVIDENCE @ counts + _PRIOR
    chance = np.exp(evidence - evidence.max())
    # What belongs together stands closer than what does not: in a table digits of a row are no closer than rows.
    widest = min(WIDEST, max(NARROWEST, OF_CLEARANCE * clearance))
    joined = chance / (1 + np.exp((_USUAL - widest) / SOFT))
    alone = chance - joined
    likely = alone @ _APART if alone.sum() > joined.sum() else joined @ _JOINED
    doubt = _DOUBT @ counts * MARGIN / (MARGIN + len(gaps))
    return float(_CANDIDATES[np.argmax(np.log(likely + 1e-12) - doubt)])
