"""A sink: results are posted as JSON to a URL, as webhooks take them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from livedigits import __version__
from livedigits.outputs.changes import Changes
from livedigits.outputs.hosts import is_loopback
from livedigits.outputs.outbox import PATIENCE, Outbox, Refused, Unreachable
from livedigits.types import Result

AUTHORIZATION = "LIVEDIGITS_POST_AUTHORIZATION"
"""The environment variable whose value is sent as the header Authorization: "Bearer ..."."""

_TRY_AGAIN = (408, 425, 429)  # of the answers that blame the request, those that another attempt may mend
_READ = 65536  # bytes of an answer that are read, so that the connection can be used again


def parse_url(text: str) -> str:
    """An address to post to, as it was given.

    Raises
    ------
    ValueError: it is none
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is none
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and text.isascii() and " " not in text
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("give an http:// or https:// address, such as http://localhost:1880/digits")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"everybody here can see a password in a command: set {AUTHORIZATION} to 'Basic ...' instead")
    return text


class Webhook:
    """Posts the JSON object of a frame (as JSON Lines have it) to a URL when something in it is news.

    An answer of 200 to 299 takes it. No connection, no answer within PATIENCE, 5xx, 408, 425 and 429 are tried again;
    any other answer loses it, which is told. A redirection is not followed: the body would go where nobody asked for.

    Parameters
    ----------
    url : http:// or https://, whose certificate must be one that this machine (or SSL_CERT_FILE) trusts
    changes : which results are news
    say : gets a line when it is not reached, and when it is back
    live : reading waits for nothing

    Raises
    ------
    LivedigitsError: at the end: something was not delivered
    """

    def __init__(self, url: str, changes: Changes, say: Callable[[str], object], live: bool = True) -> None:
        self._url = url
        self._changes = changes
        self._headers = {"Content-Type": "application/json", "User-Agent": f"livedigits/{__version__}"}
        if authorization := os.environ.get(AUTHORIZATION):
            self._headers["Authorization"] = authorization
        self._pool = _pool(url)
        self._outbox: Outbox = Outbox(shown(url), self._post, say, live)

    def __enter__(self) -> Webhook:
        self._outbox.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._outbox.close(quietly=kind is not None)
        self._pool.clear()

    def write(self, result: Result) -> None:
        """Queues a result where it is news."""
        news = self._changes.update(result)
        if news is not None:
            self._outbox.put(json.dumps(news.result.to_json()).encode("ascii"))

    def _post(self, body: bytes | None) -> None:
        try:
            answer = self._pool.request(
                "POST", self._url, body=body, headers=self._headers, retries=False, preload_content=False
            )
            whole = len(answer.read(_READ)) < _READ
            answer.release_conn() if whole else answer.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(_reason(error)) from error
        if 200 <= answer.status < 300:
            return
        said = f"answers {answer.status} {answer.reason or ''}".rstrip()
        if 300 <= answer.status < 400 and "Location" in answer.headers:
            raise Refused(f"{said}: it has moved to {answer.headers['Location']}, give that address")
        if answer.status >= 500 or answer.status in _TRY_AGAIN:
            raise Unreachable(said)
        raise Refused(said)


def _pool(url: str) -> urllib3.PoolManager:
    """Connections to a URL, by the proxy that the environment or the system names for it."""
    timeout = urllib3.Timeout(connect=PATIENCE, read=PATIENCE)
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme)
    if proxy is None or is_loopback(host) or proxy_bypass(host):
        return urllib3.PoolManager(maxsize=1, timeout=timeout)
    return urllib3.ProxyManager(proxy, maxsize=1, timeout=timeout)


def shown(url: str) -> str:
    """An address without what may be secret: no name, password or query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _reason(error: Exception) -> str:
    """Why there was no answer, in a few words."""
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "there is no such host"
    if isinstance(error, urllib3.exceptions.SSLError):
        return f"its certificate or TLS is not accepted ({error})"
    if isinstance(error, urllib3.exceptions.NewConnectionError):  # which is a ConnectTimeoutError, too
        cause = error.__context__
        return (getattr(cause, "strerror", None) or str(error)).lower()
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ReadTimeoutError):
        return f"no answer within {PATIENCE:.0f} s"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "it broke the connection off"
    return str(error)
