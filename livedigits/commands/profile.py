"""livedigits profile: what was learned of a hand, to be looked at, pruned, merged, exported and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from livedigits.commands import console
from livedigits.commands.options import make_classifier, profile_path
from livedigits.errors import LivedigitsError

if TYPE_CHECKING:
    import numpy as np

    from livedigits.profiles.profile import Profile


@click.group(invoke_without_command=True)
@click.option("--profile", "file", metavar="FILE", help="The profile; by default your own.")
@click.option("--model", metavar="FILE", help="Fit it to this .tflite network instead of the shipped one.")
@click.pass_context
def profile(ctx: click.Context, file: str | None, model: str | None) -> None:
    """Look after what was learned of your hand.

    Without a command it says what the profile holds and what it changes: how many of its samples the network alone
    reads rightly, and how many with what is learned from the others.

    \b
    livedigits profile
    livedigits profile sheet samples.png
    livedigits profile prune --doubtful
    livedigits profile --profile ours.npz merge anna.npz ben.npz
    """
    ctx.obj = _Opened(profile_path(file), model)
    if ctx.invoked_subcommand is None:
        _show(ctx.obj)


class _Opened:
    """The profile that the commands are about, loaded when one asks for it."""

    def __init__(self, path: Path, model: str | None) -> None:
        self.path, self.model = path, model

    def load(self) -> Profile:
        """Raises LivedigitsError where there is none, or an empty or a damaged one."""
        from livedigits.profiles.profile import Profile

        if not self.path.exists():
            raise LivedigitsError(f"no profile at {self.path}: make one with livedigits learn")
        found = Profile.load(self.path, make_classifier(self.model))
        if not len(found.samples):
            raise LivedigitsError(f"{self.path} holds no samples: teach it with livedigits learn")
        return found

    @property
    def name(self) -> str:
        return console.line(str(self.path))


def _show(opened: _Opened) -> None:
    """Counts, and what the profile changes, a line for each digit."""
    import numpy as np

    from livedigits.profiles.inspection import changes, name

    found = opened.load()
    seen, labels = changes(found), found.samples.labels.astype(np.int64)
    click.echo(f"{opened.name}: {console.samples(found.samples.counts)}, {opened.path.stat().st_size / 1000:.0f} kB")
    click.echo(f"\n{'':<6}{'samples':>8}{'read by the network':>22}{'with the others learned':>26}   read as")
    for label in np.unique(labels).tolist():
        own = labels == label
        before, after = (int((answers[own] == label).sum()) for answers in (seen.before, seen.after))
        click.echo(
            f"{name(label):<6}{own.sum():>8}{before:>22}{after:>26}   {_others(seen.before[own], label)}".rstrip()
        )
    if seen.doubted.any():
        numbers = ", ".join(map(str, np.flatnonzero(seen.doubted).tolist()))
        click.echo(
            f"\nprobably labelled wrongly, and hardly counted: {numbers} (see sheet; prune --doubtful removes them)"
        )


def _others(answers: np.ndarray, label: int) -> str:
    """What else samples of a label are read as: "1 (3), none (1)"."""
    import numpy as np

    from livedigits.profiles.inspection import name

    values, counts = np.unique(answers[answers != label], return_counts=True)
    return ", ".join(f"{name(int(v))} ({c})" for v, c in zip(values, counts, strict=True))


@profile.command()
@click.argument("picture", metavar="PICTURE")
@click.option("--overwrite", is_flag=True, help="Write over a picture that exists.")
@click.pass_obj
def sheet(opened: _Opened, picture: str, overwrite: bool) -> None:
    """Save a picture of all samples, each with its number; in red what is probably labelled wrongly."""
    from livedigits.outputs.images import save_picture
    from livedigits.outputs.paths import keep_existing
    from livedigits.profiles import inspection

    keep_existing([picture], overwrite)
    found = opened.load()
    save_picture(Path(picture), inspection.sheet(found, inspection.changes(found).doubted))
    click.echo(f"wrote {console.line(picture)}")


@profile.command()
@click.option("--number", "numbers", type=click.IntRange(0), multiple=True, help="Remove the sample of this number.")
@click.option(
    "--digit", "digits", type=click.Choice([*map(str, range(10)), "none"]), multiple=True, help="Remove all of it."
)
@click.option("--doubtful", is_flag=True, help="Remove what is probably labelled wrongly.")
@click.option("--newest", type=click.IntRange(1), metavar="N", help="Keep the newest N of each digit.")
@click.pass_obj
def prune(
    opened: _Opened, numbers: tuple[int, ...], digits: tuple[str, ...], doubtful: bool, newest: int | None
) -> None:
    """Remove samples: by number (see sheet), by digit, doubtful or old ones. Options can be repeated and joined."""
    import numpy as np

    from livedigits.profiles.inspection import changes
    from livedigits.profiles.profile import changed
    from livedigits.types import NO_DIGIT

    if not (numbers or digits or doubtful or newest):
        raise click.UsageError("say what to remove: --number, --digit, --doubtful or --newest")
    before = opened.load()

    def pruned(found: Profile) -> Profile:
        labels = found.samples.labels
        gone = np.zeros(len(labels), bool)
        for number in numbers:
            if number >= len(labels):
                raise LivedigitsError(f"{opened.path} has no sample {number}: its last one is {len(labels) - 1}")
            gone[number] = True
        gone |= np.isin(labels, [NO_DIGIT if digit == "none" else int(digit) for digit in digits])
        if doubtful:
            gone |= changes(found).doubted
        if newest:
            for label in np.unique(labels):
                gone[np.flatnonzero(labels == label)[:-newest]] = True
        return found.without(np.flatnonzero(gone))

    after = changed(opened.path, pruned, before.classifier)
    left = len(after.samples)
    click.echo(f"removed {len(before.samples) - left}; {opened.name} holds {left}")


@profile.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.pass_obj
def merge(opened: _Opened, files: tuple[str, ...]) -> None:
    """Take in the samples of other profiles, which stay as they are."""
    from livedigits.profiles.profile import Profile, changed

    missing = [file for file in files if not Path(file).is_file()]
    if missing:
        raise LivedigitsError(f"{missing[0]}: no such file")
    classifier = make_classifier(opened.model)
    others = [Profile.load(file, classifier) for file in files]
    merged = changed(opened.path, lambda found: found.merged(*others), classifier)
    click.echo(f"{opened.name}: {console.samples(merged.samples.counts)}")


@profile.command()
@click.argument("file", metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Write over a file that exists.")
@click.pass_obj
def export(opened: _Opened, file: str, overwrite: bool) -> None:
    """Write the digits as an .npz for livedigits train --data, without what is no digit."""
    import numpy as np

    from livedigits.outputs.paths import keep_existing
    from livedigits.types import NO_DIGIT

    keep_existing([file], overwrite)
    samples = opened.load().samples
    digit = samples.labels < NO_DIGIT
    try:
        with open(file, "wb") as out:
            np.savez_compressed(out, x=samples.crops[digit, ..., 0], y=samples.labels[digit])
    except OSError as error:
        raise LivedigitsError(f"{file} cannot be written: {error.strerror or error}") from None
    click.echo(f"wrote {digit.sum()} digits to {console.line(file)}")


@profile.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(opened: _Opened, yes: bool) -> None:
    """Delete the profile: all that was learned is forgotten."""
    if not opened.path.exists():
        raise LivedigitsError(f"no profile at {opened.path}")
    if not yes:
        click.confirm(f"Delete {opened.name}?", abort=True)
    try:
        opened.path.unlink()
    except OSError as error:
        raise LivedigitsError(f"{opened.path} cannot be deleted: {error.strerror or error}") from None
    click.echo(f"deleted {opened.name}")
