"""A printed form with named fields, filled in by somebody, and the photo that somebody else takes of the sheet."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from livedigits.training.synthesis import camera, numbers, paper, pens
from livedigits.training.synthesis.backgrounds import background
from livedigits.training.synthesis.numbers import Glyph
from livedigits.training.synthesis.strokes import other as own_sign
from livedigits.training.synthesis.writers import Writer

SIZE = 1000, 1414
"""Width and height in px of the form, A4 upright."""
HEIGHT = 62
"""Of the place for a number, px."""
FINE = 1.6
"""px that a sheet is drawn with for one px of the form, so that a photo of it is not less sharp than its camera."""

# Name, expect, what it is, x, y, width, and whether it is a box or a line to write on.
_LAYOUT = (
    ("route", "###", "Route", 70, 240, 190, "box"),
    ("house", "##?", "House", 370, 240, 150, "box"),
    ("date", "##/##/##", "Date", 630, 240, 300, "box"),
    ("time", "##:##", "Time", 70, 400, 210, "box"),
    ("persons", "#", "Persons", 400, 400, 100, "box"),
    ("rooms", "##?", "Rooms", 630, 400, 150, "box"),
    ("cold", "####", "Cold water, cubic metres", 70, 610, 300, "line"),
    ("warm", "####", "Warm water, cubic metres", 560, 610, 300, "line"),
    ("power", "#####", "Power, kilowatt hours", 70, 770, 340, "line"),
    ("gas", "####.#", "Gas, cubic metres", 560, 770, 340, "line"),
    ("heat", "##.#", "Heat in, degrees", 70, 960, 220, "box"),
    ("total", "######", "Total", 560, 960, 370, "box"),
)


@dataclass(frozen=True)
class Place:
    """A field of the form.

    name; expect: what is to be written there, "#" a digit, "?" one that may be missing; region: x, y, width, height in
    px of the form
    """

    name: str
    expect: str
    region: tuple[int, int, int, int]


PLACES = tuple(Place(name, expect, (x, y, w, HEIGHT)) for name, expect, _, x, y, w, _ in _LAYOUT)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo of a filled form.

    Attributes
    ----------
    image : (h, w, 3) uint8 BGR
    texts : what stands in each field, by its name
    corners : where each field's corners are, by its name, (4, 2) float64 px, from its upper left clockwise
    upside_down : the sheet lies with its head to the photographer
    touching : the fields in which ink of one character runs into that of the next, or crosses it
    """

    image: np.ndarray
    texts: dict[str, str]
    corners: dict[str, np.ndarray]
    upside_down: bool
    touching: frozenset[str]


def printed(scale: float) -> np.ndarray:
    """The empty form's print, (h, w) uint8, 255 where it is black, so many px for one of the form, 2 * FINE at most."""
    size = round(SIZE[0] * scale), round(SIZE[1] * scale)
    return cv2.resize(_print(2 * FINE), size, interpolation=cv2.INTER_AREA)


@functools.cache
def _print(scale: float) -> np.ndarray:
    """As `printed`. Letters are set in whole px, so that every size has to come from one."""
    width, height = (round(side * scale) for side in SIZE)
    layer = np.zeros((height, width), np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * scale), round(y * scale)

    def say(text: str, x: float, y: float, size: float, thick: float = 1.6) -> None:
        cv2.putText(layer, text, at(x, y), cv2.FONT_HERSHEY_DUPLEX, size * scale, 255, _px(thick * scale), cv2.LINE_AA)

    say("METER READINGS", 70, 110, 1.7, 3)
    say("Please write clearly, in the fields alone.", 70, 160, 0.75)
    cv2.circle(layer, at(880, 100), _px(48 * scale), 255, _px(4 * scale), cv2.LINE_AA)
    cv2.fillPoly(layer, [np.array([at(880, 62), at(912, 118), at(848, 118)], np.int32)], 255, cv2.LINE_AA)
    cv2.rectangle(layer, at(40, 190), at(960, 500), 255, _px(2 * scale), cv2.LINE_AA)
    cv2.rectangle(layer, at(40, 540), at(960, 1070), 255, _px(2 * scale), cv2.LINE_AA)
    for _, _, label, x, y, wide, kind in _LAYOUT:
        say(label, x, y - 12, 0.62)
        if kind == "box":
            cv2.rectangle(layer, at(x - 4, y - 4), at(x + wide + 4, y + HEIGHT + 4), 255, _px(2 * scale), cv2.LINE_AA)
        else:
            cv2.line(layer, at(x - 4, y + HEIGHT + 4), at(x + wide + 4, y + HEIGHT + 4), 255, _px(2 * scale))
    terms = (
        "The reading is taken in the presence of the tenant or of a person named by the tenant.",
        "Values that cannot be read are estimated from those of the year before. Objections are",
        "to be made in writing within a month. This sheet remains with the office.",
    )
    for line, text in enumerate(terms):
        say(text, 70, 1130 + 34 * line, 0.55, 1.2)
    cv2.line(layer, at(70, 1330), at(420, 1330), 255, _px(2 * scale))
    cv2.line(layer, at(560, 1330), at(930, 1330), 255, _px(2 * scale))
    say("Tenant", 70, 1360, 0.55, 1.2)
    say("Reader", 560, 1360, 0.55, 1.2)
    return layer


def _px(thick: float) -> int:
    return max(1, round(thick))


def empty() -> np.ndarray:
    """The empty form as a scanner gives it, SIZE, (h, w, 3) uint8 BGR."""
    ink = printed(1.0).astype(np.float32) / 255
    return cv2.merge([(244 - ink * 205).astype(np.uint8)] * 3)


def text_for(rng: np.random.Generator, expect: str) -> str:
    """Something that a field may hold: its digits at random, what may be missing there or not."""
    out = ""
    for sign, after in zip(expect, f"{expect[1:]} ", strict=True):
        if sign == "#" and (after != "?" or rng.random() < 0.7):
            out += str(rng.integers(10))
        elif sign not in "#?":
            out += sign
    return out


def fill(
    rng: np.random.Generator, layer: np.ndarray, writer: Writer, scale: float
) -> tuple[dict[str, str], float, frozenset[str]]:
    """Write a number into each field of a sheet's layer of ink (h, w) float32 in 0..1, in place.

    scale: px of the layer for one of the form. Returns the texts by field, the ink's contrast, 0..1, and the fields in
    which characters touch.
    """
    spaced = numbers.spacing(rng)
    height = HEIGHT * scale * rng.uniform(0.55, 0.75)
    pen = pens.choose_pen(rng, height)
    texts, touching = {}, set()
    for place in PLACES:
        texts[place.name] = text = text_for(rng, place.expect)
        x, y, wide, high = (side * scale for side in place.region)
        size = height
        for _ in range(6):  # who runs out of room writes smaller
            glyphs, end = numbers.write(
                rng, [_glyph(rng, writer, sign, size) for sign in text], 0, 0, size, 0, spaced, writer.uneven
            )
            if end < 0.94 * wide:
                break
            size *= min(0.92, 0.94 * wide / end)
        left = x + rng.uniform(0.03, 0.97) * max(0.0, 0.97 * wide - end)
        top = y + high * rng.uniform(0.35, 0.65) - size / 2
        lines = [
            stroke + np.array([glyph.x + left, glyph.y + top], np.float32)
            for glyph in glyphs
            for stroke in glyph.strokes or ()
        ]
        if any(_gap(*pair) <= pen.width for pair in itertools.pairwise(glyphs)):
            touching.add(place.name)
        drawn = pens.draw_lines(lines, (layer.shape[0], layer.shape[1]), pen, rng)
        np.maximum(layer, drawn, out=layer)
    return texts, pen.contrast, frozenset(touching)


def _gap(before: Glyph, after: Glyph) -> float:
    """Between the middles of the nearest strokes of two characters, px; 0 where they cross, or are one."""
    lines = [[s + np.array([g.x, g.y], np.float32) for s in g.strokes or ()] for g in (before, after)]
    if not all(lines):
        return np.inf
    one, other = (np.concatenate([_dense(line) for line in each]) for each in lines)
    return float(np.sqrt(((one[:, None] - other[None]) ** 2).sum(2).min()))


def _dense(line: np.ndarray) -> np.ndarray:
    """Points (m, 2) along a polyline (n, 2) px, a px or two apart."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, along[-1], max(2, int(along[-1] / 1.5)))
    return np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def _glyph(rng: np.random.Generator, writer: Writer, sign: str, height: float) -> Glyph:
    character = writer.digit(int(sign)) if sign.isdigit() else own_sign(rng, name=sign)
    placed = writer.place(character, 0.0, 0.0, height)
    return Glyph(placed.label, placed.name, placed.strokes, None, height)


def laid(rng: np.random.Generator, width: int, height: int, upside_down: bool) -> paper.Surface:
    """How the sheet lies in a photo: turned and tilted by up to 30 degrees, whole, and half of the time a bit wavy."""
    turn = np.deg2rad(rng.uniform(-30, 30)) + (np.pi if upside_down else 0.0)
    tilt, way = np.deg2rad(rng.uniform(0, 30)), rng.uniform(0, 2 * np.pi)
    spin = cv2.Rodrigues(np.array([0.0, 0.0, turn]))[0]
    lean = cv2.Rodrigues(tilt * np.array([np.cos(way), np.sin(way), 0.0]))[0]
    away = rng.uniform(1.3, 2.2) * SIZE[1]  # of the lens, px of the form: from 40 to 65 cm
    corners = np.array([[0, 0], [SIZE[0], 0], [SIZE[0], SIZE[1]], [0, SIZE[1]]], np.float64)
    space = np.column_stack([corners - np.array(SIZE) / 2, np.zeros(4)]) @ (lean @ spin).T
    seen = space[:, :2] * (away / (away + space[:, 2:]))
    room = (np.array([width, height]) / np.ptp(seen, axis=0)).min()
    seen *= room * rng.uniform(0.78, 0.98)
    seen += (np.array([width, height]) - seen.min(0) - seen.max(0)) / 2
    surface = paper.Surface(*SIZE, cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32)))
    if rng.random() < 0.5:
        a, b = rng.normal(0, 0.003, 2) * SIZE[0]
        surface.bend = (float(a), float(b), float(rng.uniform(0, np.pi)), float(rng.uniform(0, np.pi)))
    return surface


def photograph(
    rng: np.random.Generator,
    writer: Writer,
    photos: Sequence[str | Path] | None = None,
    upside_down: bool = False,
    size: tuple[int, int] = (1500, 2000),
) -> Photo:
    """A filled form on a table or whatever lies there, as a phone sees it; size: width, height in px."""
    width, height = size
    surface = laid(rng, width, height, upside_down)
    shape = round(SIZE[1] * FINE), round(SIZE[0] * FINE)
    coverage = np.zeros(shape, np.float32)
    texts, contrast, touching = fill(rng, coverage, writer, FINE)
    reflected = paper.ground(rng, shape, paper.paper_colour(rng), "paper")
    dark = float(rng.uniform(0.05, 0.35))
    reflected *= 1 - (1 - dark) * (printed(FINE).astype(np.float32) / 255)[..., None]
    ink = rng.uniform(0.02, 0.3, 3).astype(np.float32) if rng.random() < 0.5 else np.full(3, 1 - contrast, np.float32)
    reflected *= 1 - coverage[..., None] * (1 - ink)
    image = background(rng, width, height, photos)
    _lay(image, reflected, surface)
    camera.light(rng, image)
    scale = surface.scale(SIZE[0] / 2, SIZE[1] / 2)
    picture = camera.expose(rng, image, HEIGHT * 0.55 * scale, float(1 - ink.mean()))
    corners = {place.name: surface.map(corners_of(place.region)).astype(np.float64) for place in PLACES}
    return Photo(picture, texts, corners, upside_down, touching)


def corners_of(region: tuple[int, int, int, int]) -> np.ndarray:
    """The corners (4, 2) float32 of x, y, width, height, from the upper left clockwise."""
    x, y, w, h = region
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def _lay(image: np.ndarray, reflected: np.ndarray, surface: paper.Surface) -> None:
    """The sheet (FINE px for one of the form) laid into the frame (h, w, 3) float32, in place, with its shadow."""
    h, w = image.shape[:2]
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    back = np.linalg.inv(surface.homography)
    page = cv2.perspectiveTransform(np.stack([x, y], -1).reshape(1, -1, 2), back)[0].reshape(h, w, 2)
    px, py = page[..., 0], page[..., 1]
    a, b, first, second = surface.bend
    if a or b:  # the wave is flat enough to be taken off where it leads to
        px, py = (
            px - a * np.sin(np.pi * py / SIZE[1] + first),
            py - b * np.sin(np.pi * px / SIZE[0] + second),
        )
    seen = cv2.remap(reflected, px * FINE, py * FINE, cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    mask = paper.polygon_mask((h, w), surface.outline())
    shadow = cv2.blur(mask, (41, 41))
    image *= (1 - 0.4 * shadow)[..., None]
    image += mask[..., None] * (seen - image)
