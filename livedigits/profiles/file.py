"""A profile's file: read and written whole, so that whatever interrupts a save leaves the one before it.

It is an .npz without anything that is run when it is loaded: the samples, and the head with the digest of the network
that it was fitted to.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import filelock
import numpy as np
import platformdirs

from livedigits.errors import LivedigitsError
from livedigits.outputs import private
from livedigits.profiles.head import HandHead
from livedigits.profiles.samples import Samples

FORMAT = 1
"""Of the file; one of a later number was written by a later livedigits."""
WAIT = 10.0
"""s for another process that is changing the same file."""
_KEYS = ("format", "crops", "labels", "times", "network")


def default_path() -> Path:
    """The profile of whoever runs this, in the configuration folder of their system; it need not be there."""
    return platformdirs.user_config_path("livedigits") / "profile.npz"


def load(path: Path) -> tuple[Samples, HandHead | None]:
    """The samples of a file, and the head that was fitted to them; without samples where there is no file.

    Raises
    ------
    LivedigitsError: it cannot be read, or is none, or a damaged one
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _checked(path, arrays)
    except FileNotFoundError:
        return Samples.none(), None
    except OSError as error:
        raise LivedigitsError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, AttributeError, TypeError):
        raise LivedigitsError(f"{path} is no profile of livedigits, or a damaged one") from None


def _checked(path: Path, arrays: dict[str, np.ndarray]) -> tuple[Samples, HandHead | None]:
    if int(arrays["format"]) > FORMAT:
        raise LivedigitsError(f"{path} was written by a later livedigits: update this one")
    samples = Samples(arrays["crops"], arrays["labels"], arrays["times"])
    fitted = {name: array for name, array in arrays.items() if name not in _KEYS}
    return samples, HandHead.from_arrays(str(arrays["network"]), fitted) if fitted else None


def save(path: Path, samples: Samples, head: HandHead | None) -> None:
    """Writes the file anew, as `private.write` does.

    Raises
    ------
    LivedigitsError: it cannot be written
    """
    arrays = {"crops": samples.crops, "labels": samples.labels, "times": samples.times, "format": np.array(FORMAT)}
    arrays |= {"network": np.array("" if head is None else head.network)}
    arrays |= {} if head is None else head.to_arrays()
    content = io.BytesIO()
    # As np.savez_compressed does, which compresses more and takes three times as long.
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
    private.write(path, content.getvalue())  # what somebody's hand looks like is nobody else's business


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps other processes from changing the file while it is entered; they may read it.

    Raises
    ------
    LivedigitsError: another has held it for WAIT s, or there can be no lock beside it
    """
    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=WAIT, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise LivedigitsError(f"{path} is being changed by another process: try again") from None
    except OSError as error:
        raise LivedigitsError(f"{path} cannot be written: {error.strerror or error}") from None
    try:
        yield
    finally:
        lock.release()
