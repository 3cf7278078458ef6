"""A sink: an annotated video."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from livedigits.annotate import overlay
from livedigits.annotate.primitives import fit
from livedigits.outputs.encoder import Encoder
from livedigits.types import Result

LIVE_FPS = 30.0


class VideoFile:
    """An annotated video: H.264 in .mp4, .m4v, .mov, .mkv or .avi, VP9 in .webm.

    Parameters
    ----------
    path : the file, of one of these kinds
    fps : frames a second; None for a source that does not know
    true_time : each frame is shown from its own time until the next one's, so that the video lasts as long as the take
        did whatever the rate; otherwise each frame is shown for 1 / fps

    The video has the size of its first frame; later frames of another size are fitted into it.

    Raises
    ------
    LivedigitsError: the suffix is of no such kind, the file cannot be written, the encoder fails
    """

    def __init__(self, path: str | Path, fps: float | None = None, true_time: bool = False) -> None:
        self._encoder = Encoder(path, fps if fps and 1 <= fps <= 240 else LIVE_FPS, true_time)
        self._start = 0.0
        self._last: np.ndarray | None = None

    def __enter__(self) -> VideoFile:
        self._encoder.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # An error that is under way already says more than the encoder's about the same.
        self._encoder.close(quietly=kind is not None)

    def write(self, result: Result) -> None:
        """Draws the digits onto the frame and adds it to the video."""
        image, time = overlay.draw(result.frame.image, result.digits, fields=result.fields), result.frame.time
        if self._last is None:
            self._start = time
        elif image.shape != self._last.shape:
            image = fit(image, self._last.shape[1], self._last.shape[0])
        self._encoder.write(image, time - self._start)
        self._last = image

    def hold(self, until: float) -> None:
        """Has a video in true time show its last picture until a time (s, as frames have it) without a new one."""
        if self._last is not None:
            self._encoder.write(self._last, until - self._start - 1 / self._encoder.fps)
