"""Connections of the server: what sends half a request is closed, so that it keeps no place from others."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""Seconds for a request's header to arrive, from the connection or the last answer on."""
MOST = 240
"""Connections at a time, below uvicorn's own limit (256), at which it would turn everybody away; of those whose
request has not arrived the oldest is closed for each more."""


class Connection(H11Protocol):
    """uvicorn's HTTP connection, with a time limit for headers, and a place that it loses to others while it waits."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._began = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST:
            others = [other for other in self.connections if isinstance(other, Connection) and other.waits]
            oldest = min((other for other in others if other is not self), key=lambda other: other._began, default=None)
            if oldest is not None:
                oldest.transport.abort()
                self.connections.discard(oldest)

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

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._unwatch()
        super().handle_websocket_upgrade(event)

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

    def _late(self) -> None:
        self._timer = None
        if self._no_header:
            self.transport.close()
