"""Pictures of a network: how it learned, what it reads, where it errs. Each function returns a PNG, light or dark.

Images are (n, 28, 28) float in 0..1 or uint8, ink bright; labels and probabilities are those of
livedigits.training.evaluation.measures. matplotlib is imported when the first picture is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from livedigits.training.evaluation.measures import Coverage, Reliability
from livedigits.types import NO_DIGIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

WORST = 50  # mistakes shown
_SIDE = 28  # px of a crop, the unit in which sheets of crops are laid out
_DPI = 144


@dataclass(frozen=True)
class Theme:
    """Colours of a picture."""

    ground: str
    text: str
    quiet: str
    faint: str
    first: str
    second: str
    right: str
    wrong: str


LIGHT = Theme("#ffffff", "#1b2230", "#667085", "#e4e7ec", "#2f6fed", "#e58a00", "#15935a", "#d92d3a")
DARK = Theme("#171b23", "#e7eaf0", "#98a2b3", "#2b323f", "#7aa7ff", "#f5b04c", "#3ecf8e", "#ff6b74")


@dataclass
class _Canvas:
    figure: Figure
    theme: Theme
    png: bytes = field(default=b"")


@contextmanager
def _canvas(width: float, height: float, dark: bool) -> Iterator[_Canvas]:
    """A figure of a size in inches, with our style and nobody else's; saved as `png` at the end."""
    import matplotlib
    from matplotlib.figure import Figure

    theme = DARK if dark else LIGHT
    style: Any = {
        "figure.facecolor": theme.ground, "axes.facecolor": theme.ground, "savefig.facecolor": theme.ground,
        "text.color": theme.text, "axes.labelcolor": theme.quiet, "axes.titlecolor": theme.text,
        "axes.edgecolor": theme.faint, "xtick.color": theme.quiet, "ytick.color": theme.quiet,
        "axes.grid": True, "grid.color": theme.faint, "axes.axisbelow": True, "axes.titlelocation": "left",
        "axes.spines.top": False, "axes.spines.right": False, "xtick.major.size": 0, "ytick.major.size": 0,
        "font.family": "sans-serif", "font.size": 9, "axes.titlesize": 10, "axes.titlepad": 10,
        "xtick.minor.size": 0, "ytick.minor.size": 0, "legend.frameon": False, "lines.linewidth": 1.8,
    }  # fmt: skip
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(style)
        canvas = _Canvas(Figure(figsize=(width, height), layout="constrained"), theme)
        yield canvas
        buffer = io.BytesIO()
        canvas.figure.savefig(buffer, format="png", dpi=_DPI)
        canvas.png = buffer.getvalue()


def training_curves(history: Sequence[Mapping[str, float]], dark: bool = False) -> bytes:
    """Loss and accuracy over the epochs, training and validation.

    history : each epoch's loss, accuracy, val_loss and val_accuracy; those that are missing are left out
    """
    with _canvas(9, 3.4, dark) as canvas:
        for axes, figure, best in zip(canvas.figure.subplots(1, 2), ("loss", "accuracy"), (min, max), strict=True):
            for key, name, colour in (
                (figure, "training", canvas.theme.second), (f"val_{figure}", "validation", canvas.theme.first)
            ):  # fmt: skip
                epochs = [i for i, epoch in enumerate(history, 1) if key in epoch]
                values = [float(history[i - 1][key]) for i in epochs]
                if not values:
                    continue
                axes.plot(epochs, values, "o-" if len(values) < 12 else "-", color=colour, label=name, markersize=3)
                if key != figure:
                    at = values.index(best(values))
                    axes.plot(epochs[at], values[at], "o", color=colour, markersize=7)
                    axes.annotate(f"{values[at]:.4f}", (epochs[at], values[at]), (0, 8 if best is max else -15),
                                  textcoords="offset points", ha="center", color=colour)  # fmt: skip
            axes.set(title=figure.capitalize(), xlabel="epoch")
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.margins(y=0.15)
            if axes.lines:
                axes.legend()
    return canvas.png


def samples(before: np.ndarray, after: np.ndarray, dark: bool = False) -> bytes:
    """Samples as they are and, beside each, as training warps them.

    before : (n, 28, 28, c) float in 0..1; after : (n, k, 28, 28, c); a second channel is shown beside the first
    """
    n, k, channels = len(before), after.shape[1], before.shape[-1]
    wide, gap = _SIDE * channels, 6
    width, height = (k + 1) * (wide + gap) + 2 * gap, n * (_SIDE + gap) + 10
    with _canvas(9, 9 * height / width, dark) as canvas:
        axes = _sheet(canvas, width, height)
        tiles, corners = [], []
        for row in range(n):
            for column, crop in enumerate([before[row], *after[row]]):
                x = column * (wide + gap) + (2 * gap if column else 0)
                tiles += [crop[..., c] for c in range(channels)]
                corners += [(x + c * _SIDE, 10 + row * (_SIDE + gap)) for c in range(channels)]
        _tiles(axes, canvas.theme, tiles, corners, (width, height))
        axes.text(0, 6, "before", color=canvas.theme.quiet)
        axes.text(wide + 3 * gap, 6, "after warping", color=canvas.theme.quiet)
    return canvas.png


def predictions(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, dark: bool = False) -> bytes:
    """A grid of crops, right answers in green and wrong ones in red, with the ten probabilities as bars."""
    columns, cell = 10, (38, 62)
    rows = -(-len(images) // columns)
    width, height = columns * cell[0] - 8, rows * cell[1] - 4
    with _canvas(10, 10 * height / width, dark) as canvas:
        axes, theme = _sheet(canvas, width, height), canvas.theme
        corners = [(i % columns * cell[0] + 1, i // columns * cell[1] + 9) for i in range(len(images))]
        _tiles(axes, theme, list(images), corners, (width, height))
        for (x, y), label, chances in zip(corners, labels, probabilities, strict=True):
            answer = int(chances.argmax())
            colour = theme.right if answer == label else theme.wrong
            _frame(axes, x, y, colour)
            said = _name(answer) + ("" if answer == label else f", is {_name(int(label))}")
            axes.text(x, y - 2.5, said, color=colour, fontsize=8, weight="bold")
            floor = y + _SIDE + 15
            for digit in range(10):
                left = x + digit * 2.8
                strong = colour if digit == answer else theme.first if digit == label else theme.quiet
                axes.bar(left + 1.4, -11 * float(chances[digit]) - 0.25, 2.2, floor, color=strong)
                axes.text(left + 1.4, floor + 1, str(digit), color=theme.quiet, fontsize=4.5, ha="center", va="top")
    return canvas.png


def mistakes(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, dark: bool = False) -> bytes | None:
    """At most WORST mistakes, the surest first, with truth, answer and confidence; None where there are none."""
    answers, sure = probabilities.argmax(1), probabilities.max(1)
    wrong = np.flatnonzero(answers != labels)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:WORST]
    if not len(wrong):
        return None
    columns, cell = 10, (37, 45)
    width, height = columns * cell[0] - 8, -(-len(wrong) // columns) * cell[1] - 3
    with _canvas(10, 10 * height / width, dark) as canvas:
        axes, theme = _sheet(canvas, width, height), canvas.theme
        corners = [(i % columns * cell[0] + 1, i // columns * cell[1] + 1) for i in range(len(wrong))]
        _tiles(axes, theme, list(images[wrong]), corners, (width, height))
        for (x, y), i in zip(corners, wrong, strict=True):
            _frame(axes, x, y, theme.faint)
            below = y + _SIDE + 6
            said = f"{_name(int(labels[i]))} → {_name(int(answers[i]))}"
            axes.text(x, below, said, color=theme.wrong, fontsize=8, weight="bold", va="center")
            axes.text(x, below + 6, f"{100 * sure[i]:.1f} %", color=theme.quiet, fontsize=6.5, va="center")
    return canvas.png


def confusion(matrix: np.ndarray, dark: bool = False) -> bytes:
    """A confusion matrix (11, 11) of counts; mistakes are the redder the larger their share of the row."""
    from matplotlib.colors import LinearSegmentedColormap

    if not matrix[NO_DIGIT].any() and not matrix[:, NO_DIGIT].any():
        matrix = matrix[:NO_DIGIT, :NO_DIGIT]
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    mistakes = np.where(np.eye(len(matrix), dtype=bool), np.nan, share)
    names = [_name(i) for i in range(len(matrix))]
    with _canvas(7, 5.6, dark) as canvas:
        axes, theme = canvas.figure.subplots(), canvas.theme
        colours: Colormap = LinearSegmentedColormap.from_list("mistakes", [theme.ground, theme.wrong])
        colours, most = colours.with_extremes(bad=theme.faint), max(float(np.nanmax(mistakes)) * 1.4, 1e-3)
        axes.imshow(mistakes, cmap=colours, vmin=0, vmax=most, aspect="auto")
        for (row, column), count in np.ndenumerate(matrix):
            if count:
                same = row == column
                axes.text(column, row, f"{count:,}", ha="center", va="center", fontsize=8,
                          weight="bold" if same else "normal", color=theme.right if same else theme.text)  # fmt: skip
        axes.set_xticks(range(len(matrix)), names)
        axes.set_yticks(range(len(matrix)), names)
        axes.set(xlabel="answer", ylabel="truth")
        axes.grid(False)
        axes.spines[:].set_visible(False)
    return canvas.png


def reliability(figures: Reliability, what: str = "answers", dark: bool = False) -> bytes:
    """How often answers are right against their confidence, and how many there are of each; `what` they are called."""
    bins = len(figures.counts)
    middle, full = (np.arange(bins) + 0.5) / bins, figures.counts > 0
    with _canvas(6, 5.6, dark) as canvas:
        upper, lower = canvas.figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        theme = canvas.theme
        upper.bar(middle[full], figures.accuracy[full], 0.9 / bins, color=theme.first, alpha=0.35)
        upper.plot([0, 1], [0, 1], color=theme.quiet, linewidth=1, linestyle=(0, (4, 3)))
        upper.plot(figures.confidence[full], figures.accuracy[full], "o-", color=theme.first, markersize=4)
        upper.set(title=f"Calibration error {figures.error:.4f}", ylabel="share right", xlim=(0, 1), ylim=(0, 1.03))
        lower.bar(middle[full], figures.counts[full], 0.9 / bins, color=theme.quiet, alpha=0.6)
        lower.set_yscale("log")
        lower.set(xlabel="confidence", ylabel=what)
    return canvas.png


def coverage(figures: Coverage, threshold: float, dark: bool = False) -> bytes:
    """Coverage against error, and both against the confidence threshold; the one used is marked."""
    at = int(np.abs(figures.thresholds - threshold).argmin())
    with _canvas(9, 3.6, dark) as canvas:
        (left, right), theme = canvas.figure.subplots(1, 2), canvas.theme
        if not np.isnan(figures.coverage).all():
            left.plot(100 * figures.coverage, 100 * figures.error, color=theme.first)
            left.plot(100 * figures.coverage[at], 100 * figures.error[at], "o", color=theme.first)
            left.annotate(f"  threshold {threshold:g}", (100 * figures.coverage[at], 100 * figures.error[at]),
                          (-8, 8), textcoords="offset points", ha="right", color=theme.quiet)  # fmt: skip
        left.set(title="Coverage against error", xlabel="digits shown, %", ylabel="of those misread, %")
        left.set(xlim=(min(90, 10 * np.floor(10 * np.nan_to_num(figures.coverage[at]))), 100.4))
        left.set_ylim(bottom=0)
        left.xaxis.get_major_locator().set_params(integer=True)
        curves = (
            ("digits not shown", 1 - figures.coverage, theme.first),
            ("shown but misread", figures.error, theme.second),
            ("non-digits shown", figures.false, theme.wrong),
        )
        for name, values, colour in curves:
            if not np.isnan(values).all():
                right.plot(figures.thresholds, 100 * values, label=name, color=colour)
        right.axvline(threshold, color=theme.quiet, linewidth=1, linestyle=(0, (4, 3)))
        right.set(title="As the threshold moves", xlabel="confidence threshold", ylabel="%", xlim=(0, 1))
        right.set_yscale("symlog", linthresh=0.1)
        right.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
        right.set_ylim(0, 100)
        right.legend()
    return canvas.png


def corruptions(
    accuracy: Mapping[str, float], of_ten: Mapping[str, float], examples: Sequence[np.ndarray], dark: bool = False
) -> bytes:
    """Accuracy under each corruption, behind it that among the ten digits alone, and an example (28, 28) of each."""
    with _canvas(8, 6.4, dark) as canvas:
        axes, theme = canvas.figure.subplots(), canvas.theme
        places = np.arange(len(accuracy))
        values = [100 * share for share in accuracy.values()]
        mean = sum(values) / len(values)
        axes.barh(places, [100 * of_ten[name] for name in accuracy], 0.62, color=theme.first, alpha=0.25)
        axes.barh(places, values, 0.62, color=theme.first, alpha=0.85)
        for place, name, example in zip(places.tolist(), accuracy, examples, strict=True):
            longest = 100 * max(accuracy[name], of_ten[name])
            axes.text(longest + 1, place, f"{100 * accuracy[name]:.1f}", va="center", color=theme.text)
            box = axes.inset_axes((-0.075, place - 0.46, 0.06, 0.92), transform=axes.get_yaxis_transform())
            box.imshow(example, cmap="gray", vmin=0, vmax=255)
            box.set(xticks=[], yticks=[])
            box.spines[:].set(visible=True, color=theme.quiet, linewidth=0.6)
        axes.plot([mean, mean], [-0.5, len(accuracy)], color=theme.second, linewidth=1.2)
        axes.text(mean, -0.65, f"mean {mean:.1f}", color=theme.second, ha="center")
        axes.set_yticks(places, accuracy)
        axes.tick_params(axis="y", pad=46)
        axes.set(xlabel="accuracy, %", xlim=(0, 106), ylim=(len(accuracy) - 0.4, -1.1))
        axes.grid(axis="y", visible=False)
        axes.spines["left"].set_visible(False)
    return canvas.png


def _sheet(canvas: _Canvas, width: int, height: int) -> Axes:
    """Bare axes in px of crops, from the upper left."""
    axes = canvas.figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(-1, width + 1), ylim=(height + 1, -1), aspect="equal")
    return axes


def _tiles(
    axes: Axes, theme: Theme, images: Sequence[np.ndarray], corners: Sequence[tuple[int, int]], size: tuple[int, int]
) -> None:
    """Crops (28, 28) at their corners x, y; ink as dark as text."""
    from matplotlib.colors import LinearSegmentedColormap

    whole = np.full((size[1], size[0]), np.nan, np.float32)
    for image, (x, y) in zip(images, corners, strict=True):
        whole[y : y + _SIDE, x : x + _SIDE] = image / 255 if image.dtype == np.uint8 else image
    paper = "#f5f6f8" if theme is LIGHT else "#0c0e12"
    colours = LinearSegmentedColormap.from_list("ink", [paper, theme.text]).with_extremes(bad=theme.ground)
    axes.imshow(whole, cmap=colours, vmin=0, vmax=1, extent=(0, size[0], size[1], 0), interpolation="nearest")


def _frame(axes: Axes, x: float, y: float, colour: Any) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x - 0.4, y - 0.4), _SIDE + 0.8, _SIDE + 0.8, fill=False, edgecolor=colour, linewidth=1.6))


def _name(label: int) -> str:
    return "none" if label == NO_DIGIT else str(label)
