"""The frames of a video -> their digits: a reader, and what is remembered of one video."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from livedigits.recognition.boxes import holds, iou
from livedigits.recognition.classifier import Head
from livedigits.recognition.crop import crop
from livedigits.recognition.decimals import Signs
from livedigits.recognition.found import Found
from livedigits.recognition.grouping import Grouping
from livedigits.recognition.reader import WORTH, Reader, Reading, StageTimes, check_image, scan
from livedigits.recognition.regions import Regions, ScanPlan
from livedigits.recognition.rejection_cache import RejectionCache
from livedigits.recognition.schedule import Schedule, also
from livedigits.recognition.strips import windows_of
from livedigits.recognition.suppression import NO_BOXES
from livedigits.recognition.tracker import Tracker
from livedigits.recognition.writing import candidates
from livedigits.types import CLASSES, NO_DIGIT, Digits

# Windows of writing of a frame: more shows fuller pages at once, and costs about 0.7 ms each.
MOST_WINDOWS = 24
# Of these, about: windows of writing whose digits are followed. They take turns, and digits whose turn it is not are
# carried along. More costs time on full pages, less shows what has changed later.
IN_TURN = 8
# s from one look at writing in which no digit is followed to the next: more costs less, and shows new numbers later.
NEW_WRITING = 0.09
# Intersection over union with a digit that is followed: what is read in writing whose turn it is not, and is less like
# any, is a part that touching digits have in common.
SAME = 0.7
# Intersection over union: the same writing, seen in two layers.
ALIKE = 0.7


@dataclass(frozen=True, eq=False)
class Scan:
    """A frame that was scanned ahead of its turn.

    wanted : what the schedule wants of it; plan : what was scanned; regions, is_drawing : as of `scan`
    """

    wanted: ScanPlan
    plan: ScanPlan
    regions: Regions
    is_drawing: bool


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
        self._signs = Signs()
        self._schedule = Schedule()
        self._rejections = RejectionCache()
        self._without_digits = RejectionCache()  # writing
        self._frames = 0
        self._looked = -np.inf  # s: when writing was last looked at in which no digit is followed
        self._head: Head | None = None  # that the last frame was read with
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
        TypeError: not an array; ValueError: another shape or dtype, no height or no width, a time that is not finite
        """
        return self.look(image, time).digits

    def ahead(self, image: np.ndarray, time: float) -> Callable[[], Scan]:
        """What scans a frame while those before it are read, in any thread: the part that needs no order.

        To be asked for frame by frame; what the function returns goes to `look`, which then scans again only where the
        frames between have changed what is to be scanned.
        """
        check_image(image)
        wanted = self._schedule.plan(image, time)
        plan = also(wanted, self._light, self._coarse)
        return lambda: Scan(wanted, plan, *scan(image, plan))

    def look(self, image: np.ndarray, time: float, ahead: Scan | None = None) -> Reading:
        """As `read`, with what each stage made of the frame; `ahead` is its scan where it was made before."""
        check_image(image)
        if not math.isfinite(time):
            raise ValueError(f"time must be a number of seconds, but is {time}")
        times = StageTimes()
        head = self._reader.head()
        if head is not self._head:
            self._forget_labels()
            self._head = head
        plan = also(ahead.wanted if ahead else self._schedule.plan(image, time), self._light, self._coarse)
        fits = ahead is not None and ahead.plan == plan
        regions, is_drawing = (ahead.regions, ahead.is_drawing) if ahead and fits else scan(image, plan)
        known = self._rejections.known(regions, time, self._tracker.boxes)
        rejected, regions = regions.boxes[known], regions.only(~known)
        times.end("find")
        crops = crop(regions)
        times.end("crop")
        found = self._reader.classified(regions, crops, is_drawing, rejected, head)
        self._rejections.add(regions, found.probabilities, time)
        found, unseen = self._with_touching(found, time, rejected)
        enough = self._tracker.least
        digits = found.digits(self._reader.least(enough, is_drawing), enough, self._tracker.expected(time))
        regions = found.regions
        source = (regions.boxes[:, None] == digits.boxes).all(2).any(1)
        self._light, self._coarse = bool(regions.light[source].any()), bool(regions.coarse[source].any())
        times.end("classify")
        height, width = image.shape[:2]
        digits = self._grouping.update(self._tracker.update(digits, time, (width, height), unseen))
        if self._reader.decimal:
            digits = self._signs.update(digits, found)
        digits = self._reader.judged(digits, found)
        times.end("track")
        mask = regions.layers[0].mask
        return Reading(digits, regions.boxes, found.crops, found.probabilities, mask, times.seconds)

    def take(self, reader: Reader) -> None:
        """Reads on with another reader, which asks for another confidence; what is followed stays followed."""
        self._reader = reader
        self._tracker.min_confidence = reader.min_confidence
        self._rejections, self._without_digits = RejectionCache(), RejectionCache()

    def _forget_labels(self) -> None:
        """What was read with another head counts no more: rejected regions are read again, labels decided anew."""
        self._rejections, self._without_digits = RejectionCache(), RejectionCache()
        self._looked = -np.inf
        self._tracker.forget_labels()

    def _with_touching(self, found: Found, time: float, rejected: np.ndarray) -> tuple[Found, np.ndarray]:
        """What was found, and digits that touch; and (m, 4) boxes of writing whose digits wait for their turn.

        Writing in which there were none is not looked at for a while.
        """
        if self._reader.strips is None:
            return found, NO_BOXES
        among = candidates(found.regions, found.is_digit)
        among = among.only(~self._without_digits.known(among, time, self._tracker.boxes))
        followed = self._tracker.expected(time)
        known = holds(among.boxes, followed).any(1)
        waits = np.zeros(len(among), bool)
        self._frames += 1
        waits[known] = waiting(among.boxes[known], self._frames)
        waiting_boxes = among.boxes[waits]
        if time - self._looked < NEW_WRITING:
            waits |= ~known
        else:
            self._looked = time
        among = among.only(~waits)
        proposals = self._reader.proposals(found, among, MOST_WINDOWS, few=0)
        found = self._reader.with_touching(found, proposals, rejected)
        likely = found.regions.touching & (found.is_digit > WORTH)
        without = among.only(np.flatnonzero(~holds(among.boxes, found.regions.boxes[likely]).any(1)))
        nothing = np.zeros((len(without), CLASSES), np.float32)
        nothing[:, NO_DIGIT] = 1
        self._without_digits.add(without, nothing, time)
        if not len(waiting_boxes):
            return found, NO_BOXES
        boxes = found.regions.boxes
        part = holds(waiting_boxes, boxes).any(0) & ~(iou(boxes, followed) >= SAME).any(1) & ~found.regions.touching
        return replace(found, is_digit=np.where(part, np.float32(0), found.is_digit)), waiting_boxes


def waiting(writing: np.ndarray, frame: int) -> np.ndarray:
    """Which writing (n, 4) whose digits are followed is not looked at in a frame, but takes turns: (n,) bool.

    Parameters
    ----------
    frame : counts up from frame to frame
    """
    if not len(writing):
        return np.zeros(0, bool)
    order = np.lexsort((writing[:, 0], writing[:, 1]))
    alike = iou(writing[order], writing[order]) > ALIKE
    first = alike.argmax(1)  # the same writing in another layer has the same turn
    cost = sum(windows_of(w, h) for _, _, w, h in writing[order[np.unique(first)]].tolist())
    turns = max(1, int(np.ceil(cost / IN_TURN)))
    turn = np.unique(first, return_inverse=True)[1]
    waits = np.zeros(len(writing), bool)
    waits[order] = (turn + frame) % turns != 0
    return waits
