"""What the commands say in a terminal: the notice about the window, progress, changes and sums."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy as np

    from livedigits.live.summary import Summary
    from livedigits.live.window import Window
    from livedigits.outputs.recorder import Recording
    from livedigits.recognition.reader import Reader
    from livedigits.types import Digits, FieldValue, Result

OnResult = Callable[["Result"], object]

STEADY_SECONDS = 0.2
"""How long a camera's digits must stay the same before they are printed."""

TRACKS_NAMED = 40
"""How many digits of a video are named one by one in its summary."""


def window(
    stack: ExitStack,
    title: str,
    live: bool = False,
    mirror: bool = False,
    quiet: bool = False,
    recording: Recording | None = None,
    reader: Reader | None = None,
) -> Window | None:
    """A window, in which the profile of the reader can be taught; where there can be none, a line about that."""
    from livedigits.live.correcting import Correcting
    from livedigits.live.window import Window
    from livedigits.outputs.display import display_problem

    problem = display_problem()
    if problem is None:
        opened = stack.enter_context(Window(title, live, mirror, recording))
        opened.say = say
        opened.correcting = None if reader is None else Correcting.of(reader)
        return opened
    if not quiet:
        say(f"no window: {problem}; reading on without one")
    return None


def askable(window: Window | None, reader: Reader, takers: Sequence[Callable[[Reader], object]]) -> None:
    """The window's keys change how sure digits of the reader must be; takers read on with it."""
    from livedigits.live.asking import Asking

    if window is not None:
        correcting = [] if window.correcting is None else [window.correcting.take]
        window.asking = Asking(reader, [*takers, *correcting])


def progress(label: str, length: int | None, log: bool = False) -> AbstractContextManager[Callable[..., Any]]:
    """A progress bar on standard error, which is told how many more are done; as livedigits.outputs.progress.bar.

    Where that is not a terminal, or the length not known, there is none, and nothing is told; with `log` the label is.
    """
    from livedigits.outputs.progress import bar

    return bar(line(label), length or 0, log)


def numbers(digits: Digits) -> str:
    """The numbers as they stand on the page, a slash between lines: "276 12 / 10"."""
    from livedigits.recognition.grouping import text

    return text(digits.numbers) or "no digits"


def read(result: Result) -> str:
    """The fields of a frame, "home 12, guest missing"; where none were asked for, its numbers."""
    if not result.fields:
        return numbers(result.digits)
    return ", ".join(line(f"{name} {field(value)}") for name, value in result.fields.items())


def field(value: FieldValue) -> str:
    """What a field holds: its text where the rules allow it, and its state where there is more to say."""
    if value.state in ("read", "settled"):
        return value.text
    return f"{value.text} ({value.state})" if value.text else value.state


def samples(counts: np.ndarray) -> str:
    """How much a profile holds, of the samples (11,) of each digit and of none: "12 samples of 1 and 7, 2 of none"."""
    digits = [str(digit) for digit in range(10) if counts[digit]]
    named = (
        "0 to 9" if len(digits) == 10 else " and ".join([", ".join(digits[:-1]), digits[-1]] if digits[1:] else digits)
    )
    total = sum(int(n) for n in counts[:10])
    parts = [f"{total} {'sample' if total == 1 else 'samples'} of {named}"] if total else []
    if counts[10]:
        parts.append(f"{counts[10]} of what is no digit")
    return ", ".join(parts) or "nothing is learned yet"


def print_changes() -> OnResult:
    """Prints what is read before a camera, a line whenever it has changed and stayed so for a moment."""
    printed, newest, since = "no digits", "no digits", 0.0

    def on_result(result: Result) -> None:
        nonlocal printed, newest, since
        now, time = read(result), result.frame.time
        if now != newest:
            newest, since = now, time
        if newest != printed and time - since >= STEADY_SECONDS:
            printed = newest
            click.echo(printed)

    return on_result


def line(text: str) -> str:
    """Text in one line, whatever file names are in it: control characters and line ends are escaped."""
    # Else a name could also give the terminal orders.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", lambda c: c[0].encode("unicode_escape").decode("ascii"), text)


def say(text: str) -> None:
    """Prints a line that is not a result: to standard error."""
    click.echo(text, err=True)


def error(problem: Exception) -> None:
    """Prints an error that does not end the command, as click prints others."""
    say(f"Error: {line(str(problem))}")


def speed(summary: Summary) -> str:
    frames = "1 frame" if summary.frames == 1 else f"{summary.frames} frames"
    return f"{frames} in {summary.seconds:.1f} s ({summary.fps:.0f} a second)"


def sum_up(summary: Summary) -> str:
    """The numbers of a video; of very many digits how often each was there."""
    tracks = summary.tracks
    if len(tracks) <= TRACKS_NAMED:
        return "read " + " ".join(summary.numbers) if summary.numbers else "no digits"
    counts = [(digit, tracks.count(digit)) for digit in range(10)]
    return f"read {len(tracks)} digits: " + ", ".join(f"{digit} x {n}" for digit, n in counts if n)
