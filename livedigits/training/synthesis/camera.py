"""What lies between a page and the picture of it: light and shadow, fingers, the lens, the sensor, compression."""

from __future__ import annotations

import cv2
import numpy as np

from livedigits.training.synthesis.noise import noise
from livedigits.training.synthesis.paper import polygon_mask

SKIN = ((0.70, 0.80, 0.93), (0.55, 0.68, 0.86), (0.42, 0.55, 0.75), (0.30, 0.42, 0.60), (0.18, 0.26, 0.40))


def light(rng: np.random.Generator, image: np.ndarray, screen: bool = False) -> None:
    """Light the frame (h, w, 3) float32 in 0..1, in place: exposure, gradients, shadows, gloss, colour."""
    h, w = image.shape[:2]
    sh, sw = h // 2, w // 2
    y, x = np.mgrid[0:sh, 0:sw].astype(np.float32)
    x, y = x / sw - 0.5, y / sh - 0.5
    field = np.ones((sh, sw), np.float32)
    if rng.random() < 0.75:
        angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.45 if rng.random() < 0.5 else 0.15)
        field *= 1 + depth * (float(np.cos(angle)) * x + float(np.sin(angle)) * y)
    if rng.random() < 0.3:
        cx, cy = rng.uniform(-0.7, 0.7, 2)
        reach = rng.uniform(0.25, 1.0)
        field *= 1 + rng.uniform(0.05, 0.5) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * reach * reach))
    if rng.random() < 0.4:
        field *= 1 - rng.uniform(0.1, 0.75 if rng.random() < 0.25 else 0.4) * (x * x + y * y) * 1.6
    if not screen:
        for _ in range(int(rng.choice([0, 1, 2], p=[0.5, 0.38, 0.12]))):
            field *= _shadow(rng, sh, sw)
    level = 0.5 if rng.random() < 0.06 else 0.82
    exposure = float(np.clip(rng.normal(level, 0.14), 0.25, 1.15))
    if rng.random() < 0.05:
        exposure *= rng.uniform(0.35, 0.8)
    warm = rng.normal(0.02, 0.06 if rng.random() < 0.85 else 0.16)
    cast = np.clip(np.exp([-warm, 0, warm] + rng.normal(0, 0.015 if rng.random() < 0.85 else 0.05, 3)), 0.5, 1.6)
    field *= exposure / max(0.2, float(np.percentile(field[::8, ::8], 60)))
    field = cv2.resize(field, (w, h), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(image, cv2.merge([field * float(c) for c in cast]), dst=image)
    if rng.random() < 0.06:
        _gloss(rng, image)


def _shadow(rng: np.random.Generator, h: int, w: int) -> np.ndarray:
    """One shadow as factors (h, w) float32: of a hand or an object, of the phone, or a slanted edge; hard or soft."""
    kind = rng.random()
    mask = np.zeros((h, w), np.uint8)
    size = min(h, w)
    if kind < 0.25:
        # The phone that takes the picture: a rounded block that comes in from the side of the photographer.
        width, height = int(rng.uniform(0.25, 0.9) * w), int(rng.uniform(0.1, 0.6) * h)
        left, radius = int(rng.uniform(-0.2, 0.9) * w), max(2, int(0.08 * size))
        cv2.rectangle(mask, (left + radius, h - height), (left + width - radius, h + 9), 255, -1)
        cv2.rectangle(mask, (left, h - height + radius), (left + width, h + 9), 255, -1)
        for cx in (left + radius, left + width - radius):
            cv2.circle(mask, (cx, h - height + radius), radius, 255, -1)
        mask = np.rot90(mask, int(rng.choice([0, 2]))) if rng.random() < 0.3 else mask
    elif kind < 0.55:
        angle = rng.uniform(0, 2 * np.pi)
        direction, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        middle = rng.uniform(0.1, 0.9, 2) * (w, h)
        far = across * 3 * (w + h)
        deep = direction * (3 * (w + h) if rng.random() < 0.6 else rng.uniform(0.05, 0.5) * size)
        polygon = np.array([middle - far, middle + far, middle + far + deep, middle - far + deep])
        mask = (polygon_mask((h, w), polygon) * 255).astype(np.uint8)
    else:
        blob = noise(rng, h, w, rng.uniform(0.25, 0.8) * size)
        mask[blob > rng.uniform(-0.2, 0.5)] = 255
    soft = float(np.exp(rng.uniform(np.log(0.8), np.log(0.2 * size))))
    shrunk = cv2.resize(np.ascontiguousarray(mask), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    if soft > 8:
        shade = cv2.resize(cv2.GaussianBlur(shrunk, (0, 0), soft / 4), (w, h), interpolation=cv2.INTER_LINEAR)
    else:
        shade = cv2.GaussianBlur(np.ascontiguousarray(mask), (0, 0), soft)
    return 1 - float(rng.uniform(0.08, 0.6)) * (shade.astype(np.float32) / 255)


def _gloss(rng: np.random.Generator, image: np.ndarray) -> None:
    h, w = image.shape[:2]
    spot = np.zeros((h // 8 + 1, w // 8 + 1), np.float32)
    centre = (int(rng.uniform(0, spot.shape[1])), int(rng.uniform(0, spot.shape[0])))
    axes = (int(rng.uniform(0.03, 0.2) * spot.shape[1]) + 1, int(rng.uniform(0.03, 0.2) * spot.shape[1]) + 1)
    cv2.ellipse(spot, centre, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.uniform(0.1, 0.5)), -1)
    spot = cv2.GaussianBlur(spot, (0, 0), max(axes) * float(rng.uniform(0.3, 0.8)))
    grown = cv2.resize(spot, (w, h), interpolation=cv2.INTER_LINEAR)
    cv2.add(image, cv2.merge([grown, grown, grown]), dst=image)


def fingers(rng: np.random.Generator, image: np.ndarray, edge: np.ndarray, unit: float) -> np.ndarray:
    """Lay fingers or a thumb over the edge of a sheet.

    image: (h, w, 3) float32 in 0..1, changed in place; edge: (n, 2) points on the outline, px; unit: about the width
    of a finger, px. Returns what they cover, (h, w) float32 in 0..1.
    """
    h, w = image.shape[:2]
    covered = np.zeros((h, w), np.float32)
    skin = np.array(SKIN[int(rng.integers(len(SKIN)))]) * rng.uniform(0.85, 1.1)
    centre = edge.mean(axis=0)
    tip_at = edge[int(rng.integers(len(edge)))]
    inward = (centre - tip_at) / (np.linalg.norm(centre - tip_at) + 1e-6)
    aside = np.array([-inward[1], inward[0]])
    count = int(rng.integers(1, 5))
    hand = tip_at + aside * unit * 0.54 * (count - 1)
    # The back of the hand and the arm behind it, out of the frame.
    _finger(
        rng, image, covered, hand - inward * unit * 30, hand - inward * unit * rng.uniform(1.5, 3), 4.2 * unit, skin
    )
    for k in range(count):
        turn = rng.normal(0, 0.25)
        way = inward * np.cos(turn) + aside * np.sin(turn)
        base = tip_at + aside * unit * 1.08 * k - way * unit * 4
        tip = tip_at + aside * unit * 1.08 * k + way * unit * rng.uniform(0.3, 2.2)
        _finger(rng, image, covered, base, tip, unit * rng.uniform(0.85, 1.15), skin)
    return covered


def _finger(
    rng: np.random.Generator,
    image: np.ndarray,
    covered: np.ndarray,
    base: np.ndarray,
    tip: np.ndarray,
    width: float,
    skin: np.ndarray,
) -> None:
    h, w = covered.shape
    pad = 1.2 * width
    x0, y0 = np.maximum(np.floor(np.minimum(base, tip) - pad), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(np.maximum(base, tip) + pad), [w, h]).astype(int)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    along = tip - base
    length = float(np.linalg.norm(along)) + 1e-6
    ux, uy = along / length
    t = (x - base[0]) * ux + (y - base[1]) * uy
    side = (x - base[0]) * -uy + (y - base[1]) * ux
    over = np.maximum(0, t - length + width / 2)
    distance = np.sqrt(side * side + over * over) / (width / 2)
    distance += 0.05 * np.sin(t / width * 2.2)
    cover = np.clip((1 - distance) * width / 3, 0, 1) * (t > 0)
    shadow = np.clip(1.35 - distance, 0, 1) * (t > 0) * 0.35
    roundness = np.sqrt(np.clip(1 - distance * distance, 0, 1))
    tone = 0.55 + 0.45 * roundness + 0.03 * noise(rng, y1 - y0, x1 - x0, max(1.0, width / 12))
    nail = ((t - length + 0.42 * width) / (0.34 * width)) ** 2 + (side / (0.3 * width)) ** 2 < 1
    region = image[y0:y1, x0:x1]
    region *= (1 - shadow * (1 - cover))[..., None]
    for c in range(3):
        shade = tone * float(skin[c])
        if width > 14 and length < 6.8 * width:
            shade = np.where(nail, shade * (1.12, 1.06, 1.02)[c], shade)
        region[..., c] += cover * (shade - region[..., c])
    np.maximum(covered[y0:y1, x0:x1], cover, out=covered[y0:y1, x0:x1])


def stick(rng: np.random.Generator, image: np.ndarray, unit: float) -> np.ndarray:
    """Lay a pen across the frame (float32, in place), `unit` px thick; returns what it covers (h, w) float32."""
    h, w = image.shape[:2]
    start = np.array([rng.uniform(0, w), rng.uniform(0, h)])
    angle = rng.uniform(0, 2 * np.pi)
    way, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    end = start + way * unit * rng.uniform(8, 18)
    point = start - way * 1.6 * unit
    body = np.array(
        [start + aside * unit / 2, end + aside * unit / 2, end - aside * unit / 2, start - aside * unit / 2]
    )
    shadow = polygon_mask((h, w), body + rng.uniform(-0.6, 0.6, 2) * unit)
    shadow = cv2.blur(shadow, (max(1, int(unit * 0.6)),) * 2)
    covered = np.zeros((h, w), np.float32)
    image *= (1 - 0.4 * shadow)[..., None]
    dark = rng.uniform(0.03, 0.9, 3)
    parts = [(body, dark), (np.array([body[0], body[3], point]), dark * 0.5 + rng.uniform(0, 0.5))]
    highlight = np.array([start + aside * unit * 0.2, end + aside * unit * 0.2, end, start])
    for polygon, colour in [*parts, (highlight, np.clip(dark * 1.5 + 0.08, 0, 1))]:
        mask = polygon_mask((h, w), polygon)
        covered = np.maximum(covered, mask)
        for c in range(3):
            image[..., c] += mask * (float(colour[c]) - image[..., c])
    return covered


def expose(rng: np.random.Generator, image: np.ndarray, smallest: float, contrast: float) -> np.ndarray:
    """Take the picture: the lit frame (h, w, 3) float32, about 0..1, as a camera delivers it, uint8.

    smallest: height in px of the smallest digit, contrast: of the ink, 0..1; blur and noise stay such that a person
    could still read it.
    """
    h, w = image.shape[:2]
    image = _blurred(rng, image, smallest)
    if rng.random() < 0.25:
        fog = rng.uniform(0.02, 0.25)
        image = image * float(1 - fog) + float(fog * rng.uniform(0.4, 0.9))
    if rng.random() < 0.5:
        # The camera's curve: shoulders lifted or crushed.
        bend = float(np.exp(rng.normal(0, 0.2)))
        image = cv2.pow(np.clip(image, 0, 1), bend)
    if rng.random() < 0.12:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[..., None]
        image = image + (grey - image) * float(rng.uniform(0.3, 1.0))
    image = image * 255
    legible = 255 * contrast * 0.35 * min(1.0, 0.5 + smallest / 80)
    _noisy(rng, image, legible)
    out = cv2.convertScaleAbs(np.maximum(image, 0))
    if rng.random() < 0.15:
        out = cv2.medianBlur(out, 3) if smallest > 30 else cv2.bilateralFilter(out, 3, 18, 2)
    if rng.random() < 0.3:
        soft = cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.7, 2.0)))
        amount = float(rng.uniform(0.2, 1.3))
        out = cv2.addWeighted(out, 1 + amount, soft, -amount, 0)
    return _compressed(rng, out, smallest)


def _blurred(rng: np.random.Generator, image: np.ndarray, smallest: float) -> np.ndarray:
    most = 0.35 + 0.045 * smallest
    kind = rng.random()
    sigma = float(min(most, np.exp(rng.uniform(np.log(0.35), np.log(4.0)))))
    if kind < 0.55:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    if kind < 0.68 and sigma > 0.8:
        return cv2.filter2D(image, -1, _disk(1.8 * sigma))
    if kind < 0.85 and sigma > 0.6:
        return cv2.filter2D(image, -1, _motion(rng, 3.2 * sigma))
    return image


def _disk(radius: float) -> np.ndarray:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return kernel / kernel.sum()


def _motion(rng: np.random.Generator, length: float) -> np.ndarray:
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
    angle, bend = rng.uniform(0, np.pi), rng.normal(0, 0.2)
    t = np.linspace(-0.5, 0.5, 7)
    turn = angle + bend * t
    points = np.stack([reach + length * t * np.cos(turn), reach + length * t * np.sin(turn)], axis=1)
    cv2.polylines(kernel, [np.round(points * 256).astype(np.int32)], False, 255, 1, cv2.LINE_AA, 8)
    return kernel.astype(np.float32) / max(1.0, float(kernel.sum()))


def _noisy(rng: np.random.Generator, image: np.ndarray, legible: float) -> None:
    """Add sensor noise to the frame float32 in 0..255, in place: shot and read noise, and blotches of colour."""
    h, w = image.shape[:2]
    sigma = float(np.exp(rng.uniform(np.log(0.5), np.log(5.0 if rng.random() < 0.75 else 16.0))))
    sigma = min(sigma, legible)
    if sigma < 0.3:
        return
    size = float(rng.choice([1.0, rng.uniform(1.2, 2.2)]))
    grey = noise(rng, h, w, size) * sigma * 0.75
    planes = [grey + noise(rng, h, w, size) * (sigma * 0.55) for _ in range(3)]
    if rng.random() < 0.35:
        planes = [p + noise(rng, h, w, 12.0) * sigma * 0.3 for p in planes]
    grain = cv2.merge(planes)
    if rng.random() < 0.6:
        # Shot noise grows with the root of the light: in shadows there is less of it, before the camera lifts them.
        grain *= cv2.sqrt(np.clip(image[..., 1:2], 8, 255) / 160)[..., None]
    cv2.add(image, grain, dst=image)


def _compressed(rng: np.random.Generator, image: np.ndarray, smallest: float) -> np.ndarray:
    h, w = image.shape[:2]
    if rng.random() < 0.22:
        # Small pictures blown up, and what video codecs leave at low rates.
        least = min(1.0, 16.0 / max(1.0, smallest))
        f = float(max(least, rng.uniform(0.35, 0.95)))
        down = cv2.resize(image, (max(8, int(w * f)), max(8, int(h * f))), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:
            down = jpeg(down, int(rng.uniform(30, 90)))
        up = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.5, 0.42, 0.08]))
        image = cv2.resize(down, (w, h), interpolation=up)
    if rng.random() < 0.85:
        lowest = 25 if smallest > 24 else 45
        image = jpeg(image, int(rng.uniform(lowest, 97)))
    return image


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """The image (h, w, 3) uint8 after being stored as JPEG of this quality, 0..100."""
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
