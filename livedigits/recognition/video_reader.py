"""The frames of a video -> their digits: a reader, and what is remembered of one video."""

from __future__ import annotations

import numpy as np

from livedigits.recognition.crop import crop
from livedigits.recognition.grouping import Grouping
from livedigits.recognition.reader import Reader, Reading, StageTimes, check_image, find_ink
from livedigits.recognition.rejection_cache import Refusals
from livedigits.recognition.schedule import Turns
from livedigits.recognition.suppression import choose
from livedigits.recognition.tracker import Tracker
from livedigits.types import Digits


class VideoReader:
    """Reads the frames of one video or camera, whose digits it follows; for another, make another.

    Parameters
    ----------
    reader : has the network and the least confidence; several videos may share it, each in a thread of its own
    last_track : numbers of tracks up to this one are taken

    Attributes
    ----------
    last_track : the highest number of a track so far
    """

    def __init__(self, reader: Reader, last_track: int = 0):
        self._reader = reader
        self._tracker = Tracker(reader.min_confidence)
        self._tracker.count = last_track
        self._grouping = Grouping()
        self._turns = Turns()
        self._refusals = Refusals()
        self._light = self._coarse = False  # whether digits of the last frame were such as only that look finds

    @property
    def last_track(self) -> int:
        return self._tracker.count

    def read(self, image: np.ndarray, time: float) -> Digits:
        """The digits in the next frame, each with its track.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR or (h, w) uint8 grey
        time : seconds, not before that of the frame before

        Raises
        ------
        TypeError: not an array; ValueError: another shape or dtype
        """
        return self.look(image, time).digits

    def look(self, image: np.ndarray, time: float) -> Reading:
        """As `read`, with what each stage made of the frame."""
        check_image(image)
        times = StageTimes()
        marks, is_drawing = find_ink(image, self._turns.look(image, time, self._light, self._coarse))
        known = self._refusals.known(marks, time, self._tracker.boxes)
        refused, marks = marks.boxes[known], marks.only(~known)
        times.end("find")
        crops = crop(marks)
        times.end("crop")
        probabilities = self._reader.classifier(crops)
        chance = self._reader.rescore(marks, probabilities, is_drawing, image.shape, refused)
        enough = self._tracker.least
        least, expected = self._reader.least(enough, is_drawing), self._tracker.expected(time)
        digits = choose(marks.boxes, chance, probabilities, least, enough, expected, marks.explained)
        self._refusals.add(marks, probabilities, time)
        source = (marks.boxes[:, None] == digits.boxes).all(2).any(1)
        self._light, self._coarse = bool(marks.light[source].any()), bool(marks.coarse[source].any())
        times.end("classify")
        height, width = image.shape[:2]
        digits = self._grouping.update(self._tracker.update(digits, time, (width, height)))
        times.end("track")
        return Reading(digits, marks.boxes, crops, probabilities, marks.layers[0].mask, times.seconds)
