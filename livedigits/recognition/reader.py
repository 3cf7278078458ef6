"""A picture -> its digits: find, crop, classify, rescore, suppress, group, in order and without memory."""

from __future__ import annotations

import copy
import functools
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from livedigits.recognition.boxes import holds
from livedigits.recognition.classifier import THREADS, Classifier, Head, Learned
from livedigits.recognition.completion import completed
from livedigits.recognition.crop import crop
from livedigits.recognition.decimals import with_signs
from livedigits.recognition.flat_images import MOST_REGIONS, brought_out, drawn, whole
from livedigits.recognition.found import Found
from livedigits.recognition.grouping import grouped
from livedigits.recognition.regions import FULL_SCAN, Regions, ScanPlan, find_regions
from livedigits.recognition.shipped import shipped
from livedigits.recognition.strips import MOST, Proposals, StripNetwork, propose, second_best_inside
from livedigits.recognition.suppression import NO_BOXES
from livedigits.recognition.writing import FEW, candidates, scored
from livedigits.types import Digits

# Of min_confidence: enough in a picture for a digit between others of its number. Less reads more signs of
# sums as digits, and it was 0.5 before. Chosen by trying, and not swept.
BETWEEN = 0.65
# Of min_confidence: enough in a picture for a digit that a number lacks, by all that is known of its line.
LACKING = 0.43
# Confidence of a number from which on it is shown as one: below it is rather wrong than right.
SURE_NUMBER = 0.5
# Probability of a digit from which on the writing that it is in counts as read, and is not looked at again.
WORTH = 0.3

STRIPS = "strips.tflite"  # the network for digits that touch, among the shipped models


@dataclass(frozen=True, eq=False)
class Reading:
    """What each stage made of a frame: for the debug view, the page's details and the benchmark.

    Attributes
    ----------
    digits : what was read
    regions : (n, 4) int32 boxes x, y, width, height, frame px, of the regions that were classified
    crops : (n, 28, 28, 2) float32 in 0..1, as the network got them
    probabilities : (n, 11) float32, the last column for "no digit"
    mask : (h, w) uint8, 0 or 1: dark ink at the finest level that was looked at
    seconds : time spent in each stage
    turned : degrees clockwise by which the picture was turned to be read; all else is of the turned one
    """

    digits: Digits
    regions: np.ndarray
    crops: np.ndarray
    probabilities: np.ndarray
    mask: np.ndarray
    seconds: Mapping[str, float]
    turned: int = 0

    @property
    def ink(self) -> np.ndarray:
        """The thresholded frame as a picture, (h, w) uint8, 0 or 255."""
        return self.mask * np.uint8(255)


class StageTimes:
    """Seconds spent in each stage of a frame, told when the stage ends; the first begins now."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = clock.perf_counter()

    def end(self, stage: str) -> None:
        """A stage has ended, and the next begins."""
        now = clock.perf_counter()
        self.seconds[stage] = now - self._since
        self._since = now


class Reader:
    """Reads the digits of pictures; it remembers none, and several threads may use it.

    Parameters
    ----------
    model : path of a .tflite network, or one that is loaded already; None for the shipped one
    min_confidence : least probability 0..1 of a digit that is returned; None for the one the network was made for,
        which is another in drawings, and in pictures BETWEEN times that for a digit between others of its number
    threads : of each network; what is read does not depend on it
    decimal : points and commas are looked for, and hold numbers together
    learned : has what was learned of a hand, a profile for instance; it is asked once a frame; None for nothing

    Raises
    ------
    LivedigitsError: the network is missing, damaged or of another shape
    """

    def __init__(
        self,
        model: str | Path | Classifier | None = None,
        min_confidence: float | None = None,
        threads: int = THREADS,
        decimal: bool = False,
        learned: Learned | None = None,
    ):
        self.decimal = decimal
        self.classifier = model if isinstance(model, Classifier) else Classifier(model, threads)
        self.learned = learned
        strips = shipped(STRIPS)
        self.strips = StripNetwork(strips, threads) if strips.is_file() else None
        self._ask(min_confidence)

    def _ask(self, min_confidence: float | None) -> None:
        if min_confidence is None:
            self.min_confidence = self.classifier.min_confidence
            self.min_confidence_drawn = self.classifier.min_confidence_drawn
            self.between = BETWEEN * self.min_confidence
            self.added = LACKING * self.min_confidence
            self.sure_number = SURE_NUMBER
        else:  # who asks for a confidence gets no less
            self.added = min_confidence
            self.min_confidence = self.min_confidence_drawn = self.between = self.sure_number = min_confidence

    def asking(self, min_confidence: float) -> Reader:
        """A reader with the same networks that asks for another confidence."""
        reader = copy.copy(self)
        reader._ask(min_confidence)
        return reader

    def read(self, image: np.ndarray) -> Digits:
        """The digits in one picture.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8 grey

        Raises
        ------
        TypeError: not an array; ValueError: another shape or dtype, no height or no width
        """
        return self.look(image).digits

    def look(self, image: np.ndarray) -> Reading:
        """As `read`, with what each stage made of the picture."""
        check_image(image)
        times = StageTimes()
        found = self.found(image, times)
        digits = found.digits(self.least(self.min_confidence, found.is_drawing), self.between, NO_BOXES)
        times.end("classify")
        digits = grouped(completed(grouped(digits), found, self.added, self.between))
        digits = self.judged(with_signs(digits, found) if self.decimal else digits, found)
        times.end("group")
        mask = found.regions.layers[0].mask
        return Reading(digits, found.regions.boxes, found.crops, found.probabilities, mask, times.seconds)

    def found(self, image: np.ndarray, times: StageTimes | None = None) -> Found:
        """The regions of a picture and what the networks say of them, before those that overlap are chosen from."""
        times = times or StageTimes()
        regions, is_drawing = scan(image, FULL_SCAN)
        times.end("find")
        crops = crop(regions)
        times.end("crop")
        return self.seen(regions, crops, is_drawing, self.head())

    def seen(self, regions: Regions, crops: np.ndarray, is_drawing: bool, head: Head | None) -> Found:
        """What the networks say of a picture's regions and their crops, with what was learned."""
        found = self.classified(regions, crops, is_drawing, NO_BOXES, head)
        if self.strips is None:
            return found
        among = candidates(regions, found.is_digit)
        seen = self.with_touching(found, self.proposals(found, among), NO_BOXES)
        if is_drawing:
            return seen
        # what was found speaks for writing of its size beside it, which clutter had outdone
        proposed = seen.regions.touching & (seen.is_digit > WORTH)
        left = among.only(np.flatnonzero(~holds(among.boxes, seen.regions.boxes[proposed]).any(1)))
        more = self.proposals(seen, left)
        return self.with_touching(seen, more, NO_BOXES)

    def head(self) -> Head | None:
        """What is learned at this moment, to be asked for once a frame."""
        return None if self.learned is None else self.learned.head()

    def classified(
        self, regions: Regions, crops: np.ndarray, is_drawing: bool, rejected: np.ndarray, head: Head | None = None
    ) -> Found:
        """What the classifier says of regions, with what was learned; other parameters as of `rescore`."""
        probabilities = self.classifier(crops, head)
        is_digit = self.rescore(regions, probabilities, is_drawing, rejected)
        return Found(regions, crops, probabilities, is_digit, is_drawing, head)

    def proposals(self, found: Found, among: Regions, most: int = MOST, few: int = FEW) -> Proposals:
        """What the strip network proposes among candidates for writing; `most` windows at most are looked at.

        few : how many doubtful candidates are looked at, too
        """
        assert self.strips is not None
        writing = scored(among, found.regions, found.is_digit, None if found.is_drawing else self.strips.writing, few)
        return propose(writing, self.strips, most)

    def with_touching(self, found: Found, proposals: Proposals, rejected: np.ndarray) -> Found:
        """What was found, and the regions that the strip network proposes, read and weighed by both networks.

        What holds several of them is hardly one digit. Parameters as of `rescore`.
        """
        if not len(proposals):
            return found
        assert self.strips is not None
        more = found.regions.of_boxes(proposals.layer, proposals.boxes)
        crops = crop(more)
        read = self.classifier(crops, found.head)
        probabilities = np.concatenate([found.probabilities, self.strips.weighed(proposals, read)])
        regions = found.regions.joined(more)
        is_digit = self.rescore(regions, probabilities, found.is_drawing, rejected)
        own = len(found.regions)
        is_digit[:own] *= 1 - second_best_inside(regions.boxes[:own], more.boxes, is_digit[own:])
        crops = np.concatenate([found.crops, crops])
        return Found(regions, crops, probabilities, is_digit, found.is_drawing, found.head)

    def rescore(
        self, regions: Regions, probabilities: np.ndarray, is_drawing: bool, rejected: np.ndarray
    ) -> np.ndarray:
        """Probability that each region is a digit, (n,) float32, with what stands around it.

        Parameters
        ----------
        probabilities : (n, 11) float32 from the network, the last column for "no digit"
        is_drawing : somebody has drawn it, and there is no clutter to doubt
        rejected : (m, 4) int32, boxes of regions of this frame that were rejected without being read
        """
        if is_drawing:
            return drawn(probabilities)
        return self.classifier.rescoring.probability(regions, probabilities, regions.shape, rejected)

    def judged(self, digits: Digits, found: Found) -> Digits:
        """The digits, their numbers with the chance that each is right and whole."""
        model = self.classifier.completeness
        if model is not None:
            digits = model.judged(digits, found.regions, found.is_digit)
        numbers = (replace(number, is_sure=number.confidence >= self.sure_number) for number in digits.numbers)
        return replace(digits, numbers=tuple(numbers))

    def least(self, min_confidence: float, is_drawing: bool) -> float:
        """The least probability of a digit that is shown: a drawing needs no more than its own."""
        return min(min_confidence, self.min_confidence_drawn) if is_drawing else min_confidence


def scan(image: np.ndarray, plan: ScanPlan) -> tuple[Regions, bool]:
    """The regions of a frame, and whether it is a drawing, whose regions are those of its ink, dark or light.

    All that is drawn is read together, too, even where it fills the picture and looks like clutter to the prefilter.
    """
    drawing = brought_out(image)
    if drawing is not None:
        regions = find_regions(drawing, plan._replace(light=False), clutter=True)
        if (regions.score > 0).sum() <= MOST_REGIONS:
            return regions.only((regions.score > 0) | whole(regions.boxes)), True
    return find_regions(image, plan), False


def check_image(image: np.ndarray) -> None:
    """Raises TypeError or ValueError for what is neither (h, w, 3) nor (h, w) uint8, or has no height or width."""
    if not isinstance(image, np.ndarray):
        raise TypeError(f"image must be a numpy array, but is of type {type(image).__name__}")
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ValueError(f"image must be (h, w, 3) or (h, w) uint8, but is {image.shape} {image.dtype}")
    if not image.size:
        raise ValueError(f"image must have a height and a width, but is {image.shape}")


def read(image: np.ndarray | str | Path, model: str | Path | None = None) -> Digits:
    """The digits in one picture.

    Parameters
    ----------
    image : (h, w, 3) uint8 BGR or (h, w) uint8 grey, or the path of a picture
    model : path of a .tflite network; None for the shipped one

    Raises
    ------
    LivedigitsError: the picture or the network cannot be read
    """
    if isinstance(image, (str, Path)):
        from livedigits.sources.images import decode

        image = decode(image)
    elif not isinstance(image, np.ndarray):
        raise TypeError(f"give a picture's path or a numpy array, not {type(image).__name__}")
    return _reader(model).read(image)


@functools.lru_cache(maxsize=2)
def _reader(model: str | Path | None) -> Reader:
    return Reader(model)
