"""What --save and --json mean for the inputs given: which files are written, and that none of them is an input."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from livedigits.errors import LivedigitsError, OutputError
from livedigits.outputs.encoder import VIDEO_SUFFIXES
from livedigits.outputs.video import PICTURE_SUFFIXES, PictureFile, PictureFolder


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
    targets: list[Path] = []
    for file in files:
        target = _free(_made(save), Path(file).stem, [*targets, *map(Path, files)])
        targets.append(target)
    return targets


def camera_target(save: str) -> Path:
    """The annotated video of a camera: `save` itself, or a name made of the time in the folder `save`."""
    return _made(save) / time.strftime("camera-%Y%m%d-%H%M%S.mp4") if _is_folder(save) else Path(save)


def next_take(first: Path | None) -> Path:
    """A new video named by the time: beside the first take and of its kind, or without one in the current folder."""
    name = time.strftime("livedigits-%Y%m%d-%H%M%S")
    folder, suffix = (first.parent, first.suffix) if first else (Path(), ".mp4")
    number, path = 1, folder / f"{name}{suffix}"
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{suffix}"
    return path


def picture_sink(
    save: str, given: Sequence[str], files: Sequence[str], taken: Sequence[str] = ()
) -> PictureFile | PictureFolder:
    """Where annotated pictures go: into the folder `save`, or for one picture into the picture `save`.

    Parameters
    ----------
    given : the paths as the user gave them
    files : the pictures that they stand for
    taken : other files that must not be written over

    Raises
    ------
    LivedigitsError: a picture that is read is the output, or lies in the folder; several pictures but no folder
    """
    if is_picture_folder(save):
        here = os.path.realpath(save)
        for file in files:
            if os.path.exists(file) and os.path.realpath(os.path.dirname(file)) == here:
                raise LivedigitsError(f"--save {save}: {file} is there, which is to be read: give another folder")
        return PictureFolder(save, [*files, *taken])
    suffix = Path(save).suffix.lower()
    if suffix in VIDEO_SUFFIXES or len(given) > 1 or os.path.isdir(given[0]):
        raise LivedigitsError(f"--save {save}: for pictures give a folder")
    protect(files, save)
    return PictureFile(save)


def is_picture_folder(save: str) -> bool:
    """Whether `save` is for pictures a folder, and not one picture."""
    return os.path.isdir(save) or Path(save).suffix.lower() not in (*PICTURE_SUFFIXES, *VIDEO_SUFFIXES)


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


def _free(folder: Path, stem: str, taken: Sequence[Path]) -> Path:
    """A name in the folder that none of the taken paths has: stem.mp4, stem-2.mp4 and so on."""
    names = {path.name.lower() for path in taken if path.parent.resolve() == folder.resolve()}
    number, name = 1, f"{stem}.mp4"
    while name.lower() in names:
        number += 1
        name = f"{stem}-{number}.mp4"
    return folder / name
