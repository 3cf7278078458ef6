"""The page of a report: one HTML file with its pictures inside, light or dark as the reader's system is."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from livedigits.training.evaluation.table import percent


@dataclass(frozen=True)
class Picture:
    """A picture of the report: its group and name, a line about it, its file's name, and PNGs for light and dark."""

    group: str
    name: str
    about: str
    file: str
    light: bytes
    dark: bytes

    @property
    def width(self) -> int:
        """In px of the page: drawn with 144 px to the inch, it is shown with 96."""
        return int.from_bytes(self.light[16:20], "big") * 2 // 3


def slug(name: str) -> str:
    """A name that serves as one of a file or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "set"


def page(figures: dict[str, Any], pictures: Sequence[Picture]) -> str:
    """The whole page, from templates/report.html and its style sheet.

    Parameters
    ----------
    figures : as of report.evaluate
    pictures : in the order of the page, those of a group beside each other
    """
    groups: dict[str, list[Picture]] = {}
    for picture in pictures:
        groups.setdefault(picture.group, []).append(picture)
    template = _environment().get_template("report.html")
    return template.render(**figures, name=figures["model"]["file"] or "network", groups=groups)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"slug": slug, "percent": percent, "data_url": _data_url, "by_class": _by_class}
    return environment


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _by_class(shares: Sequence[float | None]) -> list[tuple[str, float]]:
    """The shares of the classes that there are, with the names of their classes."""
    names = [*map(str, range(10)), "none"]
    return [(name, share) for name, share in zip(names, shares, strict=True) if share is not None]
