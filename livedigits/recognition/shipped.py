"""Where the files that come with livedigits are: the package livedigits_models, or models/ of a bare checkout."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def shipped(name: str) -> Path:
    """The path of a file of models/, from a wheel, an editable install or a bare checkout."""
    try:
        return Path(str(resources.files("livedigits_models"))) / name
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "models" / name
