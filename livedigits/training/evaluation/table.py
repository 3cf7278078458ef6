"""The figures of a network as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_WIDTHS = (8, 10, 8, 8, 10, 13)


def percent(share: float | None) -> str:
    """A share as people read it, with a dash for what could not be measured."""
    return "–" if share is None else f"{100 * share:.2f} %"


def table(figures: dict[str, Any]) -> str:
    """The figures, as of report.evaluate, in lines."""
    model = figures["model"]
    lines = [f"{model['file']}: digits are shown from a confidence of {model['min_confidence']:g}", ""]
    head = ("crops", "right", "not shown", "misread", "false", "calibration", "AUROC", "refused")
    widths = (8, 10, 11, 10, 10, 13, 9, 10)
    lines.append(f"{'':<20}" + "".join(f"{name:>{width}}" for name, width in zip(head, widths, strict=True)))
    for name, figure in figures["sets"].items():
        used, refused = figure["at_threshold"], (figure["rejection"] or {}).get("likeliest digit")
        cells = (
            f"{figure['crops']:,}", percent(figure["accuracy"]), percent(used["lost"]), percent(used["misread"]),
            percent(used["false"]), f"{figure['calibration_error']:.4f}" if figure["digits"] else "–",
            f"{refused['auroc']:.4f}" if refused else "–", percent(refused["rejected"] if refused else None),
        )  # fmt: skip
        lines.append(f"{name:<20}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    lines += [
        "",
        'right: the likeliest of ten digits and "no digit"; not shown, misread: digits; false: non-digits shown;',
        "refused: non-digits, where 1 % of the digits are lost",
        "",
    ]
    if figures["strings"]:
        lines += [*_strings(figures["strings"]), ""]
    name, first = next(iter(figures["sets"].items()))
    lines += _in_columns(f"{name} by digit", [(str(i), share) for i, share in enumerate(first["per_class"][:10])], 5)
    robust = figures["corruptions"]
    lines += ["", *_in_columns("under corruptions", [*robust["accuracy"].items(), ("mean", robust["mean"])], 4)]
    lines.append(f"  mean where the answer must be one of the ten digits: {percent(robust['mean_of_ten'])}")
    return "\n".join(lines)


def _strings(strings: dict[str, dict[str, Any]]) -> list[str]:
    """How numbers are read: as a whole, and those of several digits that are shown with 0.9 or more."""
    head = ("there", "right", "shown", "surely", "right", "calibration")
    lines = [f"{'numbers':<20}" + "".join(f"{name:>{width}}" for name, width in zip(head, _WIDTHS, strict=True))]
    for name, figure in strings.items():
        cells = (
            f"{figure['numbers']:,}", percent(figure["right"]), f"{figure['shown']:,}", f"{figure['sure']:,}",
            percent(figure["sure_right"]), f"{figure['calibration_error']:.4f}",
        )  # fmt: skip
        lines.append(f"{name:<20}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)))
    return [*lines, "", "right: whole, every digit; surely: of several digits, with a confidence of 0.9 or more"]


def _in_columns(title: str, shares: Sequence[tuple[str, float | None]], columns: int) -> list[str]:
    wide = max(len(name) for name, _ in shares)
    cells = [f"{name:<{wide}}{percent(share):>10}" for name, share in shares]
    return [title, *("  " + "    ".join(cells[i : i + columns]) for i in range(0, len(cells), columns))]
