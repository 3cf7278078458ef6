"""A drawing whose strokes are known -> its digits: who drew what when tells digits apart that touch in the picture.

What no stroke or group of strokes explains, two digits in one stroke for instance, is read from the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from livedigits.recognition.boxes import holds, shared
from livedigits.recognition.found import Found
from livedigits.recognition.grouping import grouped
from livedigits.recognition.ink import layers
from livedigits.recognition.reader import Reader, Reading, StageTimes
from livedigits.recognition.regions import Regions, of_ink
from livedigits.recognition.strokes import Shared, paint, share_out
from livedigits.recognition.suppression import NO_BOXES, SHARED
from livedigits.types import NO_DIGIT, Digits, Stroke

# Confidence of a group of strokes below which the picture is looked at, too: several digits may be in one stroke.
DOUBTFUL = 0.7


def look(reader: Reader, strokes: Sequence[Stroke], width: int, height: int) -> Reading:
    """What was made of a drawing of that size in px, as `Reader.look` of its picture.

    Parameters
    ----------
    strokes : in the order in which they were drawn
    """
    times = StageTimes()
    picture = paint(strokes, width, height)
    known = share_out(strokes, reader.classifier, reader.head())
    found = _found(known, of_ink(layers(picture, light=False), picture.shape))
    digits = _digits(found)
    times.end("find")
    doubtful = digits.confidences < DOUBTFUL
    if len(known.left) or doubtful.any():
        seen = reader.found(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        read = seen.digits(reader.min_confidence_drawn, reader.min_confidence_drawn, NO_BOXES)
        digits = _with_picture(digits, doubtful, known.left, read)
        found = _joined(seen, _found(known, seen.regions))
    times.end("classify")
    digits = grouped(digits[digits.confidences >= reader.min_confidence_drawn])
    digits = reader.judged(digits, found)
    times.end("group")
    mask = found.regions.layers[0].mask
    return Reading(digits, found.regions.boxes, found.crops, found.probabilities, mask, times.seconds)


def _found(known: Shared, ink: Regions) -> Found:
    """What the strokes make up, as regions of the drawing's ink."""
    regions = ink.of_boxes(np.zeros(len(known.boxes), np.int64), known.boxes)
    return Found(regions, known.crops, known.probabilities, known.is_digit, True)


def _digits(found: Found) -> Digits:
    """All that was found, as digits."""
    ten = found.probabilities[:, :NO_DIGIT]
    ten = ten / np.maximum(ten.sum(1, keepdims=True), 1e-6) * found.is_digit[:, None]
    return Digits(found.regions.boxes, ten.argmax(1), ten.max(1), ten)


def _with_picture(digits: Digits, doubtful: np.ndarray, left: np.ndarray, read: Digits) -> Digits:
    """The digits, with those of the picture in strokes that belong to none, and in place of a doubtful one that holds
    several.

    Parameters
    ----------
    doubtful : (n,) bool, which of the digits
    left : (m, 4) boxes of strokes that belong to none
    read : from the picture
    """
    sure = digits[np.flatnonzero(~doubtful)]
    free = ~(shared(read.boxes, sure.boxes) > SHARED).any(1)
    taken, kept = holds(left, read.boxes).any(0) & free, ~doubtful
    for i in np.flatnonzero(doubtful).tolist():
        own = holds(digits.boxes[i : i + 1], read.boxes)[0] & free
        if own.sum() > 1 and read.confidences[own].mean() > digits.confidences[i]:
            taken |= own
        else:
            kept[i] = True
            taken &= ~own
    digits, read = digits[np.flatnonzero(kept)], read[np.flatnonzero(taken)]
    return Digits(
        np.concatenate([digits.boxes, read.boxes]),
        np.concatenate([digits.labels, read.labels]),
        np.concatenate([digits.confidences, read.confidences]),
        np.concatenate([digits.probabilities, read.probabilities]),
    )


def _joined(a: Found, b: Found) -> Found:
    """What was found in two ways in the same ink."""
    return Found(
        a.regions.joined(b.regions),
        np.concatenate([a.crops, b.crops]),
        np.concatenate([a.probabilities, b.probabilities]),
        np.concatenate([a.is_digit, b.is_digit]),
        True,
    )
