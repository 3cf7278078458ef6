"""The page of a report: one HTML file with its pictures inside, light or dark as the reader's system is."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Picture:
    """A picture of the report: its group and name, a line about it, its file's name, and PNGs for light and dark."""

    group: str
    name: str
    about: str
    file: str
    light: bytes
    dark: bytes


def slug(name: str) -> str:
    """A name that serves as one of a file or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "set"


def percent(share: float | None) -> str:
    """A share as people read it, with a dash for what could not be measured."""
    return "–" if share is None else f"{100 * share:.2f} %"


def page(figures: dict[str, Any], pictures: Sequence[Picture]) -> str:
    """The whole page."""
    model, sets = figures["model"], figures["sets"]
    name = html.escape(model["file"] or "network")
    groups = list(dict.fromkeys(picture.group for picture in pictures))
    links = "".join(f'<a href="#{slug(group)}">{html.escape(group)}</a>' for group in groups)
    sections = "".join(_section(group, sets.get(group), [p for p in pictures if p.group == group]) for group in groups)
    size = "" if model["bytes"] is None else f"{model['bytes'] / 1000:,.0f} kB · "
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name} · livedigits evaluate</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<p class="over">livedigits evaluate</p>
<h1>{name}</h1>
<p class="about">{size}digits are shown from a confidence of {model["min_confidence"]:g}</p>
</header>
<nav>{links}</nav>
<main>
<div class="tiles">{"".join(_headlines(figures))}</div>
<section class="card">{_sets(sets)}</section>
{sections}
</main>
</body>
</html>
"""


def _headlines(figures: dict[str, Any]) -> list[str]:
    name, first = next(iter(figures["sets"].items()))
    tiles = [
        (percent(first["accuracy"]), f"right on {name}"),
        (percent(figures["corruptions"]["mean"]), "right under 15 corruptions, on average"),
        (f"{first['calibration_error']:.4f}", f"calibration error on {name}"),
    ]
    for name, figure in figures["sets"].items():
        if figure["rejection"]:
            refused = figure["rejection"]["likeliest digit"]
            tiles.append((percent(refused["rejected"]), f"of non-digits refused at 1\u00a0% lost digits, {name}"))
    return [f'<div class="tile"><b>{value}</b><span>{html.escape(about)}</span></div>' for value, about in tiles]


def _sets(sets: dict[str, Any]) -> str:
    head = (
        "set", "crops", "right", "digits not shown", "shown but misread", "non-digits shown", "calibration error",
        "AUROC", "refused at 1\u00a0% lost",
    )  # fmt: skip
    rows = []
    for name, figure in sets.items():
        used, refused = figure["at_threshold"], (figure["rejection"] or {}).get("likeliest digit", {})
        cells = [
            f"{figure['crops']:,}", percent(figure["accuracy"]), percent(used["lost"]), percent(used["misread"]),
            percent(used["false"]), f"{figure['calibration_error']:.4f}" if figure["digits"] else "–",
            f"{refused['auroc']:.4f}" if refused else "–", percent(refused.get("rejected")),
        ]  # fmt: skip
        rows.append(f"<th>{html.escape(name)}</th>" + "".join(f"<td>{cell}</td>" for cell in cells))
    notes = [
        'Right: the likeliest of the ten digits and "no digit" is the truth.',
        "Refused: the share of the non-digits that a threshold keeps out which loses 1\u00a0% of the digits.",
    ]
    if "scenes" in sets:
        notes.append("Scenes: crops of rendered frames, by writers and before backgrounds kept for validation.")
    if "letters" in sets:
        notes.append("Letters: the letters and signs of the scenes alone.")
    if "look-alikes" in sets:
        notes.append("Look-alikes: letters that truly look like digits, counted in no other set.")
    return _table(head, rows) + f'<p class="about">{" ".join(notes)}</p>'


def _section(group: str, figures: dict[str, Any] | None, pictures: Sequence[Picture]) -> str:
    body = _classes(figures) if figures and figures["digits"] else ""
    body += "".join(_figure(picture) for picture in pictures)
    return f'<section class="card" id="{slug(group)}"><h2>{html.escape(group)}</h2>{body}</section>\n'


def _classes(figures: dict[str, Any]) -> str:
    """A row of the share right of each digit."""
    names = [*map(str, range(10)), "none"]
    shares = {name: share for name, share in zip(names, figures["per_class"], strict=True) if share is not None}
    row = "<th>right</th>" + "".join(f"<td>{percent(share)}</td>" for share in shares.values())
    return _table(("digit", *shares), [row])


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    cells = "".join(f"<th>{cell}</th>" for cell in head)
    lines = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def _figure(picture: Picture) -> str:
    light, dark = (f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in (picture.light, picture.dark))
    alt = html.escape(f"{picture.group}: {picture.name}")
    width = int.from_bytes(picture.light[16:20], "big") * 2 // 3  # drawn with 144 px to the inch, shown with 96
    return (
        f"<figure><h3>{html.escape(picture.name)}</h3><p>{html.escape(picture.about)}</p>"
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img width="{width}" src="{light}" alt="{alt}"></picture></figure>'
    )


_STYLE = """
:root { color-scheme: light dark; --page: #f4f6f9; --card: #ffffff; --text: #1b2230; --quiet: #667085;
  --line: #e4e7ec; --accent: #2f6fed; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1218; --card: #171b23; --text: #e7eaf0; --quiet: #98a2b3;
  --line: #2b323f; --accent: #7aa7ff; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 64px; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 44px; }
.over { margin: 0; color: var(--accent); font-weight: 600; font-size: 14px; }
h1 { margin: 4px 0; font-size: 34px; letter-spacing: -0.02em; }
h2 { margin: 0 0 14px; font-size: 22px; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 16px; }
.about, figure p { margin: 2px 0 12px; color: var(--quiet); font-size: 14px; }
nav { position: sticky; top: 0; z-index: 1; background: var(--page); display: flex; flex-wrap: wrap; gap: 4px 18px;
  max-width: 1080px; margin: 0 auto; padding: 12px 20px; font-size: 14px; }
a { display: inline-block; color: var(--quiet); text-decoration: none; }
a:hover, a:focus-visible { color: var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 14px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.tile { padding: 18px 20px; display: flex; flex-direction: column; gap: 2px; }
.tile b { font-size: 26px; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile span { color: var(--quiet); font-size: 13px; }
.card { padding: 22px 24px; margin: 14px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 500; font-size: 13px; white-space: normal; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
th:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 600; }
figure { margin: 26px 0 0; }
p.about { margin-bottom: 0; }
h2::first-letter, nav a::first-letter, .tile span::first-letter { text-transform: uppercase; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
"""
