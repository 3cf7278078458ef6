"""Where the samples are that come with livedigits: a video and a picture, from any kind of install."""

from __future__ import annotations

import contextlib
from importlib import resources
from pathlib import Path

from livedigits.errors import LivedigitsError


def sample_video() -> str:
    """The path of the sample video: a sheet with ten digits that is held up to a camera.

    Raises
    ------
    LivedigitsError: this install came without it
    """
    path = sample("sheet.mp4")
    if path is None:
        raise LivedigitsError("the sample video is missing from this install: give the file of another video")
    return str(path)


def sample(name: str) -> Path | None:
    """A file of samples/, from a bare checkout or, where the wheel brings it, from an install; None without it."""
    folders = [Path(__file__).resolve().parents[2] / "samples"]
    with contextlib.suppress(ModuleNotFoundError):
        folders.append(Path(str(resources.files("livedigits_samples"))))
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
