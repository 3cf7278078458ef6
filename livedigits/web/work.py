"""Reading, off the event loop: a few threads for all connections, one for what is large, and one reader."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from livedigits.web.limits import Limits

if TYPE_CHECKING:
    from livedigits.recognition.reader import Reader

T = TypeVar("T")
BUSY = "The server is busy: try again in a moment."


class Work:
    """The threads that read, and how much may wait for them.

    Jobs are done in the order in which they come. A connection hands in one at a time, so none can starve another;
    what takes much memory is read one after the other in a thread of its own.

    Attributes
    ----------
    reader : reads for all of them; it has no memory
    pictures, large, videos : places for what is read
    learning : the place for what changes the profile
    arriving, arriving_videos : bodies that arrive
    sockets : WebSockets that are open
    frames_memory : bytes of their frames that wait
    """

    def __init__(self, reader: Reader, limits: Limits) -> None:
        self.reader = reader
        self.limits = limits
        self.frames_memory = 0
        self._threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "livedigits-web")
        self._large_thread = ThreadPoolExecutor(1, "livedigits-web-large")
        self.pictures = Places(limits.uploads, limits.waiting, limits.share)
        self.large = Places(1, 3 * limits.uploads, limits.share)
        self.videos = Places(limits.videos, 0, limits.share)
        self.learning = Places(1, limits.lessons, limits.share)
        self.arriving = Arrivals(limits.arriving, limits.share)
        self.arriving_videos = Arrivals(limits.arriving_videos, limits.share)
        self.sockets = Sockets(limits)

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """What the function returns, called in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def run_measured(self, address: str, memory: int, function: Callable[..., T], *args: object) -> T:
        """The same for what takes so many bytes of memory, when there is a place for it.

        address : of the client, as `address_of` gives it

        Raises
        ------
        HTTPException: 503, as many wait as may
        """
        if memory <= self.limits.small_memory:
            async with self.pictures.place(address):
                return await self.run(function, *args)
        async with self.large.place(address):
            return await asyncio.get_running_loop().run_in_executor(self._large_thread, function, *args)

    def close(self) -> None:
        """End the threads, without their waiting jobs."""
        for threads in (self._threads, self._large_thread):
            threads.shutdown(wait=False, cancel_futures=True)


def address_of(client: HTTPConnection) -> str:
    """Whose share of the places a client takes: its address, of IPv6 the network, of which one machine may have all."""
    return network(client.client.host if client.client else "")


def network(host: str) -> str:
    """An address; of an IPv6 address its first 64 bits."""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


def part(places: int, share: float) -> int:
    """How many of some places are a share of them, at least one."""
    return max(1, int(places * share))


@dataclass(eq=False)
class _Arrival:
    """A body that arrives, from an address."""

    reading: asyncio.Future[Any]
    address: str
    put_out: bool = False


class Arrivals:
    """Bodies that arrive, which hold no place among those that are read; one gives way to one more than `most`.

    It is the oldest of the address that has most, and where an address has its share, the oldest of its own. So who
    sends slowly locks nobody out, and puts nobody out.
    """

    def __init__(self, most: int, share: float) -> None:
        self._most = most
        self._of_address = part(most, share)
        self._all: list[_Arrival] = []

    async def wait(self, reading: Awaitable[T], seconds: float, address: str) -> T:
        """What reading the body, which comes from an address, returns.

        Raises
        ------
        TimeoutError: it took longer
        HTTPException: 503, others came, and it was the oldest
        """
        held = Counter(arrival.address for arrival in self._all)
        if held[address] >= self._of_address:
            self._put_out(address)
        elif len(self._all) >= self._most:
            self._put_out(held.most_common(1)[0][0])
        arrival = _Arrival(asyncio.ensure_future(reading), address)
        self._all.append(arrival)
        try:
            return await asyncio.wait_for(arrival.reading, seconds)
        except asyncio.CancelledError:
            if not arrival.put_out:
                raise
            raise HTTPException(503, BUSY, {"Retry-After": "1"}) from None
        finally:
            if arrival in self._all:
                self._all.remove(arrival)

    def _put_out(self, address: str) -> None:
        oldest = next(arrival for arrival in self._all if arrival.address == address)
        self._all.remove(oldest)
        oldest.put_out = True
        oldest.reading.cancel()


@dataclass(eq=False)
class Place:
    """The place of a WebSocket: of which address, when it was last heard, how it is closed."""

    address: str
    close: Callable[[], Awaitable[None]]
    heard: float = field(default_factory=time.monotonic)

    def hear(self) -> None:
        """A message came."""
        self.heard = time.monotonic()


class Sockets:
    """The WebSockets that are open, so many of all and of one address; silent ones make room for new ones."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places: list[Place] = []
        self._closing: set[asyncio.Future[None]] = set()

    @contextmanager
    def place(self, address: str, close: Callable[[], Awaitable[None]]) -> Iterator[Place | None]:
        """A place, held while entered; None where there is none.

        close : closes the WebSocket, when it is silent and others come
        """
        own = [place for place in self._places if place.address == address]
        among = own if len(own) >= self._limits.of_address else self._places
        if (among is own or len(self._places) >= self._limits.connections) and not self._put_out(among):
            yield None
            return
        place = Place(address, close)
        self._places.append(place)
        try:
            yield place
        finally:
            if place in self._places:
                self._places.remove(place)

    def _put_out(self, among: list[Place]) -> bool:
        """Whether one of them was silent enough to be closed."""
        silent = min(among, key=lambda place: place.heard)
        if time.monotonic() - silent.heard < self._limits.silent_seconds:
            return False
        self._places.remove(silent)
        closing = asyncio.ensure_future(silent.close())
        self._closing.add(closing)  # or it might be collected before it is done
        closing.add_done_callback(self._closed)
        return True

    def _closed(self, closing: asyncio.Future[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled():
            closing.exception()  # it has gone by itself


class Places:
    """A number of places; some may wait for one, of one address no more than its share, and more are turned away."""

    def __init__(self, places: int, waiting: int, share: float) -> None:
        self._free = asyncio.Semaphore(places)
        self._waiting = waiting
        self._of_address = part(places + waiting, share)
        self._waits = 0
        self._held: Counter[str] = Counter()  # by address, of what is read and what waits

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """A place for an address, held while entered.

        Raises
        ------
        HTTPException: 503, as many wait as may
        """
        full = self._free.locked() and self._waits >= self._waiting
        if full or self._held[address] >= self._of_address:
            raise HTTPException(503, BUSY, {"Retry-After": "1"})
        self._held[address] += 1
        try:
            self._waits += 1
            try:
                await self._free.acquire()
            finally:
                self._waits -= 1
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._held[address] -= 1
            self._held += Counter()  # forgets who has none
