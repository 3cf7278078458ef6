"""Tries values of a constant of a recognition stage on rendered validation frames.

    python -m livedigits.training.evaluation.sweep recognition.suppression.SHARED 0.35 0.45 0.55

prints for each value, the present one among them, what validation says: F1, precision, recall, false digits and
milliseconds a frame. The frames are those of writers and photos that training keeps for validation.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import numpy as np

from livedigits import recognition
from livedigits.errors import LivedigitsError
from livedigits.outputs.progress import bar
from livedigits.recognition.reader import Reader
from livedigits.training.dataset.frame_truth import FrameTruth, truth_of
from livedigits.training.dataset.pools import pools
from livedigits.training.synthesis.many import render_many
from livedigits.training.synthesis.scenes import Scene
from livedigits.training.tool import frames_options


@dataclass(frozen=True)
class Score:
    """What was read in some frames: right ones, all that count, those that there were; seconds of reading."""

    right: int
    read: int
    there: int
    frames: int
    seconds: float

    @property
    def line(self) -> str:
        """F1, precision, recall, false digits a frame, ms a frame; under HEAD."""
        f1 = 2 * self.right / max(self.read + self.there, 1)
        precision, recall = self.right / max(self.read, 1), self.right / max(self.there, 1)
        false = (self.read - self.right) / self.frames
        return f"{f1:8.4f}{precision:11.4f}{recall:8.4f}{false:13.3f}{1000 * self.seconds / self.frames:12.1f}"


HEAD = f"{'F1':>8}{'precision':>11}{'recall':>8}{'false/frame':>13}{'ms/frame':>12}"
"""Of the columns of Score.line."""


def frame_of(scene: Scene) -> tuple[np.ndarray, FrameTruth]:
    """Of a scene what is kept: the image (h, w, 3) uint8, and what is to be read there."""
    return scene.image, truth_of(scene)


def score(frames: Sequence[tuple[np.ndarray, FrameTruth]], done: Callable[[int], Any] = lambda steps: None) -> Score:
    """What a new Reader reads in the frames."""
    reader = Reader()
    right = read = 0
    seconds = 0.0
    for image, truth in frames:
        began = time.perf_counter()
        digits = reader.read(image)
        seconds += time.perf_counter() - began
        counted = truth.counts(digits)
        right, read = right + counted[0], read + counted[1]
        done(1)
    return Score(right, read, sum(len(truth.labels) for _, truth in frames), len(frames), seconds)


def present(name: str) -> Any:
    """The value of a constant by its name, as "recognition.suppression.SHARED".

    Raises
    ------
    LivedigitsError: there is no such stage or constant, or it is not a number or a tuple of numbers
    """
    module, attribute = _found(name)
    return getattr(module, attribute)


@contextmanager
def constant(name: str, value: Any) -> Iterator[None]:
    """Gives a constant another value, in its stage and wherever it was imported from there; afterwards the old one.

    What was computed from it when its stage was imported keeps its value, and so do weights that were fitted with it.

    Raises
    ------
    LivedigitsError: as `present`
    """
    home, attribute = _found(name)
    before = getattr(home, attribute)
    holders = [home, *(m for m in _stages() if m is not home and _imports(m, home, attribute))]
    try:
        for module in holders:
            setattr(module, attribute, value)
        _forget()
        yield
    finally:
        for module in holders:
            setattr(module, attribute, before)
        _forget()


def _found(name: str) -> tuple[ModuleType, str]:
    stage, _, attribute = name.removeprefix("livedigits.").rpartition(".")
    stages = {module.__name__.removeprefix("livedigits."): module for module in _stages()}
    if stage not in stages:
        raise LivedigitsError(f"no stage {stage or name}: it is one of {', '.join(stages)}")
    source = inspect.getsource(stages[stage])
    own = {key for line in re.findall(r"^([A-Z_, ]+)\b[^\n=(]*=", source, re.MULTILINE) for key in line.split(", ")}
    constants = [key for key, value in vars(stages[stage]).items() if key in own and _is_plain(value)]
    if attribute not in constants:
        raise LivedigitsError(f"{stage} has no constant {attribute}: it is one of {', '.join(constants)}")
    return stages[stage], attribute


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, tuple) and all(map(_is_plain, value)))


def _stages() -> list[ModuleType]:
    """All modules of the room recognition."""
    names = [found.name for found in pkgutil.iter_modules(recognition.__path__)]
    return [importlib.import_module(f"{recognition.__name__}.{name}") for name in names]


def _imports(module: ModuleType, home: ModuleType, attribute: str) -> bool:
    """Whether a stage has this constant by `from home import attribute`."""
    pattern = rf"^from {re.escape(home.__name__)} import (\([^)]*|.*)\b{attribute}\b"
    return re.search(pattern, inspect.getsource(module), re.MULTILINE) is not None


def _forget() -> None:
    """Empties what stages have computed once and keep."""
    for module in _stages():
        for value in vars(module).values():
            if callable(getattr(value, "cache_clear", None)):
                value.cache_clear()


class Value(click.ParamType):
    """A number, or a tuple of numbers as Python writes it."""

    name = "value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            read = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            read = None
        if not _is_plain(read):
            self.fail(f"{value!r} is not a number or a tuple of numbers", param, ctx)
        return read


@click.command()
@click.argument("name")
@click.argument("values", nargs=-1, required=True, type=Value())
@frames_options(frames=100, seed=4_000_003)
def main(
    name: str, values: tuple[Any, ...], strokes: tuple[Path, ...], backgrounds: Path | None, frames: int, seed: int
) -> None:
    """Try VALUES of the constant NAME, such as recognition.suppression.SHARED, on rendered validation frames.

    Single pictures are read: constants of what needs a video (tracker, schedule, rejection_cache) make no difference.
    All values read the same frames; still a few digits more or less are chance: take more frames, and another seed. A
    frame takes up to 6 MB of memory. With --strokes and --backgrounds the hands and the photos are people's. Before
    negative values write --.
    """
    try:
        now = present(name)
        _, held_out = pools(strokes, backgrounds)
    except LivedigitsError as error:
        raise click.ClickException(str(error)) from error
    rendered = []
    with bar("rendering", frames) as done:
        pool = held_out.digits, held_out.others, held_out.backgrounds
        for frame in render_many(frames, seed, *pool, then=frame_of):
            rendered.append(frame)
            done(1)
    click.echo(f"{name:<40}{HEAD}")
    found = []
    for value in dict.fromkeys([now, *values]):
        with constant(name, value), bar(str(value), frames) as done:
            found.append(score(rendered, done))
        click.echo(f"{str(value) + ' (now)' * (value == now):<40}{found[-1].line}")
    if len({(one.right, one.read) for one in found}) == 1 < len(found):
        click.echo("No difference: what reads single pictures does not depend on it, or not within these values.")


if __name__ == "__main__":
    main()
