"""Which files are written for the inputs given: by free names, none of them an input, none that is there unasked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from livedigits.errors import LivedigitsError, OutputError
from livedigits.sources.filetypes import PICTURES_SAVED, VIDEOS_SAVED


def video_targets(save: str, files: Sequence[str]) -> list[Path]:
    """The annotated video of each file: `save` itself for one file, NAME.mp4 in the folder `save` for several.

    A path without a suffix, or that is a folder already, is a folder; it is made where it is missing.

    Raises
    ------
    LivedigitsError: several files but no folder, a folder that cannot be made, or a video that is itself an input
    """
    if not _is_folder(save):
        if len(files) > 1:
            raise LivedigitsError(f"--save {save} is one video, but there are several: give a folder")
        protect(files, save)
        return [Path(save)]
    folder = _made(save)
    taken = names_in(folder, files)
    targets: list[Path] = []
    for file in files:
        name = free_name(Path(file).stem, ".mp4", lambda name: name.lower() in taken)
        taken.add(name.lower())
        targets.append(folder / name)
    return targets


def camera_target(save: str, overwrite: bool = False) -> Path:
    """The annotated video of a camera: `save`, or one named by the time in the folder `save`.

    What happened before a camera does not happen again: a name that is taken gets a number, unless `overwrite`.
    """
    path = _made(save) / time.strftime("camera-%Y%m%d-%H%M%S.mp4") if _is_folder(save) else Path(save)
    if overwrite:
        return path
    return path.parent / free_name(path.stem, path.suffix, lambda name: _holds_something(path.parent / name))


def next_take(first: Path | None) -> Path:
    """A new video named by the time: beside the first take and of its kind, or without one in the current folder."""
    name = time.strftime("livedigits-%Y%m%d-%H%M%S")
    folder, suffix = (first.parent, first.suffix) if first else (Path(), ".mp4")
    return folder / free_name(name, suffix, lambda name: (folder / name).exists())


def free_name(stem: str, suffix: str, taken: Callable[[str], bool]) -> str:
    """The first of stem.mp4, stem-2.mp4, stem-3.mp4 and so on, with the suffix given, that is not taken."""
    number, name = 1, f"{stem}{suffix}"
    while taken(name):
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name


def names_in(folder: Path, files: Iterable[str | Path]) -> set[str]:
    """The names of those of the files that lie in the folder itself, in lower case."""
    # Compared without case: on many disks A.png and a.png are one file.
    here = folder.resolve()
    return {path.name.lower() for path in map(Path, files) if path.parent.resolve() == here}


def is_picture_folder(save: str) -> bool:
    """Whether `save` is for pictures a folder, and not one picture."""
    return os.path.isdir(save) or Path(save).suffix.lower() not in (*PICTURES_SAVED, *VIDEOS_SAVED)


def check_writable(path: str | None) -> None:
    """Raises OutputError where a file ("-" is standard output) cannot be written; what is in it stays as it is."""
    if not path or path == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)):
        return
    existed = os.path.lexists(path)
    try:
        with open(path, "ab"):
            pass
        if not existed:
            os.unlink(path)
    except OSError as error:
        raise OutputError(path, error.strerror) from error


def keep_existing(outputs: Iterable[str | Path | None], overwrite: bool = False) -> None:
    """Raises LivedigitsError where an output is a file that holds something, unless it may be written over.

    "-", devices, pipes and empty files hold nothing that could be lost.
    """
    for output in outputs if not overwrite else ():
        if output and _holds_something(output):
            raise LivedigitsError(f"{output} exists already: give another name, or --overwrite")


def _holds_something(path: str | Path) -> bool:
    return os.path.isfile(path) and os.path.getsize(path) > 0


def protect(inputs: Sequence[str], output: str | None) -> None:
    """Raises LivedigitsError where an output is one of the inputs, which opening it would destroy."""
    if output and os.path.isfile(output):
        for path in inputs:
            if os.path.exists(path) and os.path.samefile(path, output):
                raise LivedigitsError(f"{output} is to be read and to be written: give another name for the output")


def _is_folder(save: str) -> bool:
    return os.path.isdir(save) or save.endswith(("/", os.sep)) or not Path(save).suffix


def _made(folder: str) -> Path:
    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError:
        raise LivedigitsError(f"cannot save into {folder}: it is no folder") from None
    except OSError as error:
        raise LivedigitsError(f"cannot make the folder {folder}: {error.strerror}") from error
    return Path(folder)
