"""What several commands have in common: options, handed over as one object, and what they ask for."""

from __future__ import annotations

import functools
import itertools
import math
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from livedigits import process
from livedigits.commands import console
from livedigits.commands.field_options import FIELD_OPTIONS, named_fields
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    from pathlib import Path

    from livedigits.fields.definition import FieldSet
    from livedigits.outputs import Sink
    from livedigits.outputs.broker import Broker
    from livedigits.profiles.watching import WatchedProfile
    from livedigits.recognition.classifier import Classifier
    from livedigits.recognition.reader import Reader


class Number(click.FloatRange):
    """A number in a range, which nan is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a valid number.", param, ctx)
        return float(number)


def _path(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value == "":
        raise click.BadParameter("give a name")
    if value == "-" and param.name == "save":
        raise click.BadParameter("pictures and videos cannot go to standard output: give a name")
    return value


def _url(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from livedigits.outputs.webhook import parse_url

    try:
        return parse_url(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _broker(ctx: click.Context, param: click.Parameter, value: str | None) -> Broker | None:
    if value is None:
        return None
    from livedigits.outputs.broker import parse_broker

    try:
        return parse_broker(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _view_address(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, int] | None:
    if value is None:
        return None
    from livedigits.outputs.mjpeg import parse_address

    try:
        return parse_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


PROFILE = [
    click.option(
        "--profile",
        metavar="FILE",
        callback=_path,
        help="Read with what livedigits learn has put into this file, in place of your own profile.",
    ),
    click.option("--no-profile", is_flag=True, help="Read with what the network knows alone."),
]
"""The options of the commands that read with what was learned of a hand."""

_OUTPUTS = [
    click.option(
        "--json",
        "json_path",
        metavar="FILE",
        callback=_path,
        help="Write JSON Lines, one object a frame; - for stdout.",
    ),
    click.option(
        "--csv",
        "csv_path",
        metavar="FILE",
        callback=_path,
        help="Write CSV, behind the rows of a file that has the same columns; - for stdout.",
    ),
    click.option(
        "--post",
        "post_url",
        metavar="URL",
        callback=_url,
        help="Post the JSON object of a picture, or of a frame in which something has changed, to a webhook.",
    ),
    click.option(
        "--mqtt",
        metavar="URL",
        callback=_broker,
        help="Publish what is read, retained, at mqtt://[USER@]HOST[:PORT]/TOPIC or mqtts://; needs the extra mqtt.",
    ),
    click.option("--overwrite", is_flag=True, help="Write over files that exist already."),
    click.option("--no-window", is_flag=True, help="Show no window."),
    click.option("--model", metavar="FILE", help="Read with this .tflite network instead of the shipped one."),
    click.option(
        "--min-confidence",
        type=Number(0, 1),
        metavar="P",
        help="Show digits of at least this confidence, 0 to 1; by default what suits the network.",
    ),
    click.option("--decimal", is_flag=True, help="Look for points and commas in numbers: 12.50 is one number."),
    *PROFILE,
]

_LIVE = [
    click.option(
        "--events",
        "events_path",
        metavar="FILE",
        callback=_path,
        help="Write a JSON line when a digit or number has appeared, changed or gone, a field settled; - for stdout.",
    ),
    click.option(
        "--view",
        metavar="[HOST:]PORT",
        callback=_view_address,
        help="Show the annotated picture to browsers there; on this machine only, unless HOST is named.",
    ),
]


@dataclass(frozen=True)
class Outputs:
    """What the output options ask for.

    json_path, events_path, csv_path : files of lines, "-" is standard output
    post_url : where JSON is posted to; mqtt : where values are published
    save : where annotated pictures or videos go
    overwrite : files that exist may be written over
    no_window : show none; view : host and port to show the picture at
    model, min_confidence, decimal : as for a Reader
    fields_path : file of fields; regions, expected : places and forms of fields, by their names
    profile, no_profile : the file of what was learned of a hand, None for the user's own, or whether none is to be used
    """

    json_path: str | None
    save: str | None
    overwrite: bool
    no_window: bool
    model: str | None
    min_confidence: float | None
    decimal: bool
    csv_path: str | None = None
    post_url: str | None = None
    mqtt: Broker | None = None
    events_path: str | None = None
    view: tuple[str, int] | None = None
    fields_path: str | None = None
    regions: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def fields(self) -> FieldSet | None:
        """The fields that are asked for; raises LivedigitsError where they cannot be."""
        return named_fields(self.fields_path, self.regions, self.expected)

    profile: str | None = None
    no_profile: bool = False

    @property
    def lines(self) -> list[str]:
        """Where lines go."""
        return [path for path in (self.json_path, self.csv_path, self.events_path) if path]

    @property
    def emptied(self) -> list[str]:
        """Of these, those that a new run begins anew."""
        return [path for path in (self.json_path, self.events_path) if path]

    def check(self, save: str | None = None) -> None:
        """Raises click.UsageError where two outputs go to one place; `save` is one file of several."""
        _check_different(json=self.json_path, csv=self.csv_path, events=self.events_path, save=save or self.save)

    def reader(self, threads: int | None = None) -> Reader:
        return make_reader(
            self.model, self.min_confidence, threads, self.decimal, profile=self.profile, no_profile=self.no_profile
        )

    def live_sinks(
        self, stack: ExitStack, append: bool = False, live: bool = False, stills: bool = False
    ) -> list[Sink]:
        """What all options but --save ask for, entered; says where the view is.

        append : --json goes on behind what is in the file
        live : frames come when they come, and nothing may wait
        stills : each picture is for itself

        Raises
        ------
        LivedigitsError: one of them cannot be written or listened at
        """
        from livedigits.outputs.changes import Changes
        from livedigits.outputs.events import Events
        from livedigits.outputs.jsonl import JsonLines
        from livedigits.outputs.table import Table
        from livedigits.outputs.webhook import Webhook

        names = self.fields.names if self.fields else ()
        sinks: list[Sink] = []
        if self.json_path:
            sinks.append(stack.enter_context(JsonLines(self.json_path, append)))
        if self.csv_path:
            sinks.append(stack.enter_context(Table(self.csv_path, Changes(stills), names)))
        if self.events_path:
            sinks.append(stack.enter_context(Events(self.events_path)))
        if self.post_url:
            sinks.append(stack.enter_context(Webhook(self.post_url, Changes(stills), console.say, live)))
        if self.mqtt:
            from livedigits.outputs.mqtt import Mqtt

            sinks.append(stack.enter_context(Mqtt(self.mqtt, Changes(stills), console.say, live, names)))
        if self.view is not None:
            sinks.append(_view(stack, *self.view))
        return sinks


def output_options(save: str, live: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options that camera, video and image have in common, as the parameter `outputs`.

    save : the help of --save, which takes something else in each
    live : also those for who is not before the screen, which camera and video have
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def called(*arguments: Any, **given: Any) -> None:
            asked = {name: given.pop(name) for name in Outputs.__dataclass_fields__ if name in given}
            command(*arguments, outputs=Outputs(**asked), **given)

        saving = click.option("--save", metavar="PATH", callback=_path, help=save)
        options = [*FIELD_OPTIONS, saving, *_OUTPUTS, *(_LIVE if live else ())]
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), called)

    return decorate


def _check_different(**paths: str | None) -> None:
    """Raises click.UsageError where two outputs, by the names of their options, go to one place."""
    given = [(f"--{name}", path) for name, path in paths.items() if path]
    for (one, first), (other, second) in itertools.combinations(given, 2):
        if first == second or ("-" not in (first, second) and _same(first, second)):
            place = "standard output" if first == "-" else first
            raise click.UsageError(f"{one} and {other} cannot both go to {place}")


def _same(first: str, second: str) -> bool:
    if os.path.exists(first) and os.path.exists(second):
        return os.path.samefile(first, second)
    return os.path.normcase(os.path.realpath(first)) == os.path.normcase(os.path.realpath(second))


def _view(stack: ExitStack, host: str, port: int) -> Sink:
    from livedigits.outputs.mjpeg import View

    view = stack.enter_context(View(host, port))
    console.say(f"the view is at {view.url} (the stream: {view.stream})")
    if not view.local:
        console.say("note: everybody who can reach this machine over the network can watch")
    return view


def make_reader(
    model: str | None,
    min_confidence: float | None,
    threads: int | None = None,
    decimal: bool = False,
    *,
    profile: str | None = None,
    no_profile: bool = False,
    learns: bool = False,
) -> Reader:
    """A reader with the network, the threshold and the profile asked for, in a process that is tuned for it.

    Says which profile that is; one that changes meanwhile is taken between two frames.

    learns : the command makes the profile where there is none yet
    threads : of each network; None for the usual number

    Raises
    ------
    click.UsageError: a profile and none; LivedigitsError: the network or the profile cannot be used
    """
    from livedigits.recognition.classifier import THREADS
    from livedigits.recognition.reader import Reader

    if profile is not None and no_profile:
        raise click.UsageError("--profile and --no-profile cannot both be given")
    classifier = make_classifier(model, threads)
    learned = (
        None if no_profile else _watched(profile_path(profile), classifier, needed=profile is not None and not learns)
    )
    return Reader(classifier, min_confidence, threads or THREADS, decimal, learned)


def make_classifier(model: str | None, threads: int | None = None) -> Classifier:
    """The network asked for, in a process that is tuned for it."""
    from livedigits.recognition.classifier import Classifier

    process.tune()
    return Classifier(model) if threads is None else Classifier(model, threads)


def profile_path(profile: str | None) -> Path:
    """The file of the profile asked for, or the user's own."""
    from pathlib import Path

    from livedigits.profiles.file import default_path

    return default_path() if profile is None else Path(profile)


def _watched(path: Path, classifier: Classifier, needed: bool) -> WatchedProfile | None:
    """The profile of a file, which may come later; says how much it holds. None for a network that cannot learn."""
    from livedigits.profiles.head import learning
    from livedigits.profiles.watching import WatchedProfile

    there = path.exists()
    if needed and not there:
        raise LivedigitsError(f"no profile at {path}: make one with livedigits learn --profile {path}")
    try:
        learning(classifier)
    except LivedigitsError as error:
        if there:
            console.say(f"no profile is used: {console.line(str(error))}")
        return None
    watched = WatchedProfile(path, classifier, console.say)
    if there:
        console.say(f"profile {console.line(str(path))}: {console.samples(watched.profile.samples.counts)}")
    return watched


def jobs_option(does: str = "Read") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--jobs, as the parameter `jobs`: a number of cores, 1 or more; `does` says what is done on them."""
    return click.option(
        "--jobs",
        type=click.IntRange(1),
        metavar="N",
        callback=_cores,
        help=f"{does} on so many cores; by default on all there are. Results are the same.",
    )


def _cores(ctx: click.Context, param: click.Parameter, value: int | None) -> int:
    return value or process.cores()
