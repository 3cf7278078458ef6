"""What a field may hold: its form, "##?:##", and between which values; both together as an automaton that reads texts.

'#' stands for a digit, '?' says that what goes before it may be missing, any other character stands for itself. Of
these SIGNS are read; what else is printed or written there ("kg") is taken as given.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from livedigits.recognition.automaton import DIGITS, SIGNS, Arc, Automaton

DIGIT, OPTIONAL = "#", "?"
MOST_OPTIONAL = 12  # of a form with bounds: each doubles the ways to write its value
# Log probability that a sign that the form has is not seen where it is: small points are lost, bars hardly.
UNSEEN = {".": 3.0, ",": 3.0, ":": 3.5, "-": 5.0, "/": 5.0}
LONGEST = 200  # characters of a form: as many digits are still a number that a float can be
LONGEST_FREE = 12  # digits of a value with bounds and without a form


@dataclass(frozen=True)
class Form:
    """The form of a field's text.

    Attributes
    ----------
    text : as given, "-#?##.#"
    """

    text: str

    def __post_init__(self) -> None:
        """Raises ValueError, in words for whoever wrote the form."""
        if not self.text:
            raise ValueError("is empty: write # for each digit, such as ##?")
        if len(self.text) > LONGEST:
            raise ValueError(f"is too long: {LONGEST} characters at most")
        if self.text[0] == OPTIONAL:
            raise ValueError("begins with ?, which says that the character before it may be missing")
        if OPTIONAL * 2 in self.text:
            raise ValueError("has ?? in it: one ? says that the character before it may be missing")
        if DIGIT not in self.text:
            raise ValueError("has no # in it, which stands for a digit")
        if not self.text.isprintable():
            raise ValueError("has a character in it that cannot be written")

    @cached_property
    def tokens(self) -> tuple[tuple[str, bool], ...]:
        """Each character, and whether it may be missing."""
        following = [*self.text[1:], ""]
        return tuple((c, n == OPTIONAL) for c, n in zip(self.text, following, strict=True) if c != OPTIONAL)

    @cached_property
    def signs(self) -> frozenset[str]:
        """The SIGNS that it has."""
        return frozenset(self.text) & frozenset(SIGNS)

    @cached_property
    def others(self) -> bool:
        """Whether it has characters that are neither digits nor SIGNS, nor blanks."""
        return any(c not in SIGNS and c != DIGIT and not c.isspace() for c, _ in self.tokens)

    @cached_property
    def is_number(self) -> bool:
        """Whether what it stands for is a number: digits, a minus before them, a point or comma between them.

        Where three digits follow a comma it may part thousands: then it is none.
        """
        return all(_parts(written) is not None for written in self.written(most=1 << MOST_OPTIONAL))

    @property
    def optional(self) -> int:
        """How many characters may be missing."""
        return sum(missing for _, missing in self.tokens)

    def written(self, most: int = 1 << MOST_OPTIONAL) -> list[str]:
        """All ways to write it, a # for each digit, `most` of them at most."""
        choices = [("", c) if missing else (c,) for c, missing in self.tokens]
        ways = itertools.islice(itertools.product(*choices), most)
        return [way for way in dict.fromkeys(map("".join, ways)) if DIGIT in way]

    def value(self, text: str) -> int | float | None:
        """The number that a text of this form is; None where the form is no number."""
        return number(text) if self.is_number else None

    def allows(self, text: str, least: float | None = None, greatest: float | None = None) -> bool:
        """Whether a text is of this form, with a value within the bounds."""
        return automaton(self, least, greatest).accepts(text)


def number(text: str) -> int | float | None:
    """The number that a text is, "-12.5"; None where it is none."""
    try:
        return float(text.replace(",", ".")) if "." in text or "," in text else int(text)
    except ValueError:
        return None


def automaton(form: Form | None, least: float | None, greatest: float | None) -> Automaton:
    """What reads the texts that a field may hold.

    Parameters
    ----------
    form : None for digits, as many as there are
    least, greatest : of the value; None for no bound. The form must then be a number

    Raises
    ------
    ValueError: no text is allowed
    """
    if least is None and greatest is None:
        return _of_tokens(form.tokens) if form else _of_tokens(())
    ways = form.written() if form else ["#" * n for n in range(1, LONGEST_FREE + 1)]
    return _within(ways, least, greatest)


def _arcs_of(sign: str, source: int, target: int) -> list[Arc]:
    """How a character that is not '#' is read: seen; or unseen, at its cost."""
    if sign in SIGNS:
        return [Arc(source, target, sign, 0.0), Arc(source, target, "", UNSEEN[sign], sign)]
    return [Arc(source, target, "", 0.0, sign)]


def _of_tokens(tokens: tuple[tuple[str, bool], ...]) -> Automaton:
    """One state before each token and one at the end; without tokens any number of digits, one at least."""
    if not tokens:
        return Automaton([Arc(0, 1, DIGITS), Arc(1, 1, DIGITS)], [False, True])
    arcs: list[Arc] = []
    for place, (sign, missing) in enumerate(tokens):
        seen = [Arc(place, place + 1, DIGITS)] if sign == DIGIT else _arcs_of(sign, place, place + 1)
        if missing:  # and then, where it is not seen, it is not there
            seen = [arc for arc in seen if arc.labels] + [Arc(place, place + 1, "")]
        arcs += seen
    return Automaton(arcs, [False] * len(tokens) + [True])


_State = tuple[str, str | None, str | None]
"""What is still to be written, and the digits that are left of the bounds; None where the value is within already."""


def _within(ways: list[str], least: float | None, greatest: float | None) -> Automaton:
    """The texts of these forms whose values are within the bounds: a digit is compared with that of a bound as long as
    all before it were alike.
    """
    starts = [state for way in ways if (state := _start(way, least, greatest)) is not None]
    if not starts:
        raise ValueError("no value of this form is between least and greatest")
    number_of: dict[_State, int] = {}
    arcs: list[Arc] = []
    for way in starts:  # state 0 stands for all beginnings
        number_of.setdefault(way, len(number_of) + 1)
        arcs.append(Arc(0, number_of[way], ""))
    waiting = list(number_of)
    for state in waiting:
        source, rest = number_of[state], state[0]
        if not rest:
            continue
        for labels, following in _steps(state):
            if following not in number_of:
                number_of[following] = len(number_of) + 1
                waiting.append(following)
            target = number_of[following]
            arcs += [Arc(source, target, labels)] if rest[0] == DIGIT else _arcs_of(rest[0], source, target)
    accepting = [False] + [not state[0] for state in number_of]
    return Automaton(arcs, accepting)


def _start(way: str, least: float | None, greatest: float | None) -> _State | None:
    """Where a way to write a value begins; None where no value written so is within the bounds."""
    parts = _parts(way)
    if parts is None:
        return None
    negative, digits, decimals = parts
    unit = 10**decimals
    low = -math.inf if least is None else math.ceil(_exactly(least) * unit)
    high = math.inf if greatest is None else math.floor(_exactly(greatest) * unit)
    if negative:
        low, high = -high, -low
    low, high = max(low, 0), min(high, 10**digits - 1)
    if low > high:
        return None
    first = None if low == 0 else str(low).zfill(digits)
    last = None if high == 10**digits - 1 else str(high).zfill(digits)
    return way, first, last


def _exactly(bound: float) -> Fraction:
    """A bound as it is written: 0.1 is a tenth, and not what comes nearest to it in binary."""
    return Fraction(repr(bound))


def _steps(state: _State) -> list[tuple[str, _State]]:
    """Which characters may come next, those that lead to one state together."""
    rest, low, high = state
    if rest[0] != DIGIT:
        return [(rest[0], (rest[1:], low, high))]
    least, most = int(low[0]) if low else 0, int(high[0]) if high else 9
    following: dict[_State, str] = {}
    for digit in range(least, most + 1):
        lower = low[1:] if low and digit == least else None
        upper = high[1:] if high and digit == most else None
        after = rest[1:], lower if lower and lower.strip("0") else None, upper if upper and upper.strip("9") else None
        following[after] = following.get(after, "") + str(digit)
    return [(digits, after) for after, digits in following.items()]


def _parts(way: str) -> tuple[bool, int, int] | None:
    """Whether a minus goes before, how many digits there are, and how many behind the point; None for no number."""
    negative = way.startswith("-")
    whole, point, decimals = way.removeprefix("-").replace(",", ".").partition(".")
    if (whole + decimals).strip(DIGIT) or not whole + decimals or ("," in way and len(decimals) == 3):
        return None
    return negative, len(whole) + len(decimals), len(decimals) if point else 0
