"""What a user names for a batch -> the pictures and videos that it stands for, in a fixed order."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from livedigits.errors import LivedigitsError
from livedigits.sources.filetypes import MOVING, PICTURE_SUFFIXES, VIDEOS_SAVED
from livedigits.sources.images import natural

# Of files in folders: what is taken for a video there. Any other name can be given by itself, or in a list.
VIDEO_SUFFIXES = frozenset((*VIDEOS_SAVED, ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".ogv", ".3gp"))
LIST_SUFFIXES = (".txt", ".lst", ".list")


def expanded(given: Sequence[str]) -> list[str]:
    """The files that paths, folders, patterns, list files and addresses stand for; a file that is named twice is once.

    Folders and patterns are in natural order; of a folder all pictures and videos are taken, those of its sub-folders,
    too, without hidden ones. A list has a path, folder, pattern or address a line, seen from where the list lies.

    Raises
    ------
    LivedigitsError: a pattern or folder without a file, a list that cannot be read, an address that needs a package
    """
    return list(dict.fromkeys(file for each in given for file in _files(each)))


def is_video_name(path: str) -> bool:
    """Whether a file is read as a video: all that does not have the name of a picture."""
    suffix = os.path.splitext(path)[1].lower()
    return suffix not in PICTURE_SUFFIXES or suffix in MOVING - {".gif", ".apng"}


def is_remote(path: str) -> bool:
    """Whether it is an address, such as s3://bucket/name."""
    return re.match(r"[a-z][a-z0-9+.-]+://", path) is not None


def _files(given: str) -> list[str]:
    if is_remote(given):
        return _remote_files(given)
    if os.path.isdir(given):
        found = [os.path.join(parent, name) for parent, names in _walk(given) for name in names if _is_taken(name)]
        return _some(sorted(found, key=natural), given, "no pictures and no videos in this folder")
    if given.lower().endswith(LIST_SUFFIXES):
        return [file for line in _lines(given) for file in _files(line)]
    if not os.path.exists(given) and glob.has_magic(given):
        return _some(sorted(glob.glob(given, recursive=True), key=natural), given, "nothing has such a name")
    return [given]


def _walk(folder: str) -> Iterator[tuple[str, list[str]]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, names


def _is_taken(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES


def _some(found: list[str], given: str, problem: str) -> list[str]:
    if not found:
        raise LivedigitsError(f"{given}: {problem}")
    return found


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise LivedigitsError(f"cannot read the list {path}: {getattr(error, 'strerror', None) or error}") from error
    folder = os.path.dirname(path)
    return [line if is_remote(line) else os.path.join(folder, line) for line in lines if line and line[0] != "#"]


def _remote_files(address: str) -> list[str]:
    files, path = filesystem(address)
    try:
        if glob.has_magic(path):
            found = files.glob(path)
        elif files.isdir(path):
            found = [name for name in files.find(path) if _is_taken(name.rsplit("/", 1)[-1])]
        else:
            return [address]
    except Exception as error:  # each store has errors of its own
        raise LivedigitsError(f"{address} cannot be listed: {_line(error)}") from error
    scheme = address.split("://")[0]
    return _some([f"{scheme}://{name}" for name in sorted(found, key=natural)], address, "nothing to read there")


def filesystem(address: str) -> tuple[Any, str]:
    """The store of an address, as fsspec has it, and the path in it; raises LivedigitsError where it is not known."""
    try:
        import fsspec

        files, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise LivedigitsError(f"{address} needs {error.name}: pip install 'livedigits[cluster]'") from error
    except Exception as error:
        raise LivedigitsError(f"{address} cannot be opened: {_line(error)}") from error
    return files, str(path)


@contextmanager
def local(path: str) -> Iterator[str]:
    """The file, or for an address a copy of it on this machine, for as long as the context lasts; LivedigitsError."""
    if not is_remote(path):
        yield path
        return
    files, name = filesystem(path)
    with tempfile.TemporaryDirectory(prefix="livedigits-") as folder:
        copy = os.path.join(folder, "copy" + os.path.splitext(name)[1])
        try:
            files.get_file(name, copy)
        except FileNotFoundError:
            raise LivedigitsError(f"{path}: no such file") from None
        except Exception as error:
            raise LivedigitsError(f"{path} cannot be fetched: {_line(error)}") from error
        yield copy


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
