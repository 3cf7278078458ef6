"""The server that runs the application: uvicorn, with limits for connections, and one line for each of its faults."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from livedigits.web.connections import Connection
from livedigits.web.limits import Limits

CONCURRENT = 256
"""Connections and WebSockets at a time, beyond which uvicorn turns away; the limits of connections.py come before."""
KINDS = 20
"""Kinds of faults that are told."""


def server(app: Any) -> uvicorn.Server:
    """A server for an application; its `run` takes the sockets that it listens at."""
    return uvicorn.Server(_config(app))


def server_for_phones(app: Any, listening: socket.socket, certificate: Path) -> uvicorn.Server:
    """As `server`, and beside it, from its start to its end, the same application is served by TLS.

    listening : the socket where it is
    certificate : of a PEM file with the key
    """
    return _Both(_config(app), _Second(_config(app, ssl_certfile=certificate, lifespan="off")), listening)


class _Second(uvicorn.Server):
    """A server that leaves signals, and the application's begin and end, to another."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


class _Both(uvicorn.Server):
    """A server that has a second one run as long as itself."""

    def __init__(self, config: uvicorn.Config, second: uvicorn.Server, listening: socket.socket) -> None:
        super().__init__(config)
        self._second, self._listening = second, listening
        self._running: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._running = asyncio.create_task(self._second.serve([self._listening]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._second.should_exit = True
        if self._running is not None:
            await self._running
        await super().shutdown(sockets)


def _config(app: Any, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws_max_size=Limits().frame_bytes,
        ws_max_queue=2,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
        limit_concurrency=CONCURRENT,
        **options,
    )


class Faults(logging.Handler):
    """While entered what the server and its libraries log is told in a line, once for each kind, and counted.

    Parameters
    ----------
    say : gets the lines; in the end one with how often, for what came more than once
    """

    LOGGERS = ("uvicorn", "uvicorn.error", "websockets", "asyncio", "multipart", "python_multipart")

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(logging.ERROR)
        self._say = say
        self._seen: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Tells a fault that is new."""
        error = record.exc_info[1] if record.exc_info else None
        text = " ".join(record.getMessage().split())[:200]
        kind = f"{text} ({type(error).__name__}: {' '.join(str(error).split())[:120]})" if error else text
        name = type(error).__name__ if error else text
        if name not in self._seen and len(self._seen) < KINDS:
            self._say(f"fault of a connection, which others do not feel: {kind}")
        if name in self._seen or len(self._seen) < KINDS:
            self._seen[name] += 1

    def __enter__(self) -> Faults:
        for name in self.LOGGERS:
            logging.getLogger(name).handlers[:] = [self]
            logging.getLogger(name).propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.LOGGERS:
            logging.getLogger(name).removeHandler(self)
            logging.getLogger(name).propagate = True
        for name, count in self._seen.items():
            if count > 1:
                self._say(f"fault of connections, {count} times: {name}")
