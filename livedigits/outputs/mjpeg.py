"""A screen is optional: the annotated picture and the values in it over HTTP, for browsers and other programs."""

from __future__ import annotations

import json
import re
import threading

from livedigits.outputs import hosts
from livedigits.outputs.changes import Changes
from livedigits.outputs.latest import Latest
from livedigits.outputs.view_server import Server, Shot
from livedigits.types import Result


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT", "[IPv6]:PORT" or "PORT", which is of this machine only.

    Raises
    ------
    ValueError: it is neither
    """
    match = re.fullmatch(r"(?:(?:\[([0-9a-fA-F:.%\w]+)\]|([^:\s\[\]]+)):)?([0-9]{1,5})", text)
    if match is None or int(match[3]) > 65535:
        raise ValueError("give HOST:PORT or PORT, such as 8000 or 0.0.0.0:8000")
    return match[1] or match[2] or "127.0.0.1", int(match[3])


class View:
    """A sink that shows the newest annotated picture, and the values in it, to everyone who asks, over HTTP.

    "/" is a page with the picture, /stream.mjpg the stream, /snapshot.jpg the newest picture, /latest.json its record.
    /values.json is what was read at the last change (News.values), /events the same as server-sent events, one a
    change, and /overlay a page on transparent ground that follows them.

    Pictures are drawn and encoded by the threads of those who watch, once a frame and only while somebody does; each
    viewer gets the newest picture when the one before has left, so that a slow one misses some and delays nothing.

    Parameters
    ----------
    host, port : where to listen; port 0 is any that is free

    Raises
    ------
    LivedigitsError: on entering: the address is not one of this machine, or the port is taken
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host, self._port = host, port
        self._shots: Latest[Shot] = Latest()
        self._values: Latest[bytes] = Latest()
        self._changes = Changes()

    @property
    def url(self) -> str:
        """The address of the page, for everyone who can watch."""
        return hosts.url(hosts.reachable(self._host), self._server.server_address[1])

    @property
    def stream(self) -> str:
        """The address of the stream, for other programs."""
        return f"{self.url}stream.mjpg"

    @property
    def local(self) -> bool:
        """Whether only this machine can watch."""
        return hosts.is_loopback(self._host)

    def __enter__(self) -> View:
        listening = hosts.listen(self._host, self._port)
        self._server = Server(listening, hosts.Hosts(self._host), self._shots, self._values)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="livedigits-view")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._shots.close()
        self._values.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # ends the connections and waits for their threads

    def write(self, result: Result) -> None:
        """Makes this the newest picture, and what it holds the newest values where they have changed."""
        self._shots.set(Shot(result))
        news = self._changes.update(result)
        if news is not None:
            self._values.set(json.dumps(news.values()).encode("ascii"))
