"""What is wrong with a live source: told by the thread that reads it, asked by who waits for its frames."""

from __future__ import annotations

import re
import threading
import time

import cv2
import numpy as np

SILENT = 1.0  # s without a frame after which that is said
USUAL = 3.0  # or as many of the source's own intervals: some cameras send a frame in two seconds
BLACK = 2.0  # s of black frames after which that is said; cameras that have just been opened may send some
DARK = 16  # of 255; the noise of a covered lens stays below
KINDS = 10  # kinds of faults that are told
LIGHT = 0.002  # share of pixels that are brighter in a picture that is still black
CELL = 10  # px, side of the cells over which noise is averaged out
# Of 255, between a picture's darkest and brightest cells: less is no scene, but a lens cover. Tried on covered lenses
# with noise up to 12 of 255 and a glow of 3 in a corner, 96 to 1080 px high, also as JPEG: at most 3.0; on the sample
# video and rendered pages of three digits, at a 24th of their light with noise: 4.2 and more. Less tells fewer covers.
SCENE = 4.0


class Health:
    """Keeps track of outages and black pictures of a live source.

    Every trouble makes a line when it begins and one when it is over; while it lasts there is a notice.

    Parameters
    ----------
    label : what the lines call the source, such as "camera 0"

    Attributes
    ----------
    faults : damaged pictures, and pieces that are none, so far
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.faults = 0
        self._kinds: set[str] = set()  # of faults that were told
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._last: float | None = None  # when the last frame came
        self._interval = 0.0  # s between the frames of one connection, smoothed
        self._reason: str | None = None  # why there are none; "" unknown; None: the source is open
        self._silent = self._black = False  # whether it was said
        self._black_since: float | None = None

    def frame(self, image: np.ndarray, now: float) -> None:
        """A frame (h, w, 3) uint8 came at `now`, in s of time.monotonic()."""
        black = is_black(image)
        with self._lock:
            if self._last is not None:
                self._after(now - self._last)
            self._reason, self._silent, self._last = None, False, now
            if black:
                self._black_since = now if self._black_since is None else self._black_since
                if not self._black and now - self._black_since >= BLACK:
                    self._black = True
                    self._lines.append(self._black_text())
            elif self._black_since is not None:
                if self._black:
                    self._lines.append(f"{self.label}: no longer black, after {now - self._black_since:.1f} s")
                self._black, self._black_since = False, None

    def lost(self, reason: str) -> None:
        """The source ended or failed and is opened again; why, in a few words, or "" where that is not known."""
        with self._lock:
            self._reason = reason
            if not self._silent and self._last is not None:
                self._silent = True
                self._lines.append(self._silent_text(time.monotonic() - self._last))

    def damaged(self, reason: str) -> None:
        """A picture was damaged, or what came was none; each kind is told once, all are counted."""
        kind = re.sub(r"0x\w+|\d+", "", reason)
        with self._lock:
            self.faults += 1
            if kind not in self._kinds and len(self._kinds) < KINDS:
                self._kinds.add(kind)
                self._lines.append(f"{self.label}: damaged: {reason}; more of this is counted")

    def notice(self, now: float | None = None) -> str:
        """What is wrong now, in one line; "" when nothing is, and before the first frame."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if self._last is None:
                return ""
            silence = now - self._last
            if not self._silent and silence >= max(SILENT, USUAL * self._interval):
                self._silent = True
                self._lines.append(self._silent_text(silence))
            if self._silent:
                return self._silent_text(silence)
            return self._black_text() if self._black else ""

    def news(self) -> list[str]:
        """The lines since the last call."""
        with self._lock:
            lines, self._lines = self._lines, []
            return lines

    def _after(self, gap: float) -> None:
        if self._silent:
            self._lines.append(f"{self.label}: back after {gap:.1f} s")
        if self._reason is None:  # otherwise it is the length of the outage
            self._interval += (gap - self._interval) * (0.1 if self._interval else 1.0)

    def _silent_text(self, silence: float) -> str:
        parts = [self._reason or "", f"no frames for {silence:.0f} s" if silence >= SILENT or not self._reason else ""]
        parts.append("trying again" if self._reason is not None else "")
        return f"{self.label}: {', '.join(filter(None, parts))}"

    def _black_text(self) -> str:
        return f"{self.label}: the picture is black: uncover the lens, or name another camera"


def is_black(image: np.ndarray) -> bool:
    """Whether an image (h, w, 3) uint8 shows nothing at all, as through a lens cover: a dark room is a scene."""
    height, width = image.shape[:2]
    step = max(1, min(height, width) // 48)
    if (image[::step, ::step] > DARK).mean() >= LIGHT:
        return False
    few = image[:: max(1, step // CELL), :: max(1, step // CELL)]
    size = max(1, few.shape[1] // CELL), max(1, few.shape[0] // CELL)
    cells = cv2.resize(few, size, interpolation=cv2.INTER_AREA).mean(axis=2)
    dark, bright = np.percentile(cells, (0.5, 99.5))  # a hot pixel is no scene
    return bool(bright - dark < SCENE)
