"""The folder of a training: which one it is of, so that no other is continued or written over by mistake."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livedigits.engines.cores import Cores
from livedigits.errors import LivedigitsError, OutputError

RECORD = "run.json"
RESULTS = {"classifier": "digits.tflite", "strips": "strips.tflite"}
"""What each training leaves in its folder."""
CACHES = {"classifier": ("crops", "first", "second"), "strips": ("canvases", "strips")}
"""What each training keeps in its folder to go on from."""


@dataclass(frozen=True)
class Inputs:
    """What a training starts from, and where it leaves its results.

    data: MNIST and other digits without a page; strokes, backgrounds: to render pages from; start: a .keras file whose
    weights to go on from; formats: of export.FORMATS, to export besides .tflite; out: the folder of the network, its
    card and the checkpoints; overwrite: what another training left there may be thrown away;
    cores: what renders, harvests and mines, which changes no result.
    """

    out: Path
    data: tuple[Path, ...] = ()
    strokes: tuple[Path, ...] = ()
    backgrounds: Path | None = None
    start: Path | None = None
    formats: tuple[str, ...] = ()
    overwrite: bool = False
    cores: Cores = Cores()


def claim(kind: str, config: dict[str, Any], inputs: Inputs) -> None:
    """Makes the folder of a training (a key of RESULTS), or takes it where the same was begun there.

    With `inputs.overwrite` what another one left there is thrown away.

    Raises
    ------
    LivedigitsError: it holds another training, of another network or other data; a file is missing
    """
    out = inputs.out
    wanted = {"config": config, **_data(inputs)}
    runs = _record(out)
    differs = _differing(runs.get(kind), wanted, (out / RESULTS[kind]).exists())
    if differs and not inputs.overwrite:
        raise LivedigitsError(
            f"{out} holds another training ({differs}): give another folder with --out, or --overwrite"
        )
    try:
        if differs:
            for folder in CACHES[kind]:
                shutil.rmtree(out / folder, ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
        (out / RECORD).write_text(json.dumps({**runs, kind: wanted}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(out, error.strerror) from error


def _record(out: Path) -> dict[str, Any]:
    try:
        stored = json.loads((out / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _differing(before: Any, wanted: dict[str, Any], finished: bool) -> str:
    """What another training there differs in; "" where it is the same, or where there is none."""
    if before is None:
        return "it does not say of which network and data" if finished else ""
    if before == json.loads(json.dumps(wanted)) or not isinstance(before, dict):
        return "" if isinstance(before, dict) else "its record is damaged"
    config = before.get("config", {})
    names = [name for name in wanted["config"] if config.get(name) != wanted["config"][name]]
    names += [name for name in wanted if name != "config" and before.get(name) != wanted[name]]
    return f"{', '.join(names) or 'its record is of another version'} {'differ' if len(names) > 1 else 'differs'}"


def _data(inputs: Inputs) -> dict[str, Any]:
    """What a training learns from: each file with a digest of its content."""
    return {
        "data": _digests(inputs.data),
        "strokes": _digests(inputs.strokes),
        "backgrounds": [] if inputs.backgrounds is None else _listing(inputs.backgrounds),
        "start": _digests([inputs.start] if inputs.start else []),
    }


def _digests(paths: Iterable[Path]) -> list[str]:
    found = []
    for path in paths:
        digest = hashlib.sha256()
        try:
            with open(path, "rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        except OSError as error:
            raise LivedigitsError(f"{path} cannot be read: {error.strerror}") from None
        found.append(f"{path.name} {digest.hexdigest()}")
    return found


def _listing(folder: Path) -> list[str]:
    """A folder of photos by a digest of their names and sizes: to read them all would take long."""
    sizes = [f"{file.relative_to(folder)} {file.stat().st_size}" for file in folder.rglob("*") if file.is_file()]
    return [f"{folder.name} {hashlib.sha256(os.fsencode(chr(10).join(sorted(sizes)))).hexdigest()}"]
