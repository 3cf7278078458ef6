"""Reading, off the event loop: a few threads for all connections, and one reader."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from starlette.exceptions import HTTPException

from livedigits.web.limits import Limits

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

T = TypeVar("T")
BUSY = "The server is busy: try again in a moment."


class Work:
    """The threads that read, and how much may wait for them.

    Jobs are done in the order in which they come. A connection hands in one at a time, so none can starve another.

    Attributes
    ----------
    reader : reads for all of them; it has no memory
    pictures, videos : places for what is received and read
    connections : WebSockets that are open
    """

    def __init__(self, reader: Reader, limits: Limits) -> None:
        self.reader = reader
        self.limits = limits
        self.connections = 0
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "livedigits-web")
        self.pictures = Places(limits.uploads, limits.waiting)
        self.videos = Places(limits.videos, 0)

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """What the function returns, called in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[bool]:
        """Whether there is a place for one more WebSocket; while entered it is held."""
        if self.connections >= self.limits.connections:
            yield False
            return
        self.connections += 1
        try:
            yield True
        finally:
            self.connections -= 1

    def close(self) -> None:
        """End the threads, without their waiting jobs."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Places:
    """A number of places, taken with `async with`; some may wait for one, and more are turned away.

    Raises
    ------
    HTTPException: 503, as many wait as may
    """

    def __init__(self, places: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(places)
        self._waiting = waiting
        self._waits = 0

    async def __aenter__(self) -> None:
        if self._free.locked() and self._waits >= self._waiting:
            raise HTTPException(503, BUSY, {"Retry-After": "1"})
        self._waits += 1
        try:
            await self._free.acquire()
        finally:
            self._waits -= 1

    async def __aexit__(self, *exc: object) -> None:
        self._free.release()
