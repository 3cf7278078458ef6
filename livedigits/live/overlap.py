"""Frames of a file, scanned by threads while those before them are read: the same results, on several cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from livedigits.errors import LivedigitsError
from livedigits.live.following import Following
from livedigits.recognition.reader import Reading
from livedigits.recognition.video_reader import Scan
from livedigits.types import Frame


def overlapped(frames: Iterator[Frame], look: Following, threads: int) -> Iterator[tuple[Frame, Reading]]:
    """Each frame and what was read in it, in order.

    Up to `threads` frames are scanned in as many threads, ahead of the one that is read in the caller's; no more are
    held. What ends the frames is raised after those that came before it.
    """
    waiting: deque[tuple[Frame, Future[Scan] | None]] = deque()
    end: BaseException | None = None
    pool = ThreadPoolExecutor(threads, "livedigits-scan")
    try:
        while True:
            # behind a frame that cannot be scanned ahead, nothing can
            while end is None and len(waiting) <= threads and not (waiting and waiting[-1][1] is None):
                try:
                    frame = next(frames)
                except (StopIteration, LivedigitsError) as error:
                    end = error
                    break
                scan = look.ahead(frame)
                waiting.append((frame, pool.submit(scan) if scan else None))
            if not waiting:
                break
            frame, ahead = waiting.popleft()
            yield frame, look(frame, ahead.result() if ahead else None)
    finally:
        pool.shutdown(cancel_futures=True)
    if isinstance(end, LivedigitsError):
        raise end
