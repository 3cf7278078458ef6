"""What a network sees of samples and of a few warps of each: as the same hand might have written them another time."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import cv2
import numpy as np

from livedigits.recognition.classifier import Classifier
from livedigits.recognition.crop import SIZE

# Chosen on the labels of found crops, as the constants of the head. WARPS copies of each sample share its weight with
# it; where samples and copies would be more than MOST_SEEN, there are fewer copies. More learns a little more, and
# costs time: each is read by the network.
WARPS, MOST_SEEN = 6, 2000
# Standard deviations of the warps: rad, of the logarithm of each side's scale, px along for a px down, px.
ROTATION, SCALE, SHEAR, SHIFT = 0.1, 0.08, 0.1, 0.7
REMEMBERED = 8000
"""Crops that were seen and are not read again, 600 bytes each: one more sample costs the time of one."""
SEED = 5
"""Of the warps: the same samples give the same head."""
_DRAWS = np.random.default_rng(SEED).standard_normal((WARPS, 997, 6))

_Seen = tuple[np.ndarray, np.ndarray]
_memory: OrderedDict[tuple[str, bytes, int], _Seen] = OrderedDict()
_turn = threading.Lock()


def seen(crops: np.ndarray, classifier: Classifier) -> tuple[_Seen, int]:
    """Probabilities (m, 11) and features (m, k) of crops (n, 28, 28, 2) uint8, and then of their warps, turn by turn.

    The second is the number of copies: m is n times one more than that.
    """
    copies = min(max(MOST_SEEN // max(len(crops), 1) - 1, 0), WARPS)
    names = [hashlib.blake2b(crop.tobytes(), digest_size=16).digest() for crop in crops]
    keys = [(classifier.digest, name, turn) for turn in range(copies + 1) for name in names]
    with _turn:
        known = {key: _memory[key] for key in keys if key in _memory}
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        new = np.empty((len(missing), SIZE, SIZE, 2), np.float32)
        for place, i in enumerate(missing):
            turn, number = divmod(i, len(crops))
            new[place] = warped(crops[number], turn - 1) if turn else crops[number]
        looked = zip(*classifier.look(new / 255), strict=True)
        known |= {keys[i]: (p.copy(), f.copy()) for i, (p, f) in zip(missing, looked, strict=True)}
    with _turn:
        for key in keys:
            _memory[key] = known[key]
            _memory.move_to_end(key)
        while len(_memory) > REMEMBERED:
            _memory.popitem(last=False)
    probabilities, features = (np.stack(rows) for rows in zip(*(known[key] for key in keys), strict=True))
    return (probabilities, features), copies


def warped(crop: np.ndarray, turn: int) -> np.ndarray:
    """A crop (28, 28, 2) uint8 as the same hand might have written it another time; each `turn` below WARPS is another.

    Both channels are warped alike; the surroundings are seen from twice as far, and move half as much.
    """
    # By the sample and not by its place: what is learned later leaves what was learned before as it was.
    angle, shear, wide, high, *shift = _DRAWS[turn, int(crop.sum()) % _DRAWS.shape[1]].tolist()
    angle, shear, wide, high = angle * ROTATION, shear * SHEAR, np.exp(wide * SCALE), np.exp(high * SCALE)
    a, b, c, d = np.cos(angle) * wide, shear - np.sin(angle), np.sin(angle), np.cos(angle) * high
    middle, out = (SIZE - 1) / 2, np.empty_like(crop)
    for channel, far, ground in ((0, SHIFT, 0), (1, SHIFT / 2, 128)):
        x, y = middle * (1 - a - b) + shift[0] * far, middle * (1 - c - d) + shift[1] * far
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        matrix = np.array([[a, b, x], [c, d, y]])
        out[..., channel] = cv2.warpAffine(crop[..., channel], matrix, (SIZE, SIZE), flags=how, borderValue=ground)
    return out
