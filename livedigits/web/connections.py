"""Connections of the server: what sends half a request, or does not read its answer, keeps no place from others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from livedigits.web.limits import Limits
from livedigits.web.work import network, part

HEADER_SECONDS = 10.0
"""Seconds for a request's header to arrive, from the connection or the last answer on."""
UNREAD_SECONDS = 60.0
"""Seconds for a client to go on reading its answer, of which the system holds some."""
MOST = 240
"""Connections at a time, below uvicorn's own limit (256), at which it would turn everybody away; of those whose
request has not arrived one is closed for each more, the oldest of the address that has most."""
SHARE = Limits.share
"""Of these, those of one address; of which the oldest of its own gives way, and where none waits the new one."""


class Connection(H11Protocol):
    """uvicorn's HTTP connection, with time limits, and a place that it loses to others while it waits."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._began = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._watch()
        self.address = network(self.client[0] if self.client else "")
        others = [other for other in self.connections if isinstance(other, Connection) and other is not self]
        own = [other for other in others if other.address == self.address]
        if len(own) >= part(MOST, SHARE):
            _give_way(own, self)
        elif len(self.connections) > MOST:
            _give_way(_crowd(others), self)

    @property
    def waits(self) -> bool:
        """Whether a request, header or body, has still to arrive."""
        return self._no_header or bool(self.cycle.more_body and not self.cycle.response_started)

    @property
    def _no_header(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP; what was asked before it on this connection has no answer any more."""
        if not self._no_header:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        super().send_400_response(msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._read_on()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        self._read_on()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._unwatch()
        super().handle_websocket_upgrade(event)

    def close_at_once(self) -> None:
        """Closes it, and frees its place."""
        self.transport.abort()
        self.connections.discard(self)

    def _watch(self) -> None:
        """Starts the time for a header where one is awaited and that has not begun, ends it where it is there."""
        if not self._no_header or self.transport.get_protocol() is not self:
            self._unwatch()
        elif self._timer is None and not self.transport.is_closing():
            self._timer = self.loop.call_later(HEADER_SECONDS, self._late)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _read_on(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _late(self) -> None:
        self._timer = None
        if self._no_header:
            self.transport.close()


def _crowd(connections: Collection[Connection]) -> list[Connection]:
    """The connections of the address of which most wait."""
    waiting = Counter(connection.address for connection in connections if connection.waits)
    address = next((address for address, _ in waiting.most_common(1)), None)
    return [connection for connection in connections if connection.address == address]


def _give_way(connections: Collection[Connection], new: Connection) -> None:
    """Closes the oldest of those that wait; where none does, the new one."""
    waiting = (connection for connection in connections if connection.waits)
    min(waiting, key=lambda connection: connection._began, default=new).close_at_once()
