"""The frames of a video -> their digits: a reader, and what is remembered of one video."""

from __future__ import annotations

import numpy as np

from livedigits.recognition.crop import crop
from livedigits.recognition.grouping import Grouping
from livedigits.recognition.reader import Reader, Reading, StageTimes, check_image, scan
from livedigits.recognition.rejection_cache import RejectionCache
from livedigits.recognition.schedule import Schedule
from livedigits.recognition.suppression import suppress
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
        self._schedule = Schedule()
        self._rejections = RejectionCache()
        self._light = self._coarse = False  # whether digits of the last frame were such as only that scan finds

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
        regions, is_drawing = scan(image, self._schedule.plan(image, time, self._light, self._coarse))
        known = self._rejections.known(regions, time, self._tracker.boxes)
        rejected, regions = regions.boxes[known], regions.only(~known)
        times.end("find")
        crops = crop(regions)
        times.end("crop")
        probabilities = self._reader.classifier(crops)
        chance = self._reader.rescore(regions, probabilities, is_drawing, image.shape, rejected)
        enough = self._tracker.least
        least, expected = self._reader.least(enough, is_drawing), self._tracker.expected(time)
        digits = suppress(regions.boxes, chance, probabilities, least, enough, expected, regions.explained)
        self._rejections.add(regions, probabilities, time)
        source = (regions.boxes[:, None] == digits.boxes).all(2).any(1)
        self._light, self._coarse = bool(regions.light[source].any()), bool(regions.coarse[source].any())
        times.end("classify")
        height, width = image.shape[:2]
        digits = self._grouping.update(self._tracker.update(digits, time, (width, height)))
        times.end("track")
        return Reading(digits, regions.boxes, crops, probabilities, regions.layers[0].mask, times.seconds)
