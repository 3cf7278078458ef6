"""Pages that lie on their side or upside down in a picture: noticed by what little is read, and read upright."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from livedigits.recognition.reader import Reader, Reading
from livedigits.types import Digits

# Chosen on 120 rendered scenes and 100 pages of numbers, each in its four turns (another seed than that of training,
# writers and photos of validation): none of 880 was turned wrongly, and of those that hold four digits or more 52 %
# (upside down 45 %) are read upright. With ENOUGH = 3 or TIMES = 1.5 some are turned wrongly.

# Digits in numbers of two or more, each as much as its number is sure: so many speak for a turn,
ENOUGH = 4.0
# so many times as much as there is without it,
TIMES = 2.0
# and so many of them that are no digits upside down, too: 0088 tells nothing. With 0, a picture of such was turned.
TELLING = 1.0
ONE_WAY = frozenset("23457")
# Below this much, or where its digits' numbers are less sure than that on the mean, the other turns are looked at. More
# finds more pages that lie upside down, and takes four times as long for more of those that do not.
LITTLE, UNSURE = 2.0, 0.5
# Regions of a picture, and px of its longer side: less is no page.
FEW, SMALL = 3, 100
# px, longer side of the copy in which the other turns are looked at: copies of a larger picture would take its memory
# once more, and four times its time.
LARGEST = 2000


def read_upright(reader: Reader, image: np.ndarray) -> Reading:
    """As Reader.look; of a page that lies on its side or upside down what is read when it is turned upright.

    Where much is read, that is all; else the picture is looked at in its other three turns, too. Parameters and errors
    as of Reader.look.
    """
    reading = reader.look(image)
    here, sure = _weight(reading.digits)
    if max(image.shape) < SMALL or len(reading.regions) < FEW or (here >= LITTLE and sure >= UNSURE):
        return reading
    small, best = _shrunk(image), 0
    for degrees in (90, 270, 180):
        digits = reader.look(turned(small, degrees)).digits
        weight, _ = _weight(digits)
        if weight >= ENOUGH and weight > TIMES * here and _telling(digits) >= TELLING:
            best, here = degrees, weight / TIMES
    return replace(reader.look(turned(image, best)), turned=best) if best else reading


def _shrunk(image: np.ndarray) -> np.ndarray:
    """The image, no larger than LARGEST."""
    height, width = image.shape[:2]
    factor = LARGEST / max(height, width)
    if factor >= 1:
        return image
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def turned(image: np.ndarray, degrees: int) -> np.ndarray:
    """An image (h, w, ...) turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))


def _weight(digits: Digits) -> tuple[float, float]:
    """Digits in numbers of two or more, weighed by their confidence, and the mean of that."""
    numbers = [number for number in digits.numbers if len(number.text) > 1]
    weight, count = sum(len(n.text) * n.confidence for n in numbers), sum(len(n.text) for n in numbers)
    return weight, weight / count if count else 0.0


def _telling(digits: Digits) -> float:
    """Digits in numbers of two or more that tell which way up they are, weighed by the numbers' confidence."""
    numbers = (number for number in digits.numbers if len(number.text) > 1)
    return sum(number.confidence * sum(digit in ONE_WAY for digit in number.text) for number in numbers)
